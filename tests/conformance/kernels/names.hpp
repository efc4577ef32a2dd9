// The indices of all kernels of the suite, and what else they share.
#pragma once

#include <sporkle/dsl.hpp>

namespace sporkle::testing::kernels {

using namespace sporkle::dsl;

inline constexpr auto b = index<"b">;
inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;
inline constexpr auto l = index<"l">;
inline constexpr auto n = index<"n">;
inline constexpr auto co = index<"co">;
inline constexpr auto ci = index<"ci">;
inline constexpr auto y = index<"y">;
inline constexpr auto x = index<"x">;
inline constexpr auto z = index<"z">;
inline constexpr auto g = index<"g">;
inline constexpr auto r = index<"r", 3>;
inline constexpr auto s = index<"s", 3>;
inline constexpr auto q = index<"q", 2>;
inline constexpr auto t = index<"t", 2>;

/// The notation's constant for a boundary rule.
template <Boundary rule>
inline constexpr notation::BoundaryRule<rule> boundary_rule{};

}  // namespace sporkle::testing::kernels
