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

template <class T>
using Bits = typename spirv::vulkan::detail::Format<T>::Bits;

/// Like expected().
template <class T>
using Compute = std::function<Bits<T>(std::size_t column, T a, T b, T c, bool converts)>;

template <class T>
Worth judged(const Compute<T>& compute, bool converts = true) {
    const std::vector<T> cases = probe_cases<T>();
    std::vector<Bits<T>> results;
    for (std::uint32_t i = 0; i < case_count; ++i)
        for (std::size_t column = 0; column < probe_columns; ++column)
            results.push_back(compute(column, cases[3 * i], cases[3 * i + 1], cases[3 * i + 2], converts));
    return judge<T>(cases, results, converts);
}

constexpr Columns only(ProbeColumn column) { return 1u << column; }
constexpr Columns without(ProbeColumn column) { return all_columns & ~only(column); }

template <class T>
class ProbeCases : public ::testing::Test {};
using Widths = ::testing::Types<float, double>;
TYPED_TEST_SUITE(ProbeCases, Widths);

TYPED_TEST(ProbeCases, RightArithmeticIsRight) {
    for (const bool converts : {false, true}) {
        const Worth worth = judged<TypeParam>(expected<TypeParam>, converts);
        EXPECT_EQ(worth.right, all_columns);
        EXPECT_EQ(worth.flushes, all_columns);
    }
}

TYPED_TEST(ProbeCases, FlushingIsToldFromRightAndWrong) {
    using T = TypeParam;
    const Worth worth = judged<T>(expected_flushed<T>);
    // Of 64 bits as 32 there are such that subnormals of 64 bits do not matter to.
    EXPECT_EQ(worth.right, sizeof(T) == 8 ? only(column_convert) : 0u);
    EXPECT_EQ(worth.flushes, all_columns);
}

TYPED_TEST(ProbeCases, EachFaultIsNoticed) {
    using T = TypeParam;
    const auto judged_with = [](ProbeColumn wrong, auto compute) {
        return judged<T>([&](std::size_t n, T a, T b, T c, bool converts) {
            if (n != wrong) return expected<T>(n, a, b, c, converts);
            return std::bit_cast<Bits<T>>(static_cast<T>(compute(a, b, c)));
        });
    };
    const auto expect_wrong = [&](ProbeColumn column, auto compute) {
        const Worth worth = judged_with(column, compute);
        EXPECT_EQ(worth.right, without(column)) << column;
        EXPECT_EQ(worth.flushes, without(column)) << column;
    };
    expect_wrong(column_fma, [](T a, T b, T c) { return a * b + c; });
    expect_wrong(column_fma, [](T a, T b, T c) { return flushed(a) * flushed(b) + flushed(c); });
    expect_wrong(column_divide, [](T a, T b, T) { return a * (1 / b); });
    expect_wrong(column_sqrt, [](T a, T, T) { return a * (1 / std::sqrt(a)); });
    expect_wrong(column_negate, [](T a, T, T) { return a; });
    expect_wrong(column_choose, [](T a, T, T) { return a > 1 ? a : T(1); });

    const auto expect_flushing = [&](ProbeColumn column, auto compute) {
        const Worth worth = judged_with(column, compute);
        EXPECT_EQ(worth.right, without(column)) << column;
        EXPECT_EQ(worth.flushes, all_columns) << column;
    };
    // Also where only operands are flushed, or only results, or only some.
    expect_flushing(column_fma,
                    [](T a, T b, T c) { return flushed(std::fma(flushed(a), flushed(b), flushed(c))); });
    expect_flushing(column_fma, [](T a, T b, T c) {
        return c == a ? std::fma(a, b, c) : flushed(std::fma(flushed(a), flushed(b), flushed(c)));
    });
    expect_flushing(column_add, [](T a, T b, T) { return flushed(flushed(a) + flushed(b)); });
    expect_flushing(column_multiply, [](T a, T b, T) { return flushed(flushed(a) * flushed(b)); });
    expect_flushing(column_negate, [](T a, T, T) { return flushed(-a); });
    expect_flushing(column_choose, [](T a, T, T) { return flushed(a < 1 ? a : T(1)); });
    EXPECT_EQ(judged_with(column_add, [](T a, T b, T) { return flushed(a + b); }).right, without(column_add));
    EXPECT_EQ(judged_with(column_add, [](T a, T b, T) { return flushed(a) + flushed(b); }).right,
              without(column_add));
}

TYPED_TEST(ProbeCases, EachComparisonIsAsked) {
    using T = TypeParam;
    for (std::size_t comparison = 0; comparison < comparison_count; ++comparison) {
        const auto judged_with = [&](auto bits) {
            return judged<T>([&](std::size_t n, T a, T b, T c, bool converts) {
                const auto right = expected<T>(n, a, b, c, converts);
                if (n != column_compare) return right;
                const auto mask = Bits<T>{1} << comparison;
                return static_cast<Bits<T>>((right & ~mask) | (bits(a, c, converts) & mask));
            });
        };
        const Worth flushing = judged_with([](T a, T c, bool) { return relations(flushed(a), flushed(c)); });
        EXPECT_EQ(flushing.right, without(column_compare)) << comparison;
        for (const auto never : {Bits<T>{0}, static_cast<Bits<T>>(~Bits<T>{0})}) {
            const Worth wrong = judged_with([&](T, T, bool) { return never; });
            EXPECT_EQ(wrong.right, without(column_compare)) << comparison;
            EXPECT_EQ(wrong.flushes, without(column_compare)) << comparison;
        }
    }
}

TYPED_TEST(ProbeCases, ConversionsThatFlushOrChopAreNoticed) {
    using T = TypeParam;
    const auto judged_with = [](auto convert) {
        return judged<T>([&](std::size_t n, T a, T b, T c, bool converts) {
            return n == column_convert ? static_cast<Bits<T>>(convert(a)) : expected<T>(n, a, b, c, converts);
        });
    };
    const Worth flushing = judged_with([](T a) {
        if constexpr (sizeof(T) == 8)
            return std::bit_cast<std::uint32_t>(flushed(static_cast<float>(a)));
        else
            return converted_bits(flushed(a));
    });
    EXPECT_EQ(flushing.right, without(column_convert));
    if constexpr (sizeof(T) == 8) {
        const Worth chopping = judged_with([](T a) {  // towards zero
            const auto nearest = static_cast<float>(a);
            return std::bit_cast<std::uint32_t>(std::fabs(static_cast<double>(nearest)) > std::fabs(a)
                                                    ? std::nextafterf(nearest, 0.0f)
                                                    : nearest);
        });
        EXPECT_EQ(chopping.right, without(column_convert));
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
    EXPECT_EQ(judged_with(folding_columns, [](T x, T) { return x; }), folding);
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
    EXPECT_EQ(notes.find("as zero"), std::string::npos) << notes;
}

}  // namespace
}  // namespace sporkle::testing
