#include "codegen/lower/writer.hpp"

#include <algorithm>

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

void StageWriter::assume_unit_stride(int tensor, int dim) {
    if (program_.tensors[tensor].role == Role::temporary || dense_.contains(tensor)) return;
    if (!unit_.emplace(tensor, dim).second) return;
    preconditions_.push_back(
        {Condition::stride_is, static_cast<std::uint8_t>(tensor), static_cast<std::uint8_t>(dim), 0, 1});
}

void StageWriter::assume_dense(int tensor) {
    if (program_.tensors[tensor].role == Role::temporary || !dense_.insert(tensor).second) return;
    preconditions_.push_back({Condition::dense, static_cast<std::uint8_t>(tensor), 0, 0, 0});
}

void StageWriter::assume_stride_multiple(int tensor, int dim, int elements) {
    const Precondition condition{Condition::stride_multiple, static_cast<std::uint8_t>(tensor),
                                 static_cast<std::uint8_t>(dim), 0, elements};
    if (std::find(preconditions_.begin(), preconditions_.end(), condition) == preconditions_.end())
        preconditions_.push_back(condition);
}

void StageWriter::assume_aligned(int tensor, int bytes) {
    const Precondition condition{Condition::aligned, static_cast<std::uint8_t>(tensor), 0, 0, bytes};
    if (std::find(preconditions_.begin(), preconditions_.end(), condition) == preconditions_.end())
        preconditions_.push_back({Condition::aligned, static_cast<std::uint8_t>(tensor), 0, 0, bytes});
}

void StageWriter::prefer_extent_at_least(int index, std::int64_t extent) {
    preconditions_.push_back({Condition::extent_at_least, 0, 0, static_cast<std::uint8_t>(index), extent});
}

void StageWriter::assume_extent_multiple(int index, std::int64_t of) {
    preconditions_.push_back({Condition::extent_multiple, 0, 0, static_cast<std::uint8_t>(index), of});
}

void StageWriter::assume_extent_at_most(int index, std::int64_t extent) {
    preconditions_.push_back({Condition::extent_at_most, 0, 0, static_cast<std::uint8_t>(index), extent});
}

Value StageWriter::extent(int index) {
    const std::int64_t fixed = program_.indices[index].extent;
    return fixed > 0 ? integer(fixed) : b.parameter(block_.index(index), index_);
}

Value StageWriter::tensor_extent(int tensor, int dim) {
    if (program_.tensors[tensor].role != Role::temporary)
        return b.parameter(block_.extent(program_, tensor, dim), index_);
    for (int s = 0; s < program_.statement_count; ++s) {
        const Access& target = program_.statements[s].target;
        if (target.tensor != tensor) continue;
        const LeftSubscript left = left_subscript(program_, target.subscripts[dim]);
        return b.mul(extent(left.index), integer(left.scale));
    }
    return integer(0);
}

Value StageWriter::splat(Value v, int lanes) { return b.type_of(v).lanes == lanes ? v : b.splat(v, lanes); }

Value StageWriter::extent_product(const std::vector<int>& indices) {
    Value product = integer(1);
    for (const int i : indices) product = b.mul(product, extent(i));
    return product;
}

void StageWriter::bind_flat(Value flat, const std::vector<int>& indices, Point& point) {
    if (indices.size() <= 1) {
        if (!indices.empty()) point.base[indices[0]] = flat;
        return;
    }
    const auto digits = [&](DType type) {
        std::vector<Value> result(indices.size());
        Value rest = b.convert(flat, type);
        for (std::size_t n = indices.size(); n-- > 1;) {
            const Value size = b.convert(extent(indices[n]), type);
            const Value quotient = b.binary(TileOp::div, rest, size);
            result[n] = narrow(b.sub(rest, b.mul(quotient, size)));
            rest = quotient;
        }
        result[0] = narrow(rest);
        return result;
    };
    std::vector<Value> result;
    if (index_ != DType::i64) {
        result = digits(DType::u32);
    } else if (spread_over_threads_) {
        // All sizes fit when their product does; none of the products on the way is larger, and with an
        // extent of 0 there is nothing to divide.
        const Value small = b.compare(TileOp::less, extent_product(indices), integer(std::int64_t(1) << 31));
        result = b.if_else(
            small, [&] { return digits(DType::u32); }, [&] { return digits(DType::i64); });
    } else {
        result = digits(DType::i64);
    }
    for (std::size_t n = 0; n < indices.size(); ++n) point.base[indices[n]] = result[n];
}

void StageWriter::bind_lanes(Value low, Value total, int lanes, const std::vector<int>& indices,
                             Point& point) {
    const Value ids = lane_numbers(lanes);
    const Value flat = b.add(ids, low);
    point.lanes = lanes;
    point.axis = -1;
    point.clamped = true;
    point.mask = b.compare(TileOp::less, flat, splat(total, lanes));
    bind_flat(b.binary(TileOp::min, flat, splat(b.sub(total, integer(1)), lanes)), indices, point);
}

