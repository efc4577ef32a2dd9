// Minimax polynomials by the exchange algorithm of Remez: where the coefficients in sporkle/math/ come from.
#pragma once

#include <functional>
#include <vector>

#include "tools/ulp/real.hpp"

namespace sporkle::ulp {

using Function = std::function<Real(const Real&)>;

struct Polynomial {
    std::vector<Real> coefficients;  ///< of z^0, z^1, …
    Real largest_error;              ///< max |weight · (polynomial - target)| on the interval
};

/// The polynomial of the given degree that is closest to `target` on [low, high] in the weighted maximum
/// norm.
Polynomial minimax(const Function& target, const Function& weight, const Real& low, const Real& high,
                   int degree);

/// The same with coefficients that are float or double numbers. Of two ways the better: all coefficients are
/// rounded at the end; or the lowest one is rounded and the others are fitted anew to what it leaves, and so
/// on.
Polynomial rounded_minimax(const Function& target, const Function& weight, const Real& low, const Real& high,
                           int degree, bool to_float);

}  // namespace sporkle::ulp
