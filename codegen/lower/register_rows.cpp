#include "codegen/lower/register_rows.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "codegen/lower/axis.hpp"
#include "codegen/lower/reduction_writer.hpp"
#include "codegen/lower/row_places.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;
using State = Accumulator::State;

constexpr int single = -1;  ///< instead of an index: the stage stands at one element

/// The index along which a stage runs; no value where that is not one.
std::optional<int> row_index(const Stage& stage, IndexSet fixed) {
    const std::vector<int> rest = remaining(stage, fixed, -1);
    if (stage.reduce >= 0) {
        if (!rest.empty() || !reduces_in_registers(stage)) return std::nullopt;
        return stage.reduction.indices[0];
    }
    if (rest.size() > 1) return std::nullopt;
    return rest.empty() ? single : rest[0];
}

/// Whether a stage that runs along `index` reads what another one assigned along `other` where it stands.
bool reads_in_step(const Program& p, const Access& read, int index, const Access& written, int other,
                   IndexSet fixed) {
    for (int d = 0; d < p.tensors[read.tensor].rank; ++d) {
        const Affine &from = written.subscripts[d], &to = read.subscripts[d];
        if (!from.is_plain() || !to.is_plain()) return false;
        if (contains(fixed, from.terms[0].index)) continue;  // fusible_indices has seen to that
        if (from.terms[0].index != other || to.terms[0].index != index || index == single ||
            p.indices[index].extent != p.indices[other].extent)
            return false;
    }
    return true;
}

class RegisterRows {
  public:
    /// `exists`: whether the row does; no value: it does. If not, it stands at the last one, and nothing is
    /// stored.
    RegisterRows(StageWriter& writer, const Schedule& schedule, const Point& at, Value exists, IndexSet fixed)
        : w(writer),
          b(writer.builder()),
          p(writer.program()),
          s_(schedule),
          at_(at),
          exists_(exists),
          fixed_(fixed) {}

    void write(const Stage& stage) {
        const int index = *row_index(stage, fixed_);
        if (index == single) {
            forward(0);
            auto memo = w.memo();
            assign(stage, w.evaluate(stage.root, at_, memo));
            return;
        }
        if (s_.unit_stride) assume_unit_strides(w, stage, index);
        RowPlaces row(w, s_, at_, index);
        if (stage.reduce >= 0)
            reduce(stage, row);
        else
            map(stage, row);
    }

  private:
    using Values = std::vector<Value>;

    /// body(first, last) for the vectors [first, last) of each piece.
    static void for_each_piece(const RowPlaces& row,
                               const std::function<void(std::size_t, std::size_t)>& body) {
        for (std::size_t first = 0; first < row.vectors(); first += row.piece_vectors())
            body(first, std::min(first + row.piece_vectors(), row.vectors()));
    }

    /// What `write` gives where the piece has elements, else `otherwise`.
    Values where_present(RowPlaces& row, std::size_t first, const tile::Builder::Branch& write,
                         const Values& otherwise) {
        if (!row.may_be_absent(first)) return write();
        return b.if_else(row.is_present(first), write, [&] { return otherwise; });
    }

    /// What earlier stages assigned, at vector number v.
    void forward(std::size_t v) {
        for (const auto& [tensor, values] : assigned_)
            w.forward(tensor, values.size() == 1 ? values.front() : values[v]);
    }

    /// Reads what a node needs of inputs in the vectors [first, last).
    void read_ahead(int node, RowPlaces& row, std::size_t first, std::size_t last) {
        const std::vector<int> accesses = accesses_below(p, node);
        for (std::size_t v = first; v < last; ++v)
            for (const int number : accesses) w.read_ahead(p.accesses[number], row.at(v));
    }

