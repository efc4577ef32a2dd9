// Every arithmetic operation on every element type, interpreted and folded, against plain C++ written down
// independently: integers in 128 bits, f32 by way of f64 (where a second rounding is known to be harmless).
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "codegen/ir/fold.hpp"
#include "codegen/ir/rules.hpp"
#include "tests/ir/elementwise.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;
__extension__ typedef __int128 Wide;

constexpr Op unary_ops[] = {Op::neg,  Op::abs,   Op::sqrt,       Op::floor,
                            Op::ceil, Op::trunc, Op::round_even, Op::bit_not};
constexpr Op binary_ops[] = {Op::add,     Op::sub,    Op::mul,     Op::div, Op::rem, Op::min,        Op::max,
                             Op::bit_and, Op::bit_or, Op::bit_xor, Op::shl, Op::shr, Op::shr_logical};
constexpr Op comparisons[] = {Op::less,          Op::less_equal, Op::greater,
                              Op::greater_equal, Op::equal,      Op::not_equal};

Wide value_of(DType type, std::uint64_t bits) {
    if (is_signed(type)) return static_cast<std::int64_t>(bits);
    return static_cast<Wide>(bits);
}

std::uint64_t wrapped(DType type, Wide value) {
    return normalized_bits(type, static_cast<std::uint64_t>(value));
}

std::uint64_t integer_result(Op op, DType type, std::uint64_t x, std::uint64_t y) {
    const Wide a = value_of(type, x), b = value_of(type, y);
    const int width = width_of(type);
    const auto count = static_cast<int>(((b % width) + width) % width);
    const Wide unsigned_a = a < 0 ? a + (Wide{1} << width) : a;
    switch (op) {
        case Op::neg:
            return wrapped(type, -a);
        case Op::abs:
            return wrapped(type, a < 0 ? -a : a);
        case Op::bit_not:
            return wrapped(type, type == DType::boolean ? 1 - a : -1 - a);
        case Op::add:
            return wrapped(type, a + b);
        case Op::sub:
            return wrapped(type, a - b);
        case Op::mul:
            return wrapped(type, a * b);
        case Op::div:
            return b == 0 ? 0 : wrapped(type, a / b);
        case Op::rem:
            return b == 0 ? 0 : wrapped(type, a % b);
        case Op::min:
            return wrapped(type, std::min(a, b));
        case Op::max:
            return wrapped(type, std::max(a, b));
        case Op::bit_and:
            return wrapped(type, a & b);
        case Op::bit_or:
            return wrapped(type, a | b);
        case Op::bit_xor:
            return wrapped(type, a ^ b);
        case Op::shl:
            return wrapped(type, unsigned_a << count);
        case Op::shr:
            return wrapped(type, a >> count);
        case Op::shr_logical:
            return wrapped(type, unsigned_a >> count);
        case Op::less:
            return a < b;
        case Op::less_equal:
            return a <= b;
        case Op::greater:
            return a > b;
        case Op::greater_equal:
            return a >= b;
        case Op::equal:
            return a == b;
        case Op::not_equal:
            return a != b;
        default:
            ADD_FAILURE() << "no integer operation";
            return 0;
    }
}

/// T: the type of the result; W: one at least as wide in which it is computed and then rounded to T.
template <class T, class W>
T float_result(Op op, T x, T y) {
    const W a = x, b = y;
    switch (op) {
        case Op::neg:
            return -x;
        case Op::abs:
            return std::copysign(x, T(1));
        case Op::sqrt:
            return static_cast<T>(std::sqrt(a));
        case Op::floor:
            return static_cast<T>(std::floor(a));
        case Op::ceil:
            return static_cast<T>(std::ceil(a));
        case Op::trunc:
            return static_cast<T>(std::trunc(a));
        case Op::round_even: {
            const W below = std::floor(a), rest = a - below;  // exact
            if (rest < W(0.5) || (rest == W(0.5) && std::fmod(below, W(2)) == 0))
                return T(std::copysign(below, a));
            return T(std::copysign(below + 1, a));
        }
        case Op::add:
            return static_cast<T>(a + b);
        case Op::sub:
            return static_cast<T>(a - b);
        case Op::mul:
            return static_cast<T>(a * b);
        case Op::div:
            return static_cast<T>(a / b);
        case Op::min:
            return x < y ? x : y;
        case Op::max:
            return x > y ? x : y;
        default:
            ADD_FAILURE() << "no floating operation";
            return 0;
    }
}

bool float_comparison(Op op, double a, double b) {
    switch (op) {
        case Op::less:
            return a < b;
        case Op::less_equal:
            return a <= b;
        case Op::greater:
            return a > b;
        case Op::greater_equal:
            return a >= b;
        case Op::equal:
            return a == b;
        default:
            return !(a == b);
    }
}

