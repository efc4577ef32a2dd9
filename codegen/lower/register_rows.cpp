#include "codegen/lower/register_rows.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "codegen/lower/axis.hpp"
#include "codegen/lower/reduction_writer.hpp"
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
    RegisterRows(StageWriter& writer, const Schedule& schedule, const Point& at, IndexSet fixed)
        : w(writer), b(writer.builder()), p(writer.program()), s_(schedule), at_(at), fixed_(fixed) {}

    void write(const Stage& stage) {
        const int index = *row_index(stage, fixed_);
        if (index == single) {
            forward(0);
            auto memo = w.memo();
            assign(stage, w.evaluate(stage.root, at_, memo));
            return;
        }
        if (s_.unit_stride) assume_unit_strides(w, stage, index);
        const std::int64_t known = p.indices[index].extent;
        Row row{index, known > 0 ? known : s_.register_elements, known == 0};
        if (row.varies) {
            w.assume_extent_at_most(index, s_.register_elements);
            w.assume_not_empty(index);
            if (s_.aligned) w.assume_extent_multiple(index, row_piece);
        }
        if (stage.reduce >= 0)
            reduce(stage, row);
        else
            map(stage, row);
    }

  private:
    struct Row {
        int index = -1;
        std::int64_t most = 0;  ///< elements
        bool varies = false;    ///< there may be fewer
    };

    std::size_t vectors_of(const Row& row) const {
        return static_cast<std::size_t>((row.most + s_.lanes - 1) / s_.lanes);
    }
    std::int64_t first_of(std::size_t vector) const { return static_cast<std::int64_t>(vector) * s_.lanes; }

    /// body(first, last) for the vectors [first, last) of each piece.
    void for_each_piece(const Row& row, const std::function<void(std::size_t, std::size_t)>& body) {
        const std::size_t all = vectors_of(row);
        const std::size_t each = row.varies ? static_cast<std::size_t>(row_piece / s_.lanes) : all;
        for (std::size_t first = 0; first < all; first += each) body(first, std::min(first + each, all));
    }

    Point along(const Row& row, Value base) const {
        Point point = at_;
        point.base[row.index] = base;
        point.axis = row.index;
        point.lanes = s_.lanes;
        return point;
    }

    /// Whether vector number v may have lanes beyond the end although its piece has elements.
    bool may_be_cut(const Row& row, std::size_t v) const {
        return row.varies ? !s_.aligned : first_of(v + 1) > row.most;
    }

    /// Where vector number v is read: at existing elements, with the mask of the lanes that are its own.
    Point place_of(const Row& row, std::size_t v) {
        const std::int64_t first = first_of(v);
        if (may_be_cut(row, v)) {
            Point point = at_;
            w.bind_lanes(w.integer(first), w.extent(row.index), s_.lanes, {row.index}, point);
            return point;
        }
        if (!row.varies || first < row_piece) return along(row, w.integer(first));
        const Value last_piece = b.sub(w.extent(row.index), w.integer(row_piece));
        const Value start = b.binary(TileOp::min, w.integer(first / row_piece * row_piece), last_piece);
        return along(row, b.add(start, w.integer(first % row_piece)));
    }

    /// What `write` gives where the row has elements from vector number `first` on, else `otherwise`.
    std::vector<Value> where_present(const Row& row, std::size_t first, const tile::Builder::Branch& write,
                                     const std::vector<Value>& otherwise) {
        if (!row.varies || first == 0) return write();
        return b.if_else(b.compare(TileOp::less, w.integer(first_of(first)), w.extent(row.index)), write,
                         [&] { return otherwise; });
    }

    /// What earlier stages assigned, at vector number v.
    void forward(std::size_t v) {
        for (const auto& [tensor, values] : assigned_)
            w.forward(tensor, values.size() == 1 ? values.front() : values[v]);
    }

    /// Reads what a node needs of inputs in the vectors [first, last).
    void read_ahead(int node, const Row& row, std::size_t first, std::size_t last) {
        for (const int number : accesses_below(p, node)) {
            for (std::size_t v = first; v < last; ++v) w.read_ahead(p.accesses[number], place_of(row, v));
        }
    }

    void map(const Stage& stage, const Row& row) {
        const tile::Type type{p.nodes[stage.root].dtype, static_cast<std::uint16_t>(s_.lanes)};
        std::vector<Value> values;
        for_each_piece(row, [&](std::size_t first, std::size_t last) {
            if (row.varies) read_ahead(stage.root, row, first, last);
            const auto evaluate = [&] {
                std::vector<Value> piece;
                for (std::size_t v = first; v < last; ++v) {
                    forward(v);
                    auto memo = w.memo();
                    piece.push_back(w.splat(w.evaluate(stage.root, place_of(row, v), memo), s_.lanes));
                }
                return piece;
            };
            const std::vector<Value> nothing(last - first, b.constant_bits(type, 0));
            const std::vector<Value> piece = where_present(row, first, evaluate, nothing);
            values.insert(values.end(), piece.begin(), piece.end());
        });
        // All values are there before the first is stored: loads need not wait for stores.
        if (is_kept(stage))
            for_each_piece(
                row, [&](std::size_t first, std::size_t last) { store(stage, row, first, last, values); });
        assigned_[stage.target] = std::move(values);
    }

    void store(const Stage& stage, const Row& row, std::size_t first, std::size_t last,
               const std::vector<Value>& values) {
        const auto write = [&](bool whole) {
            for (std::size_t v = first; v < last; ++v) {
                Point point = along(row, w.integer(first_of(v)));
                if (!whole && may_be_cut(row, v)) point.mask = place_of(row, v).mask;
                w.store(p.statements[stage.statement].target, values[v], point);
            }
            return std::vector<Value>{};
        };
        if (!row.varies) {
            write(false);
            return;
        }
        const Value whole = b.compare(TileOp::less_equal, w.integer(first_of(last)), w.extent(row.index));
        b.if_else(
            whole, [&] { return write(true); },
            [&] { return s_.aligned ? std::vector<Value>{} : write(false); });
    }

    void reduce(const Stage& stage, const Row& row) {
        read_ahead(stage.body, row, 0, vectors_of(row));
        ReductionWriter writer(w, stage, s_);
        Accumulator acc = writer.accumulator();
        const auto parts = static_cast<std::size_t>(acc.parts());
        const auto partials = static_cast<std::size_t>(lanes_partials / s_.lanes);
        std::vector<Value> state;
        for (std::size_t v = 0; v < partials; ++v)
            for (const Value part : acc.identity(s_.lanes)) state.push_back(part);
        for_each_piece(row, [&](std::size_t first, std::size_t last) {
            const auto take = [&] {
                std::vector<Value> next = state;
                for (std::size_t v = first; v < last; ++v) {
                    forward(v);
                    const auto own = next.begin() + static_cast<std::ptrdiff_t>(v % partials * parts);
                    const Point point = place_of(row, v);
                    const Value number = b.add(w.lane_numbers(s_.lanes), w.integer(first_of(v)));
                    const State taken = acc.take(State(own, own + static_cast<std::ptrdiff_t>(parts)), point,
                                                 number, point.mask);
                    std::copy(taken.begin(), taken.end(), own);
                }
                return next;
            };
            state = where_present(row, first, take, state);
        });
        std::vector<State> vectors;
        for (auto own = state.begin(); own != state.end(); own += static_cast<std::ptrdiff_t>(parts))
            vectors.emplace_back(own, own + static_cast<std::ptrdiff_t>(parts));
        forward(0);
        assign(stage, writer.value_of(writer.fold_partials(std::move(vectors), s_.lanes), at_));
    }

    bool is_kept(const Stage& stage) const { return p.tensors[stage.target].role != Role::temporary; }

    /// A single element.
    void assign(const Stage& stage, Value value) {
        if (is_kept(stage)) w.store(p.statements[stage.statement].target, value, at_);
        assigned_[stage.target] = {value};
    }

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Schedule& s_;
    Point at_;
    IndexSet fixed_;
    std::map<int, std::vector<Value>> assigned_;  ///< by tensor: a value, or one for each vector of the row
};

}  // namespace

bool run_along_rows(const Program& p, const std::vector<Stage>& stages, IndexSet fixed, std::int64_t limit) {
    std::map<int, std::pair<const Access*, int>> assigned;  // by tensor: how, along which index
    for (const Stage& stage : stages) {
        const std::optional<int> index = row_index(stage, fixed);
        if (!index || (*index != single && p.indices[*index].extent > limit)) return false;
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
                         const Point& at, IndexSet fixed) {
    w.share_loads();
    RegisterRows rows(w, schedule, at, fixed);
    for (const Stage& stage : stages) rows.write(stage);
}

}  // namespace sporkle::codegen
