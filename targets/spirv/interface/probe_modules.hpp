// The modules with which a device's arithmetic is probed, in the same form as the emitter's: every operation
// decorated NoContraction, with all float controls. They get two addresses in PushConstants: `words` of what
// they read, `arenas` of what they write.
#pragma once

#include <cstdint>
#include <vector>

namespace sporkle::spirv {

inline constexpr std::uint32_t probe_group = 64;  ///< invocations of a workgroup

/// Operations on elements a, b, c; the bits of each result stand in a column of its own.
enum ProbeColumn {
    column_fma,
    column_divide,
    column_sqrt,
    column_add,
    column_multiply,
    column_negate,   ///< a with the other sign
    column_compare,  ///< a with c and, in the next bits, with 0: a bit for each of < <= > >= == !=
    column_choose,   ///< a < 1 ? a : 1
    column_convert   ///< a in the other precision: see arithmetic_module()
};
inline constexpr std::size_t probe_columns = 9;
inline constexpr std::size_t comparison_count = 6;

/// Invocation i reads elements 3i, 3i+1, 3i+2 of `width` bits and writes that many results for each column,
/// from probe_columns · i on. In column_convert stand the 32 bits of the single-precision number, or, where
/// width is 32, the upper and lower halves of the double-precision number, joined by xor; a itself unless
/// the device has both (`converts`).
std::vector<std::uint32_t> arithmetic_module(std::uint32_t width, bool converts);

/// Arithmetic whose operands a compiler can know, with an element x and the invocation's number i less half a
/// workgroup, of which it can know that it is finite. probe_cases.hpp says what is right.
enum FoldingColumn {
    folding_x_plus_zero,
    folding_zero_plus_x,
    folding_x_minus_zero,
    folding_zero_minus_x,
    folding_x_minus_x,
    folding_x_times_zero,
    folding_minus_zero_times_x,
    folding_zero_over_x,
    folding_x_over_zero,
    folding_x_zero_x,  ///< fma(x, 0, x)
    folding_x_x_zero,  ///< fma(x, x, 0)
    folding_i_times_zero,
    folding_i_minus_zero,  ///< fma(i, 0, -0)
    folding_zero_minus_i,
    folding_x_converted,  ///< x times a constant integer 0, converted
    folding_sum,          ///< of two x, in a loop that is to be unrolled
    folding_below_five,   ///< 1 where i, extended to 64 bits, is less than 5, else 2
    folding_below_any     ///< the same for 2^31
};
inline constexpr std::size_t folding_columns = 18;

/// Invocation i reads element i of `width` bits and writes results folding_columns · i and those behind it.
std::vector<std::uint32_t> folding_module(std::uint32_t width);

/// Reads word 0 and writes, to word 0, how many turns a loop of that many turns makes.
std::vector<std::uint32_t> loop_module();

/// Invocation i of a workgroup writes word i: 1 where its place in its subgroup is the one that the size
/// promises (SpecId::subgroup_size).
std::vector<std::uint32_t> subgroup_module();

}  // namespace sporkle::spirv