StageWriter::Linear StageWriter::subscript(const Affine& affine, const Point& point) {
    Linear linear{integer(affine.constant), 0};
    for (int t = 0; t < affine.count; ++t) {
        const auto& term = affine.terms[t];
        if (term.index == point.axis) linear.axis_coefficient = term.coefficient;
        linear.base = b.add(linear.base, b.mul(point.base[term.index], integer(term.coefficient)));
    }
    return linear;
}

Value StageWriter::stride(int tensor, int dim) {
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
        buffer.word = block_.address(tensor);
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

/// Lanes in runs along an index are neighbours in memory where it is the last subscript, alone, and has unit
/// stride.
void StageWriter::find_runs(const Access& access, const Point& point, Address& address) {
    const Tensor& t = program_.tensors[access.tensor];
    std::int64_t step = 0;
    if (point.run == 1 || t.rank == 0 || !b.is_constant(stride(access.tensor, t.rank - 1), &step) ||
        step != 1)
        return;
    for (int d = 0; d < t.rank; ++d) {
        const Affine& affine = access.subscripts[d];
        bool along = false;
        for (int n = 0; n < affine.count; ++n) along = along || affine.terms[n].index == point.run_index;
        if (along != (d == t.rank - 1) || (along && !affine.is_plain())) return;
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
    for (int d = 0; d < t.rank; ++d) {
        const Affine& affine = access.subscripts[d];
        bool along = false;
        for (int n = 0; n < affine.count; ++n) along = along || affine.terms[n].index == point.axis;
        if (along && !affine.is_plain()) return 0;
    }
    if (!aligned_flat_)
        for (int d = 0; d < t.rank; ++d) {
            const Affine& affine = access.subscripts[d];
            if (affine.is_plain() && affine.terms[0].index == point.axis) continue;
            assume_stride_multiple(tensor, d, aligned_lanes_);
        }
    assume_aligned(tensor, aligned_lanes_ * size_of(t.dtype));
    return aligned_lanes_ * size_of(t.dtype);
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
    std::stable_sort(terms.begin(), terms.end(), [&](Value x, Value y) { return order(x) < order(y); });
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

Value StageWriter::and_masks(Value x, Value y) {
    if (!x) return y;
    if (!y) return x;
    return b.binary(TileOp::bit_and, x, y);
}

Value StageWriter::inside(Value x, Value extent) {
    // Below 0 is far beyond the extent without a sign: one comparison where 32 bits do.
    if (index_ == DType::i32)
        return b.compare(TileOp::less, b.convert(x, DType::u32), b.convert(extent, DType::u32));
    return b.binary(TileOp::bit_and, b.compare(TileOp::greater_equal, x, integer(0)),
                    b.compare(TileOp::less, x, extent));
}

/// Maps a subscript into [0, extent) by the boundary rule.
Value StageWriter::fold(Boundary boundary, Value x, Value extent) {
    const Value zero = integer(0), one = integer(1);
    const auto lanes = [&](Value v) { return splat(v, b.type_of(x).lanes); };
    switch (boundary) {
        case Boundary::clamp:
            return b.binary(TileOp::min, b.binary(TileOp::max, x, zero), b.sub(extent, one));
        case Boundary::wrap: {
            const Value r = b.binary(TileOp::rem, x, extent);
            return b.select(b.compare(TileOp::less, r, zero), b.add(r, extent), r);
        }
        case Boundary::reflect: {
            const Value period = b.mul(integer(2), b.sub(extent, one));  // 0 for extent 1, and x rem 0 is 0
            Value r = b.binary(TileOp::rem, x, period);
            r = b.select(b.compare(TileOp::less, r, zero), b.add(r, period), r);
            return b.select(b.compare(TileOp::greater_equal, r, extent), b.sub(lanes(period), r), r);
        }
        default:
            return x;
    }
}

Value StageWriter::load_inside(int tensor, const Address& address, const Point& point, Value mask) {
    const int buffer = buffer_of(tensor);
    if (address.spread)
        return b.gather(buffer, wide(address.element), mask, address.run,
                        address.run > 1 ? address.alignment : 0);
    if (!address.stride) return b.load(buffer, wide(address.element), 1);
    if (address.contiguous)
        return b.load(buffer, wide(address.element), point.lanes, mask, address.alignment);
    return b.load_strided(buffer, wide(address.element), wide(address.stride), point.lanes, mask);
}

void StageWriter::forward(int tensor, Value value) {
    const DType storage = program_.tensors[tensor].dtype;
    if (storage != value_type(storage)) value = b.convert(b.convert(value, storage), value_type(storage));
    forwarded_[tensor] = value;
}

Value StageWriter::load(const Access& access, const Point& point) {
    if (const auto found = forwarded_.find(access.tensor); found != forwarded_.end()) return found->second;
    const Value stored = load_stored(access, point);
    const DType type = program_.tensors[access.tensor].dtype, wide = value_type(type);
    return wide == type ? stored : b.convert(stored, wide);
}

StageWriter::Corner StageWriter::corner(const Access& access, const Point& point) {
    return {buffer_of(access.tensor), wide(address(access, point).element)};
}

Value StageWriter::load_stored(const Access& access, const Point& point) {
    const int tensor = access.tensor;
    const Tensor& t = program_.tensors[tensor];
    bool may_leave = false;
    if (t.boundary != Boundary::none)
        for (int d = 0; d < t.rank; ++d) may_leave = may_leave || !access.subscripts[d].is_plain();
    return !may_leave ? load_inside(tensor, address(access, point), point, read_mask(point))
           : stands_spread(access, point) ? load_spread(access, point)
                                          : load_with_boundary(access, point);
}

/// An element whose subscripts differ from lane to lane: each lane folds its own, or is masked off.
Value StageWriter::load_spread(const Access& access, const Point& point) {
    const Tensor& t = program_.tensors[access.tensor];
    const IndexSet fixed = t.role == Role::temporary ? places_.at(access.tensor).fixed : 0;
    const Value ids = lane_numbers(point.lanes);
    Value mask = read_mask(point);
    std::vector<Value> terms;
    for (int d = 0; d < t.rank; ++d) {
        const Affine& affine = access.subscripts[d];
        if (affine.is_plain() && contains(fixed, affine.terms[0].index)) continue;
        const Linear x = subscript(affine, point);
        Value at = x.base;
        if (x.axis_coefficient != 0) at = b.add(b.mul(ids, integer(x.axis_coefficient)), at);
        if (!affine.is_plain()) {
            const Value n = tensor_extent(access.tensor, d);
            if (t.boundary == Boundary::zero)
                mask = and_masks(mask, splat(inside(at, n), point.lanes));
            else
                at = fold(t.boundary, at, n);
        }
        const Value step = stride(access.tensor, d);
        const bool folded = !affine.is_plain() && t.boundary != Boundary::zero;
        if (folded || x.axis_coefficient != 0)
            terms.push_back(b.mul(at, step));
        else
            add_distance(affine, point, step, terms);
    }
    return b.gather(buffer_of(access.tensor), wide(sum(std::move(terms))), mask);
}

Value StageWriter::load_with_boundary(const Access& access, const Point& point) {
    const int tensor = access.tensor;
    const Tensor& t = program_.tensors[tensor];
    const int buffer = buffer_of(tensor);
    // Scalar subscripts are folded, or decide whether anything is read at all. A subscript along the axis
    // gives a mask (zero) or, where some lane leaves the tensor, a gather.
    Value condition{};                     // scalar: every scalar subscript is inside (Boundary::zero)
    Value vector_mask = read_mask(point);  // lanes inside (Boundary::zero) and existing
    Value all_inside{};                    // scalar: no lane leaves (other rules)
    Value outside_axis = integer(0);  // the share of the subscripts that do not move with the axis, folded
    Value along_axis = integer(0);    // the others' share in lane 0, if no lane leaves
    Value elements{};                 // the others' share in every lane, folded
    Value lane_stride{};
    bool unit = true;
    const IndexSet fixed = t.role == Role::temporary ? places_.at(tensor).fixed : 0;
    const Value lanes = point.axis >= 0 ? lane_numbers(point.lanes) : Value{};
    for (int d = 0; d < t.rank; ++d) {
        const Affine& affine = access.subscripts[d];
        if (affine.is_plain() && contains(fixed, affine.terms[0].index)) continue;
        const Linear x = subscript(affine, point);
        const Value step = stride(tensor, d), n = tensor_extent(tensor, d);
        const bool checked = !affine.is_plain();
        if (x.axis_coefficient == 0) {
            Value at = x.base;
            if (checked && t.boundary == Boundary::zero) condition = and_masks(condition, inside(at, n));
            if (checked) at = fold(t.boundary, at, n);
            outside_axis = b.add(outside_axis, b.mul(at, step));
            continue;
        }
        const Value coefficient = integer(x.axis_coefficient);
        const Value along = b.mul(step, coefficient);
        std::int64_t value = 0;
        unit = unit && !lane_stride && b.is_constant(along, &value) && value == 1;
        lane_stride = lane_stride ? b.add(lane_stride, along) : along;
        Value at = b.add(splat(x.base, point.lanes), b.mul(lanes, coefficient));
        if (checked && t.boundary == Boundary::zero) {
            vector_mask = and_masks(vector_mask, inside(at, n));
        } else if (checked) {
            const Value last = b.add(x.base, integer(x.axis_coefficient * (point.lanes - 1)));
            all_inside = and_masks(all_inside, b.binary(TileOp::bit_and, inside(x.base, n), inside(last, n)));
            at = fold(t.boundary, at, n);
        }
        const Value part = b.mul(at, step);
        elements = elements ? b.add(elements, part) : part;
        along_axis = b.add(along_axis, b.mul(x.base, step));
    }
    const Value element = b.add(outside_axis, along_axis);
    const auto in_line = [&](Value mask) {
        if (!lane_stride) return b.load(buffer, wide(element), 1);
        return unit ? b.load(buffer, wide(element), point.lanes, mask)
                    : b.load_strided(buffer, wide(element), wide(lane_stride), point.lanes, mask);
    };
    if (t.boundary == Boundary::zero) {
        if (lane_stride) {
            // Lanes of a row that lies outside altogether are masked off too: no branch in the inner loop.
            if (condition) vector_mask = and_masks(splat(condition, point.lanes), vector_mask);
            return in_line(vector_mask);
        }
        if (!condition) return in_line({});
        return b.if_else(
            condition, [&] { return std::vector<Value>{in_line({})}; },
            [&] {
                return std::vector<Value>{b.constant_bits({t.dtype, 1}, 0)};
            })[0];
    }
    if (!all_inside) return in_line(read_mask(point));
    return b.if_else(
        all_inside, [&] { return std::vector<Value>{in_line(read_mask(point))}; },
        [&] {
            return std::vector<Value>{
                b.gather(buffer, wide(b.add(elements, outside_axis)), read_mask(point))};
        })[0];
}

void StageWriter::store(const Access& target, Value value, const Point& point, bool nontemporal) {
    const DType storage = program_.tensors[target.tensor].dtype;
    if (b.type_of(value).scalar != storage) value = b.convert(value, storage);
    const int buffer = buffer_of(target.tensor);
    const Address at = address(target, point);
    if (at.spread) {
        b.scatter(buffer, splat(value, point.lanes), wide(at.element), point.mask, at.run,
                  at.run > 1 ? at.alignment : 0);
    } else if (!at.stride) {
        b.store(buffer, value, wide(at.element));
    } else if (at.contiguous) {
        b.store(buffer, splat(value, point.lanes), wide(at.element), point.mask, nontemporal && !point.mask,
                at.alignment);
    } else {
        b.store_strided(buffer, splat(value, point.lanes), wide(at.element), wide(at.stride), point.mask);
    }
}

Value StageWriter::tail_mask(Value base, Value high, int lanes) {
    // The rest is shorter than a vector, so 32 bits hold it.
    const Value rest = b.convert(b.sub(high, base), DType::i32);
    return b.compare(TileOp::less, b.lane_ids({DType::i32, static_cast<std::uint16_t>(lanes)}),
                     splat(rest, lanes));
}

std::vector<Value> StageWriter::for_loop(Value low, Value high, Value step, std::span<const Value> initial,
                                         const tile::Builder::LoopBody& body, int unroll) {
    return b.for_loop(
        wide(low), wide(high), wide(step), initial,
        [&](Value iv, std::span<const Value> carried) { return body(narrow(iv), carried); }, unroll);
}

void StageWriter::for_each(Value low, Value high, Value step, const std::function<void(Value)>& body,
                           int unroll) {
    b.for_each(
        wide(low), wide(high), wide(step), [&](Value iv) { body(narrow(iv)); }, unroll);
}

void StageWriter::use_narrow_indices() {
    index_ = DType::i32;
    preconditions_.push_back({Condition::numbers_fit_32, 0, 0, 0, 0});
}

void StageWriter::vector_loop(Value low, Value high, int lanes, int unroll,
                              const std::function<void(Value, Value)>& body) {
    if (lanes == 1) {
        for_each(
            low, high, integer(1), [&](Value iv) { body(iv, {}); }, unroll);
        return;
    }
    const Value count = b.sub(high, low);
    const Value whole = b.add(low, b.mul(b.binary(TileOp::div, count, integer(lanes)), integer(lanes)));
    for_each(
        low, whole, integer(lanes), [&](Value iv) { body(iv, {}); }, unroll);
    b.if_then(b.compare(TileOp::less, whole, high), [&] { body(whole, tail_mask(whole, high, lanes)); });
}

Formula::Factor extent_product(const ParameterBlock& block, const std::vector<int>& indices,
                               std::int64_t divisor) {
    Formula::Factor factor;
    factor.divisor = divisor;
    for (const int i : indices) factor.words.push_back(block.index(i));
    return factor;
}

}  // namespace sporkle::codegen
