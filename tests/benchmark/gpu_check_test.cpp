// The judgement of results, and the lists of variants.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tools/benchmark/gpu/rows/check.hpp"
#include "tools/benchmark/gpu/rows/variant_list.hpp"

namespace sporkle::bench {
namespace {

template <class T>
std::span<const std::byte> bytes(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

Exact ones(double tolerance) {
    return {[](std::size_t) { return 1.0; }, tolerance, 100};
}

TEST(Judge, SmallResultsAreComparedWhole) {
    std::vector<float> result(100, 1.0f);
    Judgement judgement = judge(DType::f32, bytes(result), ones(1e-6));
    EXPECT_EQ(judgement.wrong, "");
    EXPECT_EQ(judgement.compared, 100u);
    result[57] = 1.1f;
    judgement = judge(DType::f32, bytes(result), ones(1e-6));
    EXPECT_NE(judgement.wrong.find("element 57 is 1.1, expected 1"), std::string::npos) << judgement.wrong;
    EXPECT_NEAR(judgement.error, 0.01, 1e-4);  // 0.1 in one of a hundred
}

TEST(Judge, NaNAndInfinityNeverPass) {
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), HUGE_VALF}) {
        std::vector<float> result(100, 1.0f);
        result[99] = value;
        EXPECT_NE(judge(DType::f32, bytes(result), ones(1e9)).wrong, "");
    }
}

TEST(Judge, OfLargeResultsTheBordersAreCompared) {
    std::vector<half> result(100000, half(1.0f));
    EXPECT_EQ(judge(DType::f16, bytes(result), ones(1e-3)).wrong, "");
    EXPECT_EQ(judge(DType::f16, bytes(result), ones(1e-3)).compared, 100u);
    result.back() = half(9.0f);
    EXPECT_NE(judge(DType::f16, bytes(result), ones(1e-3)).wrong, "");
}

TEST(Judge, NothingIsRight) { EXPECT_EQ(judge(DType::f32, {}, ones(0)).wrong, ""); }

TEST(Bits, SignOfZeroCounts) {
    const std::vector<float> expected{1, 0, 2}, result{1, -0.0f, 2};
    EXPECT_EQ(first_difference_in_bits(DType::f32, bytes(expected), bytes(expected)), "");
    EXPECT_NE(first_difference_in_bits(DType::f32, bytes(result), bytes(expected)).find("element 1"),
              std::string::npos);
}

TEST(Uniform, IsInItsRangeAndRepeatable) {
    double sum = 0;
    for (std::size_t at = 0; at < 10000; ++at) {
        const float value = uniform(3, at, -1, 1);
        ASSERT_GE(value, -1);
        ASSERT_LT(value, 1);
        sum += double(value);
    }
    EXPECT_LT(std::abs(sum), 300);  // five standard deviations
    EXPECT_EQ(uniform(3, 77, -1, 1), uniform(3, 77, -1, 1));
    EXPECT_NE(uniform(3, 77, -1, 1), uniform(4, 77, -1, 1));
    std::vector<float> values(300000);  // more than one thread's part
    fill_by(values, [](std::size_t at) { return float(at); });
    for (std::size_t at = 0; at < values.size(); ++at) ASSERT_EQ(values[at], float(at));
}

TEST(VariantList, FastestFirst) {
    std::vector<VariantResult> variants(3);
    variants[0].name = "slow";
    variants[0].samples = 4;
    variants[0].median_seconds = variants[0].minimum_seconds = 2e-3;
    variants[1].name = "broken";
    variants[1].problem = "wrong result";
    variants[2].name = "fast";
    variants[2].samples = 4;
    variants[2].median_seconds = variants[2].minimum_seconds = 1e-3;
    variants[2].chosen = true;
    const std::string list = to_list("row", Unit::gflops(1e9), variants);
    EXPECT_LT(list.find("fast"), list.find("slow"));
    EXPECT_LT(list.find("slow"), list.find("broken: wrong result"));
    EXPECT_NE(list.find("*       1000 GFLOP/s"), std::string::npos) << list;
    EXPECT_EQ(to_summary(variants).substr(0, 10), "2 of 3 ran");
}

}  // namespace
}  // namespace sporkle::bench
