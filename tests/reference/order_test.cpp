// Orders of reductions: the reference against a direct transcription of the rules in program.hpp.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include <sporkle/reference.hpp>

#include "tests/support/program_builder.hpp"

namespace sporkle::testing {
namespace {

using Take = std::function<float(float acc, std::size_t e)>;
using Join = std::function<float(float, float)>;

float chain(std::size_t count, float identity, const Take& take) {
    float acc = identity;
    for (std::size_t e = 0; e < count; ++e) acc = take(acc, e);
    return acc;
}

float lanes(std::size_t count, float identity, const Take& take, const Join& join) {
    std::vector<float> results;
    for (std::size_t block = 0; block < count; block += 4096) {
        std::vector<float> p(64, identity);
        for (std::size_t e = block; e < std::min(count, block + 4096); ++e) p[e % 64] = take(p[e % 64], e);
        for (std::size_t w = 32; w >= 1; w /= 2)
            for (std::size_t l = 0; l < w; ++l) p[l] = join(p[l], p[l + w]);
        results.push_back(p[0]);
    }
    if (results.empty()) return identity;
    while (results.size() > 1) {
        std::vector<float> next;
        for (std::size_t r = 0; r + 1 < results.size(); r += 2)
            next.push_back(join(results[r], results[r + 1]));
        if (results.size() % 2 == 1) next.push_back(results.back());
        results = next;
    }
    return results[0];
}

std::vector<float> noise(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<float> values(count);
    for (float& x : values)
        x = static_cast<float>(static_cast<std::int64_t>(random())) * 0x1p-62f *
            std::ldexp(1.0f, static_cast<int>(random() % 12));
    return values;
}

CallArgument vector_of(std::vector<float>& values) {
    CallArgument a;
    a.tensor.data = values.data();
    a.tensor.strides[0] = 1;
    a.tensor.extents[0] = static_cast<std::int64_t>(values.size());
    return a;
}

/// y = reduce over k of x(k), or of x(k) · w(k)
float run(Reduce kind, Order order, bool product, std::vector<float> x, std::vector<float> w) {
    ProgramBuilder b("reduce");
    const int k = b.index("k");
    const int X = b.input("x", DType::f32, 1), W = b.input("w", DType::f32, 1);
    const int Y = b.output("y", DType::f32, 0);
    int body = b.read(X, {at(k)});
    const int weight = b.read(W, {at(k)});
    if (product) body = b.binary(Op::mul, body, weight);
    b.assign(Y, {}, b.reduce(kind, order, {k}, body));
    const Program p = b.finish();
    float y = -1;
    CallArgument arguments[3] = {vector_of(x), vector_of(w), {}};
    arguments[2].tensor.data = &y;
    reference(p, arguments);
    return y;
}

const std::size_t counts[] = {0,    1,    2,    63,   64,    65,    127,   4095,  4096,
                              4097, 8191, 8192, 8193, 12288, 12289, 20480, 28672, 40000};
constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(Order, sums) {
    for (const std::size_t n : counts) {
        const std::vector<float> x = noise(n, n), w = noise(n, n + 1);
        const Take take = [&](float acc, std::size_t e) { return acc + x[e]; };
        EXPECT_EQ(run(Reduce::sum, Order::chain, false, x, w), chain(n, 0, take)) << n;
        EXPECT_EQ(run(Reduce::sum, Order::lanes, false, x, w), lanes(n, 0, take, std::plus<>())) << n;
        EXPECT_EQ(run(Reduce::sum, Order::any, false, x, w), lanes(n, 0, take, std::plus<>())) << n;
    }
}

TEST(Order, sums_of_products_accumulate_by_fma) {
    for (const std::size_t n : counts) {
        const std::vector<float> x = noise(n, n), w = noise(n, n + 1);
        const Take take = [&](float acc, std::size_t e) { return std::fma(x[e], w[e], acc); };
        EXPECT_EQ(run(Reduce::sum, Order::chain, true, x, w), chain(n, 0, take)) << n;
        EXPECT_EQ(run(Reduce::sum, Order::lanes, true, x, w), lanes(n, 0, take, std::plus<>())) << n;
    }
}

TEST(Order, products) {
    for (const std::size_t n : {std::size_t(0), std::size_t(1), std::size_t(70), std::size_t(4100)}) {
        std::vector<float> x = noise(n, n);
        for (float& v : x) v = 1 + v * 0x1p-12f;
        const Take take = [&](float acc, std::size_t e) { return acc * x[e]; };
        EXPECT_EQ(run(Reduce::prod, Order::chain, false, x, x), chain(n, 1, take)) << n;
        EXPECT_EQ(run(Reduce::prod, Order::lanes, false, x, x), lanes(n, 1, take, std::multiplies<>())) << n;
    }
}

/// With NaNs among them the order decides what an extreme is.
TEST(Order, extremes_with_nan) {
    for (const std::size_t n : counts) {
        std::vector<float> x = noise(n, n);
        std::mt19937_64 random(n);
        for (float& v : x)
            if (random() % 8 == 0) v = std::numeric_limits<float>::quiet_NaN();
        const Join greater = [](float a, float b) { return a > b ? a : b; };
        const Join lesser = [](float a, float b) { return a < b ? a : b; };
        const auto same = [](float a, float b) { return a == b || (a != a && b != b); };
        for (const Order order : {Order::chain, Order::lanes}) {
            const auto expected = [&](float identity, const Join& join) {
                const Take take = [&](float acc, std::size_t e) { return join(acc, x[e]); };
                return order == Order::chain ? chain(n, identity, take) : lanes(n, identity, take, join);
            };
            EXPECT_TRUE(same(run(Reduce::max, order, false, x, x), expected(-infinity, greater))) << n;
            EXPECT_TRUE(same(run(Reduce::min, order, false, x, x), expected(infinity, lesser))) << n;
        }
    }
}

/// Row-major order over the indices as the reduction names them, not as they are numbered.
TEST(Order, the_first_named_index_is_outermost) {
    ProgramBuilder b("reduce");
    const int i = b.index("i"), j = b.index("j");
    const int X = b.input("x", DType::f32, 2), Y = b.output("y", DType::f32, 0);
    b.assign(Y, {}, b.reduce(Reduce::sum, Order::chain, {j, i}, b.read(X, {at(i), at(j)})));
    const Program p = b.finish();
    std::vector<float> x = noise(30 * 20, 5);
    float expected = 0, y = 0;
    for (std::size_t c = 0; c < 20; ++c)
        for (std::size_t r = 0; r < 30; ++r) expected += x[r * 20 + c];
    CallArgument arguments[2];
    arguments[0].tensor = {x.data(), {20, 1}, {30, 20}};
    arguments[1].tensor.data = &y;
    reference(p, arguments);
    EXPECT_EQ(y, expected);
}

TEST(Order, the_default) {
    const auto order = [](std::int64_t extent, bool product) {
        ProgramBuilder b("reduce");
        const int i = b.index("i"), j = b.index("j"), k = b.index("k", extent);
        const int X = b.input("x", DType::f32, 2), W = b.input("w", DType::f32, 2);
        const int Y = b.output("y", DType::f32, 2);
        const int x = b.read(X, {at(i), at(k)}), w = b.read(W, {at(product ? j : i), at(k)});
        const int reduce = b.reduce(Reduce::sum, Order::any, {k}, b.binary(Op::mul, x, w));
        b.assign(Y, {at(i), at(j)}, reduce);
        const Program p = b.finish();
        return effective_order(p, free_indices(p), reduce);
    };
    EXPECT_EQ(order(64, false), Order::chain);
    EXPECT_EQ(order(65, false), Order::lanes);
    EXPECT_EQ(order(0, false), Order::lanes);  // x(i, k) w(i, k): neither factor has an index of its own
    EXPECT_EQ(order(0, true), Order::chain);
    EXPECT_EQ(order(65, true), Order::chain);
}

}  // namespace
}  // namespace sporkle::testing
