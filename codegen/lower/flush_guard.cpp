#include "codegen/lower/flush_guard.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

namespace {

constexpr tile::Type word{DType::u32, 1};
constexpr std::int64_t none = UINT32_MAX;  ///< key of zeros
constexpr int join = 4;                    ///< words that a thread loads at once

// Of an f32: 2^(field - bias) has `field` in its exponent's bits, and is 2^significand times its last place.
constexpr int bias = 127, significand = 23, greatest_field = 255;

std::optional<int> unit_of_literal(std::uint64_t bits) {
    constexpr int least = -63;
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (!std::isfinite(value) || value == 0.0f) return 0;
    for (int unit = 0; unit >= least; --unit)
        if (const float scaled = std::ldexp(value, -unit); scaled == std::trunc(scaled)) return unit;
    return {};
}

/// The least of `members` keys in shared memory.
Value least_of(tile::Builder& b, int buffer, int first, int members) {
    Value key{};
    for (int m = 0; m < members; ++m) {
        const int alignment = m % join == 0 ? join * size_of(word.scalar) : 0;
        const Value other = b.load(buffer, b.integer(first + m), 1, {}, alignment);
        key = key ? b.binary(TileOp::min, key, other) : other;
    }
    return key;
}

}  // namespace

std::optional<int> known_unit(const Program& p, int node) {
    std::vector<std::optional<int>> units(static_cast<std::size_t>(node) + 1);
    const auto unit = [&](int n) -> std::optional<int>& { return units[static_cast<std::size_t>(n)]; };
    const auto lesser = [&](int x, int y) -> std::optional<int> {
        if (!unit(x) || !unit(y)) return {};
        return std::min(*unit(x), *unit(y));
    };
    const auto of_type = [](DType type) -> std::optional<int> {
        if (type == DType::f16) return -24;
        if (!is_float(type)) return 0;
        return {};
    };
    for (int i = 0; i <= node; ++i) {
        const Node& n = p.nodes[i];
        switch (n.op) {
            case Op::literal:
                if (n.dtype == DType::f32) unit(i) = unit_of_literal(n.bits);
                break;
            case Op::scalar:
                unit(i) = of_type(p.scalars[n.ref].dtype);
                break;
            case Op::access:
                unit(i) = of_type(p.tensors[p.accesses[n.ref].tensor].dtype);
                break;
            case Op::cast:  // from a wider type, or an equal one, it rounds multiples to multiples
                unit(i) = of_type(static_cast<DType>(n.ref));
                if (!unit(i)) unit(i) = is_float(p.nodes[n.a].dtype) ? unit(n.a) : std::optional(0);
                break;
            case Op::neg:
            case Op::abs:
                unit(i) = unit(n.a);
                break;
            case Op::min:
            case Op::max:
                unit(i) = lesser(n.a, n.b);
                break;
            case Op::select:
                unit(i) = lesser(n.b, n.c);
                break;
            default:
                break;
        }
    }
    return unit(node);
}

Value twice_bits(tile::Builder& b, Value x) {
    const tile::Type type = word.with_lanes(b.type_of(x).lanes);
    return b.binary(TileOp::shl, b.bitcast(x, DType::u32), b.integer(1, type));
}

Value magnitude_key(tile::Builder& b, Value x) {
    const Value twice = twice_bits(b, x);
    return b.sub(twice, b.integer(1, b.type_of(twice)));
}

Value least_lane(tile::Builder& b, Value vector) {
    for (int half = b.type_of(vector).lanes / 2; half > 0; half /= 2)
        vector = b.binary(TileOp::min, b.slice(vector, 0, half), b.slice(vector, half, half));
    return vector;
}

bool FlushGuard::is_needed(const StageWriter& writer, const Stage& stage) {
    return writer.fma_may_flush() && writer.program().nodes[stage.reduce].dtype == DType::f32;
}

FlushGuard::FlushGuard(StageWriter& writer, int factor_a, int factor_b) : b(writer.builder()) {
    for (const int f : {0, 1}) {
        const auto unit = known_unit(writer.program(), f == 0 ? factor_a : factor_b);
        factors_[f] = {!unit, unit.value_or(0)};
    }
}

FlushGuard::Values FlushGuard::initial(int lanes_a, int lanes_b) const {
    Values least;
    for (const int f : {0, 1})
        if (factors_[f].checked)
            least.push_back(b.integer(none, word.with_lanes(f == 0 ? lanes_a : lanes_b)));
    return least;
}

FlushGuard::Values FlushGuard::with(std::span<const Value> least, const Values& staged_a,
                                    const Values& staged_b) const {
    Values next;
    for (const int f : {0, 1}) {
        if (!factors_[f].checked) continue;
        Value lesser = least[next.size()];
        for (const Value x : f == 0 ? staged_a : staged_b)
            lesser = b.binary(TileOp::min, lesser, magnitude_key(b, x));
        next.push_back(lesser);
    }
    return next;
}

/// Of the least key, the exponent's bits; of none, the greatest there are.
Value FlushGuard::least_exponent(Value key) const {
    const Value bits_twice = b.add(key, b.integer(1, word));
    return b.select(b.compare(TileOp::equal, key, b.integer(none, word)), b.integer(greatest_field, word),
                    b.binary(TileOp::shr_logical, bits_twice, b.integer(1 + significand, word)));
}

Value FlushGuard::were_wrong(std::span<const Value> least, int members) const {
    if (least.empty()) return b.integer(0, {DType::boolean, 1});
    const auto pitch = static_cast<int>(flush_guard_bytes(members) / size_of(word.scalar) / 2);
    int number = -1;
    if (members > 1) {
        tile::Buffer buffer;
        buffer.name = "least";
        buffer.space = tile::Space::shared;
        buffer.dtype = word.scalar;
        buffer.size = 2 * pitch;
        buffer.writable = true;
        buffer.explicit_barriers = true;
        number = b.add_buffer(buffer);
    }

    const auto vote = [&]() -> Values {
        Values keys;
        for (const Value lanes : least) keys.push_back(least_lane(b, lanes));
        if (members > 1) {
            for (std::size_t n = 0; n < keys.size(); ++n)
                b.store(number, keys[n], b.add(b.member_id(), b.integer(static_cast<int>(n) * pitch)));
            b.barrier();
            for (std::size_t n = 0; n < keys.size(); ++n)
                keys[n] = least_of(b, number, static_cast<int>(n) * pitch, members);
        }
        // Each factor's last place may be as low as 2^(field - bias - significand) or 2^unit, and the sum of
        // both exponents must be that of the least normal number at least; so much is left for the fields.
        int least_sum = 1 - bias;
        Value sum{}, wrong{};
        std::size_t n = 0;
        for (const Factor& factor : factors_) {
            least_sum += factor.checked ? bias + significand : -factor.unit;
            if (!factor.checked) continue;
            const Value field = least_exponent(keys[n++]);
            const Value subnormal = b.compare(TileOp::equal, field, b.integer(0, word));
            wrong = wrong ? b.binary(TileOp::bit_or, wrong, subnormal) : subnormal;
            sum = sum ? b.add(sum, field) : field;
        }
        return {b.binary(TileOp::bit_or, wrong, b.compare(TileOp::less, sum, b.integer(least_sum, word)))};
    };
    return b.if_else(b.flushes(), vote, [&]() -> Values { return {b.integer(0, {DType::boolean, 1})}; })[0];
}

}  // namespace sporkle::codegen
