// Operators, functions, literals and casts: which node they become and of which dtype.
#include <bit>
#include <limits>

#include <gtest/gtest.h>

#include <sporkle/dsl.hpp>
#include <sporkle/validate.hpp>

namespace sporkle::testing {
namespace {

using namespace sporkle::dsl;
using sporkle::dsl::index;

constexpr auto i = index<"i">;
constexpr auto half_x = tensor<"half_x", f16, 1>;
constexpr auto x = tensor<"x", f32, 1>;
constexpr auto wide = tensor<"wide", f64, 1>;
constexpr auto n = tensor<"n", i32, 1>;
constexpr auto bytes = tensor<"bytes", u8, 1>;
constexpr auto flag = tensor<"flag", boolean, 1>;

/// The last node of a kernel that stores the value.
template <DType stored, class Value>
consteval Node root(const Value& value) {
    const auto k = kernel<"k">(tensor<"out", stored, 1>(i) = value);
    return k.program().nodes[k.program().statements[0].value];
}
/// The literal that is the second operand of the value's root.
template <DType stored, class Value>
consteval Node literal(const Value& value) {
    const auto k = kernel<"k">(tensor<"out", stored, 1>(i) = value);
    const Program& p = k.program();
    return p.nodes[p.nodes[p.statements[0].value].b];
}

constexpr bool is(const Node& node, Op op, DType dtype) { return node.op == op && node.dtype == dtype; }

static_assert(is(root<f32>(x(i) + x(i)), Op::add, f32));
static_assert(is(root<f32>(x(i) - x(i)), Op::sub, f32));
static_assert(is(root<f32>(x(i) * x(i)), Op::mul, f32));
static_assert(is(root<f32>(x(i) / x(i)), Op::div, f32));
static_assert(is(root<i32>(n(i) % 3), Op::rem, i32));
static_assert(is(root<i32>(n(i) & 3), Op::bit_and, i32));
static_assert(is(root<i32>(n(i) | 3), Op::bit_or, i32));
static_assert(is(root<i32>(n(i) ^ 3), Op::bit_xor, i32));
static_assert(is(root<i32>(n(i) << 3), Op::shl, i32));
static_assert(is(root<u8>(bytes(i) >> 3), Op::shr, u8));
static_assert(is(root<i32>(~n(i)), Op::bit_not, i32));
static_assert(is(root<boolean>(~flag(i)), Op::bit_not, boolean));
static_assert(is(root<f32>(-x(i)), Op::neg, f32));
static_assert(is(root<f32>(+x(i)), Op::access, f32));
static_assert(is(root<boolean>(!flag(i)), Op::logical_not, boolean));
static_assert(is(root<boolean>(flag(i) && true), Op::logical_and, boolean));
static_assert(is(root<boolean>(flag(i) || x(i) < 1), Op::logical_or, boolean));
static_assert(is(root<boolean>(x(i) < 1), Op::less, boolean));
static_assert(is(root<boolean>(x(i) <= 1), Op::less_equal, boolean));
static_assert(is(root<boolean>(x(i) > 1), Op::greater, boolean));
static_assert(is(root<boolean>(x(i) >= 1), Op::greater_equal, boolean));
static_assert(is(root<boolean>(x(i) == 1), Op::equal, boolean));
static_assert(is(root<boolean>(x(i) != 1), Op::not_equal, boolean));
static_assert(is(root<boolean>(1 < x(i)), Op::less, boolean));

static_assert(is(root<i32>(abs(n(i))), Op::abs, i32));
static_assert(is(root<f32>(sqrt(x(i))), Op::sqrt, f32));
static_assert(is(root<f32>(rsqrt(x(i))), Op::rsqrt, f32));
static_assert(is(root<f32>(floor(x(i))), Op::floor, f32));
static_assert(is(root<f32>(ceil(x(i))), Op::ceil, f32));
static_assert(is(root<f32>(trunc(x(i))), Op::trunc, f32));
static_assert(is(root<f32>(round_even(x(i))), Op::round_even, f32));
static_assert(is(root<f64>(exp(wide(i))), Op::exp, f64));
static_assert(is(root<f32>(log(x(i))), Op::log, f32));
static_assert(is(root<f32>(tanh(x(i))), Op::tanh, f32));
static_assert(is(root<f32>(sigmoid(x(i))), Op::sigmoid, f32));
static_assert(is(root<i32>(min(n(i), 3)), Op::min, i32));
static_assert(is(root<f32>(max(0, x(i))), Op::max, f32));
static_assert(is(root<f32>(fma(x(i), 2, 1.0f)), Op::fma, f32));
static_assert(is(root<f32>(select(flag(i), x(i), 0)), Op::select, f32));
static_assert(is(root<f32>(select(flag(i), 1.0f, 0)), Op::select, f32));
static_assert(is(root<f64>(select(flag(i), 1.0f, 0.5)), Op::select, f64));
static_assert(is(root<i32>(select(flag(i), 1, 0)), Op::select, i32));
static_assert(is(root<i64>(value(i)), Op::index_value, i64));
static_assert(is(root<i64>(value(i) * 2 + 1), Op::add, i64));

// f16 and bf16 are storage types.
static_assert(is(root<f32>(half_x(i)), Op::access, f32));
static_assert(is(root<f16>(half_x(i) + x(i)), Op::add, f32));
static_assert(is(root<bf16>(x(i)), Op::access, f32));
static_assert(is(root<f32>(scalar<"h", f16>), Op::scalar, f32));
static_assert(is(root<f32>(cast<f16>(x(i))), Op::cast, f32) && root<f32>(cast<f16>(x(i))).ref == int(f16));
static_assert(is(root<i64>(cast<i64>(x(i))), Op::cast, i64) && root<i64>(cast<i64>(x(i))).ref == int(i64));
static_assert(is(root<boolean>(cast<boolean>(n(i))), Op::cast, boolean));
static_assert(is(root<f32>(cast<f32>(0.1)), Op::cast, f32));  // a double literal may be cast

// --- literals ---

constexpr std::uint64_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }
constexpr std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

static_assert(literal<f32>(x(i) + 3).bits == bits(3.0f));
static_assert(literal<f32>(x(i) + 16777216).bits == bits(16777216.0f));
static_assert(literal<f32>(x(i) + 0.1f).bits == bits(0.1f));
static_assert(literal<f32>(x(i) + -0.0f).bits == 0x80000000u);
static_assert(literal<f32>(x(i) + -2147483648).bits == bits(-2147483648.0f));
static_assert(literal<f64>(wide(i) + 0.1f).bits == bits(static_cast<double>(0.1f)));
static_assert(literal<f64>(wide(i) + 0.1).bits == bits(0.1));
static_assert(literal<f64>(wide(i) + 3).bits == bits(3.0));
static_assert(literal<f64>(wide(i) + 9007199254740992).bits == bits(9007199254740992.0));
static_assert(literal<i32>(n(i) + -1).bits == ~std::uint64_t{0});  // sign-extended
static_assert(literal<i32>(n(i) + std::numeric_limits<int>::min()).bits == 0xffffffff80000000u);
static_assert(literal<u8>(bytes(i) + 255).bits == 255);
static_assert(literal<i64>(value(i) + 5u).bits == 5);
static_assert(literal<i64>(value(i) + std::numeric_limits<std::int64_t>::min()).bits == 1ull << 63);
static_assert(literal<boolean>(flag(i) == true).bits == 1);
static_assert(literal<boolean>(x(i) < std::numeric_limits<float>::infinity()).bits == 0x7f800000u);
static_assert(is(literal<boolean>(x(i) > 1), Op::literal, f32));

// A literal alone.
static_assert(is(root<f32>(0.5f), Op::literal, f32) && root<f32>(0.5f).bits == bits(0.5f));
static_assert(is(root<f16>(2), Op::literal, f32) && root<f16>(2).bits == bits(2.0f));
static_assert(is(root<u8>(200), Op::literal, u8) && root<u8>(200).bits == 200);
static_assert(is(root<boolean>(true), Op::literal, boolean));
static_assert(is(root<f64>(1.0f), Op::literal, f64));

template <class K>
void check(const K& kernel) {
    EXPECT_EQ(validate(kernel.program()), "") << kernel.name();
}

TEST(Operations, MakeValidPrograms) {
    static constexpr auto floats = kernel<"floats">(
        tensor<"out", f32, 1>(i) = fma(exp(x(i)), log(x(i)), tanh(x(i)) - sigmoid(x(i))) / rsqrt(abs(x(i))) +
                                   min(floor(x(i)), ceil(x(i))) * max(trunc(x(i)), round_even(-x(i))));
    check(floats);
    static constexpr auto integers =
        kernel<"integers">(tensor<"out", i32, 1>(i) =
                               fma(n(i), n(i), ~n(i) % 7) / 3 + (((n(i) << 2) ^ (n(i) >> 1)) | (n(i) & 5)));
    check(integers);
    static constexpr auto booleans = kernel<"booleans">(
        tensor<"out", boolean, 1>(i) = (!flag(i) && x(i) == 1) || ((flag(i) ^ true) != (n(i) >= 2)));
    check(booleans);
    static constexpr auto casts = kernel<"casts">(
        tensor<"out", u8, 1>(i) = cast<u8>(select(flag(i), cast<bf16>(x(i)), cast<f32>(value(i) * 3))));
    check(casts);
    static constexpr auto scalars =
        kernel<"scalars">(tensor<"out", f64, 1>(i) = scalar<"a", f64> * cast<f64>(scalar<"b", f16>) +
                                                     cast<f64>(scalar<"c", boolean>));
    check(scalars);
}

}  // namespace
}  // namespace sporkle::testing
