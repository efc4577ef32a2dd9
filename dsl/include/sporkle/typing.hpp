// Which types an operation takes and gives.
//
//   neg, abs, add … max, fma       numbers of one type → that type
//   sqrt, floor … round_even, exp … rsqrt   a floating value → its type
//   rem, shl, shr                  integers of one type → that type
//   bit_not, bit_and, …            integers or booleans of one type → that type
//   logical_not, logical_and, …    booleans → boolean
//   less … greater_equal           numbers of one type → boolean
//   equal, not_equal               values of one type → boolean
//   select                         a boolean and two values of one type → that type
//   cast                           anything → value_type of the dtype it converts to
//   reduce                         a number → its type; argmax, argmin → i64
#pragma once

#include <sporkle/analysis.hpp>
#include <sporkle/program.hpp>

namespace sporkle {

/// Whether the type of node `n` fits its operation and its operands' types. The operands come before it and
/// its `ref` is in bounds.
constexpr bool fits_operands(const Program& p, int n) {
    const Node& x = p.nodes[n];
    const int operands = operand_count(x.op);
    const DType a = p.nodes[x.a].dtype, b = p.nodes[x.b].dtype, c = p.nodes[x.c].dtype;
    const bool number_a = a != DType::boolean, same = operands < 2 || a == b;
    switch (x.op) {
        case Op::literal:
            return true;
        case Op::scalar:
            return x.dtype == value_type(p.scalars[x.ref].dtype);
        case Op::access:
            return x.dtype == value_type(p.tensors[p.accesses[x.ref].tensor].dtype);
        case Op::index_value:
            return x.dtype == DType::i64;
        case Op::cast:
            return x.dtype == value_type(static_cast<DType>(x.ref));
        case Op::sqrt:
        case Op::floor:
        case Op::ceil:
        case Op::trunc:
        case Op::round_even:
        case Op::exp:
        case Op::log:
        case Op::tanh:
        case Op::sigmoid:
        case Op::rsqrt:
            return is_float(a) && x.dtype == a;
        case Op::neg:
        case Op::abs:
        case Op::add:
        case Op::sub:
        case Op::mul:
        case Op::div:
        case Op::min:
        case Op::max:
            return number_a && same && x.dtype == a;
        case Op::rem:
        case Op::shl:
        case Op::shr:
            return is_integer(a) && same && x.dtype == a;
        case Op::bit_not:
        case Op::bit_and:
        case Op::bit_or:
        case Op::bit_xor:
            return !is_float(a) && same && x.dtype == a;
        case Op::logical_not:
        case Op::logical_and:
        case Op::logical_or:
            return !number_a && same && x.dtype == a;
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal:
            return number_a && same && x.dtype == DType::boolean;
        case Op::equal:
        case Op::not_equal:
            return same && x.dtype == DType::boolean;
        case Op::select:
            return !number_a && b == c && x.dtype == b;
        case Op::fma:
            return number_a && same && a == c && x.dtype == a;
        case Op::reduce: {
            const Reduce kind = p.reductions[x.ref].kind;
            const bool number_wanted = kind == Reduce::argmax || kind == Reduce::argmin;
            return number_a && x.dtype == (number_wanted ? DType::i64 : a);
        }
    }
    return false;
}

}  // namespace sporkle
