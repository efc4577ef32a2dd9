// Few outputs would leave most of a GPU idle if each were a thread's, and what lies in the way of bandwidth
// is the number of loads in flight. So
//
//   task: a vector of neighbouring outputs
//     for each block of 4096 elements
//       member m: the partials m, m + members, … in registers, over its share of the elements in order;
//                 while the elements of several turns are taken, those of the next ones are on their way
//       the halving tree of the partials: those of a member in its registers, then through shared memory
//     the first member: block results by a binary counter
//
// A turn is 64 elements. Elements beyond the end are read as the last one, and not taken.
#include "codegen/lower/reduction_columns.hpp"

#include <algorithm>

#include "codegen/lower/block_tree.hpp"
#include "codegen/lower/register_tile.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;
using State = Accumulator::State;

class ColumnReduction {
  public:
    ColumnReduction(StageWriter& writer, const Stage& stage, const Schedule& schedule)
        : w(writer),
          b(writer.builder()),
          stage_(stage),
          s_(schedule),
          acc_(writer, stage),
          of_member_(lanes_partials / schedule.members),
          exchange_(
              StateArray::in_shared_memory(writer, acc_, "partials", schedule.members, schedule.lanes)) {
        for (int i = 0; i < stage.reduction.count; ++i) reduced_.push_back(stage.reduction.indices[i]);
        member_ = w.narrow(b.member_id());
        count_ = w.extent_product(reduced_);
        blocks_ = b.binary(TileOp::div, b.add(count_, w.integer(lanes_block - 1)), w.integer(lanes_block));
    }

    void write(int first_word, Formula grid[3]) {
        const Point at = outputs(grid);
        if (!s_.split_reduction) return write_outputs(at);
        const int dim = s_.aligned ? 2 : 1;
        grid[dim] = {{{1, {extent_product(w.block(), reduced_, lanes_block)}}}};
        const State state = block(at, w.grid(dim));
        StateArray results(w, acc_, "blocks", first_word);
        const Value number = b.add(w.lane_numbers(s_.lanes), first_output_);
        b.if_then(is_first_member(),
                  [&] { results.scatter(state, b.add(b.mul(number, blocks_), w.grid(dim)), at.mask); });
    }

  private:
    /// Binds the task's outputs: a vector along the last index, or of all free indices walked as one.
    Point outputs(Formula grid[3]) {
        Point at;
        const Value low = b.mul(w.grid(0), w.integer(s_.lanes));
        if (!s_.aligned) {
            first_output_ = low;
            w.bind_lanes(low, w.extent_product(stage_.free), s_.lanes, stage_.free, at);
            grid[0] = {{{1, {extent_product(w.block(), stage_.free, s_.lanes)}}}};
            return at;
        }
        const int axis = innermost_index(w.program(), stage_);
        w.align_vectors(s_.lanes / s_.threads, false);
        w.assume_extent_multiple(axis, s_.lanes);
        assume_unit_strides(w, stage_, axis);
        at.axis = axis;
        at.lanes = s_.lanes;
        at.base[axis] = first_output_ = low;
        grid[0] = {{{1, {extent_product(w.block(), {axis}, s_.lanes)}}}};
        const std::vector<int> rows = remaining(stage_, 0, axis);
        if (rows.empty()) return at;
        w.bind_flat(w.grid(1), rows, at);
        first_output_ = b.add(low, b.mul(w.grid(1), w.extent(axis)));
        grid[1] = {{{1, {extent_product(w.block(), rows)}}}};
        return at;
    }

    Value is_first_member() { return b.compare(TileOp::equal, member_, w.integer(0)); }

    void write_outputs(const Point& at) {
        BlockTree tree(w, acc_, s_.lanes, "levels");
        w.for_each(
            w.integer(0), blocks_, w.integer(1),
            [&](Value number) {
                const State state = block(at, number);
                b.if_then(is_first_member(), [&] { tree.push(state, number); });
            },
            1);
        b.if_then(is_first_member(), [&] {
            write_sum(w, stage_, w.program().statements[stage_.statement].target,
                      acc_.result(tree.total(blocks_)), at);
        });
    }

    /// The result of a block, which the first member has. Where products want a guard, it looks at all of
    /// them; what it finds wrong is computed again.
    State block(const Point& at, Value number) {
        const Value low = b.mul(number, w.integer(lanes_block));
        const Value high = b.binary(TileOp::min, b.add(low, w.integer(lanes_block)), count_);
        const auto guard = acc_.guard();
        std::vector<Value> state = partials(at, low, high, s_.unroll, guard ? &*guard : nullptr);
        if (guard) {
            const auto own = static_cast<std::size_t>(of_member_);
            const Value wrong = guard->were_wrong(std::span(state).subspan(own), s_.members);
            state.resize(own);
            state = b.if_else(
                wrong, [&] { return partials(at, low, high, 1, nullptr); }, [&] { return state; });
        }
        return among_members(of_own(state));
    }

    using Bodies = std::vector<Value>;

