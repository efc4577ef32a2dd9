#include "targets/amdgpu/emulator/isa/scalar_control.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/program.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

void branch(Wave& w, const Instruction& i, bool taken) {
    if (taken) w.next = i.target;
}
template <auto condition>
void run_branch(Wave& w, const Instruction& i) {
    branch(w, i, condition(w));
}
constexpr auto always = [](const Wave&) { return true; };
constexpr auto scc0 = [](const Wave& w) { return !w.scc; };
constexpr auto scc1 = [](const Wave& w) { return w.scc; };
constexpr auto vccz = [](const Wave& w) { return w.read_mask(slot::vcc) == 0; };
constexpr auto vccnz = [](const Wave& w) { return w.read_mask(slot::vcc) != 0; };
constexpr auto execz = [](const Wave& w) { return w.exec() == 0; };
constexpr auto execnz = [](const Wave& w) { return w.exec() != 0; };

void run_getpc(Wave& w, const Instruction& i) { w.write(i.def[0], i.address + i.size); }
void run_setpc(Wave& w, const Instruction& i) { w.next = w.program->index_of(w.read(i.use[0])); }
void run_swappc(Wave& w, const Instruction& i) {
    const std::uint64_t target = w.read(i.use[0]);
    w.write(i.def[0], i.address + i.size);
    w.next = w.program->index_of(target);
}
void run_call(Wave& w, const Instruction& i) {
    w.write(i.def[0], i.address + i.size);
    w.next = i.target;
}
void run_end(Wave& w, const Instruction&) { w.status = WaveStatus::ended; }

void signal(Wave& w) {
    const auto left = static_cast<std::uint32_t>(w.outstanding.count(OperationKind::lds));
    if (left > 0) w.lds_order->signalled_early();
    w.lds_done_at_barrier.push_back(w.lds_operations - left);
    ++w.barriers_signalled;
}
void run_barrier(Wave& w, const Instruction&) {
    signal(w);
    ++w.barriers_waited;
    ++w.counters->barriers;
    w.status = WaveStatus::at_barrier;
}
/// gfx12: -1 is the workgroup's barrier; the others are named barriers.
void require_workgroup_barrier(std::int32_t number) {
    if (number != -1)
        throw WaveFault{Failure::unimplemented,
                        "barrier " + std::to_string(number) + ", only -1 is implemented"};
}
void run_barrier_signal(Wave& w, const Instruction& i) {
    // An inline constant (193 stands for -1, 194 for -2, …), or m0, which holds the number.
    const std::uint32_t source = i.encoding[0] & 0xff;
    const bool negative = source > 192 && source <= 208, positive = source >= 128 && source <= 192;
    const auto inline_value = static_cast<std::int32_t>(source);
    require_workgroup_barrier(negative   ? 192 - inline_value
                              : positive ? inline_value - 128
                                         : static_cast<std::int32_t>(w.scalar[slot::m0] & 63));
    signal(w);
}
void run_barrier_wait(Wave& w, const Instruction& i) {
    require_workgroup_barrier(i.offset);
    ++w.barriers_waited;
    ++w.counters->barriers;
    w.status = WaveStatus::at_barrier;
}

void run_nothing(Wave&, const Instruction&) {}
void run_nop(Wave& w, const Instruction& i) { w.time += static_cast<std::uint64_t>(i.offset & 15); }
void run_sleep(Wave& w, const Instruction& i) {
    w.time += static_cast<std::uint64_t>(i.offset & 127) * 64;
    w.status = WaveStatus::sleeping;
}
/// Messages other than "free the VGPRs" and "end of a graphics stage" need a trap handler or an interrupt.
void run_sendmsg(Wave&, const Instruction& i) {
    constexpr int dealloc_vgprs = 3;
    if ((i.offset & 0xff) != dealloc_vgprs)
        throw WaveFault{Failure::unimplemented, "s_sendmsg " + std::to_string(i.offset)};
}
[[noreturn]] void run_code_end(Wave&, const Instruction&) {
    throw WaveFault{Failure::illegal, "ran behind the end of the program"};
}
[[noreturn]] void run_trap(Wave&, const Instruction& i) {
    throw WaveFault{Failure::illegal,
                    "s_trap " + std::to_string(i.offset & 0xff) + ": there is no trap handler"};
}
[[noreturn]] void run_unreachable(Wave&, const Instruction& i) {
    throw WaveFault{Failure::memory_fault, "instruction fetch: no code is mapped here", i.address};
}
void run_icache_inv(Wave& w, const Instruction&) {
    if (const AccessResult fault =
            w.memory->control(CacheOperation::instruction_invalidate, {}, w.compute_unit))
        throw WaveFault{Failure::memory_fault, fault->reason, fault->address};
}

// Hardware registers: id in [5:0], first bit in [10:6], bits - 1 in [15:11].
struct HardwareRegister {
    int id, from, size;
};
HardwareRegister hardware_register(const Instruction& i) {
    return {i.offset & 63, i.offset >> 6 & 31, (i.offset >> 11 & 31) + 1};
}
constexpr int hwreg_mode = 1, hwreg_flat_scratch_low = 20, hwreg_flat_scratch_high = 21, hwreg_cycles = 29;

