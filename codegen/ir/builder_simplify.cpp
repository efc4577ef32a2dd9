// What is known of an expression before it is computed. Only identities that hold bit for bit: integers and
// booleans are simplified freely, floating point only where all operands are constants and the result is no
// NaN (x + 0.0 is not x when x is -0.0).
#include <algorithm>
#include <utility>

#include "codegen/ir/builder_state.hpp"
#include "codegen/ir/fold.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::tile {
namespace {

using State = Builder::State;

bool all_constant(const State& state, const Expression& e) {
    return !e.operands.empty() &&
           std::all_of(e.operands.begin(), e.operands.end(), [&](Value v) { return state.constant(v); });
}

Value folded(State& state, const Expression& e) {
    std::vector<std::uint64_t> bits;
    for (Value v : e.operands) bits.push_back(*state.constant(v));
    const auto result = fold(e.op, state.kernel.type_of(e.operands[0]).scalar, e.type.scalar, bits);
    return result ? state.constant_bits(e.type, *result) : Value{};
}

/// The constant part c of a sum x + c, which is where constants stand.
struct Sum {
    Value x, c;
    explicit operator bool() const { return static_cast<bool>(c); }
};

Sum sum_with_constant(const State& state, Value v) {
    const Expression& e = state.definition(v);
    if (e.op != Op::add || !state.constant(e.operands[1])) return {};
    return {e.operands[0], e.operands[1]};
}

/// Constants move outwards, so that elements at constant distances share all of their address but the last
/// sum: x + (y + c) is (x + y) + c, and so for differences and for products with a constant.
Value with_constant_outside(State& state, const Expression& e) {
    const auto combine = [&](Op op, Value a, Value b) { return state.evaluate({op, e.type, {a, b}, 0, 0}); };
    const Value a = e.operands[0], b = e.operands[1];
    const Sum left = sum_with_constant(state, a), right = sum_with_constant(state, b);
    if (e.op == Op::mul && left && state.constant(b)) {
        const Value product = combine(Op::mul, left.x, b);
        return combine(Op::add, product, combine(Op::mul, left.c, b));
    }
    if (e.op != Op::add && e.op != Op::sub) return {};
    if (left) return combine(Op::add, combine(e.op, left.x, b), left.c);
    if (right) return combine(e.op, combine(e.op, a, right.x), right.c);
    return {};
}

/// a op b with a, b integers or booleans.
Value integer_identity(State& state, Expression& e) {
    if (is_commutative(e.op) && state.constant(e.operands[0])) std::swap(e.operands[0], e.operands[1]);
    // x - c is x + (-c), so that chains of both fold.
    if (e.op == Op::sub)
        if (const auto c = state.constant(e.operands[1])) {
            e.op = Op::add;
            e.operands[1] = state.constant_bits(e.type, 0 - *c);
        }
    // (x op c) op d is x op (c op d) where op is associative; integers wrap, so always.
    if (is_commutative(e.op) && !is_comparison(e.op) && state.constant(e.operands[1])) {
        const Expression& inner = state.definition(e.operands[0]);
        if (inner.op == e.op && state.constant(inner.operands[1])) {
            const Value x = inner.operands[0];
            e.operands = {x, state.evaluate({e.op, e.type, {inner.operands[1], e.operands[1]}, 0, 0})};
        }
    }
    if (const Value moved = with_constant_outside(state, e)) return moved;
    const Value a = e.operands[0], b = e.operands[1];
    const auto c = state.constant(b);
    const auto is = [&](std::int64_t value) {
        return c && *c == normalized_bits(e.type.scalar, static_cast<std::uint64_t>(value));
    };
    const auto constant = [&](std::int64_t value) {
        return state.constant_bits(e.type, static_cast<std::uint64_t>(value));
    };
    switch (e.op) {
        case Op::add:
        case Op::shl:
        case Op::shr:
        case Op::shr_logical:
            return is(0) ? a : Value{};
        case Op::sub: {
            if (a == b) return constant(0);
            const Expression& sum = state.definition(a);  // (b + y) - b is y
            if (sum.op == Op::add && sum.operands[0] == b) return sum.operands[1];
            if (sum.op == Op::add && sum.operands[1] == b) return sum.operands[0];
            return {};
        }
        case Op::mul:
            return is(0) ? b : is(1) ? a : Value{};
        case Op::div:
            return is(1) ? a : is(0) ? b : Value{};
        case Op::rem:
            return is(1) || is(0) ? constant(0) : Value{};
        case Op::min:
        case Op::max:
            return a == b ? a : Value{};
        case Op::bit_and:
            return a == b || is(-1) ? a : is(0) ? b : Value{};
        case Op::bit_or:
            return a == b || is(0) ? a : is(-1) ? b : Value{};
        case Op::bit_xor:
            return a == b ? constant(0) : is(0) ? a : Value{};
        case Op::less:
        case Op::greater:
        case Op::not_equal:
            return a == b ? constant(0) : Value{};
        case Op::less_equal:
        case Op::greater_equal:
        case Op::equal:
            return a == b ? constant(1) : Value{};
        default:
            return {};
    }
}

Value integer_fma(State& state, const Expression& e) {
    const Value product = state.evaluate({Op::mul, e.type, {e.operands[0], e.operands[1]}, 0, 0});
    return state.evaluate({Op::add, e.type, {product, e.operands[2]}, 0, 0});
}

Value chosen(State& state, const Expression& e) {
    const Value condition = e.operands[0], x = e.operands[1], y = e.operands[2];
    if (x == y) return x;
    if (const auto c = state.constant(condition)) return *c != 0 ? x : y;
    if (e.type.scalar == DType::boolean && state.constant(x) == 1u && state.constant(y) == 0u)
        return condition;
    return {};
}

/// Lanes [imm, imm + e.type.lanes) of the operand, for extract and slice.
Value moved_lanes(State& state, const Expression& e) {
    const Expression& source = state.definition(e.operands[0]);
    const int first = static_cast<int>(e.imm), lanes = e.type.lanes;
    if (lanes == source.type.lanes) return e.operands[0];
    switch (source.op) {
        case Op::constant:
            return state.constant_bits(e.type, source.bits);
        case Op::splat:
            if (lanes == 1) return source.operands[0];
            return state.evaluate({Op::splat, e.type, source.operands, 0, 0});
        case Op::lane_ids:
            if (lanes == 1) return state.constant_bits(e.type, static_cast<std::uint64_t>(first));
            return {};
        case Op::slice:
            return state.evaluate({e.op, e.type, source.operands, source.imm + first, 0});
        case Op::concat: {
            const int each = state.kernel.type_of(source.operands[0]).lanes;
            if (first / each != (first + lanes - 1) / each) return {};
            const Value part = source.operands[static_cast<std::size_t>(first / each)];
            if (lanes == each) return part;
            return state.evaluate({e.op, e.type, {part}, first % each, 0});
        }
        default:
            return {};
    }
}

Value joined(State& state, Expression& e) {
    const Value first = e.operands[0];
    if (e.operands.size() == 1) return first;
    if (std::any_of(e.operands.begin(), e.operands.end(), [&](Value v) { return v != first; })) return {};
    if (const auto c = state.constant(first)) return state.constant_bits(e.type, *c);
    const Expression& part = state.definition(first);
    if (part.type.lanes == 1) return state.evaluate({Op::splat, e.type, {first}, 0, 0});
    if (part.op == Op::splat) return state.evaluate({Op::splat, e.type, part.operands, 0, 0});
    return {};
}

}  // namespace

