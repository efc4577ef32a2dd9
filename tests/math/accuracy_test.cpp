// The errors stated in sporkle/math/README.md, on a sample: f32 at every 1009th bit pattern, f64 at random.
// tools/ulp measures f32 on all 2^32 inputs.
#include <gtest/gtest.h>

#include "tools/ulp/accuracy.hpp"

namespace sporkle::ulp {
namespace {

constexpr double bound = 1.0;  ///< ULP

class MathAccuracy : public ::testing::TestWithParam<Op> {};

TEST_P(MathAccuracy, f32) {
    const Accuracy a = measure_f32(GetParam(), 1009, 1);
    EXPECT_LE(a.largest_error, bound) << std::hexfloat << "at " << a.worst_input;
    EXPECT_EQ(a.faults, 0u) << std::hexfloat << "first at " << a.first_fault;
}

TEST_P(MathAccuracy, f64) {
    constexpr std::uint64_t seed = 7;
    const Accuracy a = measure_f64(GetParam(), 30'000, seed, 1);
    EXPECT_LE(a.largest_error, bound) << std::hexfloat << "at " << a.worst_input << ", seed " << seed;
    EXPECT_EQ(a.faults, 0u) << std::hexfloat << "first at " << a.first_fault << ", seed " << seed;
}

INSTANTIATE_TEST_SUITE_P(Functions, MathAccuracy, ::testing::ValuesIn(functions()),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace sporkle::ulp
