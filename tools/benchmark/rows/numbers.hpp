// Inputs of the measured work, and the comparison of results.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace sporkle::bench {

/// Uniform in [low, high), the same in every run.
inline void fill(std::span<float> values, float low, float high, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(low, high);
    for (float& value : values) value = uniform(random);
}

/// Empty where `got` is within `tolerance` · scale of `expected`, else a sentence.
inline std::string difference(std::size_t at, float got, double expected, double scale, double tolerance) {
    if (std::abs(double(got) - expected) <= tolerance * scale) return {};
    return "element " + std::to_string(at) + " is " + std::to_string(got) + ", expected " +
           std::to_string(expected);
}

/// Which elements of n are compared with an independent evaluation: all of a small result, else the borders
/// and a thousand in between.
template <class Visit>
std::string first_difference(std::size_t n, Visit visit) {
    std::mt19937_64 random(n);
    const std::size_t samples = n < 2000 ? n : 1064;
    for (std::size_t s = 0; s < samples; ++s) {
        const std::size_t at = n < 2000 ? s : s < 32 ? s : s < 64 ? n - 1 - (s - 32) : random() % n;
        if (std::string wrong = visit(at); !wrong.empty()) return wrong;
    }
    return {};
}

}  // namespace sporkle::bench
