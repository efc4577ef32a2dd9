// Polynomials with constant coefficients.
#pragma once

#include <array>
#include <cstddef>

namespace sporkle::math {

/// c[0] + c[1] z + c[2] z² + … by Horner's rule, each step one fma.
template <class Value, class T, std::size_t count>
Value horner(Value z, const std::array<T, count>& c) {
    Value sum = c[count - 1];
    for (std::size_t i = count - 1; i-- > 0;) sum = fma(sum, z, c[i]);
    return sum;
}

}  // namespace sporkle::math
