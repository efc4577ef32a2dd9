// Sums of products on a matrix unit, for kernels that let their sums be taken in any order (Numerics::fast),
// or whose sums are the same in any order (integers).
// Blocks and staging are those of spread_staging.hpp; the panels hold the factors as their tensors store
// them, or turned where the unit's threads hold consecutive steps (Schedule::along_steps): an element is
// staged once and read by many. Where vectors of 16 bytes fit without whole blocks (Schedule::by_taps)
// staging is that of tap_staging.hpp. Each member has tile_m × tile_n accumulators in fragments of the unit's
// shape, and multiplies fragments of both panels in every matrix_k steps. Steps beyond the end are staged as
// zeros.
//
// Where the statement is the bare sum and the target takes accumulators as they are, or rounded to f16 by a
// matrix unit that can do that (Schedule::rounds), fragments are stored straight to it. Otherwise each goes
// through shared memory to the lanes, which compute the statement's expression: which thread holds which
// element of a fragment is unknown.
//
// Limits: lines of a panel begin 16 bytes beyond a multiple of 64, so that the lines of a fragment lie in
// different banks and are aligned as Vulkan asks for cooperative matrices. 16 steps of a tile of 64 × 32
// read 3 KiB for 32768 FMAs, of 64 × 64 4 KiB for 65536: from shared memory of 128 bytes a cycle 1365 and
// 2048 FMAs in f16 a cycle, of which a multiprocessor of the H200 starts 2048, but 1210 where subgroups
// multiply from registers. The tiles' accumulators are 64 and 128 registers of 32 threads.
#include <algorithm>
#include <string>

#include <sporkle/error.hpp>

#include "codegen/lower/channel_copy.hpp"
#include "codegen/lower/register_tile.hpp"
#include "codegen/lower/tap_staging.hpp"

namespace sporkle::codegen {
namespace {

using tile::Fragment;
using tile::Type;
using tile::Value;
using TileOp = tile::Op;

constexpr int line_bytes = shared_alignment;  ///< that keep lines apart

/// The access that a factor is, bare or converted to the accumulator's type exactly; -1 where it is another
/// expression.
int plain_access(const Program& p, int node, DType accumulator) {
    if (p.nodes[node].op == Op::cast && p.nodes[node].dtype == accumulator) node = p.nodes[node].a;
    return p.nodes[node].op == Op::access ? p.nodes[node].ref : -1;
}

DType stored_type(const Program& p, int access) { return p.tensors[p.accesses[access].tensor].dtype; }

class MatrixContraction : TapStaging {
  public:
    MatrixContraction(StageWriter& writer, const Stage& stage, const Schedule& schedule)
        : TapStaging(writer, stage, schedule) {
        fragment_rows_ = s_.tile_m / s_.matrix_m;
        fragment_columns_ = s_.tile_n / s_.matrix_n;
        for (Panel* panel : {&rows_, &columns_}) {
            panel->access = plain_access(p, panel->factor, accumulator_);
            if (panel->access < 0)
                throw Error(ErrorCode::unsupported,
                            "schedule '" + s_.name +
                                "': a matrix unit multiplies elements of tensors, and a "
                                "factor is another expression");
            panel->dtype = stored_type(p, panel->access);
            panel->output_lines = s_.along_steps || panel->steps_first;
            panel->pitch =
                (panel->output_lines ? s_.block_k : panel->block) + line_bytes / size_of(panel->dtype);
            if (!s_.aligned && !s_.by_taps) continue;
            panel->run = s_.folded ? folded_channels : line_bytes / size_of(panel->dtype);
            panel->lanes = panel->run * s_.threads;
        }
    }

    void write(Formula grid[3]) {
        if (s_.aligned) assume_whole_blocks(rows_.run);
        if (s_.by_taps) assume_runs(neighbours());
        begin(grid);
        const Type type = Type::matrix(Fragment::accumulator, accumulator_, s_.matrix_m, s_.matrix_n);
        const Values zeros(static_cast<std::size_t>(fragment_rows_ * fragment_columns_),
                           b.constant_bits(type, 0));
        const Accumulate accumulate = [&](std::span<const Value> sums, Value parity) {
            return this->accumulate(sums, parity);
        };
        const auto sums =
            s_.by_taps ? all_taps(zeros, accumulate) : all_blocks(zeros, !s_.aligned, accumulate);
        if (neighbours() > 1) w.align_vectors(neighbours(), false);
        if (takes_fragments())
            store_fragments(sums);
        else
            store_through_lanes(sums);
    }

