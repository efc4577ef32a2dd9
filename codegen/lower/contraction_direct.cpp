// A task is a block of block_m rows × block_n columns, whose accumulators are one fragment, held by all
// threads of the workgroup. Each block of block_k steps of either factor is a fragment, too, loaded straight
// from its tensor: how it gets to the matrix unit (through shared memory, double-buffered, asynchronously) is
// the driver's business, which knows the machine better.
//
// Limits, as measured on an H200 (targets/spirv/README.md): of 2048 FMAs in f16 that a multiprocessor can
// start in a cycle, 1210 start where the driver multiplies from registers, and the second cache level gives
// it 22 bytes a cycle. A block of 128 × 128 on 128 threads makes 32 FMAs of a byte, so at most 700; two of
// them fit, one loads while the other multiplies, and 630 are reached. 128 × 256 accumulators on 256 threads
// leave room for one block, too: it could make 940, but waits for its own loads, and makes 570.
#include "codegen/lower/contraction_direct.hpp"

#include <string>

#include <sporkle/error.hpp>

namespace sporkle::codegen {
namespace {

using tile::Fragment;
using tile::Type;
using tile::Value;

constexpr int line_bytes = 16;  ///< to which each line of a fragment in memory is aligned

/// The one row, the one column and the one step of a product.
struct Indices {
    int row = -1, column = -1, step = -1;
    std::vector<int> outer;  ///< of both factors
};

Indices indices_of(const Program& p, const Stage& stage) {
    const auto free = free_indices(p);
    const IndexSet of_a = free[static_cast<std::size_t>(stage.factor_a)];
    const IndexSet of_b = free[static_cast<std::size_t>(stage.factor_b)];
    Indices all;
    // Asked of differences of sets: where g++ 12 compares two tests of bits and then branches on one of them,
    // it looks at one only (with -O2; seen with the thread sanitizer).
    for (const int i : stage.free) {
        if (contains(of_a & ~of_b, i))
            all.row = i;
        else if (contains(of_b & ~of_a, i))
            all.column = i;
        else
            all.outer.push_back(i);
    }
    all.step = stage.reduction.indices[0];
    return all;
}

/// The dimensions of a tensor in which a matrix lies.
struct Plane {
    int rows = -1, columns = -1;
    bool by_columns() const { return rows > columns; }
    int line() const { return by_columns() ? columns : rows; }  ///< whose stride is from line to line
};

/// The dimension in which an index stands alone, or -1 where it stands otherwise.
int dimension_of(const Program& p, const Access& access, int index) {
    int found = -1;
    for (int d = 0; d < p.tensors[access.tensor].rank; ++d) {
        const Affine& s = access.subscripts[d];
        for (int t = 0; t < s.count; ++t) {
            if (s.terms[t].index != index) continue;
            if (!s.is_plain() || found >= 0) return -1;
            found = d;
        }
    }
    return found;
}

Plane plane_of(const Program& p, const Access& access, int row, int column) {
    return {dimension_of(p, access, row), dimension_of(p, access, column)};
}

/// Whether the matrix of these indices has lines of neighbours in a tensor of the caller, all of which exist.
bool is_matrix(const Program& p, const Access& access, int row, int column) {
    const Tensor& tensor = p.tensors[access.tensor];
    if (tensor.role == Role::temporary) return false;
    if (tensor.boundary != Boundary::none)
        for (int d = 0; d < tensor.rank; ++d)
            if (!access.subscripts[d].is_plain()) return false;
    const Plane plane = plane_of(p, access, row, column);
    return plane.rows >= 0 && plane.columns >= 0 && std::max(plane.rows, plane.columns) == tensor.rank - 1;
}

/// The access that a factor is, bare or converted to the accumulator's type; null where it is anything else.
const Access* access_of(const Program& p, int node, DType accumulator) {
    if (p.nodes[node].op == Op::cast && p.nodes[node].dtype == accumulator) node = p.nodes[node].a;
    return p.nodes[node].op == Op::access ? &p.accesses[p.nodes[node].ref] : nullptr;
}

class DirectContraction {
  public:
    DirectContraction(StageWriter& writer, const Stage& stage, const Schedule& schedule)
        : w(writer),
          b(writer.builder()),
          p(writer.program()),
          stage_(stage),
          s_(schedule),
          accumulator_(p.nodes[stage.reduce].dtype),
          indices_(indices_of(p, stage)) {}

