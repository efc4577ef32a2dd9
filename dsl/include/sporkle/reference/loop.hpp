// A straight-line evaluation of some nodes at a batch of points.
//
// Reductions are no part of it: each one has been evaluated before, for all values of its free indices, and
// appears here as a read of the array of its results. So nothing is nested, and the work of a reduction is
// never repeated for indices on which it does not depend.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include <sporkle/reference/memory.hpp>
#include <sporkle/reference/operations.hpp>

namespace sporkle::evaluation {

/// Where the evaluator finds the tensors and the results of reductions.
struct Memory {
    const Program& program;
    const Extents& extents;
    TensorView tensors[max_tensors] = {};
    std::uint64_t scalars[max_scalars] = {};
    /// Per reduction node its results, row-major over its free indices in ascending order.
    std::vector<std::vector<std::uint64_t>> reduced{max_nodes};
    std::array<IndexSet, max_nodes> free = free_indices(program);
};

/// Some indices of the kernel, walked together in row-major order.
class Space {
  public:
    Space(const Extents& extents, const std::vector<int>& indices) : indices_(indices) {
        for (const int i : indices) {
            extents_.push_back(extents.index[i]);
            if (__builtin_mul_overflow(size_, extents.index[i], &size_))
                throw Error(ErrorCode::out_of_memory, "the kernel walks over more than 2^63 points");
        }
        current_.assign(indices.size(), 0);
    }

    std::int64_t size() const { return size_; }

    /// Sets rows of `points` to the next `count` places, of which the first one is (0, …, 0).
    void next(Points& points, int count) {
        for (int i = 0; i < count; ++i) {
            for (std::size_t d = 0; d < indices_.size(); ++d) points.index[indices_[d]][i] = current_[d];
            advance();
        }
    }
    /// Sets all of each row to the next place.
    void next_everywhere(Points& points) {
        for (std::size_t d = 0; d < indices_.size(); ++d)
            for (std::int64_t& x : points.index[indices_[d]]) x = current_[d];
        advance();
    }

  private:
    void advance() {
        for (std::size_t d = indices_.size(); d-- > 0;) {
            if (++current_[d] < extents_[d]) return;
            current_[d] = 0;
        }
    }

    std::vector<int> indices_;
    std::vector<std::int64_t> extents_, current_;
    std::int64_t size_ = 1;
};

/// The index numbers of a set, ascending.
inline std::vector<int> members(IndexSet set) {
    std::vector<int> indices;
    for (int i = 0; i < max_indices; ++i)
        if (set >> i & 1) indices.push_back(i);
    return indices;
}

class Loop {
  public:
    /// Prepares the evaluation of `roots` and of what they need.
    Loop(const Memory& memory, const std::vector<int>& roots)
        : memory_(memory), slots_(memory.program.node_count) {
        bool needed[max_nodes] = {};
        for (const int root : roots) needed[root] = true;
        const Program& p = memory.program;
        for (int n = p.node_count - 1; n >= 0; --n) {
            const Node& x = p.nodes[n];
            if (!needed[n] || x.op == Op::reduce) continue;
            const std::uint16_t uses[3] = {x.a, x.b, x.c};
            for (int o = 0; o < operand_count(x.op); ++o) needed[uses[o]] = true;
        }
        for (int n = 0; n < p.node_count; ++n)
            if (needed[n]) add_step(n);
    }

    void evaluate(const Points& points) {
        for (Step& step : steps_) {
            Slot& out = slots_[step.node];
            const Node& x = memory_.program.nodes[step.node];
            switch (x.op) {
                case Op::access:
                    step.locator.locate(points);
                    load(out, step.locator, points.count);
                    break;
                case Op::index_value:
                    for (int i = 0; i < points.count; ++i) out.as<std::int64_t>()[i] = points.index[x.ref][i];
                    break;
                case Op::reduce:
                    recall(out, step.node, points);
                    break;
                default:
                    step.operation(out, slots_[x.a], slots_[x.b], slots_[x.c], points.count);
            }
        }
    }

    const Slot& values(int node) const { return slots_[static_cast<std::size_t>(node)]; }

  private:
    struct Step {
        std::uint16_t node = 0;
        Operation operation = nullptr;
        Locator locator = {};
    };

    Slot& slot(int n) { return slots_[static_cast<std::size_t>(n)]; }

    void add_step(int n) {
        const Program& p = memory_.program;
        const Node& x = p.nodes[n];
        if (x.op == Op::literal) return fill(slot(n), x.dtype, x.bits);
        if (x.op == Op::scalar) return fill(slot(n), p.scalars[x.ref].dtype, memory_.scalars[x.ref]);
        Step step{static_cast<std::uint16_t>(n)};
        if (x.op == Op::access) {
            const Access& access = p.accesses[x.ref];
            step.locator = Locator(p, access, memory_.extents, memory_.tensors[access.tensor]);
        } else if (x.op == Op::cast) {
            step.operation = conversion_for(p.nodes[x.a].dtype, static_cast<DType>(x.ref));
        } else if (operand_count(x.op) > 0 && x.op != Op::reduce) {
            const std::uint16_t uses[3] = {x.a, x.b, x.c};
            step.operation = operation_for(x.op, p.nodes[uses[operand_count(x.op) - 1]].dtype);
        }
        steps_.push_back(step);
    }

    void recall(Slot& out, int n, const Points& points) const {
        std::int64_t place[batch_size] = {};
        for (const int index : members(memory_.free[static_cast<std::size_t>(n)]))
            for (int i = 0; i < points.count; ++i)
                place[i] = place[i] * memory_.extents.index[index] + points.index[index][i];
        const std::vector<std::uint64_t>& results = memory_.reduced[static_cast<std::size_t>(n)];
        with_type(memory_.program.nodes[n].dtype, [&]<class T>(std::type_identity<T>) {
            for (int i = 0; i < points.count; ++i)
                std::memcpy(out.as<T>() + i, &results[static_cast<std::size_t>(place[i])], sizeof(T));
        });
    }

    const Memory& memory_;
    std::vector<Slot> slots_;
    std::vector<Step> steps_;
};

}  // namespace sporkle::evaluation