  private:
    /// That a thread computes and stores at once.
    int neighbours() const {
        constexpr int most = 8;
        if (s_.copied) return 1;
        if (s_.by_taps) return std::min(most, s_.matrix_m * s_.matrix_n / s_.threads);
        return s_.aligned ? 4 : 1;
    }

    Value load_fragment(const Panel& panel, Type type, Value half, Value step, Value output) {
        // A left factor's rows are outputs, a right one's are steps.
        const bool by_columns = panel.output_lines != (type.fragment == Fragment::left);
        return b.matrix_load(panel.buffer, type, w.wide(b.add(half, place(panel, step, output))),
                             b.integer(panel.pitch), by_columns);
    }

    Values accumulate(std::span<const Value> sums, Value parity) {
        const Type left = Type::matrix(Fragment::left, rows_.dtype, s_.matrix_m, s_.matrix_k);
        const Type right = Type::matrix(Fragment::right, columns_.dtype, s_.matrix_k, s_.matrix_n);
        const Value half_a = half_of(rows_, parity), half_b = half_of(columns_, parity);
        Values next(sums.begin(), sums.end());
        for (std::int64_t k = 0; k < s_.block_k; k += s_.matrix_k) {
            Values factors;
            for (int n = 0; n < fragment_columns_; ++n)
                factors.push_back(load_fragment(columns_, right, half_b, w.integer(k),
                                                b.add(column_in_block_, w.integer(n * s_.matrix_n))));
            for (int m = 0; m < fragment_rows_; ++m) {
                const Value factor = load_fragment(rows_, left, half_a, w.integer(k),
                                                   b.add(row_in_block_, w.integer(m * s_.matrix_m)));
                for (int n = 0; n < fragment_columns_; ++n) {
                    Value& sum = next[static_cast<std::size_t>(m * fragment_columns_ + n)];
                    sum = b.matrix_multiply_add(factor, factors[static_cast<std::size_t>(n)], sum);
                }
            }
        }
        return next;
    }

    // ---- the end

    const Access& target() const { return p.statements[stage_.statement].target; }
    Value first_row(int m) { return b.add(b.add(rows_.low, row_in_block_), w.integer(m * s_.matrix_m)); }
    Value first_column(int n) {
        return b.add(b.add(columns_.low, column_in_block_), w.integer(n * s_.matrix_n));
    }
    const Value& sum_of(const Values& sums, int m, int n) const {
        return sums[static_cast<std::size_t>(m * fragment_columns_ + n)];
    }

    /// The target's dimension in which an index stands alone, or -1 where it stands otherwise.
    int dimension_of(int index) const {
        int found = -1;
        for (int d = 0; d < p.tensors[target().tensor].rank; ++d) {
            const Affine& s = target().subscripts[d];
            for (int t = 0; t < s.count; ++t) {
                if (s.terms[t].index != index) continue;
                if (!s.is_plain() || found >= 0) return -1;
                found = d;
            }
        }
        return found;
    }

    bool takes_fragments() const {
        const Tensor& t = p.tensors[target().tensor];
        return s_.aligned && stage_.root == stage_.reduce && t.role == Role::output &&
               (t.dtype == accumulator_ || (s_.rounds && t.dtype == DType::f16)) &&
               dimension_of(columns_.outputs[0]) == t.rank - 1 && dimension_of(rows_.outputs[0]) >= 0;
    }

    void store_fragments(const Values& sums) {
        const int tensor = target().tensor;
        const DType type = p.tensors[tensor].dtype;
        w.assume_aligned(tensor, line_bytes);
        for (int d = 0; d + 1 < p.tensors[tensor].rank; ++d)
            w.assume_stride_multiple(tensor, d, line_bytes / size_of(type));
        const Value pitch = w.wide(w.stride(tensor, dimension_of(rows_.outputs[0])));
        for (int m = 0; m < fragment_rows_; ++m)
            for (int n = 0; n < fragment_columns_; ++n) {
                Point at = at_;
                at.base[rows_.outputs[0]] = first_row(m);
                at.base[columns_.outputs[0]] = first_column(n);
                const auto corner = w.corner(target(), at);
                const Value sum = sum_of(sums, m, n);
                b.matrix_store(corner.buffer, type == accumulator_ ? sum : b.matrix_convert(sum, type),
                               corner.element, pitch);
            }
    }