void set_mode(Wave& w, std::uint32_t value) {
    if (value & mode::rounding)
        throw WaveFault{Failure::unimplemented, "a rounding mode other than to nearest even"};
    w.mode = value;
}
void set_register(Wave& w, const Instruction& i, std::uint32_t value) {
    const HardwareRegister r = hardware_register(i);
    const std::uint32_t mask = static_cast<std::uint32_t>(((std::uint64_t{1} << r.size) - 1) << r.from);
    const std::uint32_t bits = value << r.from & mask;
    const bool scratch_registers = w.chip.generation == Generation::gfx10;
    if (r.id == hwreg_mode)
        set_mode(w, (w.mode & ~mask) | bits);
    else if (scratch_registers && r.id == hwreg_flat_scratch_low && r.size == 32)
        w.scratch = (w.scratch & ~std::uint64_t{0xffffffff}) | value;
    else if (scratch_registers && r.id == hwreg_flat_scratch_high && r.size == 32)
        w.scratch = (w.scratch & 0xffffffffu) | static_cast<std::uint64_t>(value) << 32;
    else
        throw WaveFault{Failure::unimplemented, "writing hardware register " + std::to_string(r.id)};
}
void run_setreg(Wave& w, const Instruction& i) { set_register(w, i, w.read32(i.use[0])); }
void run_setreg_literal(Wave& w, const Instruction& i) { set_register(w, i, i.encoding[1]); }
void run_getreg(Wave& w, const Instruction& i) {
    const HardwareRegister r = hardware_register(i);
    std::uint32_t value;
    if (r.id == hwreg_mode)
        value = w.mode;
    else if (r.id == hwreg_cycles && w.chip.generation != Generation::gfx9)
        value = static_cast<std::uint32_t>(w.time);
    else
        throw WaveFault{Failure::unimplemented, "reading hardware register " + std::to_string(r.id)};
    w.write(i.def[0], value >> r.from & ((std::uint64_t{1} << r.size) - 1));
}
void run_round_mode(Wave& w, const Instruction& i) {
    set_mode(w, (w.mode & ~mode::rounding) | (static_cast<std::uint32_t>(i.offset) & 15));
}
void run_denorm_mode(Wave& w, const Instruction& i) {
    set_mode(w, (w.mode & ~0xf0u) | (static_cast<std::uint32_t>(i.offset) & 15) << 4);
}

struct Entry {
    std::string_view name;
    Handler run;
    InstructionClass kind;
};
constexpr auto branches = InstructionClass::branch, salu = InstructionClass::salu;
constexpr Entry entries[] = {
    {"s_branch", run_branch<always>, branches},
    {"s_cbranch_scc0", run_branch<scc0>, branches},
    {"s_cbranch_scc1", run_branch<scc1>, branches},
    {"s_cbranch_vccz", run_branch<vccz>, branches},
    {"s_cbranch_vccnz", run_branch<vccnz>, branches},
    {"s_cbranch_execz", run_branch<execz>, branches},
    {"s_cbranch_execnz", run_branch<execnz>, branches},
    {"s_setpc_b64", run_setpc, branches},
    {"s_swappc_b64", run_swappc, branches},
    {"s_call_b64", run_call, branches},
    {"s_getpc_b64", run_getpc, salu},
    {"s_endpgm", run_end, branches},
    {"s_barrier", run_barrier, branches},
    {"s_barrier_signal", run_barrier_signal, branches},
    {"s_barrier_wait", run_barrier_wait, branches},
    {"s_nop", run_nop, salu},
    {"s_sleep", run_sleep, salu},
    {"s_setprio", run_nothing, salu},
    {"s_inst_prefetch", run_nothing, salu},
    {"s_set_inst_prefetch_distance", run_nothing, salu},
    {"s_clause", run_nothing, salu},
    {"s_delay_alu", run_nothing, salu},
    {"s_waitcnt_depctr", run_nothing, salu},
    {"s_wait_alu", run_nothing, salu},
    {"s_version", run_nothing, salu},
    {"s_sendmsg", run_sendmsg, salu},
    {"s_code_end", run_code_end, branches},
    {"s_trap", run_trap, branches},
    {"s_icache_inv", run_icache_inv, salu},
    {"s_setreg_b32", run_setreg, salu},
    {"s_setreg_imm32_b32", run_setreg_literal, salu},
    {"s_getreg_b32", run_getreg, salu},
    {"s_round_mode", run_round_mode, salu},
    {"s_denorm_mode", run_denorm_mode, salu},
};

}  // namespace

Flow flow_of(const Instruction& i) {
    const std::string_view name = i.mnemonic;
    if (name == "s_endpgm" || name == "s_setpc_b64" || name == "s_swappc_b64" || name == "s_code_end" ||
        name == "s_trap" || i.run == run_unreachable || name == "undecodable")
        return {false, false, 0};
    const std::int64_t displacement = std::int64_t{i.offset} * 4;
    if (name == "s_branch") return {false, true, displacement};
    if (name.starts_with("s_cbranch_") || name == "s_call_b64") return {true, true, displacement};
    return {};
}

std::unique_ptr<Instruction> unreachable_code(std::uint64_t address) {
    auto result = std::make_unique<Instruction>();
    result->run = run_unreachable;
    result->mnemonic = "not mapped";
    result->address = address;
    result->size = 4;
    return result;
}

bool bind_scalar_control(const Binding& binding, Instruction& i) {
    const auto* found = std::find_if(std::begin(entries), std::end(entries),
                                     [&](const Entry& entry) { return entry.name == binding.name; });
    if (found == std::end(entries)) return false;
    i.run = found->run;
    i.kind = found->kind;
    return true;
}

}  // namespace sporkle::amdgpu::emulator
