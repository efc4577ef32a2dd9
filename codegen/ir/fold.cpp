#include "codegen/ir/fold.hpp"

#include "codegen/ir/arithmetic.hpp"

namespace sporkle::tile {
namespace {

template <DType T>
std::optional<std::uint64_t> unless_nan(Native<T> value) {
    if constexpr (is_float(T))
        if (value != value) return std::nullopt;
    return bits_from_element<T>(value);
}

}  // namespace

std::optional<std::uint64_t> fold(Op op, DType from, DType to, std::span<const std::uint64_t> operands) {
    return with_dtype(from, [&]<DType T>() {
        std::optional<std::uint64_t> result;
        const auto operand = [&](std::size_t i) { return element_from_bits<T>(operands[i]); };
        const auto unary = [&]<Op o>() {
            if constexpr (is_unary(o) && accepts(o, T)) result = unless_nan<T>(compute<o, T>(operand(0)));
        };
        const auto binary = [&]<Op o>() {
            if constexpr (is_binary(o) && accepts(o, T))
                result = unless_nan<T>(compute<o, T>(operand(0), operand(1)));
        };
        const auto comparison = [&]<Op o>() {
            if constexpr (accepts(o, T)) result = compare<o, T>(operand(0), operand(1));
        };
        if (is_unary(op)) with_op<Op::neg, Op::bit_not>(op, unary);
        if (is_binary(op)) with_op<Op::add, Op::shr_logical>(op, binary);
        if (is_comparison(op)) with_op<Op::less, Op::not_equal>(op, comparison);
        if (op == Op::fma)
            if constexpr (accepts(Op::fma, T))
                result = unless_nan<T>(fused_multiply_add<T>(operand(0), operand(1), operand(2)));
        if (op == Op::convert)
            with_dtype(to, [&]<DType U>() { result = unless_nan<U>(converted<T, U>(operand(0))); });
        return result;
    });
}

}  // namespace sporkle::tile
