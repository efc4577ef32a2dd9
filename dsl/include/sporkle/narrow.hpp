// Whether the numbers of a call are small enough for 32-bit index arithmetic, which is several times faster
// than 64-bit arithmetic on GPUs.
#pragma once

#include <cstdint>

#include <sporkle/extents.hpp>
#include <sporkle/program.hpp>

namespace sporkle {

/// Below this a number, and what is added to it beyond the last element of a tile, fits an i32.
inline constexpr std::int64_t narrow_limit = std::int64_t(1) << 30;

/// True when all of these are below narrow_limit in magnitude: every subscript before its boundary rule,
/// every element's distance from the element (0, …, 0) of its tensor, the number of elements of every
/// temporary, of points of every statement, and of elements of every reduction. `stride_of(tensor, dim)` is
/// an argument's stride in elements.
template <class StrideOf>
constexpr bool numbers_fit_32(const Program& p, const Extents& extents, StrideOf&& stride_of) {
    const auto within = [](std::int64_t value) { return value > -narrow_limit && value < narrow_limit; };
    const auto grow = [&](std::int64_t& product, std::int64_t factor) {
        return !__builtin_mul_overflow(product, factor > 1 ? factor : 1, &product) && within(product);
    };
    const auto subscripts_fit = [&](const Access& access) {
        for (int d = 0; d < p.tensors[access.tensor].rank; ++d) {
            std::int64_t low = 0, high = 0;
            if (!subscript_range(access.subscripts[d], extents, low, high) || !within(low) || !within(high))
                return false;
        }
        return true;
    };
    for (int t = 0; t < p.tensor_count; ++t) {
        std::int64_t elements = 1, reach = 0;
        for (int d = 0; d < p.tensors[t].rank; ++d) {
            const std::int64_t n = extents.tensor[t][d];
            if (p.tensors[t].role == Role::temporary) {
                if (!grow(elements, n)) return false;
                continue;
            }
            const std::int64_t stride = stride_of(t, d);
            std::int64_t span = 0;
            if (!within(n) || !within(stride) || __builtin_mul_overflow(n > 1 ? n - 1 : 0, stride, &span))
                return false;
            if (__builtin_add_overflow(reach, span < 0 ? -span : span, &reach) || !within(reach))
                return false;
        }
    }
    for (int a = 0; a < p.access_count; ++a)
        if (!subscripts_fit(p.accesses[a])) return false;
    for (int s = 0; s < p.statement_count; ++s) {
        const Access& target = p.statements[s].target;
        if (!subscripts_fit(target)) return false;
        std::int64_t points = 1;
        for (int d = 0; d < p.tensors[target.tensor].rank; ++d)
            for (int t = 0; t < target.subscripts[d].count; ++t)
                if (!grow(points, extents.index[target.subscripts[d].terms[t].index])) return false;
    }
    for (int r = 0; r < p.reduction_count; ++r) {
        std::int64_t elements = 1;
        for (int i = 0; i < p.reductions[r].count; ++i)
            if (!grow(elements, extents.index[p.reductions[r].indices[i]])) return false;
    }
    return true;
}

}  // namespace sporkle
