#include "targets/spirv/emit/arithmetic.hpp"

#include <spirv/unified1/GLSL.std.450.h>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::spirv {
namespace {

using tile::Op;

[[noreturn]] void refuse(Op op) {
    throw Error(ErrorCode::invalid_program,
                "spirv: no translation for the operation " + std::string(name_of(op)));
}

bool is_narrow(DType type) { return size_of(type) < 4; }

std::uint64_t sign_bit(DType type) { return std::uint64_t{1} << (8 * size_of(type) - 1); }

}  // namespace

Id Arithmetic::normalized(DType type, Id a) {
    if (!is_narrow(type)) return a;
    const Id word = types().word();
    const Id width = types().word(static_cast<std::uint32_t>(tile::width_of(type)));
    const auto op =
        is_integer(type) && is_signed(type) ? spv::Op::OpBitFieldSExtract : spv::Op::OpBitFieldUExtract;
    return code_.value(op, word, {a, types().word(std::uint32_t{0}), width});
}

Id Arithmetic::bits_of(DType type, Id a) { return code_.bitcast(types().integer(register_bits(type)), a); }

Id Arithmetic::from_bits(DType type, Id pattern) { return code_.bitcast(types().in_register(type), pattern); }

Id Arithmetic::float_sign(DType type) { return types().integer(register_bits(type), sign_bit(type)); }

/// The sign is put in by bits, so that a result of 0 has the operand's whatever the driver makes of it.
Id Arithmetic::rounded(Op op, DType type, Id a) {
    const auto instruction = op == Op::floor   ? GLSLstd450Floor
                             : op == Op::ceil  ? GLSLstd450Ceil
                             : op == Op::trunc ? GLSLstd450Trunc
                                               : GLSLstd450RoundEven;
    const Id integer = types().integer(register_bits(type));
    const Id result = bits_of(type, code_.extended(instruction, types().in_register(type), {a}));
    const Id magnitude_mask = types().integer(register_bits(type), sign_bit(type) - 1);
    const Id magnitude = code_.value(spv::Op::OpBitwiseAnd, integer, {result, magnitude_mask});
    const Id sign = code_.value(spv::Op::OpBitwiseAnd, integer, {bits_of(type, a), float_sign(type)});
    return from_bits(type, code_.value(spv::Op::OpBitwiseOr, integer, {magnitude, sign}));
}

/// Signs of floats are bits, so that not even a subnormal is touched.
Id Arithmetic::unary(Op op, DType type, Id a) {
    const Id form = types().in_register(type);
    if (type == DType::boolean) return code_.value(spv::Op::OpLogicalNot, form, {a});  // bit_not
    if (is_float(type)) {
        const Id integer = types().integer(register_bits(type));
        switch (op) {
            case Op::neg: {
                const bool is_single = type == DType::f32;
                if (is_single) repairs_.insert(Repair::sign_f32);
                const Id sign = is_single ? types().sign_f32() : float_sign(type);
                return from_bits(type, code_.value(spv::Op::OpBitwiseXor, integer, {bits_of(type, a), sign}));
            }
            case Op::abs:
                return from_bits(type, code_.value(spv::Op::OpBitwiseAnd, integer,
                                                   {bits_of(type, a), types().integer(register_bits(type),
                                                                                      sign_bit(type) - 1)}));
            case Op::sqrt:
                want(Repair::sqrt_f32, Repair::sqrt_f64, type);
                return code_.extended(GLSLstd450Sqrt, form, {a});
            default:
                return rounded(op, type, a);
        }
    }
    switch (op) {
        case Op::neg:
            return normalized(type, code_.value(spv::Op::OpSNegate, form, {a}));
        case Op::abs: {
            if (!is_signed(type)) return a;
            const Id negative = code_.value(spv::Op::OpSLessThan, types().boolean(),
                                            {a, types().integer(register_bits(type), 0)});
            return normalized(type,
                              code_.select(form, negative, code_.value(spv::Op::OpSNegate, form, {a}), a));
        }
        case Op::bit_not:
            return normalized(type, code_.value(spv::Op::OpNot, form, {a}));
        default:
            refuse(op);
    }
}

