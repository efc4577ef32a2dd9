// Reciprocals, roots and transcendental functions, which hardware computes only approximately.
//
// The manuals promise 1 ULP for f32. A program that is right on every chip may rely on no more, so with
// Launch::approximate a result that no float represents is, for half of the arguments, the float on the other
// side of the exact value. f16 results are rounded correctly (0.51 ULP is promised). The f64 forms are good
// to 2^-26 relative: seeds for Newton steps. f32 forms flush subnormal arguments and results, as LLVM
// assumes.
#include <limits>

#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr double two_pi = 6.283185307179586476925286766559;

template <class F>
bool all_ones(F x) {
    constexpr auto fraction = (BitsOf<F>{1} << FloatFormat<F>::fraction_bits) - 1;
    return (bits_of(x) & fraction) == fraction;
}
/// A fixed choice for each argument.
bool chosen(std::uint32_t bits) { return (bits * 0x9e3779b1u) >> 31; }

template <double (*f)(double)>
void float32(Rows& r) {
    const auto* x = static_cast<const std::uint32_t*>(r.source[0]);
    auto* y = static_cast<std::uint32_t*>(r.result);
    for (int l = 0; l < r.lanes; ++l) {
        const float a = flushed(from_bits<float>(x[l]));
        const double exact = f(static_cast<double>(a));
        float result = settled(static_cast<float>(exact), a);
        const double back = static_cast<double>(result);
        if (r.approximate && std::isfinite(exact) && std::isfinite(result) && back != exact && chosen(x[l]) &&
            !all_ones(a))
            result = std::nextafter(result, back < exact ? std::numeric_limits<float>::infinity()
                                                         : -std::numeric_limits<float>::infinity());
        y[l] = bits_of(flushed(result));
    }
}
template <double (*f)(double)>
void float16(Rows& r) {
    const auto* x = static_cast<const std::uint32_t*>(r.source[0]);
    auto* y = static_cast<std::uint32_t*>(r.result);
    for (int l = 0; l < r.lanes; ++l) {
        const double a = static_cast<double>(half_to_float(x[l] & 0xffffu));
        y[l] = double_to_half(settled(f(a), a));
    }
}
template <double (*f)(double)>
void float64(Rows& r) {
    const auto* x = static_cast<const std::uint64_t*>(r.source[0]);
    auto* y = static_cast<std::uint64_t*>(r.result);
    for (int l = 0; l < r.lanes; ++l) {
        const double a = from_bits<double>(x[l]);
        double result = settled(f(a), a);
        if (r.approximate && std::isfinite(result) && !all_ones(a))
            result = from_bits<double>(bits_of(result) & ~((std::uint64_t{1} << 26) - 1));
        y[l] = bits_of(result);
    }
}

double reciprocal(double x) { return 1 / x; }
double square_root(double x) { return std::sqrt(x); }
double reciprocal_root(double x) { return 1 / std::sqrt(x); }
double exponential(double x) { return std::exp2(x); }
double logarithm(double x) { return std::log2(x); }
double sine(double x) { return std::abs(x) > 256 ? 0 : std::sin(two_pi * (x - std::floor(x))); }
double cosine(double x) { return std::abs(x) > 256 ? 1 : std::cos(two_pi * (x - std::floor(x))); }

constexpr VectorOperation f32(const char* name, RowFunction f) {
    return rows(name, Kind::f32, Kind::f32, Kind::none, Kind::none, 0, f, InstructionClass::transcendental);
}
constexpr VectorOperation f16(const char* name, RowFunction f) {
    return rows(name, Kind::f16, Kind::f16, Kind::none, Kind::none, 0, f, InstructionClass::transcendental);
}
constexpr VectorOperation f64(const char* name, RowFunction f) {
    return rows(name, Kind::f64, Kind::f64, Kind::none, Kind::none, 0, f, InstructionClass::transcendental);
}

constexpr VectorOperation table[] = {
    f32("v_rcp_f32", float32<reciprocal>),
    f32("v_rcp_iflag_f32", float32<reciprocal>),
    f32("v_rsq_f32", float32<reciprocal_root>),
    f32("v_sqrt_f32", float32<square_root>),
    f32("v_exp_f32", float32<exponential>),
    f32("v_log_f32", float32<logarithm>),
    f32("v_sin_f32", float32<sine>),
    f32("v_cos_f32", float32<cosine>),
    f16("v_rcp_f16", float16<reciprocal>),
    f16("v_rsq_f16", float16<reciprocal_root>),
    f16("v_sqrt_f16", float16<square_root>),
    f16("v_exp_f16", float16<exponential>),
    f16("v_log_f16", float16<logarithm>),
    f16("v_sin_f16", float16<sine>),
    f16("v_cos_f16", float16<cosine>),
    f64("v_rcp_f64", float64<reciprocal>),
    f64("v_rsq_f64", float64<reciprocal_root>),
    f64("v_sqrt_f64", float64<square_root>),
};

}  // namespace

std::span<const VectorOperation> approximation_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
