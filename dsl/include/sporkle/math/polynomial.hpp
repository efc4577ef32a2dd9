// Polynomials with constant coefficients.
#pragma once

#include <array>
#include <cstddef>

namespace sporkle::math {

/// c[0] + c[1] z + c[2] z² + … by Horner's rule, each step one fma. Each coefficient has to be greater than
/// twice what z brings to it, c[i + 1] z + c[i + 2] z² + …, and far greater than 2^-100. So the steps are
/// flush-safe: no sum is subnormal, and a z that is adds too little to a coefficient to count.
template <class Value, class T, std::size_t count>
Value horner(Value z, const std::array<T, count>& c) {
    Value sum = c[count - 1];
    for (std::size_t i = count - 1; i-- > 0;) sum = flush_safe_fma(sum, z, c[i]);
    return sum;
}

}  // namespace sporkle::math
