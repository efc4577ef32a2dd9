// StageWriter: writes the parts that every lowering shares: extents, addresses, loads with their boundary
// rules, the evaluation of a statement's expression at a point of the iteration space, stores, and vector
// loops.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <sporkle/parameter_block.hpp>
#include <sporkle/program.hpp>

#include "codegen/formula.hpp"
#include "codegen/ir/builder.hpp"
#include "codegen/lower/stage.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// A place in the iteration space: where each index stands. Along `axis`, if there is one, lane l stands at
/// base[axis] + l. An index whose base is a vector stands where that says, in each lane elsewhere; all others
/// are the same in every lane.
struct Point {
    std::array<tile::Value, max_indices> base{};
    int axis = -1;
    int lanes = 1;
    tile::Value mask{};  ///< lanes that exist; no value: all
    /// Where lanes stand at vectors: in runs of so many neighbours, a power of two, along one index.
    int run = 1, run_index = -1;
    /// Lanes that do not exist stand at existing places: they may be read, and are not written.
    bool clamped = false;
    /// No read leaves its tensor (StageWriter::all_inside), so boundary rules have nothing to do.
    bool interior = false;
};

/// Where a temporary lives in the kernel that is being written.
struct Place {
    tile::Space space = tile::Space::global;
    int word = -1;          ///< of the parameter block: address (global) or arena offset (task)
    std::int64_t size = 0;  ///< elements (private_)
    IndexSet fixed = 0;     ///< indices along which only the current element is kept (fused outer loops)
};

/// A dense copy of an argument tensor in scratch, one dimension of which comes last and is padded with zeros
/// to a multiple of `run`.
struct TensorCopy {
    int word = -1;  ///< of the parameter block: address
    int dim = -1;
    int run = 1;
};

class StageWriter {
  public:
    /// `program` is normalised and outlives the writer.
    StageWriter(const Program& program, tile::Builder& builder)
        : program_(program), block_(program), b(builder) {}

    const Program& program() const { return program_; }
    const ParameterBlock& block() const { return block_; }

    /// Declares that a dimension's stride is 1 in this kernel; recorded as a precondition for argument
    /// tensors.
    void assume_unit_stride(int tensor, int dim);
    /// Declares that an argument tensor is a dense row-major array.
    void assume_dense(int tensor);
    /// Declares that an argument tensor's base address is a multiple of `bytes`.
    void assume_aligned(int tensor, int bytes);
    /// Declares that a stride of an argument tensor is a multiple of so many elements.
    void assume_stride_multiple(int tensor, int dim, int elements);
    /// Declares that an index has at least the given extent: not for correctness, but because the schedule is
    /// no good below it, so that the first variant that fits is a sound choice.
    void prefer_extent_at_least(int index, std::int64_t extent);
    void assume_extent_at_most(int index, std::int64_t extent);
    void assume_extent_at_least(int index, std::int64_t extent) { prefer_extent_at_least(index, extent); }
    void assume_not_empty(int index) { assume_extent_at_least(index, 1); }
    void assume_extent_multiple(int index, std::int64_t of);
    const std::vector<Precondition>& preconditions() const { return preconditions_; }

    void place_temporary(int tensor, Place place) { places_[tensor] = place; }
    /// From here on an argument tensor is read from its copy.
    void read_copy(int tensor, TensorCopy copy) { copies_[tensor] = copy; }
    /// The Tile IR buffer of a tensor.
    int buffer(int tensor) { return buffer_of(tensor); }

    /// Extent of an index: constant where the Program fixes it.
    tile::Value extent(int index);
    tile::Value tensor_extent(int tensor, int dim);

