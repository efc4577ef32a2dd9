// v_fma_mix: fma in f32 whose sources are f32 registers or halves of them, and whose result is that f32, or
// it rounded once more to a half.
#include "targets/amdgpu/emulator/isa/float_functions.hpp"
#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;

constexpr VectorOperation table[] = {
    multiply_add<Fma{}, F32, Mixed, Mixed, Mixed>("v_fma_mix_f32"),
    multiply_add<Fma{}, F16, Mixed, Mixed, Mixed>("v_fma_mixlo_f16", keeps_high),
    multiply_add<Fma{}, F16, Mixed, Mixed, Mixed>("v_fma_mixhi_f16", high_result),
};

}  // namespace

std::span<const VectorOperation> mixed_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
