#include "tools/benchmark/gpu/rows/check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>
#include <type_traits>
#include <vector>

namespace sporkle::bench {
namespace {

/// body(first, last) over parts of [0, count), on all threads.
template <class Body>
void in_parts(std::size_t count, Body body) {
    const std::size_t most = std::max(1u, std::thread::hardware_concurrency());
    const std::size_t parts = std::clamp<std::size_t>(count >> 16, 1, most);
    std::vector<std::thread> others;
    for (std::size_t p = 1; p < parts; ++p)
        others.emplace_back([=] { body(count * p / parts, count * (p + 1) / parts); });
    body(0, count / parts);
    for (std::thread& other : others) other.join();
}

using Values = std::function<float(std::size_t)>;

template <class T>
void fill(std::span<T> values, const Values& value) {
    in_parts(values.size(), [&](std::size_t first, std::size_t last) {
        for (std::size_t n = first; n < last; ++n)
            if constexpr (std::is_integral_v<T>)
                values[n] = static_cast<T>(std::floor(value(n)));
            else
                values[n] = T(value(n));
    });
}

template <class T>
T element(const std::byte* result, std::size_t at) {
    T value;
    std::memcpy(&value, result + at * sizeof value, sizeof value);
    return value;
}

double element(DType dtype, const std::byte* result, std::size_t at) {
    switch (dtype) {
        case DType::f16:
            return double(float(element<half>(result, at)));
        case DType::bf16:
            return double(float(element<bfloat16>(result, at)));
        case DType::i32:
            return element<std::int32_t>(result, at);
        default:
            return double(element<float>(result, at));
    }
}

std::string text(const char* format, std::size_t at, double got, double expected) {
    char buffer[160];
    std::snprintf(buffer, sizeof buffer, format, at, got, expected);
    return buffer;
}

}  // namespace

float uniform(std::uint64_t seed, std::uint64_t at, float low, float high) {
    // SplitMix64: the sequence's state is its place.
    std::uint64_t z = (seed << 40) + (at + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    const float unit = static_cast<float>(z >> 40) * 0x1p-24f;
    return low + (high - low) * unit;
}

void fill_by(std::span<float> values, const Values& value) { fill(values, value); }
void fill_by(std::span<half> values, const Values& value) { fill(values, value); }
void fill_by(std::span<bfloat16> values, const Values& value) { fill(values, value); }
void fill_by(std::span<std::int8_t> values, const Values& value) { fill(values, value); }

Judgement judge(DType dtype, std::span<const std::byte> result, const Exact& exact) {
    const std::size_t elements = result.size() / static_cast<std::size_t>(size_of(dtype));
    Judgement judgement;
    judgement.compared = std::min(elements, exact.samples);
    std::mt19937_64 random(elements);
    double difference = 0, magnitude = 0, worst = -1;
    std::size_t worst_at = 0;
    for (std::size_t s = 0; s < judgement.compared; ++s) {
        const std::size_t at = elements <= exact.samples ? s
                               : s < 32                  ? s
                               : s < 64                  ? elements - 1 - (s - 32)
                                                         : random() % elements;
        const double got = element(dtype, result.data(), at), expected = exact.value(at);
        if (!std::isfinite(got)) {
            judgement.wrong = text("element %zu is %g, expected %g", at, got, expected);
            return judgement;
        }
        difference += (got - expected) * (got - expected);
        magnitude += expected * expected;
        if (std::abs(got - expected) > worst) {
            worst = std::abs(got - expected);
            worst_at = at;
        }
    }
    judgement.error = magnitude > 0 ? std::sqrt(difference / magnitude) : std::sqrt(difference);
    if (judgement.error > exact.tolerance) {
        char buffer[200];
        std::snprintf(buffer, sizeof buffer, "relative error %.2g where %.2g is allowed; ", judgement.error,
                      exact.tolerance);
        judgement.wrong = buffer + text("element %zu is %g, expected %g", worst_at,
                                        element(dtype, result.data(), worst_at), exact.value(worst_at));
    }
    return judgement;
}

std::string first_difference_in_bits(DType dtype, std::span<const std::byte> result,
                                     std::span<const std::byte> expected) {
    if (result.size() == expected.size() && std::memcmp(result.data(), expected.data(), result.size()) == 0)
        return {};
    const auto size = static_cast<std::size_t>(size_of(dtype));
    for (std::size_t at = 0; at < result.size() / size; ++at)
        if (std::memcmp(result.data() + at * size, expected.data() + at * size, size) != 0)
            return text("element %zu is %.9g, on the CPU %.9g", at, element(dtype, result.data(), at),
                        element(dtype, expected.data(), at));
    return "the results have different sizes";
}

}  // namespace sporkle::bench