    /// Every whole vector along an axis begins at a multiple of `lanes` elements, so that accesses that
    /// follow the axis alone are aligned to so many elements; what that asks of the tensors becomes
    /// preconditions. `flat`: other indices stand at 0.
    void align_vectors(int lanes, bool flat) {
        aligned_lanes_ = lanes;
        aligned_flat_ = flat;
    }
    /// Vectors are spread over the threads of a GPU, where 64-bit division and double precision are slow.
    void set_spread_over_threads(bool spread) { spread_over_threads_ = spread; }
    bool spread_over_threads() const { return spread_over_threads_; }
    /// Machine::fma_may_flush: only then anything is worth proving to be flush-safe.
    void set_fma_may_flush(bool may_flush) { fma_may_flush_ = may_flush; }
    bool fma_may_flush() const { return fma_may_flush_; }
    /// From here on all index arithmetic is done in 32 bits, which becomes a precondition.
    void use_narrow_indices();
    /// The type of index arithmetic; tile's own counters and addresses are i64.
    DType index_type() const { return index_; }
    tile::Value narrow(tile::Value v) { return b.convert(v, index_); }
    tile::Value wide(tile::Value v) { return b.convert(v, DType::i64); }
    tile::Value lane_numbers(int lanes) { return b.lane_ids({index_, static_cast<std::uint16_t>(lanes)}); }
    tile::Value grid(int dim) { return narrow(b.grid_id(dim)); }
    /// Builder's loops over numbers of index_type().
    std::vector<tile::Value> for_loop(tile::Value low, tile::Value high, tile::Value step,
                                      std::span<const tile::Value> initial,
                                      const tile::Builder::LoopBody& body, int unroll = 0);
    void for_each(tile::Value low, tile::Value high, tile::Value step,
                  const std::function<void(tile::Value)>& body, int unroll = 0);

    /// Product of the indices' extents.
    tile::Value extent_product(const std::vector<int>& indices);

    /// Binds indices, last fastest, to the digits of a flat number (a row-major position), a scalar or a
    /// vector.
    void bind_flat(tile::Value flat, const std::vector<int>& indices, Point& point);
    /// body(point) for the flat numbers [first, last) of the indices in ascending order, counting instead of
    /// dividing; the other indices stand as in `outer`.
    void for_each_row(tile::Value first, tile::Value last, const std::vector<int>& indices,
                      const Point& outer, const std::function<void(const Point&)>& body);
    /// Binds indices to the digits of low + lane, in each lane: the last existing position is total - 1.
    void bind_lanes(tile::Value low, tile::Value total, int lanes, const std::vector<int>& indices,
                    Point& point);

    /// Values of nodes already computed at a Point. A lowering presets the reduction's node before the
    /// epilogue.
    using Memo = std::vector<tile::Value>;
    Memo memo() const { return Memo(program_.node_count); }
    /// The node's value: a vector if it depends on the axis, else a scalar.
    tile::Value evaluate(int node, const Point& point, Memo& memo);

    /// From here on reads of the tensor yield this value, rounded to the tensor's storage type: the statement
    /// that assigns it stands at the same point.
    void forward(int tensor, tile::Value value);
    void forget_forwarded() { forwarded_.clear(); }

    /// From here on what was read of an input is not read again. Code in an inner region may only read what
    /// was read ahead of it, boundary rules apart.
    void share_loads() { share_loads_ = true; }
    void read_ahead(const Access& access, const Point& point);

    /// Whether all of the accesses stay inside of their tensors in `lanes` lanes from a point on, whatever
    /// the `ranging` indices are: scalar; no value where no boundary rule could have a say.
    tile::Value all_inside(const std::vector<int>& accesses, const Point& point, int lanes,
                           const std::vector<int>& ranging);
    /// Writes the code of a vector twice where that is worth a branch: for the interior, where every read is
    /// a plain load, and for the borders.
    void with_interior(const std::vector<int>& accesses, const Point& point, int lanes,
                       const std::vector<int>& ranging, const std::function<void(const Point&)>& write);