std::uint64_t expected(Op op, DType type, std::uint64_t x, std::uint64_t y) {
    if (type == DType::f64) {
        const auto a = std::bit_cast<double>(x), b = std::bit_cast<double>(y);
        if (is_comparison(op)) return float_comparison(op, a, b);
        return std::bit_cast<std::uint64_t>(float_result<double, double>(op, a, b));
    }
    if (type == DType::f32) {
        const auto a = std::bit_cast<float>(static_cast<std::uint32_t>(x));
        const auto b = std::bit_cast<float>(static_cast<std::uint32_t>(y));
        if (is_comparison(op)) return float_comparison(op, a, b);
        return std::bit_cast<std::uint32_t>(float_result<float, double>(op, a, b));
    }
    return integer_result(op, type, x, y);
}

void check(Op op, DType type) {
    const DType result = is_comparison(op) ? DType::boolean : type;
    const Column edges = edge_values(type);
    const std::vector<Column> rows = is_unary(op) ? std::vector<Column>{edges, edges} : pairs(edges, edges);
    const Column actual = elementwise(
        [&](Builder& b, std::span<const Value> v) {
            return is_unary(op) ? b.unary(op, v[0]) : b.binary(op, v[0], v[1]);
        },
        {type, type}, result, rows);
    ASSERT_EQ(actual.size(), rows[0].size());
    for (std::size_t n = 0; n < actual.size(); ++n) {
        const std::uint64_t x = rows[0][n], y = rows[1][n], right = expected(op, type, x, y);
        const std::string where =
            std::string(name_of(op)) + " of " + text_of_bits(type, x) + " and " + text_of_bits(type, y);
        // min, max, neg and abs copy an operand, NaN and all; elsewhere one NaN is as good as another.
        const bool moves = op == Op::min || op == Op::max || op == Op::neg || op == Op::abs;
        if (is_nan(result, right) && !moves)
            ASSERT_TRUE(is_nan(result, actual[n])) << where;
        else
            ASSERT_EQ(text_of_bits(result, actual[n]), text_of_bits(result, right)) << where;
        const std::uint64_t operands[] = {x, y};
        if (const auto constant = fold(op, type, result, operands))
            ASSERT_EQ(text_of_bits(result, *constant), text_of_bits(result, right)) << where << ", folded";
        else
            ASSERT_TRUE(is_nan(result, right)) << where << " is not folded";
    }
}

class Arithmetic : public ::testing::TestWithParam<DType> {};

TEST_P(Arithmetic, UnaryOperationsAreExact) {
    for (Op op : unary_ops)
        if (accepts(op, GetParam())) check(op, GetParam());
}

TEST_P(Arithmetic, BinaryOperationsAreExact) {
    for (Op op : binary_ops)
        if (accepts(op, GetParam())) check(op, GetParam());
}

TEST_P(Arithmetic, ComparisonsAreExact) {
    for (Op op : comparisons)
        if (accepts(op, GetParam())) check(op, GetParam());
}

TEST_P(Arithmetic, SelectTakesTheChosenBitsUnchanged) {
    const DType type = GetParam();
    const Column edges = edge_values(type);
    std::vector<Column> rows = pairs(edges, edges);
    rows.push_back({});
    for (std::size_t n = 0; n < rows[0].size(); ++n) rows[2].push_back(n % 3 == 0);
    const Column actual =
        elementwise([](Builder& b, std::span<const Value> v) { return b.select(v[2], v[0], v[1]); },
                    {type, type, DType::boolean}, type, rows);
    for (std::size_t n = 0; n < actual.size(); ++n) ASSERT_EQ(actual[n], rows[n % 3 == 0 ? 0 : 1][n]);
}

INSTANTIATE_TEST_SUITE_P(Types, Arithmetic, ::testing::ValuesIn(all_types),
                         [](const auto& info) { return std::string(name_of(info.param)); });

template <class T>
T fma_of(DType type, T x, T y, T z) {
    using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    const auto column = [](T v) { return Column{std::bit_cast<Bits>(v)}; };
    const Column result =
        elementwise([](Builder& b, std::span<const Value> v) { return b.fma(v[0], v[1], v[2]); },
                    {type, type, type}, type, {column(x), column(y), column(z)});
    return std::bit_cast<T>(static_cast<Bits>(result[0]));
}

