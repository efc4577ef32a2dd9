// VOP1, VOP2, VOP3 on f32.
#include "targets/amdgpu/emulator/isa/float_functions.hpp"
#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;

constexpr VectorOperation table[] = {
    map<Add{}, F32, F32, F32>("v_add_f32"),
    map<Subtract{}, F32, F32, F32>("v_sub_f32"),
    map<SubtractReversed{}, F32, F32, F32>("v_subrev_f32"),
    map<Multiply{}, F32, F32, F32>("v_mul_f32"),
    map<MultiplyZero{}, F32, F32, F32>("v_mul_legacy_f32"),
    multiply_add<Fma{}, F32, F32, F32, F32>("v_fma_f32"),
    multiply_add<Fma{}, F32, F32, F32, F32>("v_fmac_f32", accumulates),
    multiply_add<Fma{}, F32, F32, F32, F32>("v_fmaak_f32", literal_third),
    multiply_add<Fma{}, F32, F32, F32, F32>("v_fmamk_f32", literal_second),
    multiply_add<FmaZero{}, F32, F32, F32, F32>("v_fma_legacy_f32"),
    multiply_add<FmaZero{}, F32, F32, F32, F32>("v_fmac_legacy_f32", accumulates),
    multiply_add<Mad{}, F32, F32, F32, F32>("v_mad_f32"),
    multiply_add<Mad{}, F32, F32, F32, F32>("v_mac_f32", accumulates),
    multiply_add<Mad{}, F32, F32, F32, F32>("v_madak_f32", literal_third),
    multiply_add<Mad{}, F32, F32, F32, F32>("v_madmk_f32", literal_second),

    map<Minimum2008{}, F32, F32, F32>("v_min_f32"),
    map<Maximum2008{}, F32, F32, F32>("v_max_f32"),
    map<MinimumNumber{}, F32, F32, F32>("v_min_num_f32"),
    map<MaximumNumber{}, F32, F32, F32>("v_max_num_f32"),
    map<Minimum{}, F32, F32, F32>("v_minimum_f32"),
    map<Maximum{}, F32, F32, F32>("v_maximum_f32"),
    map<Then<Minimum2008, Minimum2008>{}, F32, F32, F32, F32>("v_min3_f32"),
    map<Then<Maximum2008, Maximum2008>{}, F32, F32, F32, F32>("v_max3_f32"),
    map<Then<MinimumNumber, MinimumNumber>{}, F32, F32, F32, F32>("v_min3_num_f32"),
    map<Then<MaximumNumber, MaximumNumber>{}, F32, F32, F32, F32>("v_max3_num_f32"),
    map<Then<Minimum, Minimum>{}, F32, F32, F32, F32>("v_minimum3_f32"),
    map<Then<Maximum, Maximum>{}, F32, F32, F32, F32>("v_maximum3_f32"),
    map<Then<Minimum2008, Maximum2008>{}, F32, F32, F32, F32>("v_minmax_f32"),
    map<Then<Maximum2008, Minimum2008>{}, F32, F32, F32, F32>("v_maxmin_f32"),
    map<Then<MinimumNumber, MaximumNumber>{}, F32, F32, F32, F32>("v_minmax_num_f32"),
    map<Then<MaximumNumber, MinimumNumber>{}, F32, F32, F32, F32>("v_maxmin_num_f32"),
    map<Then<Minimum, Maximum>{}, F32, F32, F32, F32>("v_minimummaximum_f32"),
    map<Then<Maximum, Minimum>{}, F32, F32, F32, F32>("v_maximumminimum_f32"),
    map<Median{}, F32, F32, F32, F32>("v_med3_f32"),
    map<Median{}, F32, F32, F32, F32>("v_med3_num_f32"),

    map<Floor{}, F32, F32>("v_floor_f32"),
    map<Ceil{}, F32, F32>("v_ceil_f32"),
    map<Trunc{}, F32, F32>("v_trunc_f32"),
    map<RoundEven{}, F32, F32>("v_rndne_f32"),
    map<Fract{}, F32, F32>("v_fract_f32"),
    map<Ldexp{}, F32, F32, I32>("v_ldexp_f32"),
    map<FrexpMantissa{}, F32, F32>("v_frexp_mant_f32"),
    map<FrexpExponent{}, I32, F32>("v_frexp_exp_i32_f32"),
};

}  // namespace

std::span<const VectorOperation> float32_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
