#include "targets/x86/run/probe.hpp"

#include <immintrin.h>

#include <cstdint>

#include "targets/x86/run/floating_point.hpp"

namespace sporkle::x86 {
namespace {

/// (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24 when rounded once, 0 when the product is rounded first.
__attribute__((target("fma"))) bool fma_is_fused() {
    const volatile float factor = 1.0f + 0x1p-12f, addend = -(1.0f + 0x1p-11f);
    const __m128 result = _mm_fmadd_ss(_mm_set_ss(factor), _mm_set_ss(factor), _mm_set_ss(addend));
    return _mm_cvtss_f32(result) == 0x1p-24f;
}

bool keeps_subnormals() {
    const volatile float least_normal = 0x1p-126f, half = 0.5f, least = 0x1p-149f, one = 1.0f;
    const volatile float made = least_normal * half;  // a result that must not be flushed
    const volatile float kept = least * one;          // an operand that must not be taken for zero
    const volatile double made_wide = 0x1p-1022 * static_cast<double>(half);
    return made == 0x1p-127f && kept == 0x1p-149f && made_wide == 0x1p-1023;
}

/// Quotients and roots whose last place an approximation with one refinement step gets wrong.
bool division_rounds() {
    struct Case {
        float a, b, quotient;
    };
    static constexpr Case cases[] = {{1.0f, 3.0f, 0x1.555556p-2f},
                                     {5.0f, 7.0f, 0x1.6db6dcp-1f},
                                     {0x1.fffffep0f, 0x1.fffffcp0f, 0x1.000002p0f}};
    for (const Case& c : cases) {
        const volatile float a = c.a, b = c.b;
        if (a / b != c.quotient) return false;
    }
    const volatile float two = 2.0f, almost = 0x1.fffffep0f;
    const float root = _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(two)));
    const float root_almost = _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(almost)));
    return root == 0x1.6a09e6p0f && root_almost == 0x1.6a09e6p0f;
}

}  // namespace

DeviceInfo::Arithmetic probe_arithmetic(bool has_fma) {
    const DefaultFloatingPoint standard;
    DeviceInfo::Arithmetic result;
    result.fma_fused = has_fma && fma_is_fused();
    result.subnormals_kept = keeps_subnormals();
    result.division_rounds = division_rounds();
    return result;
}

}  // namespace sporkle::x86
