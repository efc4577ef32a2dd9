// A second bundle of one small kernel.
#include <sporkle/dsl.hpp>

namespace {

using namespace sporkle::dsl;
inline constexpr auto n = index<"n">;
inline constexpr auto twice = kernel<"twice">(tensor<"out", f32, 1>(n) = tensor<"in", f32, 1>(n) * 2.0f);

}  // namespace

SPORKLE_EXPORT(twice)
