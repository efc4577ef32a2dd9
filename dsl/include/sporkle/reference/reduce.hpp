// Reductions in the orders of program.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <sporkle/reference/loop.hpp>
#include <sporkle/reference/reducer.hpp>

namespace sporkle::evaluation {

/// The accumulators of one result.
class Accumulator {
  public:
    Accumulator(const Reducer& reducer, Order order)
        : reducer_(reducer),
          lanes_(order == Order::lanes),
          partials_(lanes_ ? lanes_partials : 1, reducer.identity) {}

    /// Takes the next `count` elements. All batches but the last are full, so element e is at place e mod 64.
    void take(const Slot& a, const Slot& b, int count) {
        reducer_.take(partials_.data(), lanes_ ? 1 : 0, a, b, count, number_);
        number_ += count;
        if (lanes_ && number_ % lanes_block == 0) end_block();
    }

    Partial finish() {
        if (!lanes_) return partials_[0];
        if (number_ % lanes_block != 0) end_block();
        if (tree_.empty()) return reducer_.identity;
        Partial total = tree_.back().result;
        for (std::size_t i = tree_.size() - 1; i-- > 0;) total = join(tree_[i].result, total);
        return total;
    }

  private:
    struct Subtree {
        int height = 0;
        Partial result;
    };

    Partial join(Partial left, const Partial& right) const {
        reducer_.join(&left, &right, 1);
        return left;
    }

    void end_block() {
        for (int width = lanes_partials / 2; width > 0; width /= 2)
            reducer_.join(partials_.data(), partials_.data() + width, width);
        // A balanced tree grows like a binary counter: two neighbours of equal height become one.
        Subtree subtree{0, partials_[0]};
        for (; !tree_.empty() && tree_.back().height == subtree.height; tree_.pop_back())
            subtree = {subtree.height + 1, join(tree_.back().result, subtree.result)};
        tree_.push_back(subtree);
        std::fill(partials_.begin(), partials_.end(), reducer_.identity);
    }

    const Reducer& reducer_;
    bool lanes_;
    std::int64_t number_ = 0;
    std::vector<Partial> partials_;
    std::vector<Subtree> tree_;
};

/// Evaluates reduction node n for all values of its free indices. What it needs has been evaluated.
inline void evaluate_reduction(Memory& memory, int n) {
    const Program& p = memory.program;
    const Reduction& reduction = p.reductions[p.nodes[n].ref];
    const Node& body = p.nodes[p.nodes[n].a];
    const bool products = accumulates_by_fma(p, n);
    const int a = products ? body.a : p.nodes[n].a;
    const int b = products ? body.b : p.nodes[n].a;
    const Reducer reducer = reducer_for(reduction.kind, body.dtype, products);
    const Order order = effective_order(p, memory.free, n);
    const std::vector<int> reduced(reduction.indices, reduction.indices + reduction.count);
    Loop loop(memory, {a, b});
    Space outer(memory.extents, members(memory.free[static_cast<std::size_t>(n)]));
    const std::int64_t elements = Space(memory.extents, reduced).size();
    std::vector<std::uint64_t>& results = memory.reduced[static_cast<std::size_t>(n)];
    results.assign(static_cast<std::size_t>(outer.size()), 0);
    Points points;
    for (std::uint64_t& result : results) {
        outer.next_everywhere(points);
        Space inner(memory.extents, reduced);
        Accumulator accumulator(reducer, order);
        for (std::int64_t done = 0; done < elements; done += points.count) {
            points.count = static_cast<int>(std::min<std::int64_t>(batch_size, elements - done));
            inner.next(points, points.count);
            loop.evaluate(points);
            accumulator.take(loop.values(a), loop.values(b), points.count);
        }
        const Partial value = accumulator.finish();
        std::memcpy(&result, value.bytes, sizeof result);
    }
}

}  // namespace sporkle::evaluation
