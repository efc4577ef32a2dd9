// What kind of operation each Op is and which element types it takes: the rules of tile.hpp as functions,
// shared by builder, verifier, interpreter and emitters.
#pragma once

#include <algorithm>
#include <string>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

constexpr bool in_range(Op op, Op first, Op last) { return op >= first && op <= last; }

/// One operand of type T, result T.
constexpr bool is_unary(Op op) { return in_range(op, Op::neg, Op::round_even) || op == Op::bit_not; }
/// Two operands of type T, result T.
constexpr bool is_binary(Op op) {
    return in_range(op, Op::add, Op::rem) || op == Op::min || op == Op::max ||
           in_range(op, Op::bit_and, Op::shr_logical);
}
/// Two operands of one type, result boolean.
constexpr bool is_comparison(Op op) { return in_range(op, Op::less, Op::not_equal); }
/// Where the operands are f32, `imm` says whether it is flush-safe.
constexpr bool can_be_flush_safe(Op op) {
    return op == Op::fma || op == Op::min || op == Op::max || is_comparison(op);
}
constexpr bool is_load(Op op) { return in_range(op, Op::load, Op::gather); }
constexpr bool is_store(Op op) { return in_range(op, Op::store, Op::scatter); }
constexpr bool is_matrix(Op op) { return in_range(op, Op::matrix_load, Op::matrix_multiply_add); }
/// Loads and stores of lanes or fragments.
constexpr bool reads(Op op) { return is_load(op) || op == Op::matrix_load; }
constexpr bool writes(Op op) { return is_store(op) || op == Op::matrix_store; }
/// Has no effect and depends on nothing but its operands, so that equal ones may be shared, moved or dropped.
constexpr bool is_pure(Op op) { return op < Op::load; }
/// Has no effect, so that one whose result nobody uses may be dropped.
constexpr bool is_droppable(Op op) {
    return is_pure(op) || op == Op::shuffle || op == Op::matrix_convert || op == Op::matrix_multiply_add;
}
/// All members of a task execute it together.
constexpr bool is_collective(Op op) { return op == Op::barrier || op == Op::shuffle; }
/// a op b == b op a, bit for bit, for integers and booleans.
constexpr bool is_commutative(Op op) {
    return op == Op::add || op == Op::mul || op == Op::min || op == Op::max ||
           in_range(op, Op::bit_and, Op::bit_xor) || op == Op::equal || op == Op::not_equal;
}

/// f16 and bf16 can be moved, stored, selected and converted, but not computed with.
constexpr bool is_storage_only(DType type) { return type == DType::f16 || type == DType::bf16; }

/// Whether an arithmetic operation or comparison takes operands of that element type.
constexpr bool accepts(Op op, DType type) {
    const bool floating = is_float(type) && !is_storage_only(type);
    const bool integer = is_integer(type);
    const bool boolean = type == DType::boolean;
    switch (op) {
        case Op::sqrt:
        case Op::floor:
        case Op::ceil:
        case Op::trunc:
        case Op::round_even:
            return floating;
        case Op::rem:
        case Op::shl:
        case Op::shr:
        case Op::shr_logical:
            return integer;
        case Op::bit_not:
        case Op::bit_and:
        case Op::bit_or:
        case Op::bit_xor:
            return integer || boolean;
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal:
        case Op::equal:
        case Op::not_equal:
            return floating || integer || boolean;
        default:
            return floating || integer;
    }
}

/// Whether values of the operation can be fragments; all others take and give lanes only.
constexpr bool takes_fragments(Op op) {
    return is_matrix(op) || op == Op::constant || in_range(op, Op::for_, Op::yield);
}
/// Whether the instruction makes, moves or multiplies fragments; control flow only carries them.
inline bool works_on_fragments(const Kernel& kernel, const Instruction& instruction) {
    return is_matrix(instruction.op) ||
           (instruction.op == Op::constant && kernel.type_of(instruction.results[0]).is_fragment());
}
/// The element types that are multiplied with each other.
constexpr bool multiplies(DType factor, DType accumulator) {
    if (factor == DType::f16 || factor == DType::bf16) return accumulator == DType::f32;
    if (factor == DType::f32 || factor == DType::f64) return accumulator == factor;
    return (factor == DType::i8 || factor == DType::u8) && accumulator == DType::i32;
}

/// Width in bits of an integer type's values; a boolean has one bit.
constexpr int width_of(DType type) { return type == DType::boolean ? 1 : 8 * size_of(type); }

/// The form in which Instruction::bits holds a pattern: the element's low bytes, sign-extended for signed
/// integers, zero-extended for everything else.
constexpr std::uint64_t normalized_bits(DType type, std::uint64_t bits) {
    const int unused = 64 - width_of(type);
    if (is_integer(type) && is_signed(type))
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
    return bits << unused >> unused;
}

/// Whether an integer type or boolean can hold the value.
constexpr bool holds(DType type, std::int64_t value) {
    const std::uint64_t bits = normalized_bits(type, static_cast<std::uint64_t>(value));
    return static_cast<std::int64_t>(bits) == value;
}

/// "f32" for a scalar, "f32x8" for a vector, "left<f16, 16x16>" for a fragment.
inline std::string name_of(Type type) {
    if (type.is_fragment()) {
        constexpr const char* roles[] = {"", "left", "right", "accumulator"};
        return std::string(roles[static_cast<int>(type.fragment)]) + "<" + std::string(name_of(type.scalar)) +
               ", " + std::to_string(type.rows) + "x" + std::to_string(type.columns) + ">";
    }
    std::string text(name_of(type.scalar));
    if (type.lanes != 1) text += "x" + std::to_string(type.lanes);
    return text;
}

}  // namespace sporkle::tile
