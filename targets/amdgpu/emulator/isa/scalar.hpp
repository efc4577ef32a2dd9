// Scalar arithmetic as tables.
#pragma once

#include <cstdint>
#include <span>

#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {

/// Values of a scalar instruction; 32-bit ones are zero-extended.
struct Scalars {
    std::uint64_t a = 0, b = 0;  ///< sources
    std::uint64_t result = 0;    ///< before: the old destination
    bool scc = false;            ///< before and after
    Wave* wave = nullptr;
};

struct ScalarOperation {
    const char* name;
    void (*run)(Scalars&);
};

std::span<const ScalarOperation> scalar_bit_operations();
std::span<const ScalarOperation> scalar_integer_operations();
std::span<const ScalarOperation> scalar_compare_operations();
std::span<const ScalarOperation> scalar_float_operations();

}  // namespace sporkle::amdgpu::emulator
