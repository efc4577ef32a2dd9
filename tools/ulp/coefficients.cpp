// sporkle-coefficients: computes and prints the polynomials of sporkle/math/, so that anybody can see where
// their coefficients come from. Each line names the file that holds them.
#include <cmath>
#include <cstdio>

#include "tools/ulp/minimax.hpp"

namespace {

using namespace sporkle::ulp;

void show(const char* name, const Function& target, const Function& weight, double low, double high,
          int degree, bool to_float) {
    const Polynomial p = rounded_minimax(target, weight, low, high, degree, to_float);
    std::printf("%s: largest weighted error 2^%.2f\n", name, std::log2(double(p.largest_error)));
    for (const Real& c : p.coefficients) std::printf("    %a%s\n", double(c), to_float ? "f" : "");
}

/// (e^r - 1 - r) / r², for e^r = 1 + (r + r² P(r)) with relative error.
Real exp_rest(const Real& r) { return (expm1(r) - r) / (r * r); }
Real exp_weight(const Real& r) { return r * r / exp(r); }

/// (tanh(x) - x) / x³ as a function of z = x², for tanh(x) = x + x³ P(x²) with relative error.
Real tanh_rest(const Real& z) {
    const Real x = sqrt(z);
    return (tanh(x) - x) / (x * z);
}
Real tanh_weight(const Real& z) {
    const Real x = sqrt(z);
    return x * z / tanh(x);
}

/// (log(1+f) - f + f²/2) / f³, for log(1+f) = f - f²/2 + f³ P(f) with relative error.
Real log_rest(const Real& f) { return (log1p(f) - f + f * f * 0.5) / (f * f * f); }
Real log_weight(const Real& f) { return f * f * f / log1p(f); }

/// R(z) / z of log(1 + f) = f - f²/2 + s (f²/2 + R(z)), with s = f / (2 + f) and z = s²: (2 atanh(s) - 2 s) /
/// s³.
Real log_fraction_rest(const Real& z) {
    const Real s = sqrt(z);
    return (log1p(Real(2) * s / (Real(1) - s)) - Real(2) * s) / (s * z);
}
Real log_fraction_weight(const Real& z) { return z * Real(0.5); }

}  // namespace

int main() {
    constexpr double log_low = -0.28775, log_high = 0.40555;  // log 0.75, log 1.5 and a little more
    show("exp.hpp, f32", exp_rest, exp_weight, log_low, log_high, 4, true);
    show("exp.hpp, f64", exp_rest, exp_weight, log_low, log_high, 10, false);
    show("tanh.hpp, f32", tanh_rest, tanh_weight, 0, 1.0, 6, true);
    show("log.hpp, f32", log_rest, log_weight, -0.2929, 0.4143, 7, true);
    show("log.hpp, f64", log_fraction_rest, log_fraction_weight, 0, 0.029438, 6, false);
}
