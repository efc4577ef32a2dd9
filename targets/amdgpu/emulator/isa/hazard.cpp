#include "targets/amdgpu/emulator/isa/hazard.hpp"

#include <string>

namespace sporkle::amdgpu::emulator {
namespace {

std::string register_name(int reg) {
    if (reg >= 512) return "a" + std::to_string(reg - 512);
    if (reg >= 256) return "v" + std::to_string(reg - 256);
    switch (reg) {
        case slot::vcc:
            return "vcc_lo";
        case slot::vcc + 1:
            return "vcc_hi";
        case slot::m0:
            return "m0";
        case slot::exec:
            return "exec_lo";
        case slot::exec + 1:
            return "exec_hi";
        default:
            return reg >= slot::ttmp && reg < slot::m0 ? "ttmp" + std::to_string(reg - slot::ttmp)
                                                       : "s" + std::to_string(reg);
    }
}

OperationKind kind_of(const Instruction& i) {
    if (i.kind == InstructionClass::lds) return OperationKind::lds;
    // Flat accesses may go to LDS: no order among them.
    const bool flat = i.mnemonic[0] == 'f';
    return i.kind == InstructionClass::vmem && !flat ? OperationKind::vector_memory
                                                     : OperationKind::unordered;
}

}  // namespace

void check_hazards(const Wave& w, const Instruction& i) {
    for (int n = 0; n < i.ranges; ++n) {
        const RegisterRange& range = i.range[static_cast<std::size_t>(n)];
        if (range.count == 0 || !w.outstanding.any_pending(range.first, range.count)) continue;
        for (int reg = range.first; reg < range.first + range.count; ++reg) {
            if (!w.outstanding.pending(reg)) continue;
            if (range.written && w.outstanding.ordered_behind(reg, kind_of(i))) continue;
            throw WaveFault{Failure::hazard,
                            register_name(reg) + (range.written ? " is overwritten" : " is read") +
                                " while a load into it is outstanding: no s_waitcnt covers it"};
        }
    }
}

std::uint8_t scalar_memory_counter(const Chip& chip) {
    return bit_of(chip.generation == Generation::gfx12 ? Counter::scalar : Counter::lds);
}
std::uint8_t load_counter() { return bit_of(Counter::load); }
std::uint8_t store_counter(const Chip& chip) {
    return bit_of(chip.generation == Generation::gfx9 ? Counter::load : Counter::store);
}
std::uint8_t lds_counter() { return bit_of(Counter::lds); }

void issue(Wave& w, std::uint8_t counters, OperationKind kind, const Operand* target, int latency) {
    Operation operation;
    operation.counters = counters;
    operation.kind = kind;
    operation.completes = w.time + static_cast<std::uint64_t>(latency);
    if (target && target->unit != Unit::none && target->index != slot::discard) {
        const int base = target->unit == Unit::vector ? 256 : target->unit == Unit::accumulator ? 512 : 0;
        operation.first = static_cast<std::uint16_t>(base + target->index);
        operation.count = target->words;
    }
    w.outstanding.issue(operation);
}

}  // namespace sporkle::amdgpu::emulator
