// Value conversions and bit casts on one lane.
#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/spirv/emit/arithmetic.hpp"
#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::spirv {

using tile::Op;

/// SPIR-V leaves conversions of values out of range undefined; such lanes get their value from a selection.
Id Arithmetic::float_to_integer(DType from, DType to, Id a) {
    const Id truth = types().boolean();
    const std::uint32_t bits = register_bits(to);
    const Id form = types().in_register(to);
    const int width = tile::width_of(to), digits = is_signed(to) ? width - 1 : width;
    const std::uint64_t highest = ~std::uint64_t{0} >> (64 - digits);
    const std::uint64_t lowest = is_signed(to) ? ~highest : 0;

    const Id least = is_signed(to) ? types().power_of_two(from, digits, true) : types().constant(from, 0);
    const Id beyond = types().power_of_two(from, digits);
    const Id too_low = code_.value(spv::Op::OpFOrdLessThanEqual, truth, {a, least});
    const Id too_high = code_.value(spv::Op::OpFOrdGreaterThanEqual, truth, {a, beyond});
    const Id is_nan = code_.value(spv::Op::OpFUnordNotEqual, truth, {a, a});
    const Id outside = code_.value(spv::Op::OpLogicalOr, truth,
                                   {code_.value(spv::Op::OpLogicalOr, truth, {too_low, too_high}), is_nan});
    const Id inside = code_.select(types().in_register(from), outside, types().constant(from, 0), a);
    for (const Id safe : {too_low, inside})  // a subnormal becomes 0 either way
        code_.module().decorate(safe, flush_safe);
    Id result = code_.value(is_signed(to) ? spv::Op::OpConvertFToS : spv::Op::OpConvertFToU, form, {inside});
    result = code_.select(form, too_low, types().integer(bits, lowest), result);
    return code_.select(form, too_high, types().integer(bits, highest), result);
}

Id Arithmetic::convert(DType from, DType to, Id a) {
    if (from == to) return a;
    if (tile::is_storage_only(from) || tile::is_storage_only(to))
        throw Error(ErrorCode::invalid_program, "spirv: the conversion from " + std::string(name_of(from)) +
                                                    " to " + std::string(name_of(to)) +
                                                    " should have been expanded before");
    const Id form = types().in_register(to);
    if (from == DType::boolean) {
        const std::uint64_t bits = register_bits(to);
        const Id one =
            is_float(to) ? types().power_of_two(to, 0) : types().integer(static_cast<std::uint32_t>(bits), 1);
        return code_.select(form, a, one, types().null(form));
    }
    if (to == DType::boolean) {
        const Id zero = types().constant(from, 0);
        return compare(Op::not_equal, from, a, zero);
    }
    if (is_float(from)) {
        if (!is_float(to)) return float_to_integer(from, to, a);
        if (to == DType::f64) repairs_.insert(Repair::convert_f64);
        return code_.value(spv::Op::OpFConvert, form, {a});
    }
    if (is_float(to))
        return code_.value(is_signed(from) ? spv::Op::OpConvertSToF : spv::Op::OpConvertUToF, form, {a});
    if (register_bits(from) != register_bits(to)) {
        // Upwards by the source's sign; downwards the low bits.
        const bool extends_sign = register_bits(to) == 64 && is_signed(from);
        if (extends_sign) repairs_.insert(Repair::extended_i64);
        a = code_.value(extends_sign ? spv::Op::OpSConvert : spv::Op::OpUConvert, form, {a});
    }
    return normalized(to, a);
}

Id Arithmetic::bitcast(DType from, DType to, Id a) {
    if (from == to) return a;
    if (size_of(to) < 4) return normalized(to, a);  // the same bits, extended in another way
    const Id form = types().in_register(to);
    return types().in_register(from) == form ? a : code_.bitcast(form, a);
}

}  // namespace sporkle::spirv