Id Arithmetic::boolean(Op op, Id a, Id b) {
    const Id form = types().boolean();
    const auto negated = [&](Id x) { return code_.value(spv::Op::OpLogicalNot, form, {x}); };
    switch (op) {
        case Op::bit_and:
            return code_.value(spv::Op::OpLogicalAnd, form, {a, b});
        case Op::bit_or:
            return code_.value(spv::Op::OpLogicalOr, form, {a, b});
        case Op::bit_xor:
        case Op::not_equal:
            return code_.value(spv::Op::OpLogicalNotEqual, form, {a, b});
        case Op::equal:
            return code_.value(spv::Op::OpLogicalEqual, form, {a, b});
        case Op::less:  // false is less than true
            return code_.value(spv::Op::OpLogicalAnd, form, {negated(a), b});
        case Op::less_equal:
            return code_.value(spv::Op::OpLogicalOr, form, {negated(a), b});
        case Op::greater:
            return code_.value(spv::Op::OpLogicalAnd, form, {a, negated(b)});
        case Op::greater_equal:
            return code_.value(spv::Op::OpLogicalOr, form, {a, negated(b)});
        default:
            refuse(op);
    }
}

/// SPIR-V leaves division by zero and lowest / -1 undefined, and in Vulkan the remainder of negative
/// operands, too: so a divisor of 1 stands in for those, and the remainder comes from the quotient.
Id Arithmetic::divide(Op op, DType type, Id a, Id b) {
    const Id form = types().in_register(type), truth = types().boolean();
    const std::uint32_t bits = register_bits(type);
    const Id zero = types().integer(bits, 0), one = types().integer(bits, 1);
    const Id by_zero = code_.value(spv::Op::OpIEqual, truth, {b, zero});
    Id undefined = by_zero;
    if (is_signed(type) && !is_narrow(type)) {  // i8 and i16 have room in 32 bits
        const Id lowest = types().integer(bits, sign_bit(type));
        const Id overflows = code_.value(
            spv::Op::OpLogicalAnd, truth,
            {code_.value(spv::Op::OpIEqual, truth, {a, lowest}),
             code_.value(spv::Op::OpIEqual, truth, {b, types().integer(bits, ~std::uint64_t{0})})});
        undefined = code_.value(spv::Op::OpLogicalOr, truth, {by_zero, overflows});
    }
    const Id divisor = code_.select(form, undefined, one, b);
    if (bits == 64) repairs_.insert(Repair::div_i64);
    const Id quotient = code_.value(is_signed(type) ? spv::Op::OpSDiv : spv::Op::OpUDiv, form, {a, divisor});
    Id result = quotient;
    if (op == Op::rem)
        result = code_.value(spv::Op::OpISub, form, {a, code_.multiply(form, quotient, divisor)});
    return code_.select(form, by_zero, zero, normalized(type, result));
}

Id Arithmetic::shift(Op op, DType type, Id a, Id count) {
    const Id form = types().in_register(type);
    const std::uint32_t bits = register_bits(type);
    const auto width = static_cast<std::uint64_t>(tile::width_of(type));
    const Id places = code_.value(spv::Op::OpBitwiseAnd, form, {count, types().integer(bits, width - 1)});
    if (op == Op::shl) return normalized(type, code_.value(spv::Op::OpShiftLeftLogical, form, {a, places}));
    if (op == Op::shr && is_signed(type))
        return code_.value(spv::Op::OpShiftRightArithmetic, form, {a, places});
    if (is_narrow(type) && is_signed(type))  // zeros above the element's width
        a = code_.value(spv::Op::OpBitwiseAnd, form,
                        {a, types().integer(bits, (std::uint64_t{1} << width) - 1)});
    return normalized(type, code_.value(spv::Op::OpShiftRightLogical, form, {a, places}));
}

