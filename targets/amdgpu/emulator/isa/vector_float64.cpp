// VOP1, VOP2, VOP3 on f64.
#include "targets/amdgpu/emulator/isa/float_functions.hpp"
#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;

constexpr VectorOperation table[] = {
    map<Add{}, F64, F64, F64>("v_add_f64"),
    map<Multiply{}, F64, F64, F64>("v_mul_f64"),
    multiply_add<Fma{}, F64, F64, F64, F64>("v_fma_f64"),
    multiply_add<Fma{}, F64, F64, F64, F64>("v_fmac_f64", accumulates),
    map<Minimum2008{}, F64, F64, F64>("v_min_f64"),
    map<Maximum2008{}, F64, F64, F64>("v_max_f64"),
    map<MinimumNumber{}, F64, F64, F64>("v_min_num_f64"),
    map<MaximumNumber{}, F64, F64, F64>("v_max_num_f64"),
    map<Minimum{}, F64, F64, F64>("v_minimum_f64"),
    map<Maximum{}, F64, F64, F64>("v_maximum_f64"),
    map<Floor{}, F64, F64>("v_floor_f64"),
    map<Ceil{}, F64, F64>("v_ceil_f64"),
    map<Trunc{}, F64, F64>("v_trunc_f64"),
    map<RoundEven{}, F64, F64>("v_rndne_f64"),
    map<Fract{}, F64, F64>("v_fract_f64"),
    map<Ldexp{}, F64, F64, I32>("v_ldexp_f64"),
    map<FrexpMantissa{}, F64, F64>("v_frexp_mant_f64"),
    map<FrexpExponent{}, I32, F64>("v_frexp_exp_i32_f64"),
};

}  // namespace

std::span<const VectorOperation> float64_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
