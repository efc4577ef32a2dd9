#include "targets/spirv/emit/types.hpp"

#include <bit>
#include <cmath>

#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::spirv {

using spv::Capability;
using spv::Op;

Id Types::integer(std::uint32_t bits) {
    if (bits == 64) module_.require(Capability::Int64);
    return module_.declare(Op::OpTypeInt, 0, {bits, 0});
}

Id Types::floating(std::uint32_t bits) {
    if (bits == 64) module_.require(Capability::Float64);
    return module_.declare(Op::OpTypeFloat, 0, {bits});
}

Id Types::vector(Id element, int lanes) {
    if (lanes == 1) return element;
    return module_.declare(Op::OpTypeVector, 0, {element, static_cast<std::uint32_t>(lanes)});
}

Id Types::array(Id element, Id length) { return module_.declare(Op::OpTypeArray, 0, {element, length}); }

Id Types::pointer(spv::StorageClass storage, Id pointee) {
    return module_.declare(Op::OpTypePointer, 0, {static_cast<std::uint32_t>(storage), pointee});
}

Id Types::function(Id result, std::span<const Id> parameters) {
    Words operands{result};
    operands.insert(operands.end(), parameters.begin(), parameters.end());
    return module_.declare(Op::OpTypeFunction, 0, operands);
}

Id Types::in_register(DType type) {
    switch (type) {
        case DType::f64:
            return floating(64);
        case DType::f32:
            return floating(32);
        case DType::boolean:
            return boolean();
        default:
            return integer(register_bits(type));
    }
}

Id Types::in_memory(DType type) {
    if (type == DType::f64 || type == DType::f32) return in_register(type);
    return integer(static_cast<std::uint32_t>(8 * size_of(type)));
}

Id Types::word(std::uint32_t value) { return module_.declare(Op::OpConstant, word(), {value}); }

Id Types::long_word(std::uint64_t value) {
    return module_.declare(Op::OpConstant, integer(64),
                           {static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)});
}

Id Types::boolean(bool value) {
    return module_.declare(value ? Op::OpConstantTrue : Op::OpConstantFalse, boolean(), {});
}

Id Types::integer(std::uint32_t bits, std::uint64_t value) {
    return bits == 64 ? long_word(value) : word(static_cast<std::uint32_t>(value));
}

Id Types::constant(DType type, std::uint64_t bits) {
    switch (type) {
        case DType::f64:
            return module_.declare(
                Op::OpConstant, floating(64),
                {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)});
        case DType::f32:
            return module_.declare(Op::OpConstant, floating(32), {static_cast<std::uint32_t>(bits)});
        case DType::boolean:
            return boolean(bits != 0);
        default:
            return integer(register_bits(type), bits);
    }
}

Id Types::power_of_two(DType type, int exponent, bool negative) {
    const double value = std::ldexp(negative ? -1.0 : 1.0, exponent);
    if (type == DType::f64) return constant(type, std::bit_cast<std::uint64_t>(value));
    return constant(type, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
}

Id Types::flushes() {
    if (flushes_ == 0) {
        flushes_ = module_.declare_new(spv::Op::OpSpecConstantFalse, boolean(), {});
        module_.name(flushes_, fact_flushes);
    }
    return flushes_;
}

Id Types::sign_f32() {
    if (sign_f32_ == 0) {
        sign_f32_ = module_.declare_new(spv::Op::OpSpecConstant, word(), {0x80000000u});
        module_.name(sign_f32_, fact_sign);
    }
    return sign_f32_;
}

}  // namespace sporkle::spirv
