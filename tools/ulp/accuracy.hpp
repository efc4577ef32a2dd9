// The largest error of Sporkle's functions, in units in the last place.
//
// The unit in the last place of an exact value y is the distance of neighbouring numbers of the type in the
// binade of y (of the least normal number below that). Infinite results and exact values beyond the format
// count as 2^128 (2^1024).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sporkle/program.hpp>

namespace sporkle::ulp {

/// The functions of sporkle/math/.
const std::vector<Op>& functions();
std::string name_of(Op function);

struct Accuracy {
    double largest_error = 0;  ///< in units in the last place, exact to 1e-6
    double worst_input = 0;
    std::uint64_t inputs = 0;
    /// Results that no error in ULP describes: NaN where there is a number or the reverse, a zero of the
    /// wrong sign. The first one is kept.
    std::uint64_t faults = 0;
    double first_fault = 0;
};

/// Single precision: every stride-th bit pattern, all 2^32 with stride 1, on `threads` threads.
///
/// The exact value is taken from the C library's function in double precision, whose error is far below the
/// millionth of a float's last place; that is itself checked against MPFR at every 2^16-th of the inputs.
/// Where the error is within a millionth of the largest so far, or above 0.9, MPFR decides.
/// Throws std::runtime_error when the C library is not that good.
Accuracy measure_f32(Op function, std::uint64_t stride, int threads);

/// Double precision: random inputs, each compared with MPFR. One half is evenly spread over the bit patterns,
/// the other over the range where the function is neither saturated nor trivial.
Accuracy measure_f64(Op function, std::uint64_t samples, std::uint64_t seed, int threads);

}  // namespace sporkle::ulp
