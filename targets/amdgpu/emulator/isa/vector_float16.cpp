// VOP1, VOP2, VOP3 on f16.
#include "targets/amdgpu/emulator/isa/float_functions.hpp"
#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;

/// The least normal half is 2^-14: frexp's fraction and exponent come from the float, where all halves are
/// normal.
constexpr VectorOperation table[] = {
    map<Add{}, F16, F16, F16>("v_add_f16"),
    map<Subtract{}, F16, F16, F16>("v_sub_f16"),
    map<SubtractReversed{}, F16, F16, F16>("v_subrev_f16"),
    map<Multiply{}, F16, F16, F16>("v_mul_f16"),
    multiply_add<Fma{}, F16Wide, F16Wide, F16Wide, F16Wide>("v_fma_f16", keeps_high),
    // gfx9: the forms of the chips before it, which clear the upper half of the destination.
    multiply_add<Fma{}, F16Wide, F16Wide, F16Wide, F16Wide>("v_fma_legacy_f16"),
    multiply_add<Fma{}, F16Wide, F16Wide, F16Wide, F16Wide>("v_fmac_f16", accumulates),
    multiply_add<Fma{}, F16Wide, F16Wide, F16Wide, F16Wide>("v_fmaak_f16", literal_third),
    multiply_add<Fma{}, F16Wide, F16Wide, F16Wide, F16Wide>("v_fmamk_f16", literal_second),

    map<Minimum2008{}, F16, F16, F16>("v_min_f16"),
    map<Maximum2008{}, F16, F16, F16>("v_max_f16"),
    map<MinimumNumber{}, F16, F16, F16>("v_min_num_f16"),
    map<MaximumNumber{}, F16, F16, F16>("v_max_num_f16"),
    map<Minimum{}, F16, F16, F16>("v_minimum_f16"),
    map<Maximum{}, F16, F16, F16>("v_maximum_f16"),
    map<Then<Minimum2008, Minimum2008>{}, F16, F16, F16, F16>("v_min3_f16", keeps_high),
    map<Then<Maximum2008, Maximum2008>{}, F16, F16, F16, F16>("v_max3_f16", keeps_high),
    map<Then<MinimumNumber, MinimumNumber>{}, F16, F16, F16, F16>("v_min3_num_f16"),
    map<Then<MaximumNumber, MaximumNumber>{}, F16, F16, F16, F16>("v_max3_num_f16"),
    map<Then<Minimum, Minimum>{}, F16, F16, F16, F16>("v_minimum3_f16"),
    map<Then<Maximum, Maximum>{}, F16, F16, F16, F16>("v_maximum3_f16"),
    map<Then<Minimum2008, Maximum2008>{}, F16, F16, F16, F16>("v_minmax_f16"),
    map<Then<Maximum2008, Minimum2008>{}, F16, F16, F16, F16>("v_maxmin_f16"),
    map<Then<MinimumNumber, MaximumNumber>{}, F16, F16, F16, F16>("v_minmax_num_f16"),
    map<Then<MaximumNumber, MinimumNumber>{}, F16, F16, F16, F16>("v_maxmin_num_f16"),
    map<Then<Minimum, Maximum>{}, F16, F16, F16, F16>("v_minimummaximum_f16"),
    map<Then<Maximum, Minimum>{}, F16, F16, F16, F16>("v_maximumminimum_f16"),
    map<Median{}, F16, F16, F16, F16>("v_med3_f16", keeps_high),
    map<Median{}, F16, F16, F16, F16>("v_med3_num_f16"),

    map<Floor{}, F16, F16>("v_floor_f16"),
    map<Ceil{}, F16, F16>("v_ceil_f16"),
    map<Trunc{}, F16, F16>("v_trunc_f16"),
    map<RoundEven{}, F16, F16>("v_rndne_f16"),
    map<[](float x) {
        const float r = x - std::floor(x);
        return settled(r > 0x1.ffcp-1f ? 0x1.ffcp-1f : r, x);
    },
        F16, F16>("v_fract_f16"),
    map<Ldexp{}, F16, F16, I16>("v_ldexp_f16"),
    map<FrexpMantissa{}, F16, F16>("v_frexp_mant_f16"),
    map<FrexpExponent{}, I16, F16>("v_frexp_exp_i16_f16"),
};

}  // namespace

std::span<const VectorOperation> float16_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
