// Inputs of the measured work, and the judgement of results against double precision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include <sporkle/dtype.hpp>
#include <sporkle/half.hpp>

namespace sporkle::bench {

/// Number `at` of a sequence that is uniform in [low, high) and the same in every run: any element can be
/// made by itself, in any layout.
float uniform(std::uint64_t seed, std::uint64_t at, float low, float high);

/// values[n] = value(n), by all threads of the machine; integers are rounded down.
void fill_by(std::span<float> values, const std::function<float(std::size_t)>& value);
void fill_by(std::span<half> values, const std::function<float(std::size_t)>& value);
void fill_by(std::span<bfloat16> values, const std::function<float(std::size_t)>& value);
void fill_by(std::span<std::int8_t> values, const std::function<float(std::size_t)>& value);

/// What a result should be.
struct Exact {
    std::function<double(std::size_t)> value;  ///< element `at` in double precision
    double tolerance = 1e-5;                   ///< of ‖result - exact‖ / ‖exact‖ over the samples
    std::size_t samples = 4096;                ///< that are compared where there are more elements
};

struct Judgement {
    std::string wrong;  ///< empty, or what is wrong
    double error = 0;   ///< ‖result - exact‖ / ‖exact‖ over the samples
    std::size_t compared = 0;
};

/// Compares all elements of a small result; of a large one the first, the last and random ones in between.
/// The result's elements are f32, f16, bf16 or i32. TF32 in place of f32 shows: its error is about 3e-4.
Judgement judge(DType dtype, std::span<const std::byte> result, const Exact& exact);

/// Empty, or the first element whose bits differ.
std::string first_difference_in_bits(DType dtype, std::span<const std::byte> result,
                                     std::span<const std::byte> expected);

}  // namespace sporkle::bench
