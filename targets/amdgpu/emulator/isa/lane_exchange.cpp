// Vector instructions that move values between lanes or between lanes and scalar registers.
#include <bit>
#include <string_view>
#include <utility>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/vector.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

void run_read_lane(Wave& w, const Instruction& i) {
    const std::uint32_t lane = w.read32(i.use[1]) & static_cast<std::uint32_t>(w.lanes - 1);
    w.write(i.def[0], w.row(i.use[0])[lane]);
}
/// Of all lanes 0 if none is active.
void run_read_first_lane(Wave& w, const Instruction& i) {
    const std::uint64_t exec = w.exec();
    const int lane = exec ? std::countr_zero(exec) : 0;
    const Operand& source = i.use[0];
    const bool row = source.unit == Unit::vector || source.unit == Unit::accumulator;
    w.write(i.def[0], row ? w.row(source)[lane] : w.read32(source));
}
void run_write_lane(Wave& w, const Instruction& i) {
    const std::uint32_t lane = w.read32(i.use[1]) & static_cast<std::uint32_t>(w.lanes - 1);
    w.row(i.def[0])[lane] = w.read32(i.use[0]);
}
void run_swap(Wave& w, const Instruction& i) {
    std::uint32_t *a = w.row(i.def[0]), *b = w.row(i.def[1]);
    const std::uint64_t exec = w.exec();
    for (int l = 0; l < w.lanes; ++l)
        if (exec >> l & 1) std::swap(a[l], b[l]);
}
void run_nothing(Wave&, const Instruction&) {}

/// Sixteen 4-bit lane numbers in two scalars; `other_row` reads from the row beside. op_sel: 1 fetches from
/// inactive lanes, 2 lets lanes without a source become 0.
template <bool other_row>
void run_permute(Wave& w, const Instruction& i) {
    const std::uint32_t* from = w.row(i.use[0]);
    const std::uint64_t select = w.read32(i.use[1]) | static_cast<std::uint64_t>(w.read32(i.use[2])) << 32;
    const bool fetch_inactive = i.modifiers.op_sel & 1, bound_control = i.modifiers.op_sel & 2;
    const std::uint64_t exec = w.exec();
    std::uint64_t mask = 0;
    std::uint32_t values[max_lanes];
    for (int l = 0; l < w.lanes; ++l) {
        const int row = other_row ? (l & ~15) ^ 16 : l & ~15;
        const int source = row + static_cast<int>(select >> (4 * (l & 15)) & 15);
        const bool there = fetch_inactive || exec >> source & 1;
        values[l] = there ? from[source] : 0;
        mask |= std::uint64_t{there || bound_control} << l;
    }
    write_row(w.row(i.def[0]), values, mask & exec, w.lanes);
}
/// The halves of a wave of 64 lanes change places.
void run_permute_64(Wave& w, const Instruction& i) {
    if (w.lanes != 64) return;
    std::uint32_t values[max_lanes];
    const std::uint32_t* from = w.row(i.use[0]);
    for (int l = 0; l < 64; ++l) values[l] = from[l ^ 32];
    write_row(w.row(i.def[0]), values, w.exec(), w.lanes);
}

struct Entry {
    std::string_view name;
    Handler run;
    int defs, uses;
};
constexpr Entry entries[] = {
    {"v_readlane_b32", run_read_lane, 1, 2},        {"v_readfirstlane_b32", run_read_first_lane, 1, 1},
    {"v_writelane_b32", run_write_lane, 1, 2},      {"v_swap_b32", run_swap, 2, 0},
    {"v_permlane16_b32", run_permute<false>, 1, 3}, {"v_permlanex16_b32", run_permute<true>, 1, 3},
    {"v_permlane64_b32", run_permute_64, 1, 1},     {"v_nop", run_nothing, 0, 0},
};

}  // namespace

bool bind_lane_exchange(const Binding& binding, Instruction& i) {
    for (const Entry& entry : entries) {
        if (entry.name != binding.name) continue;
        if (i.defs != entry.defs || i.uses < entry.uses) return false;
        i.kind = InstructionClass::valu;
        i.run = entry.run;
        return true;
    }
    return false;
}

}  // namespace sporkle::amdgpu::emulator
