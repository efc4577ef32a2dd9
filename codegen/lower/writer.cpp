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

void StageWriter::for_each_row(Value first, Value last, const std::vector<int>& indices, const Point& outer,
                               const std::function<void(const Point&)>& body) {
    Point at = outer;
    if (indices.size() < 2 || spread_over_threads_) {
        for_each(
            first, last, integer(1),
            [&](Value row) {
                bind_flat(row, indices, at);
                body(at);
            },
            1);
        return;
    }
    bind_flat(first, indices, at);
    std::vector<Value> start;
    for (const int i : indices) start.push_back(at.base[i]);
    for_loop(
        first, last, integer(1), start,
        [&](Value, std::span<const Value> digits) {
            std::vector<Value> next(digits.begin(), digits.end());
            for (std::size_t n = 0; n < indices.size(); ++n) at.base[indices[n]] = digits[n];
            body(at);
            Value carry{};  // no value: always
            for (std::size_t n = indices.size(); n-- > 0;) {
                const Value stepped = b.add(digits[n], integer(1));
                const Value full = b.compare(TileOp::greater_equal, stepped, extent(indices[n]));
                const Value wrapped = n > 0 ? b.select(full, integer(0), stepped) : stepped;
                next[n] = carry ? b.select(carry, wrapped, digits[n]) : wrapped;
                carry = and_masks(carry, full);
            }
            return next;
        },
        1);
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
