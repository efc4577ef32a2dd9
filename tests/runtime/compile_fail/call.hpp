// A kernel and arguments for calls that are wrong in one way each.
#pragma once

#include <vector>

#include <sporkle/dsl.hpp>
#include <sporkle/sporkle.hpp>

using namespace sporkle::dsl;

inline constexpr auto i = index<"i">;
inline constexpr auto x = tensor<"x", f32, 1>;
inline constexpr auto y = tensor<"y", f32, 1>;
inline constexpr auto scaling = kernel<"scaling">(y(i) = scalar<"a", f32> * x(i));

inline sporkle::Context ctx;
inline std::vector<float> in(10), out(10);
inline const std::vector<float> constant(10);
