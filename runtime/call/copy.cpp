#include "runtime/call/copy.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace sporkle::runtime {
namespace {

/// One loop over elements; steps in bytes.
struct Loop {
    std::int64_t count = 1, read_step = 0, write_step = 0;
};

/// The loops that copy a tensor, outermost first, and where they begin.
struct Plan {
    Loop loops[max_rank];
    int depth = 0;
    const std::byte* source = nullptr;
    std::byte* target = nullptr;
};

/// Nothing to do for a tensor without elements: false.
bool plan(const TensorView& from, const TensorView& to, int rank, int element_bytes, Plan& plan) {
    plan.source = static_cast<const std::byte*>(from.data);
    plan.target = static_cast<std::byte*>(to.data);
    for (int d = 0; d < rank; ++d) {
        if (from.extents[d] == 0) return false;
        if (from.extents[d] == 1) continue;
        Loop loop{from.extents[d], from.strides[d] * element_bytes, to.strides[d] * element_bytes};
        if (loop.write_step < 0) {  // walk upwards
            plan.source += (loop.count - 1) * loop.read_step;
            plan.target += (loop.count - 1) * loop.write_step;
            loop.read_step = -loop.read_step;
            loop.write_step = -loop.write_step;
        }
        int place = plan.depth++;
        for (; place > 0 && plan.loops[place - 1].write_step < loop.write_step; --place)
            plan.loops[place] = plan.loops[place - 1];
        plan.loops[place] = loop;
    }
    int merged = 0;
    for (int l = 1; l < plan.depth; ++l) {
        Loop& outer = plan.loops[merged];
        const Loop& inner = plan.loops[l];
        if (outer.read_step == inner.count * inner.read_step &&
            outer.write_step == inner.count * inner.write_step)
            outer = {outer.count * inner.count, inner.read_step, inner.write_step};
        else
            plan.loops[++merged] = inner;
    }
    if (plan.depth > 0) plan.depth = merged + 1;
    return true;
}

template <class Word>
void copy_row(const std::byte* source, std::byte* target, const Loop& row) {
    constexpr auto bytes = static_cast<std::int64_t>(sizeof(Word));
    if (row.read_step == bytes && row.write_step == bytes) {
        std::memcpy(target, source, static_cast<std::size_t>(row.count) * sizeof(Word));
        return;
    }
    for (std::int64_t i = 0; i < row.count; ++i)
        std::memcpy(target + i * row.write_step, source + i * row.read_step, sizeof(Word));
}

template <class Word>
void copy_words(const Plan& plan) {
    const Loop row = plan.depth == 0
                         ? Loop{1, static_cast<std::int64_t>(sizeof(Word)), std::int64_t(sizeof(Word))}
                         : plan.loops[plan.depth - 1];
    const int outer = std::max(plan.depth - 1, 0);
    std::int64_t place[max_rank] = {};
    std::int64_t read = 0, write = 0;
    for (;;) {
        copy_row<Word>(plan.source + read, plan.target + write, row);
        int l = outer - 1;
        for (; l >= 0; --l) {
            read += plan.loops[l].read_step;
            write += plan.loops[l].write_step;
            if (++place[l] < plan.loops[l].count) break;
            read -= plan.loops[l].count * plan.loops[l].read_step;
            write -= plan.loops[l].count * plan.loops[l].write_step;
            place[l] = 0;
        }
        if (l < 0) return;
    }
}

}  // namespace

void copy_elements(const TensorView& from, const TensorView& to, int rank, int element_bytes) {
    Plan loops;
    if (!plan(from, to, rank, element_bytes, loops)) return;
    switch (element_bytes) {
        case 1:
            return copy_words<std::uint8_t>(loops);
        case 2:
            return copy_words<std::uint16_t>(loops);
        case 4:
            return copy_words<std::uint32_t>(loops);
        default:
            return copy_words<std::uint64_t>(loops);
    }
}

}  // namespace sporkle::runtime
