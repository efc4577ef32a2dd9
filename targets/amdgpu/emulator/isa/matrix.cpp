#include "targets/amdgpu/emulator/isa/matrix.hpp"

#include "targets/amdgpu/emulator/isa/number.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

/// The 32-bit word that holds element e, shifted down to it.
std::uint32_t shifted(Wave& w, const Operand& operand, int bits, int lane, int e) {
    const int per_word = 32 / bits;
    return w.row(operand, e / per_word)[lane] >> (e % per_word * bits);
}

}  // namespace

double matrix_float(Wave& w, const Operand& operand, MatrixType type, int lane, int e) {
    switch (type) {
        case MatrixType::f64:
            return from_bits<double>(w.row(operand, 2 * e)[lane] |
                                     static_cast<std::uint64_t>(w.row(operand, 2 * e + 1)[lane]) << 32);
        case MatrixType::f32:
            return from_bits<float>(w.row(operand, e)[lane]);
        case MatrixType::f16:
            return half_to_float(shifted(w, operand, 16, lane, e) & 0xffffu);
        default:
            return bfloat_to_float(shifted(w, operand, 16, lane, e) & 0xffffu);
    }
}

std::int32_t matrix_integer(Wave& w, const Operand& operand, MatrixType type, int lane, int e) {
    const int bits = matrix_bits(type);
    const std::uint32_t field = shifted(w, operand, bits, lane, e) << (32 - bits);
    const bool is_signed = type == MatrixType::s8 || type == MatrixType::s4;
    return is_signed ? static_cast<std::int32_t>(field) >> (32 - bits)
                     : static_cast<std::int32_t>(field >> (32 - bits));
}

std::uint32_t matrix_word(Wave& w, const Operand& operand, int lane, int word) {
    if (operand.unit == Unit::constant)
        return static_cast<std::uint32_t>(operand.words % 2 == 0 && word % 2 ? operand.value >> 32
                                                                             : operand.value);
    return w.row(operand, word)[lane];
}

bool matrix_type(std::string_view name, MatrixType& type) {
    struct Named {
        std::string_view name;
        MatrixType type;
    };
    for (const Named& entry :
         {Named{"f64", MatrixType::f64}, Named{"f32", MatrixType::f32}, Named{"f16", MatrixType::f16},
          Named{"bf16", MatrixType::bf16}, Named{"i8", MatrixType::s8}, Named{"iu8", MatrixType::u8},
          Named{"iu4", MatrixType::u4}})
        if (entry.name == name) return type = entry.type, true;
    return false;
}

}  // namespace sporkle::amdgpu::emulator