Value Builder::State::simplified(Expression& e) {
    const bool foldable =
        is_unary(e.op) || is_binary(e.op) || is_comparison(e.op) || e.op == Op::fma || e.op == Op::convert;
    if (foldable && all_constant(*this, e))
        if (const Value result = folded(*this, e)) return result;
    switch (e.op) {
        case Op::splat:
            if (const auto c = constant(e.operands[0])) return constant_bits(e.type, *c);
            return {};
        case Op::extract:
        case Op::slice:
            return moved_lanes(*this, e);
        case Op::concat:
            return joined(*this, e);
        case Op::select:
            return chosen(*this, e);
        case Op::convert:
            return kernel.type_of(e.operands[0]) == e.type ? e.operands[0] : Value{};
        case Op::bitcast:
            if (kernel.type_of(e.operands[0]) == e.type) return e.operands[0];
            if (const auto c = constant(e.operands[0])) return constant_bits(e.type, *c);
            return {};
        case Op::bit_not: {
            const Expression& inner = definition(e.operands[0]);
            return inner.op == Op::bit_not ? inner.operands[0] : Value{};
        }
        case Op::fma:
            if (!is_float(e.type.scalar) &&
                (constant(e.operands[0]) || constant(e.operands[1]) || constant(e.operands[2])))
                return integer_fma(*this, e);
            return {};
        default:
            break;
    }
    if (is_binary(e.op) || is_comparison(e.op)) {
        if (!is_float(kernel.type_of(e.operands[0]).scalar)) return integer_identity(*this, e);
        if ((e.op == Op::min || e.op == Op::max) && e.operands[0] == e.operands[1]) return e.operands[0];
    }
    return {};
}

}  // namespace sporkle::tile
