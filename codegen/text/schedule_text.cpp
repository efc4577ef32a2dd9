#include <array>

#include "codegen/schedule.hpp"

namespace sporkle::codegen {

std::string to_text(const Schedule& s) {
    constexpr std::array<const char*, 3> lowerings = {"map", "reduction", "contraction"};
    constexpr std::array<const char*, 3> axes = {"free", "reduction", "scalar"};
    const Schedule plain;
    std::string text = lowerings[static_cast<std::size_t>(s.lowering)];
    const auto flag = [&](bool set, const char* name) {
        if (set) text += std::string(" ") + name;
    };
    const auto number = [&](std::int64_t value, std::int64_t usual, const char* name) {
        if (value != usual) text += std::string(" ") + name + "=" + std::to_string(value);
    };
    if (s.axis != plain.axis) text += std::string(" axis=") + axes[static_cast<std::size_t>(s.axis)];
    flag(s.fused, "fused");
    flag(s.linear, "linear");
    flag(!s.unit_stride, "strided");
    flag(s.nontemporal, "nontemporal");
    number(s.vector_bits, plain.vector_bits, "vector");
    number(s.unroll, plain.unroll, "unroll");
    number(s.task_elements, plain.task_elements, "task");
    if (s.tile_m != 0 || s.tile_n != 0)
        text += " tile=" + std::to_string(s.tile_m) + "x" + std::to_string(s.tile_n);
    number(s.block_m, plain.block_m, "block_m");
    number(s.block_n, plain.block_n, "block_n");
    number(s.block_k, plain.block_k, "block_k");
    flag(s.pack_a, "pack_a");
    flag(s.pack_b, "pack_b");
    flag(s.ahead_a, "ahead_a");
    flag(s.unit_rows, "unit_rows");
    flag(s.single_tile, "single_tile");
    flag(s.split_reduction, "split");
    number(s.threads, plain.threads, "threads");
    number(s.members, plain.members, "members");
    number(s.lanes, plain.lanes, "lanes");
    flag(s.flat, "flat");
    flag(s.aligned, "aligned");
    flag(s.trailing, "trailing");
    flag(s.narrow, "narrow");
    if (s.matrix_m != 0)
        text += " matrix=" + std::to_string(s.matrix_m) + "x" + std::to_string(s.matrix_n) + "x" +
                std::to_string(s.matrix_k);
    flag(s.direct, "direct");
    flag(s.rounds, "rounds");
    flag(s.along_steps, "along_steps");
    flag(s.by_taps, "by_taps");
    flag(s.copied, "copied");
    flag(s.folded, "folded");
    number(s.group, plain.group, "group");
    number(s.shared_elements, plain.shared_elements, "shared");
    number(s.register_elements, plain.register_elements, "registers");
    number(s.least_elements, plain.least_elements, "least");
    number(s.row_members, plain.row_members, "row_members");
    flag(s.recompute, "recompute");
    return text;
}

}  // namespace sporkle::codegen