    void write(Formula grid[3]) {
        assume_whole_blocks();
        grid[0] = {{{1, {extent_product(w.block(), {indices_.column}, s_.block_n)}}}};
        grid[1] = {{{1, {extent_product(w.block(), {indices_.row}, s_.block_m)}}}};
        if (!indices_.outer.empty()) {
            grid[2] = {{{1, {extent_product(w.block(), indices_.outer)}}}};
            w.bind_flat(w.grid(2), indices_.outer, at_);
        }
        at_.base[indices_.column] = b.mul(w.grid(0), w.integer(s_.block_n));
        at_.base[indices_.row] = b.mul(w.grid(1), w.integer(s_.block_m));
        const Type type = fragment(Fragment::accumulator, accumulator_, s_.block_m, s_.block_n);
        const Value zeros = b.constant_bits(type, 0);
        const auto sums = w.for_loop(
            w.integer(0), w.extent(indices_.step), w.integer(s_.block_k), std::span(&zeros, 1),
            [&](Value step, std::span<const Value> carried) {
                const Value left = load(stage_.factor_a, Fragment::left, indices_.row, indices_.step, step);
                const Value right =
                    load(stage_.factor_b, Fragment::right, indices_.step, indices_.column, step);
                return std::vector<Value>{b.matrix_multiply_add(left, right, carried[0])};
            });
        store(sums[0]);
    }

  private:
    static Type fragment(Fragment role, DType type, std::int64_t rows, std::int64_t columns) {
        return Type::matrix(role, type, static_cast<int>(rows), static_cast<int>(columns));
    }

    void assume_whole_blocks() {
        w.assume_extent_multiple(indices_.column, static_cast<int>(s_.block_n));
        w.assume_extent_multiple(indices_.row, static_cast<int>(s_.block_m));
        w.assume_extent_multiple(indices_.step, static_cast<int>(s_.block_k));
        for (const int index : {indices_.column, indices_.row, indices_.step})
            assume_unit_strides(w, stage_, index);
    }

    /// Lines of all fragments are aligned.
    void assume_lines(int tensor) {
        const Tensor& t = p.tensors[tensor];
        w.assume_aligned(tensor, line_bytes);
        for (int d = 0; d + 1 < t.rank; ++d)
            w.assume_stride_multiple(tensor, d, line_bytes / size_of(t.dtype));
    }

    Value load(int factor, Fragment role, int row, int column, Value step) {
        const Access& access = *access_of(p, factor, accumulator_);
        assume_lines(access.tensor);
        const Plane plane = plane_of(p, access, row, column);
        Point at = at_;
        at.base[indices_.step] = step;
        const auto corner = w.corner(access, at);
        const bool is_left = role == Fragment::left;
        const Type type = fragment(role, p.tensors[access.tensor].dtype, is_left ? s_.block_m : s_.block_k,
                                   is_left ? s_.block_k : s_.block_n);
        return b.matrix_load(corner.buffer, type, corner.element,
                             w.wide(w.stride(access.tensor, plane.line())), plane.by_columns());
    }

    void store(Value sums) {
        const Access& target = p.statements[stage_.statement].target;
        assume_lines(target.tensor);
        const Plane plane = plane_of(p, target, indices_.row, indices_.column);
        const auto corner = w.corner(target, at_);
        const DType type = p.tensors[target.tensor].dtype;
        b.matrix_store(corner.buffer, type == accumulator_ ? sums : b.matrix_convert(sums, type),
                       corner.element, w.wide(w.stride(target.tensor, plane.line())), plane.by_columns());
    }

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Stage& stage_;
    const Schedule& s_;
    const DType accumulator_;
    const Indices indices_;
    Point at_;  ///< where the block begins
};

}  // namespace

bool is_direct_product(const Program& p, const Stage& stage, const MatrixShape& shape, bool rounds) {
    if (!stage.is_contraction || !is_plain_product(p, stage) || stage.root != stage.reduce ||
        p.nodes[stage.reduce].dtype != shape.accumulator)
        return false;
    const Access* const a = access_of(p, stage.factor_a, shape.accumulator);
    const Access* const c = access_of(p, stage.factor_b, shape.accumulator);
    const Access& target = p.statements[stage.statement].target;
    if (a == nullptr || c == nullptr) return false;
    const DType stored = p.tensors[target.tensor].dtype;
    const Indices i = indices_of(p, stage);
    return p.tensors[a->tensor].dtype == shape.factor && p.tensors[c->tensor].dtype == shape.factor &&
           (stored == shape.accumulator || (rounds && stored == DType::f16)) &&
           is_matrix(p, *a, i.row, i.step) && is_matrix(p, *c, i.step, i.column) &&
           is_matrix(p, target, i.row, i.column);
}

void write_direct_contraction(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]) {
    DirectContraction(w, stage, schedule).write(grid);
}

}  // namespace sporkle::codegen
