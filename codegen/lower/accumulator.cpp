#include "codegen/lower/accumulator.hpp"

#include <limits>

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

namespace {

/// Bit pattern of the identity of max (lowest) or min (highest) for a type.
std::uint64_t extreme(DType type, bool lowest) {
    switch (type) {
        case DType::f64:
            return lowest ? 0xfff0000000000000u : 0x7ff0000000000000u;
        case DType::f32:
            return lowest ? 0xff800000u : 0x7f800000u;
        case DType::i8:
            return static_cast<std::uint64_t>(lowest ? std::int64_t{INT8_MIN} : INT8_MAX);
        case DType::i16:
            return static_cast<std::uint64_t>(lowest ? std::int64_t{INT16_MIN} : INT16_MAX);
        case DType::i32:
            return static_cast<std::uint64_t>(lowest ? std::int64_t{INT32_MIN} : INT32_MAX);
        case DType::i64:
            return static_cast<std::uint64_t>(lowest ? INT64_MIN : INT64_MAX);
        case DType::u8:
            return lowest ? 0 : UINT8_MAX;
        case DType::u32:
            return lowest ? 0 : UINT32_MAX;
        case DType::boolean:
            return lowest ? 0 : 1;
        default:
            return 0;  // f16 and bf16 are no value types
    }
}

}  // namespace

Accumulator::Accumulator(StageWriter& writer, const Stage& stage)
    : w(writer), b(writer.builder()), stage_(stage), dtype_(writer.program().nodes[stage.body].dtype) {
    const Reduce kind = stage.reduction.kind;
    parts_ = kind == Reduce::argmax || kind == Reduce::argmin ? 2 : 1;
    fused_ = kind == Reduce::sum && is_float(dtype_) && w.program().nodes[stage.body].op == Op::mul;
}

tile::Type Accumulator::type(int part, int lanes) const {
    return {part == 0 ? dtype_ : DType::i64, static_cast<std::uint16_t>(lanes)};
}

Accumulator::State Accumulator::identity(int lanes) {
    const tile::Type t = type(0, lanes);
    switch (stage_.reduction.kind) {
        case Reduce::sum:
            return {b.constant_bits(t, 0)};
        case Reduce::prod:
            return {is_float(dtype_) ? b.floating(1.0, t) : b.integer(1, t)};
        case Reduce::max:
            return {b.constant_bits(t, extreme(dtype_, true))};
        case Reduce::min:
            return {b.constant_bits(t, extreme(dtype_, false))};
        case Reduce::argmax:
        case Reduce::argmin:
            break;
    }
    return {b.constant_bits(t, extreme(dtype_, stage_.reduction.kind == Reduce::argmax)),
            b.integer(std::numeric_limits<std::int64_t>::max(), type(1, lanes))};
}

Accumulator::State Accumulator::keep_better(const State& acc, const State& other, bool prefer_lower_number) {
    const TileOp better = stage_.reduction.kind == Reduce::argmax ? TileOp::greater : TileOp::less;
    Value wins = b.compare(better, other[0], acc[0]);
    if (prefer_lower_number) {
        const Value equal = b.compare(TileOp::equal, other[0], acc[0]);
        const Value lower = b.compare(TileOp::less, other[1], acc[1]);
        wins = b.binary(TileOp::bit_or, wins, b.binary(TileOp::bit_and, equal, lower));
    }
    return {b.select(wins, other[0], acc[0]), b.select(wins, other[1], acc[1])};
}

Accumulator::State Accumulator::take(const State& acc, const Point& point, Value number, Value mask) {
    const int lanes = b.type_of(acc[0]).lanes;
    auto memo = w.memo();
    State next;
    if (fused_) {
        const Node& body = w.program().nodes[stage_.body];
        const Value x = w.splat(w.evaluate(body.a, point, memo), lanes);
        const Value y = w.splat(w.evaluate(body.b, point, memo), lanes);
        next = {b.fma(x, y, acc[0])};
    } else {
        const Value x = w.splat(w.evaluate(stage_.body, point, memo), lanes);
        switch (stage_.reduction.kind) {
            case Reduce::sum:
                next = {b.add(acc[0], x)};
                break;
            case Reduce::prod:
                next = {b.mul(acc[0], x)};
                break;
            case Reduce::max:
                next = {b.binary(TileOp::max, acc[0], x)};
                break;
            case Reduce::min:
                next = {b.binary(TileOp::min, acc[0], x)};
                break;
            case Reduce::argmax:
            case Reduce::argmin:
                next = keep_better(acc, {x, w.splat(w.wide(number), lanes)}, true);
                break;
        }
    }
    if (mask)
        for (std::size_t part = 0; part < next.size(); ++part)
            next[part] = b.select(mask, next[part], acc[part]);
    return next;
}

Accumulator::State Accumulator::combine(const State& first, const State& second) {
    switch (stage_.reduction.kind) {
        case Reduce::sum:
            return {b.add(first[0], second[0])};
        case Reduce::prod:
            return {b.mul(first[0], second[0])};
        case Reduce::max:
            return {b.binary(TileOp::max, first[0], second[0])};
        case Reduce::min:
            return {b.binary(TileOp::min, first[0], second[0])};
        case Reduce::argmax:
        case Reduce::argmin:
            break;
    }
    return keep_better(first, second, true);
}

Value Accumulator::result(const State& acc) {
    if (parts_ == 1) return acc[0];
    const int lanes = b.type_of(acc[1]).lanes;
    const Value none = b.integer(std::numeric_limits<std::int64_t>::max(), type(1, lanes));
    return b.select(b.compare(TileOp::equal, acc[1], none), b.integer(-1, type(1, lanes)), acc[1]);
}

}  // namespace sporkle::codegen
