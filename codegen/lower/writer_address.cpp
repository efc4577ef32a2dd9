// Where elements lie: subscripts, strides and addresses at a point.
#include <algorithm>
#include <utility>

#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

StageWriter::Linear StageWriter::subscript(const Affine& affine, const Point& point) {
    Linear linear{integer(affine.constant), 0};
    for (int t = 0; t < affine.count; ++t) {
        const auto& term = affine.terms[t];
        if (term.index == point.axis) linear.axis_coefficient = term.coefficient;
        linear.base = b.add(linear.base, b.mul(point.base[term.index], integer(term.coefficient)));
    }
    return linear;
}

Value StageWriter::stride_in_copy(int tensor, const TensorCopy& copy, int dim) {
    if (dim == copy.dim) return integer(1);
    const Value unit = integer(copy.run);
    const Value runs =
        b.binary(TileOp::div, b.add(tensor_extent(tensor, copy.dim), integer(copy.run - 1)), unit);
    Value product = b.mul(runs, unit);
    for (int d = program_.tensors[tensor].rank; d-- > dim + 1;)
        if (d != copy.dim) product = b.mul(product, tensor_extent(tensor, d));
    return product;
}

Value StageWriter::stride(int tensor, int dim) {
    if (const auto copy = copies_.find(tensor); copy != copies_.end())
        return stride_in_copy(tensor, copy->second, dim);
    const bool temporary = program_.tensors[tensor].role == Role::temporary;
    if (!temporary && unit_.contains({tensor, dim})) return integer(1);
    if (!temporary && !dense_.contains(tensor)) return b.parameter(block_.stride(tensor, dim), index_);
    Value product = integer(1);
    const IndexSet fixed = temporary ? places_.at(tensor).fixed : 0;
    for (int d = program_.tensors[tensor].rank; d-- > dim + 1;) {
        if (temporary) {
            // A dimension along which only the current element is kept takes no room.
            bool kept = true;
            for (int s = 0; s < program_.statement_count; ++s) {
                const Access& target = program_.statements[s].target;
                if (target.tensor == tensor && target.subscripts[d].is_plain() &&
                    contains(fixed, target.subscripts[d].terms[0].index))
                    kept = false;
            }
            if (!kept) continue;
        }
        product = b.mul(product, tensor_extent(tensor, d));
    }
    return product;
}

int StageWriter::buffer_of(int tensor) {
    if (const auto found = buffers_.find(tensor); found != buffers_.end()) return found->second;
    const Tensor& t = program_.tensors[tensor];
    tile::Buffer buffer;
    buffer.name = std::string(t.name.view());
    buffer.dtype = t.dtype;
    if (t.role == Role::temporary) {
        const Place& place = places_.at(tensor);
        buffer.space = place.space;
        buffer.word = place.word;
        buffer.size = place.size;
        buffer.writable = true;
    } else {
        const auto copy = copies_.find(tensor);
        buffer.word = copy != copies_.end() ? copy->second.word : block_.address(tensor);
        buffer.writable = t.role == Role::output;
    }
    return buffers_[tensor] = b.add_buffer(buffer);
}

StageWriter::Address StageWriter::address(const Access& access, const Point& point) {
    const int tensor = access.tensor;
    const bool temporary = program_.tensors[tensor].role == Role::temporary;
    const IndexSet fixed = temporary ? places_.at(tensor).fixed : 0;
    Address result;
    std::vector<Value> terms;
    bool only_unit = true;
    for (int d = 0; d < program_.tensors[tensor].rank; ++d) {
        const Affine& affine = access.subscripts[d];
        if (affine.is_plain() && contains(fixed, affine.terms[0].index)) continue;
        const Linear x = subscript(affine, point);
        const Value step = stride(tensor, d);
        add_distance(affine, point, step, terms);
        if (x.axis_coefficient == 0) continue;
        const Value along = b.mul(step, integer(x.axis_coefficient));
        std::int64_t value = 0;
        only_unit = only_unit && !result.stride && b.is_constant(along, &value) && value == 1;
        result.stride = result.stride ? b.add(result.stride, along) : along;
    }
    result.element = sum(std::move(terms));
    result.spread = is_vector(result.element);
    if (result.spread && result.stride) {
        const Value ids = lane_numbers(point.lanes);
        result.element = b.add(result.element, b.mul(ids, result.stride));
        result.stride = {};
    }
    if (result.spread) find_runs(access, point, result);
    result.contiguous = result.stride && only_unit;
    if (result.contiguous) result.alignment = alignment_of(access, point);
    return result;
}