    /// What `evaluate` appends for each vector of the row, reading below a node; zeros of the same types
    /// where there is none. A piece is read before the next one, which leaves registers for whatever else it
    /// needs.
    Values of_vectors(RowPlaces& row, int node, const std::function<void(std::size_t, Values&)>& evaluate,
                      const Values& zeros) {
        Values all;
        for_each_piece(row, [&](std::size_t first, std::size_t last) {
            read_ahead(node, row, first, last);
            const auto write = [&] {
                Values piece;
                for (std::size_t v = first; v < last; ++v) {
                    forward(v);
                    evaluate(v, piece);
                }
                return piece;
            };
            Values nothing;
            for (std::size_t v = first; v < last; ++v)
                nothing.insert(nothing.end(), zeros.begin(), zeros.end());
            const Values piece = where_present(row, first, write, nothing);
            all.insert(all.end(), piece.begin(), piece.end());
        });
        return all;
    }

    void map(const Stage& stage, RowPlaces& row) {
        const tile::Type type{p.nodes[stage.root].dtype, static_cast<std::uint16_t>(s_.lanes)};
        Values values =
            of_vectors(row, stage.root,
                       [&](std::size_t v, Values& piece) {
                           auto memo = w.memo();
                           piece.push_back(w.splat(w.evaluate(stage.root, row.at(v), memo), s_.lanes));
                       },
                       {b.constant_bits(type, 0)});
        // All values are there before the first is stored: loads need not wait for stores.
        if (is_kept(stage)) where_existing([&] { store(stage, row, values); });
        assigned_[stage.target] = std::move(values);
    }

    void store(const Stage& stage, RowPlaces& row, const Values& values) {
        for_each_piece(row, [&](std::size_t first, std::size_t last) {
            const auto write = [&] {
                for (std::size_t v = first; v < last; ++v)
                    w.store(p.statements[stage.statement].target, values[v], row.at(v));
                return Values{};
            };
            where_present(row, first, write, {});
        });
    }

    void reduce(const Stage& stage, RowPlaces& row) {
        read_ahead(stage.body, row, 0, row.vectors());
        ReductionWriter writer(w, stage, s_);
        const State total = s_.row_members > 1 ? of_members(writer, row)
                                               : writer.fold_partials(of_member(writer, row), s_.lanes);
        forward(0);
        assign(stage, writer.value_of(total, at_));
    }

    /// Vectors of the 64.
    std::size_t partials() const { return static_cast<std::size_t>(lanes_partials / s_.lanes); }

    std::vector<State> identities(Accumulator& acc) {
        return std::vector<State>(partials(), acc.identity(s_.lanes));
    }

    /// Partials that have taken the row's elements, in order. `bodies`: of all vectors; where there are none
    /// they are evaluated on the way.
    std::vector<State> taken(Accumulator& acc, RowPlaces& row, std::vector<State> states,
                             const Values& bodies, std::size_t of_body) {
        for_each_piece(row, [&](std::size_t first, std::size_t last) {
            const auto touched = static_cast<std::ptrdiff_t>(std::min(last - first, partials()));
            const auto begin = static_cast<std::ptrdiff_t>(first % partials());
            const auto take = [&] {
                std::vector<State> next = states;
                for (std::size_t v = first; v < last; ++v) {
                    const Point point = row.at(v);
                    State& own = next[v % partials()];
                    Accumulator::Body body;
                    if (bodies.empty()) {
                        forward(v);
                        body = acc.body_at(point, s_.lanes);
                    } else {
                        const auto mine = bodies.begin() + static_cast<std::ptrdiff_t>(v * of_body);
                        body.assign(mine, mine + static_cast<std::ptrdiff_t>(of_body));
                    }
                    own = acc.take(own, body, row.numbers(v), point.mask);
                }
                return joined({next.begin() + begin, next.begin() + begin + touched});
            };
            const Values before = joined({states.begin() + begin, states.begin() + begin + touched});
            const auto after = parted(where_present(row, first, take, before), acc);
            std::copy(after.begin(), after.end(), states.begin() + begin);
        });
        return states;
    }