    /// An element of a tensor, widened to its value type.
    tile::Value load(const Access& access, const Point& point);
    /// The same as the tensor stores it.
    tile::Value load_stored(const Access& access, const Point& point);
    /// Where an access stands, scalar, and a matrix along two of its dimensions: for matrix_store.
    struct Corner {
        int buffer = -1;
        tile::Value element;
    };
    Corner corner(const Access& access, const Point& point);
    tile::Value stride(int tensor, int dim);
    /// Stores to a statement's target, rounding to its storage type. The value is splat where it is scalar.
    void store(const Access& target, tile::Value value, const Point& point, bool nontemporal = false);

    /// body(base, mask) for every `lanes` consecutive positions of [low, high): whole vectors without a mask
    /// in a loop with `unroll` copies, then at most one masked rest.
    void vector_loop(tile::Value low, tile::Value high, int lanes, int unroll,
                     const std::function<void(tile::Value base, tile::Value mask)>& body);
    /// Mask of the lanes l with base + l < high.
    tile::Value tail_mask(tile::Value base, tile::Value high, int lanes);

    tile::Value integer(std::int64_t value) { return b.integer(value, {index_, 1}); }
    tile::Value splat(tile::Value v, int lanes);

    tile::Builder& builder() { return b; }

  private:
    /// A subscript at a point: base + axis_coefficient · lane.
    struct Linear {
        tile::Value base;
        std::int64_t axis_coefficient = 0;
    };
    struct Address {
        tile::Value element;      ///< of lane 0
        tile::Value stride;       ///< elements from lane to lane; no value: as `element` says
        bool contiguous = false;  ///< the stride is 1
        int alignment = 0;        ///< bytes; 0: that of an element
        bool spread = false;      ///< `element` is a vector: each lane's own
        int run = 1;              ///< of neighbours in it
    };

    Linear subscript(const Affine& affine, const Point& point);
    int buffer_of(int tensor);
    tile::Value stride_in_copy(int tensor, const TensorCopy& copy, int dim);
    Address address(const Access& access, const Point& point);
    tile::Value load_inside(int tensor, const Address& address, const Point& point, tile::Value mask);
    tile::Value load_with_boundary(const Access& access, const Point& point);
    tile::Value load_spread(const Access& access, const Point& point);
    bool may_leave(const Access& access) const;
    bool is_vector(tile::Value v) const { return v && b.type_of(v).lanes > 1; }
    bool stands_spread(const Access& access, const Point& point) const;
    tile::Value read_mask(const Point& point) const { return point.clamped ? tile::Value{} : point.mask; }
    /// Their sum, those that change least first, so that partial sums leave the loops.
    tile::Value sum(std::vector<tile::Value> terms);
    int alignment_of(const Access& access, const Point& point);
    void find_runs(const Access& access, const Point& point, Address& address);
    void add_distance(const Affine& affine, const Point& point, tile::Value step,
                      std::vector<tile::Value>& terms);
    tile::Value fold(Boundary boundary, tile::Value x, tile::Value extent);
    tile::Value inside(tile::Value x, tile::Value extent);
    tile::Value and_masks(tile::Value x, tile::Value y);

    const Program& program_;
    ParameterBlock block_;
    tile::Builder& b;
    std::map<int, Place> places_;
    std::map<int, TensorCopy> copies_;
    std::map<int, tile::Value> forwarded_;
    std::map<int, int> buffers_;
    std::set<std::pair<int, int>> unit_;
    std::set<int> dense_;
    std::vector<Precondition> preconditions_;
    DType index_ = DType::i64;
    int aligned_lanes_ = 0;
    bool aligned_flat_ = false, spread_over_threads_ = false, fma_may_flush_ = false, share_loads_ = false;
    /// By tensor, element, stride and mask.
    std::map<std::array<std::uint32_t, 4>, tile::Value> loaded_;
};

/// ceil(Π extents of the indices / divisor).
Formula::Factor extent_product(const ParameterBlock& block, const std::vector<int>& indices,
                               std::int64_t divisor = 1);

}  // namespace sporkle::codegen
