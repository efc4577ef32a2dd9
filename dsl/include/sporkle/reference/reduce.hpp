// Reductions in the orders of program.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <sporkle/reference/loop.hpp>

namespace sporkle::evaluation {

template <Number T>
constexpr T lowest_value() {
    if constexpr (std::floating_point<T>)
        return -std::numeric_limits<T>::infinity();
    else
        return std::numeric_limits<T>::lowest();
}
template <Number T>
constexpr T highest_value() {
    if constexpr (std::floating_point<T>)
        return std::numeric_limits<T>::infinity();
    else
        return std::numeric_limits<T>::max();
}

// What a reduction does, in four parts: the state of an accumulator; `identity`; `take`, which adds the
// element at place i of a batch, whose number in the reduction is `number`; `join`, which combines two
// partial results, the lower numbered one on the left; and `result`.

template <Number T>
struct Sum {
    using State = T;
    static State identity() { return 0; }
    static State take(State acc, const Slot& x, const Slot&, int i, std::int64_t) {
        return add(acc, x.as<T>()[i]);
    }
    static State join(State left, State right) { return add(left, right); }
    static T result(State state) { return state; }
};

/// A sum of products: the two factors come in separate slots and meet the accumulator in one rounding.
template <std::floating_point T>
struct SumOfProducts : Sum<T> {
    static T take(T acc, const Slot& a, const Slot& b, int i, std::int64_t) {
        return std::fma(a.as<T>()[i], b.as<T>()[i], acc);
    }
};

template <Number T>
struct Product {
    using State = T;
    static State identity() { return 1; }
    static State take(State acc, const Slot& x, const Slot&, int i, std::int64_t) {
        return mul(acc, x.as<T>()[i]);
    }
    static State join(State left, State right) { return mul(left, right); }
    static T result(State state) { return state; }
};

template <Number T, bool greatest>
struct Extreme {
    using State = T;
    static State identity() { return greatest ? lowest_value<T>() : highest_value<T>(); }
    static State join(State left, State right) {
        return greatest ? evaluation::max(left, right) : evaluation::min(left, right);
    }
    static State take(State acc, const Slot& x, const Slot&, int i, std::int64_t) {
        return join(acc, x.as<T>()[i]);
    }
    static T result(State state) { return state; }
};

/// argmax and argmin: a NaN never wins, the lowest number of equals does.
template <Number T, bool greatest>
struct ArgExtreme {
    static constexpr std::int64_t nobody = std::numeric_limits<std::int64_t>::max();
    struct State {
        T value = greatest ? lowest_value<T>() : highest_value<T>();
        std::int64_t number = nobody;
    };
    static State identity() { return {}; }
    static State join(State left, State right) {
        const bool better = greatest ? right.value > left.value : right.value < left.value;
        return better || (right.value == left.value && right.number < left.number) ? right : left;
    }
    static State take(State acc, const Slot& x, const Slot&, int i, std::int64_t number) {
        return join(acc, {x.as<T>()[i], number});
    }
    static std::int64_t result(State state) { return state.number == nobody ? -1 : state.number; }
};

/// The accumulators of one result.
template <class Kind>
class Accumulator {
  public:
    explicit Accumulator(Order order)
        : lanes_(order == Order::lanes), partials_(lanes_ ? lanes_partials : 1, Kind::identity()) {}

    /// Takes the next `count` elements. All batches but the last are full, so element e is at place e mod 64.
    void take(const Slot& a, const Slot& b, int count) {
        for (int i = 0; i < count; ++i, ++number_) {
            auto& acc = partials_[lanes_ ? static_cast<std::size_t>(i) : 0];
            acc = Kind::take(acc, a, b, i, number_);
        }
        if (lanes_ && number_ % lanes_block == 0) end_block();
    }

    auto finish() {
        if (!lanes_) return Kind::result(partials_[0]);
        if (number_ % lanes_block != 0) end_block();
        if (tree_.empty()) return Kind::result(Kind::identity());
        auto total = tree_.back().result;
        for (std::size_t i = tree_.size() - 1; i-- > 0;) total = Kind::join(tree_[i].result, total);
        return Kind::result(total);
    }

  private:
    struct Subtree {
        int height = 0;
        typename Kind::State result;
    };

    void end_block() {
        for (std::size_t width = lanes_partials / 2; width > 0; width /= 2)
            for (std::size_t l = 0; l < width; ++l)
                partials_[l] = Kind::join(partials_[l], partials_[l + width]);
        // A balanced tree grows like a binary counter: two neighbours of equal height become one.
        Subtree subtree{0, partials_[0]};
        for (; !tree_.empty() && tree_.back().height == subtree.height; tree_.pop_back())
            subtree = {subtree.height + 1, Kind::join(tree_.back().result, subtree.result)};
        tree_.push_back(subtree);
        std::fill(partials_.begin(), partials_.end(), Kind::identity());
    }

    bool lanes_;
    std::int64_t number_ = 0;
    std::vector<typename Kind::State> partials_;
    std::vector<Subtree> tree_;
};

/// Evaluates reduction node n for all values of its free indices. What it needs has been evaluated.
template <class Kind>
void reduce_all(Memory& memory, int n, int a, int b) {
    const Reduction& reduction = memory.program.reductions[memory.program.nodes[n].ref];
    const Order order = effective_order(memory.program, memory.free, n);
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
        Accumulator<Kind> accumulator(order);
        for (std::int64_t done = 0; done < elements; done += points.count) {
            points.count = static_cast<int>(std::min<std::int64_t>(batch_size, elements - done));
            inner.next(points, points.count);
            loop.evaluate(points);
            accumulator.take(loop.values(a), loop.values(b), points.count);
        }
        const auto value = accumulator.finish();
        std::memcpy(&result, &value, sizeof value);
    }
}

inline void evaluate_reduction(Memory& memory, int n) {
    const Program& p = memory.program;
    const int body = p.nodes[n].a;
    with_type(p.nodes[body].dtype, [&]<class T>(std::type_identity<T>) {
        if constexpr (Number<T>) {
            if constexpr (std::floating_point<T>)
                if (accumulates_by_fma(p, n))
                    return reduce_all<SumOfProducts<T>>(memory, n, p.nodes[body].a, p.nodes[body].b);
            switch (p.reductions[p.nodes[n].ref].kind) {
                case Reduce::sum:
                    return reduce_all<Sum<T>>(memory, n, body, body);
                case Reduce::prod:
                    return reduce_all<Product<T>>(memory, n, body, body);
                case Reduce::max:
                    return reduce_all<Extreme<T, true>>(memory, n, body, body);
                case Reduce::min:
                    return reduce_all<Extreme<T, false>>(memory, n, body, body);
                case Reduce::argmax:
                    return reduce_all<ArgExtreme<T, true>>(memory, n, body, body);
                case Reduce::argmin:
                    return reduce_all<ArgExtreme<T, false>>(memory, n, body, body);
            }
        }
    });
}

}  // namespace sporkle::evaluation