    static Values joined(const std::vector<State>& states) {
        Values values;
        for (const State& state : states) values.insert(values.end(), state.begin(), state.end());
        return values;
    }
    static std::vector<State> parted(const Values& values, const Accumulator& acc) {
        std::vector<State> states;
        for (auto own = values.begin(); own != values.end(); own += acc.parts())
            states.emplace_back(own, own + acc.parts());
        return states;
    }

    /// What all vectors take.
    Values bodies_of(ReductionWriter& writer, RowPlaces& row) {
        Accumulator& acc = writer.accumulator();
        return of_vectors(
            row, writer.stage().body,
            [&](std::size_t v, Values& piece) {
                const Accumulator::Body own = acc.body_at(row.at(v), s_.lanes);
                piece.insert(piece.end(), own.begin(), own.end());
            },
            acc.body_zeros(s_.lanes));
    }

    /// Whether fma that flush give other bits: scalar; no value where there are none, or none flushes.
    Value flushes(Accumulator& acc, const Values& bodies) {
        if (!acc.may_flush()) return {};
        return b.binary(TileOp::bit_and, b.flushes(), b.unary(TileOp::bit_not, acc.is_flush_safe(bodies)));
    }

    /// taken(), with fma as fast as they are where that gives the same.
    std::vector<State> taken_fast(Accumulator& acc, RowPlaces& row, const std::vector<State>& before,
                                  const Values& bodies, Value flushes) {
        const std::size_t of_body = bodies.size() / row.vectors();
        if (!flushes) return taken(acc, row, before, bodies, of_body);
        const auto take = [&](bool safe) {
            acc.set_flush_safe(safe);
            const Values after = joined(taken(acc, row, before, bodies, of_body));
            acc.set_flush_safe(false);
            return after;
        };
        return parted(b.if_else(
                          flushes, [&] { return take(false); }, [&] { return take(true); }),
                      acc);
    }

    std::vector<State> of_member(ReductionWriter& writer, RowPlaces& row) {
        Accumulator& acc = writer.accumulator();
        // Rows of whole pieces have little else to do: memory is the limit all the same, and registers are
        // better left to more rows.
        if (!acc.may_flush() || s_.aligned) return taken(acc, row, identities(acc), {}, 0);
        const Values bodies = bodies_of(writer, row);
        return taken_fast(acc, row, identities(acc), bodies, flushes(acc, bodies));
    }

    /// The members of a block of Order::lanes take its elements in turn; what they take is evaluated before.
    /// Every member gets the result of the row.
    State of_members(ReductionWriter& writer, RowPlaces& row) {
        Accumulator& acc = writer.accumulator();
        const std::int64_t share = row_share(s_), in_block = lanes_block / share;
        const auto blocks = static_cast<int>((s_.row_members + in_block - 1) / in_block);
        const auto slots = static_cast<int>(partials());
        StateArray chain = StateArray::in_shared_memory(w, acc, "chain", blocks * slots, s_.lanes);
        const Value member = w.narrow(b.member_id()), turns = w.integer(in_block);
        const Value block = b.binary(TileOp::div, member, turns),
                    place = b.binary(TileOp::rem, member, turns);
        const auto slot = [&](int n) { return b.add(b.mul(block, w.integer(slots)), w.integer(n)); };
        const auto handed_on = [&] {
            std::vector<State> states;
            for (int n = 0; n < slots; ++n) states.push_back(chain.load(slot(n)));
            return states;
        };

        const Values bodies = bodies_of(writer, row);
        const Value flushes_here = flushes(acc, bodies);
        const Value extent = w.extent(row.index()), zero = w.integer(0);
        const Value shares = b.binary(TileOp::div, b.add(extent, w.integer(share - 1)), w.integer(share));
        w.for_each(
            zero, b.binary(TileOp::min, shares, turns), w.integer(1),
            [&](Value turn) {
                b.if_then(b.compare(TileOp::equal, place, turn), [&] {
                    const Values before = b.if_else(
                        b.compare(TileOp::equal, turn, zero), [&] { return joined(identities(acc)); },
                        [&] { return joined(handed_on()); });
                    const auto after = taken_fast(acc, row, parted(before, acc), bodies, flushes_here);
                    for (int n = 0; n < slots; ++n) chain.store(after[static_cast<std::size_t>(n)], slot(n));
                });
                b.barrier();
            },
            1);
        const State own = writer.fold_partials(handed_on(), s_.lanes);
        if (blocks == 1) return own;
        StateArray results = StateArray::in_shared_memory(w, acc, "blocks_of_row", blocks);
        b.if_then(b.compare(TileOp::equal, place, zero), [&] { results.store(own, block); });
        b.barrier();
        std::vector<State> states;
        for (int n = 0; n < blocks; ++n) states.push_back(results.load(w.integer(n)));
        return writer.pairwise(std::move(states), [&](int n) {
            return b.compare(TileOp::less, w.integer(n * lanes_block), extent);
        });
    }

