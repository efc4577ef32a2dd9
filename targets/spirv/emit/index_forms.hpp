// In which forms a kernel needs its 64-bit integers.
//
// Tile IR counts elements in i64. GPUs compute with 32 bits and emulate 64, so an index into shared or
// private memory, whose low 32 bits alone count, is computed from the low 32 bits of what it is made of:
// truncation commutes with addition, subtraction, multiplication and shifts to the left. Quotients,
// remainders, comparisons and loop counters follow where the values are known to lie in [0, 2^31), such as
// those that come from member numbers and constant bounds.
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/ir/tile.hpp"

namespace sporkle::spirv {

class IndexForms {
  public:
    explicit IndexForms(const tile::Kernel& kernel);

    /// Whether the i64 value is needed in 64 bits, and whether its low 32 bits are.
    bool needs_wide(tile::Value v) const { return (needed_[v.id] & wide) != 0; }
    bool needs_narrow(tile::Value v) const { return (needed_[v.id] & narrow) != 0; }

    // The following know i64, i32 and u32.

    /// Known to lie in [0, 2^31).
    bool is_small(tile::Value v) const;
    /// Known to be 0 or 1.
    bool is_bit(tile::Value v) const { return bits_[v.id] != 0; }
    /// Whether the value may be the low half, or be made of one, of 64 bits that the module holds.
    bool comes_from_long(tile::Value v) const { return from_long_[v.id] != 0; }
    /// Whether an instruction on i64 computes with the low 32 bits of its operands alone and its result is
    /// small: its wide form is the narrow one extended by zeros.
    bool is_small_operation(const tile::Instruction& instruction) const;
    /// Whether the low 32 bits of the instruction's result follow from those of its operands.
    bool truncates(const tile::Instruction& instruction) const;
    /// Whether a loop's counter and bounds are small.
    bool is_small_loop(const tile::Instruction& loop) const;

    /// Whether the sum, difference or product of the operands is known to fit the result's type; in 64 bits
    /// indices always do.
    bool is_exact(const tile::Instruction& instruction) const;

    /// The greatest power of two, up to 2^30, known to divide the value.
    std::int64_t known_factor(tile::Value v) const { return factors_[v.id]; }

  private:
    enum : std::uint8_t { wide = 1, narrow = 2 };
    struct Range {
        std::int64_t low, high;
    };

    static bool is_zero_or_one(Range range) { return range.low >= 0 && range.high <= 1; }
    bool is_index(tile::Value v) const { return kernel_.type_of(v).scalar == DType::i64; }
    static Range whole(DType type);
    static Range within(DType type, Range range);
    void find_ranges(const tile::Region& region);
    void find_long_sources(const tile::Region& region);
    /// Of the exact result, which may not fit its type.
    Range range_of(const tile::Instruction& instruction) const;
    bool gives_bit(const tile::Instruction& x) const;
    /// Of a - a / c · c, where c is a constant; everything where the difference is another.
    Range range_of_remainder(const tile::Instruction& difference) const;
    bool refine_factors(const tile::Region& region);
    std::int64_t factor_of(const tile::Instruction& instruction) const;
    bool propagate(const tile::Region& region);
    bool visit(const tile::Instruction& instruction);
    bool need(tile::Value v, unsigned forms);

    const tile::Kernel& kernel_;
    std::vector<Range> ranges_;
    std::vector<const tile::Instruction*> definitions_;  ///< null for what regions take and loops give
    std::vector<std::int64_t> factors_;
    std::vector<std::uint8_t> needed_;
    std::vector<std::uint8_t> bits_, from_long_;
};

}  // namespace sporkle::spirv
