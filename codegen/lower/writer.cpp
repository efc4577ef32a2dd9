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

void StageWriter::assume_aligned(int tensor, int bytes) {
    preconditions_.push_back({Condition::aligned, static_cast<std::uint8_t>(tensor), 0, 0, bytes});
}

void StageWriter::prefer_extent_at_least(int index, std::int64_t extent) {
    preconditions_.push_back({Condition::extent_at_least, 0, 0, static_cast<std::uint8_t>(index), extent});
}

void StageWriter::assume_extent_at_most(int index, std::int64_t extent) {
    preconditions_.push_back({Condition::extent_at_most, 0, 0, static_cast<std::uint8_t>(index), extent});
}

Value StageWriter::extent(int index) {
    const std::int64_t fixed = program_.indices[index].extent;
    return fixed > 0 ? integer(fixed) : b.parameter(block_.index(index));
}

Value StageWriter::tensor_extent(int tensor, int dim) {
    if (program_.tensors[tensor].role != Role::temporary)
        return b.parameter(block_.extent(program_, tensor, dim));
    for (int s = 0; s < program_.statement_count; ++s) {
        const Access& target = program_.statements[s].target;
        if (target.tensor != tensor) continue;
        const LeftSubscript left = left_subscript(program_, target.subscripts[dim]);
        return b.mul(extent(left.index), integer(left.scale));
    }
    return integer(0);
}

Value StageWriter::splat(Value v, int lanes) { return b.type_of(v).lanes == lanes ? v : b.splat(v, lanes); }

void StageWriter::bind_flat(Value flat, const std::vector<int>& indices, Point& point) {
    Value rest = flat;
    for (std::size_t n = indices.size(); n-- > 0;) {
        if (n == 0) {
            point.base[indices[n]] = rest;
            break;
        }
        const Value size = extent(indices[n]);
        point.base[indices[n]] = b.binary(TileOp::rem, rest, size);
        rest = b.binary(TileOp::div, rest, size);
    }
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
    if (!temporary && !dense_.contains(tensor)) return b.parameter(block_.stride(tensor, dim));
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
    Address result{integer(0), {}, false};
    bool only_unit = true;
    for (int d = 0; d < program_.tensors[tensor].rank; ++d) {
        const Affine& affine = access.subscripts[d];
        if (affine.is_plain() && contains(fixed, affine.terms[0].index)) continue;
        const Linear x = subscript(affine, point);
        const Value step = stride(tensor, d);
        result.element = b.add(result.element, b.mul(x.base, step));
        if (x.axis_coefficient == 0) continue;
        const Value along = b.mul(step, integer(x.axis_coefficient));
        std::int64_t value = 0;
        only_unit = only_unit && !result.stride && b.is_constant(along, &value) && value == 1;
        result.stride = result.stride ? b.add(result.stride, along) : along;
    }
    result.contiguous = result.stride && only_unit;
    return result;
}

Value StageWriter::and_masks(Value x, Value y) {
    if (!x) return y;
    if (!y) return x;
    return b.binary(TileOp::bit_and, x, y);
}

Value StageWriter::inside(Value x, Value extent) {
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
    Value loaded;
    if (!address.stride)
        loaded = b.load(buffer, address.element, 1);
    else if (address.contiguous)
        loaded = b.load(buffer, address.element, point.lanes, mask);
    else
        loaded = b.load_strided(buffer, address.element, address.stride, point.lanes, mask);
    return loaded;
}

void StageWriter::forward(int tensor, Value value) {
    const DType storage = program_.tensors[tensor].dtype;
    if (storage != value_type(storage)) value = b.convert(b.convert(value, storage), value_type(storage));
    forwarded_[tensor] = value;
}

Value StageWriter::load(const Access& access, const Point& point) {
    const int tensor = access.tensor;
    if (const auto found = forwarded_.find(tensor); found != forwarded_.end()) return found->second;
    const Tensor& t = program_.tensors[tensor];
    bool may_leave = false;
    if (t.boundary != Boundary::none)
        for (int d = 0; d < t.rank; ++d) may_leave = may_leave || !access.subscripts[d].is_plain();
    const Value loaded = may_leave ? load_with_boundary(access, point)
                                   : load_inside(tensor, address(access, point), point, point.mask);
    const DType wide = value_type(t.dtype);
    return wide == t.dtype ? loaded : b.convert(loaded, wide);
}

Value StageWriter::load_with_boundary(const Access& access, const Point& point) {
    const int tensor = access.tensor;
    const Tensor& t = program_.tensors[tensor];
    const int buffer = buffer_of(tensor);
    // Scalar subscripts are folded, or decide whether anything is read at all. A subscript along the axis
    // gives a mask (zero) or, where some lane leaves the tensor, a gather.
    Value condition{};                // scalar: every scalar subscript is inside (Boundary::zero)
    Value vector_mask = point.mask;   // lanes inside (Boundary::zero) and existing
    Value all_inside{};               // scalar: no lane leaves (other rules)
    Value outside_axis = integer(0);  // the share of the subscripts that do not move with the axis, folded
    Value along_axis = integer(0);    // the others' share in lane 0, if no lane leaves
    Value elements{};                 // the others' share in every lane, folded
    Value lane_stride{};
    bool unit = true;
    const IndexSet fixed = t.role == Role::temporary ? places_.at(tensor).fixed : 0;
    const Value lanes =
        point.axis >= 0 ? b.lane_ids({DType::i64, static_cast<std::uint16_t>(point.lanes)}) : Value{};
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
        if (!lane_stride) return b.load(buffer, element, 1);
        return unit ? b.load(buffer, element, point.lanes, mask)
                    : b.load_strided(buffer, element, lane_stride, point.lanes, mask);
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
    if (!all_inside) return in_line(point.mask);
    return b.if_else(
        all_inside, [&] { return std::vector<Value>{in_line(point.mask)}; },
        [&] { return std::vector<Value>{b.gather(buffer, b.add(elements, outside_axis), point.mask)}; })[0];
}

void StageWriter::store(const Access& target, Value value, const Point& point, bool nontemporal) {
    const DType storage = program_.tensors[target.tensor].dtype;
    if (b.type_of(value).scalar != storage) value = b.convert(value, storage);
    const int buffer = buffer_of(target.tensor);
    const Address at = address(target, point);
    if (!at.stride) {
        b.store(buffer, value, at.element);
    } else if (at.contiguous) {
        b.store(buffer, splat(value, point.lanes), at.element, point.mask, nontemporal && !point.mask);
    } else {
        b.store_strided(buffer, splat(value, point.lanes), at.element, at.stride, point.mask);
    }
}

Value StageWriter::tail_mask(Value base, Value high, int lanes) {
    // The rest is shorter than a vector, so 32 bits hold it.
    const Value rest = b.convert(b.sub(high, base), DType::i32);
    return b.compare(TileOp::less, b.lane_ids({DType::i32, static_cast<std::uint16_t>(lanes)}),
                     splat(rest, lanes));
}

void StageWriter::vector_loop(Value low, Value high, int lanes, int unroll,
                              const std::function<void(Value, Value)>& body) {
    if (lanes == 1) {
        b.for_each(
            low, high, integer(1), [&](Value iv) { body(iv, {}); }, unroll);
        return;
    }
    const Value count = b.sub(high, low);
    const Value whole = b.add(low, b.mul(b.binary(TileOp::div, count, integer(lanes)), integer(lanes)));
    b.for_each(
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