    bool is_kept(const Stage& stage) const { return p.tensors[stage.target].role != Role::temporary; }

    void where_existing(const std::function<void()>& store) {
        if (exists_)
            b.if_then(exists_, store);
        else
            store();
    }

    /// A single element, which the first member stores.
    void assign(const Stage& stage, Value value) {
        const auto store = [&] { w.store(p.statements[stage.statement].target, value, at_); };
        if (is_kept(stage)) {
            if (s_.row_members > 1)
                b.if_then(b.compare(TileOp::equal, b.member_id(), b.integer(0)), store);
            else
                where_existing(store);
        }
        assigned_[stage.target] = {value};
    }

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Schedule& s_;
    Point at_;
    Value exists_;
    IndexSet fixed_;
    std::map<int, Values> assigned_;  ///< by tensor: a value, or one for each vector of the row
};

}  // namespace

bool run_along_rows(const Program& p, const std::vector<Stage>& stages, IndexSet fixed, std::int64_t least,
                    std::int64_t most) {
    std::map<int, std::pair<const Access*, int>> assigned;  // by tensor: how, along which index
    for (const Stage& stage : stages) {
        const std::optional<int> index = row_index(stage, fixed);
        if (!index) return false;
        const std::int64_t known = *index != single ? p.indices[*index].extent : 0;
        if (known > 0 && (known < least || known > most)) return false;
        for (const int number : accesses_below(p, stage.root)) {
            const Access& read = p.accesses[number];
            const auto found = assigned.find(read.tensor);
            if (found == assigned.end()) continue;
            const auto& [written, other] = found->second;
            if (!reads_in_step(p, read, *index, *written, other, fixed)) return false;
        }
        assigned[stage.target] = {&p.statements[stage.statement].target, stage.reduce >= 0 ? single : *index};
    }
    return true;
}

bool has_runtime_rows(const Program& p, const std::vector<Stage>& stages, IndexSet fixed) {
    return std::any_of(stages.begin(), stages.end(), [&](const Stage& stage) {
        const std::optional<int> index = row_index(stage, fixed);
        return index && *index != single && p.indices[*index].extent == 0;
    });
}

void write_register_rows(StageWriter& w, const std::vector<Stage>& stages, const Schedule& schedule,
                         const std::vector<int>& outer, IndexSet fixed, Formula grid[3]) {
    tile::Builder& b = w.builder();
    Point at;
    Value exists;
    if (!outer.empty()) {
        const int rows = schedule.members / schedule.row_members;
        Value row = w.grid(0);
        if (rows > 1) {
            const Value count = w.extent_product(outer);
            row = b.add(b.mul(row, w.integer(rows)), w.narrow(b.member_id()));
            exists = b.compare(TileOp::less, row, count);
            row = b.binary(TileOp::min, row, b.sub(count, w.integer(1)));
        }
        w.bind_flat(row, outer, at);
        grid[0] = {{{1, {extent_product(w.block(), outer, rows)}}}};
    }
    w.share_loads();
    RegisterRows rows(w, schedule, at, exists, fixed);
    for (const Stage& stage : stages) rows.write(stage);
}

}  // namespace sporkle::codegen
