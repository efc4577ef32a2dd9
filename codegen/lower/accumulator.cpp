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

/// No extreme is better than any other value, so what is compared with it is the result, or NaN.
bool Accumulator::is_identity(const State& acc) { return acc[0] == identity(lanes_of(acc))[0]; }

tile::Op Accumulator::extreme_op() const {
    return stage_.reduction.kind == Reduce::max ? TileOp::max : TileOp::min;
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

Accumulator::Body Accumulator::body_at(const Point& point, int lanes) {
    auto memo = w.memo();
    const auto value = [&](int node) { return w.splat(w.evaluate(node, point, memo), lanes); };
    const Node& body = w.program().nodes[stage_.body];
    if (!fused_) return {value(stage_.body)};
    const Value first = value(body.a);
    return {first, value(body.b)};
}

std::optional<FlushGuard> Accumulator::guard() {
    if (!fused_ || !FlushGuard::is_needed(w, stage_)) return {};
    const Node& body = w.program().nodes[stage_.body];
    return FlushGuard(w, body.a, body.b);
}

bool Accumulator::may_flush() const { return fused_ && dtype_ == DType::f32 && w.fma_may_flush(); }

Value Accumulator::is_flush_safe(const std::vector<Value>& bodies) {
    constexpr int bias = 127, above_fraction = 24;  // the bits without the sign stand one further left
    constexpr std::int64_t of_product = bias - 40, of_square = bias - 62;
    const int lanes = b.type_of(bodies[0]).lanes;
    const tile::Type word{DType::u32, static_cast<std::uint16_t>(lanes)};
    const Value one = b.integer(1, word);
    bool squares = true;
    Value least{};
    for (std::size_t n = 0; n < bodies.size(); ++n) {
        if (n % 2 == 1 && bodies[n] == bodies[n - 1]) continue;
        squares = squares && n % 2 == 0;
        // Less one: a zero is the greatest.
        const Value key = b.sub(b.binary(TileOp::shl, b.bitcast(bodies[n], DType::u32), one), one);
        least = least ? b.binary(TileOp::min, least, key) : key;
    }
    for (int width = lanes / 2; width >= 1; width /= 2)
        least = b.binary(TileOp::min, b.slice(least, 0, width), b.slice(least, width, width));
    const std::int64_t limit = (squares ? of_square : of_product) << above_fraction;
    return b.compare(TileOp::greater_equal, least, b.integer(limit - 1, {DType::u32, 1}));
}

Accumulator::State Accumulator::take(const State& acc, const Body& body, Value number, Value mask) {
    State next;
    if (fused_) {
        next = {b.fma(body[0], body[1], acc[0], flush_safe_)};
    } else {
        const Value x = body[0];
        switch (stage_.reduction.kind) {
            case Reduce::sum:
                next = {b.add(acc[0], x)};
                break;
            case Reduce::prod:
                next = {b.mul(acc[0], x)};
                break;
            case Reduce::max:
            case Reduce::min:
                next = {is_identity(acc) ? x : b.binary(extreme_op(), acc[0], x)};
                break;
            case Reduce::argmax:
            case Reduce::argmin:
                next = keep_better(acc, {x, w.splat(w.wide(number), lanes_of(acc))}, true);
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
        case Reduce::min:
            if (is_identity(second) && is_float(dtype_))
                return {b.select(b.compare(TileOp::equal, first[0], first[0], true), first[0], second[0])};
            return {b.binary(extreme_op(), first[0], second[0])};
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
