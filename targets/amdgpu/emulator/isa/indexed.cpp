// Registers by run-time index: M0-relative moves (gfx10 on), and gfx9's mode in which M0 is added to the
// register numbers of v_mov_b32.
#include "targets/amdgpu/emulator/isa/indexed.hpp"

#include <string>
#include <string_view>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/vector.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

/// The register's row, checked as decoded operands are: inside of the allocation, and nothing outstanding.
std::uint32_t* checked_row(Wave& w, const Operand& operand, int offset) {
    const int limit = operand.unit == Unit::accumulator ? w.accumulators : w.vgprs;
    const int index = operand.index + offset,
              hazard = (operand.unit == Unit::accumulator ? 512 : 256) + index;
    if (index < 0 || index >= limit)
        throw WaveFault{Failure::illegal, "indexed register " + std::to_string(index) +
                                              " is outside of the " + std::to_string(limit) +
                                              " that are allocated"};
    if (w.outstanding.pending(hazard))
        throw WaveFault{Failure::hazard,
                        "indexed register " + std::to_string(index) +
                            " is used while a load into it is outstanding: no s_waitcnt covers it"};
    return operand.unit == Unit::accumulator ? w.accumulator_row(index) : w.row(index);
}

/// target[index_to] = source[index_from] for active lanes.
void move(Wave& w, const Operand& target, int index_to, const Operand& source, int index_from) {
    std::uint32_t values[max_lanes];
    const bool is_row = source.unit == Unit::vector || source.unit == Unit::accumulator;
    const std::uint32_t* from = is_row ? checked_row(w, source, index_from) : nullptr;
    const std::uint32_t scalar = is_row ? 0 : w.read32(source);
    for (int l = 0; l < w.lanes; ++l) values[l] = from ? from[l] : scalar;
    write_row(checked_row(w, target, index_to), values, w.exec(), w.lanes);
}

/// LLVM has the destination of v_movreld among the sources, for its register is not what is written.
template <bool indexed_target, bool indexed_source>
void run_move_relative(Wave& w, const Instruction& i) {
    const Operand& target = i.defs ? i.def[0] : i.use[0];
    const Operand& source = i.use[static_cast<std::size_t>(i.uses - 1)];
    const int index = static_cast<int>(w.scalar[slot::m0]);
    move(w, target, indexed_target ? index : 0, source, indexed_source ? index : 0);
}

/// Scalar registers, of 32 and 64 bits.
template <bool indexed_target>
void run_scalar_move_relative(Wave& w, const Instruction& i) {
    Operand target = i.defs ? i.def[0] : i.use[0], source = i.use[static_cast<std::size_t>(i.uses - 1)];
    Operand& moving = indexed_target ? target : source;
    const std::uint32_t index = moving.index + w.scalar[slot::m0];
    if (index + moving.words > slot::vcc)
        throw WaveFault{Failure::illegal, "indexed register s" + std::to_string(index)};
    moving.index = static_cast<std::uint16_t>(index);
    for (int word = 0; word < moving.words; ++word)
        if (w.outstanding.pending(moving.index + word))
            throw WaveFault{Failure::hazard, "s" + std::to_string(moving.index + word) +
                                                 " is used while a load into it is outstanding"};
    w.write(target, w.read(source));
}

/// M0[7:0] becomes the index, M0[15:12] which operands take it: 1, 2, 4 the sources, 8 the destination.
void run_index_on(Wave& w, const Instruction& i) {
    const std::uint32_t operands = i.encoding[0] >> 8 & 15;
    w.scalar[slot::m0] = (w.scalar[slot::m0] & ~0xf0ffu) | (w.read32(i.use[0]) & 0xffu) | operands << 12;
    w.register_indexing = true;
}
void run_index_off(Wave& w, const Instruction&) { w.register_indexing = false; }
void run_index(Wave& w, const Instruction& i) {
    w.scalar[slot::m0] = (w.scalar[slot::m0] & ~0xffu) | (w.read32(i.use[0]) & 0xffu);
}
void run_index_mode(Wave& w, const Instruction& i) {
    w.scalar[slot::m0] = (w.scalar[slot::m0] & ~0xf000u) | (static_cast<std::uint32_t>(i.offset) & 15) << 12;
}

struct Entry {
    std::string_view name;
    Handler run;
    InstructionClass kind;
    int operands;
};
constexpr Entry entries[] = {
    {"v_movrels_b32", run_move_relative<false, true>, InstructionClass::valu, 2},
    {"v_movreld_b32", run_move_relative<true, false>, InstructionClass::valu, 2},
    {"v_movrelsd_b32", run_move_relative<true, true>, InstructionClass::valu, 2},
    {"s_movrels_b32", run_scalar_move_relative<false>, InstructionClass::salu, 2},
    {"s_movrels_b64", run_scalar_move_relative<false>, InstructionClass::salu, 2},
    {"s_movreld_b32", run_scalar_move_relative<true>, InstructionClass::salu, 2},
    {"s_movreld_b64", run_scalar_move_relative<true>, InstructionClass::salu, 2},
    {"s_set_gpr_idx_on", run_index_on, InstructionClass::salu, 1},
    {"s_set_gpr_idx_off", run_index_off, InstructionClass::salu, 0},
    {"s_set_gpr_idx_idx", run_index, InstructionClass::salu, 1},
    {"s_set_gpr_idx_mode", run_index_mode, InstructionClass::salu, 0},
};

}  // namespace

void run_with_index(Wave& w, const Instruction& i) {
    const std::string_view name = i.mnemonic;
    if (!name.starts_with("v_")) return i.run(w, i);
    if (name != "v_mov_b32" || !i.plain)
        throw WaveFault{Failure::unimplemented, std::string(name) + " with indexed registers"};
    const std::uint32_t m0 = w.scalar[slot::m0];
    const int index = static_cast<int>(m0 & 0xff);
    move(w, i.def[0], m0 >> 15 & 1 ? index : 0, i.use[0], m0 >> 12 & 1 ? index : 0);
}

bool bind_indexed(const Binding& binding, Instruction& i) {
    for (const Entry& entry : entries) {
        if (entry.name != binding.name) continue;
        if (i.defs + i.uses < entry.operands || (entry.operands > 0 && i.uses == 0)) return false;
        i.run = entry.run;
        i.kind = entry.kind;
        return true;
    }
    return false;
}

}  // namespace sporkle::amdgpu::emulator