    /// A member's partials of the elements [low, high), of which there are some, and behind them what the
    /// guard carries. While a group of turns is taken, the next one is being read.
    std::vector<Value> partials(const Point& at, Value low, Value high, int turns, const FlushGuard* guard) {
        const Value group = w.integer(static_cast<std::int64_t>(turns) * lanes_partials);
        const Value whole = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), group), group));
        std::vector<Value> state;
        for (int n = 0; n < of_member_; ++n) append(state, acc_.identity(s_.lanes));
        if (guard != nullptr) append(state, guard->initial(s_.lanes, s_.lanes));
        const std::size_t kept = state.size();
        append(state, read(at, low, high, turns));
        state = w.for_loop(
            low, whole, group, state,
            [&](Value first, std::span<const Value> now) {
                const Bodies next = read(at, b.add(first, group), high, turns);
                std::vector<Value> after = take(now.first(kept), now.subspan(kept), first, {}, guard);
                append(after, next);
                return after;
            },
            1);
        const std::vector<Value> before(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(kept));
        return b.if_else(
            b.compare(TileOp::less, whole, high),
            [&] { return take(before, std::span(state).subspan(kept), whole, high, guard); },
            [&] { return before; });
    }

    /// Number of a member's element, the n-th in a group of turns.
    Value number_of(Value first, std::size_t n) {
        return b.add(b.add(first, member_), w.integer(static_cast<std::int64_t>(n) * s_.members));
    }

    /// A member's elements of the group of turns from element `first` on, one after the other.
    Bodies read(const Point& at, Value first, Value high, int turns) {
        Bodies bodies;
        for (std::size_t n = 0; n < static_cast<std::size_t>(turns * of_member_); ++n) {
            Point here = at;
            w.bind_flat(b.binary(TileOp::min, number_of(first, n), b.sub(high, w.integer(1))), reduced_,
                        here);
            append(bodies, acc_.body_at(here, s_.lanes));
        }
        return bodies;
    }

    /// The partials after such elements, but for those from `high` on if that is given, and the guard's
    /// values.
    std::vector<Value> take(std::span<const Value> before, std::span<const Value> bodies, Value first,
                            Value high, const FlushGuard* guard) {
        acc_.set_flush_safe(guard != nullptr);
        std::vector<Value> after(before.begin(), before.end());
        const auto size = static_cast<std::size_t>(acc_.factors());
        FlushGuard::Values of_a, of_b;
        for (std::size_t n = 0; n < bodies.size() / size; ++n) {
            const auto own = bodies.subspan(n * size, size);
            const Value number = number_of(first, n);
            const Value exists = high ? w.splat(b.compare(TileOp::less, number, high), s_.lanes) : Value{};
            const auto partial = after.begin() + static_cast<std::ptrdiff_t>(n) % of_member_ * acc_.parts();
            const State state(partial, partial + acc_.parts());
            const State next = acc_.take(state, Accumulator::Body(own.begin(), own.end()), number, exists);
            std::copy(next.begin(), next.end(), partial);
            of_a.push_back(own.front());
            of_b.push_back(own.back());
        }
        acc_.set_flush_safe(false);
        if (guard == nullptr) return after;
        const auto looked = after.begin() + of_member_;
        const FlushGuard::Values least = guard->with({looked, after.end()}, of_a, of_b);
        std::copy(least.begin(), least.end(), looked);
        return after;
    }

    /// The tree as far as it combines a member's own partials: l with l + 32 is n with n + half of its own.
    State of_own(std::vector<Value> partials) {
        const auto part = [&](std::size_t n) {
            const auto first = partials.begin() + static_cast<std::ptrdiff_t>(n) * acc_.parts();
            return State(first, first + acc_.parts());
        };
        for (std::size_t half = static_cast<std::size_t>(of_member_) / 2; half > 0; half /= 2) {
            std::vector<Value> halved;
            for (std::size_t n = 0; n < half; ++n) append(halved, acc_.combine(part(n), part(n + half)));
            partials = std::move(halved);
        }
        return partials;
    }

    State among_members(State state) {
        for (int width = s_.members / 2; width > 0; width /= 2) {
            const Value lower = b.compare(TileOp::less, member_, w.integer(width));
            const Value gives = b.compare(TileOp::less, b.sub(member_, w.integer(width)), w.integer(width));
            b.if_then(b.binary(TileOp::bit_and, gives, b.unary(TileOp::bit_not, lower)),
                      [&] { exchange_.store(state, member_); });
            b.barrier();
            state = b.if_else(
                lower, [&] { return acc_.combine(state, exchange_.load(b.add(member_, w.integer(width)))); },
                [&] { return state; });
        }
        b.barrier();  // what was given is read before the next block's is
        return state;
    }

    static void append(std::vector<Value>& to, const std::vector<Value>& from) {
        to.insert(to.end(), from.begin(), from.end());
    }

    StageWriter& w;
    tile::Builder& b;
    const Stage& stage_;
    const Schedule& s_;
    Accumulator acc_;
    int of_member_;  ///< partials
    StateArray exchange_;
    std::vector<int> reduced_;
    Value member_, count_, blocks_, first_output_;
};

}  // namespace

bool reduces_columns(const Program& p, const Stage& stage) {
    const int inner = innermost_index(p, stage);
    if (stage.reduce < 0 || stage.reduction.order != Order::lanes || inner < 0) return false;
    const IndexSet reduced = index_set(stage.reduction);
    for (const int number : accesses_below(p, stage.body)) {
        const Access& a = p.accesses[number];
        const int last = p.tensors[a.tensor].rank - 1;
        bool along = false, across = (index_set(p, a) & reduced) != 0;
        for (int t = 0; last >= 0 && t < a.subscripts[last].count; ++t) {
            const int index = a.subscripts[last].terms[t].index;
            along = along || index == inner;
            across = across && !contains(reduced, index);
        }
        if (along && across) return true;
    }
    return false;
}

bool is_column_reduction(const Schedule& s) {
    return s.lowering == Lowering::reduction && s.axis == Axis::free && s.threads > 0 && s.members > 1;
}

void write_column_reduction(StageWriter& w, const Stage& stage, const Schedule& schedule, int first_word,
                            Formula grid[3]) {
    ColumnReduction(w, stage, schedule).write(first_word, grid);
}

}  // namespace sporkle::codegen