/// Lanes in runs along an index are neighbours in memory where it is the last subscript (of a copy: the one
/// that comes last there), alone, and has unit stride.
void StageWriter::find_runs(const Access& access, const Point& point, Address& address) {
    const Tensor& t = program_.tensors[access.tensor];
    std::int64_t step = 0;
    const auto copy = copies_.find(access.tensor);
    const int last = copy != copies_.end() ? copy->second.dim : t.rank - 1;
    if (point.run == 1 || t.rank == 0 || !b.is_constant(stride(access.tensor, last), &step) || step != 1)
        return;
    for (int d = 0; d < t.rank; ++d) {
        const Affine& affine = access.subscripts[d];
        bool along = false;
        for (int n = 0; n < affine.count; ++n) along = along || affine.terms[n].index == point.run_index;
        if (along != (d == last) || (along && !affine.is_plain())) return;
    }
    Point run = point;
    run.axis = point.run_index;
    address.run = point.run;
    address.alignment = alignment_of(access, run);
}

/// Alignment in bytes of a contiguous access at a point, as far as align_vectors promises it.
int StageWriter::alignment_of(const Access& access, const Point& point) {
    const int tensor = access.tensor;
    const Tensor& t = program_.tensors[tensor];
    if (aligned_lanes_ <= 1 || t.role == Role::temporary) return 0;
    // A thread moves 16 bytes at a time and needs no more.
    constexpr int widest = 16;
    const int lanes =
        spread_over_threads_ ? std::min(aligned_lanes_, widest / size_of(t.dtype)) : aligned_lanes_;
    for (int d = 0; d < t.rank; ++d) {
        const Affine& affine = access.subscripts[d];
        bool along = false;
        for (int n = 0; n < affine.count; ++n) along = along || affine.terms[n].index == point.axis;
        if (along && !affine.is_plain()) return 0;
    }
    if (const auto copy = copies_.find(tensor); copy != copies_.end())
        return std::min(lanes, copy->second.run) * size_of(t.dtype);
    if (!aligned_flat_)
        for (int d = 0; d < t.rank; ++d) {
            const Affine& affine = access.subscripts[d];
            if (affine.is_plain() && affine.terms[0].index == point.axis) continue;
            assume_stride_multiple(tensor, d, lanes);
        }
    assume_aligned(tensor, lanes * size_of(t.dtype));
    return lanes * size_of(t.dtype);
}

/// A subscript's share of an element's number. Where lanes stand apart each index has a product of its own,
/// so that those of the lanes leave the loops over the others.
void StageWriter::add_distance(const Affine& affine, const Point& point, Value step,
                               std::vector<Value>& terms) {
    bool apart = false;
    for (int t = 0; t < affine.count; ++t) apart = apart || is_vector(point.base[affine.terms[t].index]);
    if (!apart) {
        terms.push_back(b.mul(subscript(affine, point).base, step));
        return;
    }
    for (int t = 0; t < affine.count; ++t) {
        const auto& term = affine.terms[t];
        terms.push_back(b.mul(point.base[term.index], b.mul(step, integer(term.coefficient))));
    }
    terms.push_back(b.mul(step, integer(affine.constant)));
}

Value StageWriter::sum(std::vector<Value> terms) {
    const auto order = [&](Value v) { return std::pair(b.depth(v), b.type_of(v).lanes); };
    const auto less = [&](Value x, Value y) { return order(x) < order(y); };
    for (auto term = terms.begin(); term != terms.end(); ++term)  // they are few, and equals keep their order
        std::rotate(std::upper_bound(terms.begin(), term, *term, less), term, term + 1);
    Value total = integer(0);
    for (const Value term : terms) total = b.add(total, term);
    return total;
}

bool StageWriter::stands_spread(const Access& access, const Point& point) const {
    for (int d = 0; d < program_.tensors[access.tensor].rank; ++d)
        for (int t = 0; t < access.subscripts[d].count; ++t)
            if (is_vector(point.base[access.subscripts[d].terms[t].index])) return true;
    return false;
}

}  // namespace sporkle::codegen