TEST(Fma, RoundsOnceInBothFloatingTypes) {
    // (1 + ε)(1 - ε) - 1 = -ε²: a product rounded first would give 0.
    EXPECT_EQ(fma_of(DType::f32, 1 + 0x1p-23f, 1 - 0x1p-23f, -1.0f), -0x1p-46f);
    EXPECT_EQ(fma_of(DType::f64, 1 + 0x1p-52, 1 - 0x1p-52, -1.0), -0x1p-104);
    // A tie in f64 that is none in truth: rounding the f32 operation in f64 first would go the wrong way.
    EXPECT_EQ(fma_of(DType::f32, 1 + 0x1p-12f, 1 + 0x1p-12f, 0x1p-60f), 1 + 0x1p-11f + 0x1p-23f);
    EXPECT_EQ(fma_of(DType::f32, 1 + 0x1p-12f, 1 + 0x1p-12f, -0x1p-60f), 1 + 0x1p-11f);
    EXPECT_EQ(fma_of(DType::f32, 0x1p-75f, 0x1p-75f, 0x1p-149f), 0x1p-148f);  // a tie among subnormals
    EXPECT_TRUE(std::isnan(fma_of(DType::f64, HUGE_VAL, 0.0, 1.0)));
}

TEST(Fma, FlushesWhereItMayAndTheMachineDoes) {
    const auto word = [](float x) { return std::uint64_t{std::bit_cast<std::uint32_t>(x)}; };
    const std::vector<Column> rows = {{word(0x1p-140f), word(0x1p-100f), word(-0x1p-100f), word(1)},
                                      {word(0x1p+100f), word(0x1p-30f), word(0x1p-40f), word(3)},
                                      {word(0x1p-60f), word(0), word(0), word(0x1p-149f)}};
    const Column exact = {word(0x1p-60f + 0x1p-40f), word(0x1p-130f), word(-0x1p-140f), word(3)};
    const Column flushed = {word(0x1p-60f), word(0), word(-0.0f), word(3)};
    for (const bool safe : {false, true})
        for (const bool flushes : {false, true})
            EXPECT_EQ(elementwise(
                          [&](Builder& b, std::span<const Value> v) {
                              return b.select(b.flushes(), b.fma(v[0], v[1], v[2], safe),
                                              b.fma(v[0], v[1], v[2], false));
                          },
                          {DType::f32, DType::f32, DType::f32}, DType::f32, rows, flushes),
                      safe && flushes ? flushed : exact);
}

TEST(Comparisons, FlushWhereTheyMayAndTheMachineDoes) {
    const auto word = [](float x) { return std::uint64_t{std::bit_cast<std::uint32_t>(x)}; };
    const std::vector<Column> rows = {{word(0x1p-140f), word(-0x1p-149f), word(0x1p-126f)},
                                      {word(0), word(0x1p-127f), word(0x1p-127f)}};
    for (const bool safe : {false, true})
        for (const bool flushes : {false, true})
            EXPECT_EQ(
                elementwise([&](Builder& b,
                                std::span<const Value> v) { return b.compare(Op::equal, v[0], v[1], safe); },
                            {DType::f32, DType::f32}, DType::boolean, rows, flushes),
                safe && flushes ? (Column{1, 1, 0}) : (Column{0, 0, 0}));
}

TEST(Maxima, FlushWhereTheyMayAndTheMachineDoes) {
    const auto word = [](float x) { return std::uint64_t{std::bit_cast<std::uint32_t>(x)}; };
    const std::vector<Column> rows = {{word(0x1p-140f), word(-0x1p-149f), word(3), word(-0x1p-126f)},
                                      {word(0), word(-0x1p-127f), word(0x1p-127f), word(-1)}};
    const Column exact = {word(0x1p-140f), word(-0x1p-149f), word(3), word(-0x1p-126f)};
    const Column flushed = {word(0), word(-0.0f), word(3), word(-0x1p-126f)};
    for (const bool safe : {false, true})
        for (const bool flushes : {false, true})
            EXPECT_EQ(
                elementwise(
                    [&](Builder& b, std::span<const Value> v) { return b.binary(Op::max, v[0], v[1], safe); },
                    {DType::f32, DType::f32}, DType::f32, rows, flushes),
                safe && flushes ? flushed : exact);
}

TEST(Fma, WrapsForIntegers) {
    for (DType type : integer_types) {
        const Column edges = edge_values(type);
        std::vector<Column> rows = pairs(edges, edges);
        rows.push_back(rows[1]);
        std::rotate(rows[2].begin(), rows[2].begin() + 5, rows[2].end());
        const Column actual =
            elementwise([](Builder& b, std::span<const Value> v) { return b.fma(v[0], v[1], v[2]); },
                        {type, type, type}, type, rows);
        for (std::size_t n = 0; n < actual.size(); ++n)
            ASSERT_EQ(actual[n], wrapped(type, value_of(type, rows[0][n]) * value_of(type, rows[1][n]) +
                                                   value_of(type, rows[2][n])))
                << name_of(type) << " row " << n;
    }
}

}  // namespace
}  // namespace sporkle::testing
