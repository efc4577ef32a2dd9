// The parameter block: the one way in which a call's arguments reach compiled code, on every target.
//
// It is an array of 64-bit words:
//   for each argument tensor (input or output), in tensor order: base address, `rank` strides in elements
//   (they may be
//     negative or zero), `rank` extents
//   for each index, in index order: its extent. For an index that a left-hand side S·i + p binds, the extent
//   of i for each scalar, in scalar order: the value's bit pattern in the low bytes then the words of the
//   variant: addresses of its scratch buffers (see codegen/variant.hpp)
// Temporaries have no words of their own; where they live is the variant's business.
#pragma once

#include <sporkle/program.hpp>

namespace sporkle {

/// Word numbers in the parameter block of a Program's calls.
struct ParameterBlock {
    std::int16_t base[max_tensors] = {};  ///< -1 for temporaries
    std::int16_t first_index = 0, first_scalar = 0, first_scratch = 0;

    constexpr explicit ParameterBlock(const Program& p) {
        int word = 0;
        for (int t = 0; t < p.tensor_count; ++t) {
            base[t] = p.tensors[t].role == Role::temporary ? std::int16_t(-1) : std::int16_t(word);
            if (base[t] >= 0) word += 1 + 2 * p.tensors[t].rank;
        }
        first_index = std::int16_t(word);
        first_scalar = std::int16_t(word + p.index_count);
        first_scratch = std::int16_t(first_scalar + p.scalar_count);
    }
    constexpr int address(int tensor) const { return base[tensor]; }
    constexpr int stride(int tensor, int dim) const { return base[tensor] + 1 + dim; }
    constexpr int extent(const Program& p, int tensor, int dim) const {
        return base[tensor] + 1 + p.tensors[tensor].rank + dim;
    }
    constexpr int index(int i) const { return first_index + i; }
    constexpr int scalar(int s) const { return first_scalar + s; }
    constexpr int scratch(int n) const { return first_scratch + n; }
};

}  // namespace sporkle
