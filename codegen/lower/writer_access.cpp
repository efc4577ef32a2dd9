// Loads with their boundary rules, and stores.
#include <algorithm>
#include <utility>
#include <vector>

#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

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

void StageWriter::read_ahead(const Access& access, const Point& point) {
    if (program_.tensors[access.tensor].role == Role::input && !may_leave(access)) load_stored(access, point);
}

StageWriter::Corner StageWriter::corner(const Access& access, const Point& point) {
    return {buffer_of(access.tensor), wide(address(access, point).element)};
}

bool StageWriter::may_leave(const Access& access) const {
    const Tensor& t = program_.tensors[access.tensor];
    if (t.boundary == Boundary::none) return false;
    for (int d = 0; d < t.rank; ++d)
        if (!access.subscripts[d].is_plain()) return true;
    return false;
}

Value StageWriter::all_inside(const std::vector<int>& accesses, const Point& point, int lanes,
                              const std::vector<int>& ranging) {
    Point first = point;
    for (const int i : ranging) first.base[i] = integer(0);
    Value result{};
    for (const int number : accesses) {
        const Access& access = program_.accesses[number];
        if (!may_leave(access) || forwarded_.contains(access.tensor)) continue;
        for (int d = 0; d < program_.tensors[access.tensor].rank; ++d) {
            const Affine& affine = access.subscripts[d];
            if (affine.is_plain()) continue;
            const Linear x = subscript(affine, first);
            Value lowest = x.base, highest = x.base;
            const auto extend = [&](std::int64_t coefficient, Value steps) {
                Value& end = coefficient < 0 ? lowest : highest;
                end = b.add(end, b.mul(steps, integer(coefficient)));
            };
            if (x.axis_coefficient != 0) extend(x.axis_coefficient, integer(lanes - 1));
            for (int t = 0; t < affine.count; ++t)
                if (std::find(ranging.begin(), ranging.end(), affine.terms[t].index) != ranging.end())
                    extend(affine.terms[t].coefficient, b.sub(extent(affine.terms[t].index), integer(1)));
            const Value n = tensor_extent(access.tensor, d);
            result = and_masks(result, b.compare(TileOp::greater_equal, lowest, integer(0)));
            result = and_masks(result, b.compare(TileOp::less, highest, n));
        }
    }
    return result;
}

void StageWriter::with_interior(const std::vector<int>& accesses, const Point& point, int lanes,
                                const std::vector<int>& ranging,
                                const std::function<void(const Point&)>& write) {
    Value inside{};
    if (!spread_over_threads_ && point.lanes > 1 && !point.mask)
        inside = all_inside(accesses, point, lanes, ranging);
    if (!inside) return write(point);
    const auto branch = [&](bool interior) {
        Point here = point;
        here.interior = interior;
        write(here);
        return std::vector<Value>{};
    };
    b.if_else(
        inside, [&] { return branch(true); }, [&] { return branch(false); });
}

Value StageWriter::load_stored(const Access& access, const Point& point) {
    if (may_leave(access) && !point.interior)
        return stands_spread(access, point) ? load_spread(access, point) : load_with_boundary(access, point);
    const Address place = address(access, point);
    const Value mask = read_mask(point);
    if (!share_loads_ || program_.tensors[access.tensor].role != Role::input)
        return load_inside(access.tensor, place, point, mask);
    // Where places are the same, their numbers are the same values (tile::Builder).
    Value& loaded =
        loaded_[{static_cast<std::uint32_t>(access.tensor), place.element.id, place.stride.id, mask.id}];
    if (!loaded) loaded = load_inside(access.tensor, place, point, mask);
    return loaded;
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
    Address place;
    place.element = sum(std::move(terms));
    place.spread = true;
    find_runs(access, point, place);
    return load_inside(access.tensor, place, point, mask);
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
    struct Moving {  // a subscript along the axis: where every lane stands, before it is folded
        Value at, step, extent;
        bool checked;
    };
    std::vector<Moving> moving;
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
        const Value at = b.add(splat(x.base, point.lanes), b.mul(lanes, coefficient));
        if (checked && t.boundary == Boundary::zero) {
            vector_mask = and_masks(vector_mask, inside(at, n));
        } else if (checked) {
            const Value last = b.add(x.base, integer(x.axis_coefficient * (point.lanes - 1)));
            all_inside = and_masks(all_inside, b.binary(TileOp::bit_and, inside(x.base, n), inside(last, n)));
        }
        moving.push_back({at, step, n, checked});
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
            Value elements = outside_axis;
            for (const Moving& m : moving)
                elements =
                    b.add(elements, b.mul(m.checked ? fold(t.boundary, m.at, m.extent) : m.at, m.step));
            return std::vector<Value>{b.gather(buffer, wide(elements), read_mask(point))};
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

}  // namespace sporkle::codegen