Id Arithmetic::binary(Op op, DType type, Id a, Id b, bool flush_safe) {
    if (type == DType::boolean) return boolean(op, a, b);
    const Id form = types().in_register(type);
    if (op == Op::min || op == Op::max) {
        const Op order = op == Op::min ? Op::less : Op::greater;
        const Id result = select(type, compare(order, type, a, b, flush_safe), a, b);
        if (flush_safe) code_.module().decorate(result, spirv::flush_safe);
        return result;
    }
    if (is_float(type)) {
        want(Repair::operand_f32, Repair::operand_f64, type);
        switch (op) {
            case Op::add:
                return code_.arithmetic(spv::Op::OpFAdd, form, {a, b});
            case Op::sub:
                want(Repair::subtrahend_f32, Repair::subtrahend_f64, type);
                return code_.arithmetic(spv::Op::OpFSub, form, {a, b});
            case Op::mul:
                return code_.arithmetic(spv::Op::OpFMul, form, {a, b});
            case Op::div:
                want(Repair::div_f32, Repair::div_f64, type);
                return code_.arithmetic(spv::Op::OpFDiv, form, {a, b});
            default:
                refuse(op);
        }
    }
    switch (op) {
        case Op::add:
            return normalized(type, code_.value(spv::Op::OpIAdd, form, {a, b}));
        case Op::sub:
            return normalized(type, code_.value(spv::Op::OpISub, form, {a, b}));
        case Op::mul:
            return normalized(type, code_.value(spv::Op::OpIMul, form, {a, b}));
        case Op::div:
        case Op::rem:
            return divide(op, type, a, b);
        case Op::bit_and:
            return code_.value(spv::Op::OpBitwiseAnd, form, {a, b});
        case Op::bit_or:
            return code_.value(spv::Op::OpBitwiseOr, form, {a, b});
        case Op::bit_xor:
            return code_.value(spv::Op::OpBitwiseXor, form, {a, b});
        case Op::shl:
        case Op::shr:
        case Op::shr_logical:
            return shift(op, type, a, b);
        default:
            refuse(op);
    }
}

/// Ordered for floats, except that a NaN differs from everything.
Id Arithmetic::compare(Op op, DType type, Id a, Id b, bool flush_safe) {
    if (type == DType::boolean) return boolean(op, a, b);
    struct Row {
        Op op;
        spv::Op floating, with_sign, without_sign;
        Repair repair;
    };
    static constexpr Row rows[] = {
        {Op::less, spv::Op::OpFOrdLessThan, spv::Op::OpSLessThan, spv::Op::OpULessThan, Repair::less_f32},
        {Op::less_equal, spv::Op::OpFOrdLessThanEqual, spv::Op::OpSLessThanEqual, spv::Op::OpULessThanEqual,
         Repair::less_equal_f32},
        {Op::greater, spv::Op::OpFOrdGreaterThan, spv::Op::OpSGreaterThan, spv::Op::OpUGreaterThan,
         Repair::greater_f32},
        {Op::greater_equal, spv::Op::OpFOrdGreaterThanEqual, spv::Op::OpSGreaterThanEqual,
         spv::Op::OpUGreaterThanEqual, Repair::greater_equal_f32},
        {Op::equal, spv::Op::OpFOrdEqual, spv::Op::OpIEqual, spv::Op::OpIEqual, Repair::equal_f32},
        {Op::not_equal, spv::Op::OpFUnordNotEqual, spv::Op::OpINotEqual, spv::Op::OpINotEqual,
         Repair::not_equal_f32}};
    for (const Row& row : rows) {
        if (row.op != op) continue;
        if (type == DType::f32) repairs_.insert(row.repair);
        const Id result = code_.value(is_float(type)    ? row.floating
                                      : is_signed(type) ? row.with_sign
                                                        : row.without_sign,
                                      types().boolean(), {a, b});
        if (flush_safe) code_.module().decorate(result, spirv::flush_safe);
        return result;
    }
    refuse(op);
}

Id Arithmetic::fma(DType type, Id a, Id b, Id c, bool flush_safe) {
    if (!is_float(type)) return binary(Op::add, type, binary(Op::mul, type, a, b), c);
    want(Repair::operand_f32, Repair::operand_f64, type);
    want(Repair::fma_f32, Repair::fma_f64, type);
    if (type == DType::f32 && !flush_safe) repairs_.insert(Repair::flushed_fma_f32);
    const Id result = code_.extended(GLSLstd450Fma, types().in_register(type), {a, b, c});
    code_.module().decorate(result, spv::Decoration::NoContraction);
    if (flush_safe) code_.module().decorate(result, spirv::flush_safe);
    return result;
}

Id Arithmetic::select(DType type, Id condition, Id a, Id b) {
    return code_.select(types().in_register(type), condition, a, b);
}

}  // namespace sporkle::spirv
