// What the matrix instructions of both families share: elements in registers, and products.
#pragma once

#include <cstdint>
#include <string_view>

#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {

enum class MatrixType : std::uint8_t { f64, f32, f16, bf16, s8, u8, s4, u4 };

constexpr int matrix_bits(MatrixType type) {
    switch (type) {
        case MatrixType::f64:
            return 64;
        case MatrixType::f32:
            return 32;
        case MatrixType::f16:
        case MatrixType::bf16:
            return 16;
        case MatrixType::s8:
        case MatrixType::u8:
            return 8;
        case MatrixType::s4:
        case MatrixType::u4:
            return 4;
    }
    return 32;
}
constexpr bool is_integer(MatrixType type) { return matrix_bits(type) < 16; }

/// Element e of a lane's part of an operand, exactly.
double matrix_float(Wave& wave, const Operand& operand, MatrixType type, int lane, int e);
std::int32_t matrix_integer(Wave& wave, const Operand& operand, MatrixType type, int lane, int e);

/// Word of a lane of an accumulator operand, which may be a constant.
std::uint32_t matrix_word(Wave& wave, const Operand& operand, int lane, int word);

/// "f16", "bf16", "f32", "f64", "i8" … ; false for types that are not implemented.
bool matrix_type(std::string_view name, MatrixType& type);

}  // namespace sporkle::amdgpu::emulator
