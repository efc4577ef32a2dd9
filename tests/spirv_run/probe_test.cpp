// The probe tells right arithmetic from wrong, and finds what the device really does.
#include "targets/spirv/run/probe.hpp"

#include <cmath>
#include <limits>

#include <sporkle/hash.hpp>

#include "targets/spirv/run/probe_cases.hpp"
#include "tests/spirv_run/devices.hpp"

namespace sporkle::testing {
namespace {

using namespace spirv;
using namespace spirv::vulkan;

constexpr Right all_right = (1u << probe_columns) - 1;

template <class T>
using Compute = std::function<T(std::size_t column, T a, T b, T c)>;

template <class T>
Right judged(std::uint32_t narrow, const Compute<T>& compute) {
    const std::vector<T> cases = probe_cases<T>();
    std::vector<T> results;
    for (std::uint32_t i = 0; i < case_count; ++i)
        for (std::size_t column = 0; column < probe_columns; ++column)
            results.push_back(compute(column, cases[3 * i], cases[3 * i + 1], cases[3 * i + 2]));
    return judge<T>(cases, results, narrow);
}

template <class T>
T flushed(T x) {
    return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(T(0), x) : x;
}

template <class T>
class ProbeCases : public ::testing::Test {};
using Widths = ::testing::Types<float, double>;
TYPED_TEST_SUITE(ProbeCases, Widths);

TYPED_TEST(ProbeCases, RightArithmeticIsRight) {
    using T = TypeParam;
    for (const std::uint32_t narrow : {0u, 16u, 32u})
        EXPECT_EQ(
            judged<T>(narrow, [&](std::size_t n, T a, T b, T c) { return expected(n, a, b, c, narrow); }),
            all_right);
}

TYPED_TEST(ProbeCases, EachFaultIsNoticed) {
    using T = TypeParam;
    const auto with = [](ProbeColumn wrong, auto compute) {
        return judged<T>(0, [&](std::size_t n, T a, T b, T c) {
            return n == wrong ? static_cast<T>(compute(a, b, c)) : expected(n, a, b, c, 0);
        });
    };
    const auto without = [](ProbeColumn column) { return all_right & ~(1u << column); };
    EXPECT_EQ(with(column_fma, [](T a, T b, T c) { return a * b + c; }), without(column_fma));
    EXPECT_EQ(with(column_divide, [](T a, T b, T) { return a * (1 / b); }), without(column_divide));
    EXPECT_EQ(with(column_divide, [](T a, T b, T) { return flushed(a / b); }), without(column_divide));
    EXPECT_EQ(with(column_sqrt, [](T a, T, T) { return a * (1 / std::sqrt(a)); }), without(column_sqrt));
    EXPECT_EQ(with(column_add, [](T a, T b, T) { return flushed(a + b); }), without(column_add));
    EXPECT_EQ(with(column_add, [](T a, T b, T) { return flushed(a) + flushed(b); }), without(column_add));
    EXPECT_EQ(with(column_multiply, [](T a, T b, T) { return flushed(a * b); }), without(column_multiply));
    EXPECT_EQ(with(column_multiply, [](T a, T b, T) { return flushed(a) * flushed(b); }),
              without(column_multiply));
}

TYPED_TEST(ProbeCases, ConversionsThatFlushOrChopAreNoticed) {
    using T = TypeParam;
    for (const std::uint32_t narrow : {16u, 32u}) {
        if (narrow == 32 && sizeof(T) == 4) continue;
        const T least_normal = narrow == 32 ? T(0x1p-126) : T(0x1p-14);
        const auto with = [&](auto change) {
            return judged<T>(narrow, [&](std::size_t n, T a, T b, T c) {
                const T right = expected(n, a, b, c, narrow);
                return n == column_convert ? change(a, right) : right;
            });
        };
        EXPECT_NE(with([&](T, T right) {
                      return std::fabs(right) < least_normal ? std::copysign(T(0), right) : right;
                  }),
                  all_right);
        EXPECT_NE(with([&](T a, T right) {  // towards zero
                      const T step = std::ldexp(T(1), std::ilogb(a) - (narrow == 32 ? 23 : 10));
                      return std::fabs(right) > std::fabs(a) && std::isfinite(right)
                                 ? right - std::copysign(step, a)
                                 : right;
                  }),
                  all_right);
    }
}

TYPED_TEST(ProbeCases, ForgottenNaNsAndSignsAreNoticed) {
    using T = TypeParam;
    const std::vector<T> cases = folding_cases<T>();
    const auto judged_with = [&](std::size_t wrong, auto compute) {
        std::vector<T> results;
        for (std::size_t n = 0; n < cases.size() * folding_columns; ++n) {
            const T x = cases[n / folding_columns];
            const T i = static_cast<T>(n / folding_columns) - static_cast<T>(probe_group / 2);
            const std::size_t column = n % folding_columns;
            results.push_back(column == wrong ? static_cast<T>(compute(x, i))
                                              : expected_folding(column, x, i));
        }
        return judge_folding<T>(cases, results);
    };
    EXPECT_EQ(judged_with(folding_columns, [](T x, T) { return x; }), right_folding);
    const auto itself = [](T x, T) { return x; };
    const auto zero = [](T, T) { return T(0); };
    for (const auto column : {folding_x_plus_zero, folding_zero_plus_x})
        EXPECT_EQ(judged_with(column, itself), 0u);
    EXPECT_EQ(judged_with(folding_zero_minus_x, [](T x, T) { return -x; }), 0u);
    EXPECT_EQ(judged_with(folding_zero_minus_i, [](T, T i) { return -i; }), 0u);
    EXPECT_EQ(judged_with(folding_i_minus_zero, [](T, T) { return -T(0); }), 0u);
    EXPECT_EQ(judged_with(folding_x_zero_x, itself), 0u);
    EXPECT_EQ(judged_with(folding_x_x_zero, [](T, T) { return std::numeric_limits<T>::quiet_NaN(); }), 0u);
    EXPECT_EQ(judged_with(folding_below_five, [](T, T) { return T(2); }), 0u);
    EXPECT_EQ(judged_with(folding_below_any, [](T, T) { return T(2); }), 0u);
    EXPECT_EQ(judged_with(folding_sum, [](T x, T) { return x + x; }), 0u);
    for (const auto column :
         {folding_x_minus_x, folding_x_times_zero, folding_minus_zero_times_x, folding_zero_over_x,
          folding_x_over_zero, folding_x_converted, folding_i_times_zero})
        EXPECT_EQ(judged_with(column, zero), 0u) << column;
}

class VulkanProbe : public VulkanTest {};

TEST_F(VulkanProbe, FindsWhatLavapipeDoes) {
    if (device->info().fingerprint.find("Mesa 22.3") == std::string::npos || !device->info().by_name_only)
        GTEST_SKIP() << "what is expected here is known of lavapipe of Mesa 22.3 only";
    EXPECT_TRUE(device->info().arithmetic.subnormals_kept);
    EXPECT_TRUE(device->info().arithmetic.division_rounds);
    std::string notes;
    for (const std::string& note : device->info().notes) notes += note + "\n";
    EXPECT_NE(notes.find("fma is repaired"), std::string::npos) << notes;
    EXPECT_EQ(notes.find("division is repaired"), std::string::npos) << notes;
    EXPECT_EQ(notes.find("root is repaired"), std::string::npos) << notes;
    EXPECT_NE(notes.find("operands are hidden"), std::string::npos) << notes;
    EXPECT_EQ(notes.find("shared memory"), std::string::npos) << notes;
}

}  // namespace
}  // namespace sporkle::testing