    void store_through_lanes(const Values& sums) {
        const int bytes = size_of(accumulator_);
        const std::int64_t pitch = s_.matrix_n + line_bytes / bytes;
        tile::Buffer buffer;
        buffer.name = "sums";
        buffer.space = tile::Space::shared;
        buffer.dtype = accumulator_;
        buffer.size = s_.members * s_.matrix_m * pitch;
        buffer.writable = true;
        buffer.explicit_barriers = true;
        const int exchange = b.add_buffer(buffer);
        const Value mine = b.mul(member_, w.integer(s_.matrix_m * pitch));
        const int run = neighbours(), lanes = run * s_.threads;
        for (int m = 0; m < fragment_rows_; ++m)
            for (int n = 0; n < fragment_columns_; ++n) {
                b.matrix_store(exchange, sum_of(sums, m, n), w.wide(mine), b.integer(pitch));
                b.barrier();
                const auto write_vector = [&](Value row, Value column) {
                    const Value element = b.add(b.add(b.mul(row, w.integer(pitch)), column), mine);
                    const Value sum = b.gather(exchange, w.wide(element), {}, run,
                                               run > 1 ? std::min(run * bytes, line_bytes) : 0);
                    write_sum(w, stage_, target(), sum,
                              point(b.add(row, first_row(m)), b.add(column, first_column(n)), lanes));
                };
                const int elements = s_.matrix_m * s_.matrix_n;
                if (s_.by_taps) {
                    // Columns are the same in all vectors: where they stand is computed once.
                    const auto [row, column] = split(w.lane_numbers(lanes), s_.matrix_n);
                    for (int first = 0; first < elements; first += lanes)
                        write_vector(b.add(row, w.integer(first / s_.matrix_n)), column);
                } else {
                    w.for_each(
                        w.integer(0), w.integer(elements), w.integer(lanes),
                        [&](Value first) {
                            const Value number = b.add(w.lane_numbers(lanes), first);
                            const auto [row, column] = split(number, s_.matrix_n);
                            write_vector(row, column);
                        },
                        1);
                }
                b.barrier();
            }
    }

    /// Where lanes stand that are at vectors of rows and columns.
    Point point(Value row, Value column, int lanes) {
        Point at = at_;
        at.lanes = lanes;
        at.run = neighbours();
        at.run_index = columns_.outputs.back();
        if (!s_.aligned) {
            const auto exists = [&](Value number, Value total) {
                return b.compare(TileOp::less, number, w.splat(total, lanes));
            };
            at.mask = b.binary(TileOp::bit_and, exists(row, rows_.total), exists(column, columns_.total));
            at.clamped = !s_.by_taps;  // lanes of a run stay neighbours
        }
        w.bind_flat(at.clamped ? clamped(row, rows_.total) : row, rows_.outputs, at);
        w.bind_flat(at.clamped ? clamped(column, columns_.total) : column, columns_.outputs, at);
        return at;
    }

    int fragment_rows_ = 1, fragment_columns_ = 1;  ///< of a member
};

}  // namespace

void write_matrix_contraction(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]) {
    MatrixContraction(w, stage, schedule).write(grid);
}

std::vector<const MatrixShape*> matrix_shapes_of(const Program& p, const Stage& stage,
                                                 const Machine& machine) {
    const DType accumulator = p.nodes[stage.reduce].dtype;
    const int a = plain_access(p, stage.factor_a, accumulator),
              c = plain_access(p, stage.factor_b, accumulator);
    std::vector<const MatrixShape*> shapes;
    if (a < 0 || c < 0) return shapes;
    for (const MatrixShape& shape : machine.matrix_shapes)
        if (shape.factor == stored_type(p, a) && shape.factor == stored_type(p, c) &&
            shape.accumulator == accumulator)
            shapes.push_back(&shape);
    return shapes;
}

std::int64_t matrix_contraction_bytes(const Program& p, const Stage& stage, const MatrixShape& shape,
                                      const Schedule& s) {
    const std::int64_t factor = size_of(shape.factor), sum = size_of(shape.accumulator);
    const auto panel = [&](int node, std::int64_t block) {
        const bool output_lines = s.along_steps || s.copied || is_staged_along_steps(p, stage, node);
        return (output_lines ? block : s.block_k) *
               ((output_lines ? s.block_k : block) * factor + line_bytes);
    };
    return 2 * (panel(stage.factor_a, s.block_m) + panel(stage.factor_b, s.block_n)) +
           s.members * s.matrix_m * (s.matrix_n * sum + line_bytes);
}

}  // namespace sporkle::codegen
