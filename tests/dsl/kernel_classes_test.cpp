// Every class of kernel in the notation, evaluated and compared with plain loops.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include <sporkle/dsl.hpp>

#include "tests/dsl/evaluate.hpp"

namespace sporkle::testing {
namespace {

using namespace sporkle::dsl;
using sporkle::dsl::index;

constexpr auto i = index<"i">;
constexpr auto j = index<"j">;
constexpr auto k = index<"k">;
constexpr auto b = index<"b">;
constexpr auto x = tensor<"x", f32, 1>;
constexpr auto y = tensor<"y", f32, 1>;
constexpr auto z = tensor<"z", f32, 1>;
constexpr auto A = tensor<"A", f32, 2>;
constexpr auto B = tensor<"B", f32, 2>;
constexpr auto C = tensor<"C", f32, 2>;

TEST(KernelClasses, Elementwise) {
    constexpr auto a = scalar<"a", f32>;
    static constexpr auto saxpy = kernel<"saxpy">(z(i) = a * x(i) + y(i));
    auto xs = numbers<float>({7}, 1), ys = numbers<float>({7}, 2), zs = numbers<float>({7}, 3);
    evaluate(saxpy, 2.5f, xs, ys, zs);
    for (int n = 0; n < 7; ++n) EXPECT_EQ(zs(n), 2.5f * xs(n) + ys(n));
}

TEST(KernelClasses, Broadcast) {
    static constexpr auto add = kernel<"add">(C(i, j) = x(i) * 10 + y(j) + tensor<"s", f32, 0>());
    auto xs = numbers<float>({3}, 1), ys = numbers<float>({4}, 2), s = numbers<float>({}, 5);
    Dense<float> c({3, 4});
    evaluate(add, xs, ys, s, c);
    for (int n = 0; n < 3; ++n)
        for (int m = 0; m < 4; ++m) EXPECT_EQ(c(n, m), xs(n) * 10 + ys(m) + s());
}

TEST(KernelClasses, IndexOnlyOnTheLeft) {
    static constexpr auto repeat = kernel<"repeat">(C(i, j) = x(i));
    static constexpr auto fill = kernel<"fill">(C(i, j) = 0.5f);
    auto xs = numbers<float>({3}, 1);
    Dense<float> c({3, 2});
    evaluate(repeat, xs, c);
    for (int n = 0; n < 3; ++n)
        for (int m = 0; m < 2; ++m) EXPECT_EQ(c(n, m), xs(n));
    evaluate(fill, c);
    for (const float element : c.data) EXPECT_EQ(element, 0.5f);
}

TEST(KernelClasses, MatrixProductWithEpilogue) {
    constexpr auto bias = tensor<"bias", f32, 1>;
    static constexpr auto dense = kernel<"dense">(C(i, j) = max(sum(k, A(i, k) * B(k, j)) + bias(j), 0.0f));
    auto as = numbers<float>({3, 5}, 1), bs = numbers<float>({5, 4}, 2), biases = numbers<float>({4}, 3);
    Dense<float> cs({3, 4});
    evaluate(dense, as, bs, biases, cs);
    for (int n = 0; n < 3; ++n)
        for (int m = 0; m < 4; ++m) {
            float sum = 0;
            for (int l = 0; l < 5; ++l) sum += as(n, l) * bs(l, m);
            EXPECT_EQ(cs(n, m), std::max(sum + biases(m), 0.0f));
        }
}

TEST(KernelClasses, BatchedTransposedProduct) {
    constexpr auto P = tensor<"P", f32, 3>;
    constexpr auto Q = tensor<"Q", f32, 3>;
    constexpr auto R = tensor<"R", f32, 3>;
    static constexpr auto product = kernel<"product">(R(j, b, i) = sum(k, P(b, k, i) * Q(b, j, k)));
    auto p = numbers<float>({2, 3, 4}, 1), q = numbers<float>({2, 5, 3}, 2);
    Dense<float> r({5, 2, 4});
    evaluate(product, p, q, r);
    for (int batch = 0; batch < 2; ++batch)
        for (int n = 0; n < 4; ++n)
            for (int m = 0; m < 5; ++m) {
                float sum = 0;
                for (int l = 0; l < 3; ++l) sum += p(batch, l, n) * q(batch, m, l);
                EXPECT_EQ(r(m, batch, n), sum);
            }
}

TEST(KernelClasses, EinsumOfThreeTensors) {
    constexpr auto l = index<"l">;
    constexpr auto T = tensor<"T", f32, 3>;
    // Two indices are contracted; three factors.
    static constexpr auto form = kernel<"form">(C(i, l) = sum(j, k, A(i, j) * T(j, k, l) * x(k)));
    auto as = numbers<float>({2, 3}, 1), ts = numbers<float>({3, 4, 2}, 2), xs = numbers<float>({4}, 3);
    Dense<float> c({2, 2});
    evaluate(form, as, ts, xs, c);
    for (int n = 0; n < 2; ++n)
        for (int o = 0; o < 2; ++o) {
            float sum = 0;
            for (int m = 0; m < 3; ++m)
                for (int q = 0; q < 4; ++q) sum += as(n, m) * ts(m, q, o) * xs(q);
            EXPECT_EQ(c(n, o), sum);
        }
}

TEST(KernelClasses, ReductionsOfAllKinds) {
    constexpr auto total = tensor<"total", f32, 1>;
    constexpr auto product = tensor<"product", f32, 1>;
    constexpr auto most = tensor<"most", f32, 1>;
    constexpr auto least = tensor<"least", f32, 1>;
    constexpr auto most_at = tensor<"most_at", i64, 1>;
    constexpr auto least_at = tensor<"least_at", i64, 1>;
    static constexpr auto statistics = kernel<"statistics">(
        total(i) = sum(j, A(i, j)), product(i) = prod(j, A(i, j)), most(i) = max(j, A(i, j)),
        least(i) = min(j, A(i, j)), most_at(i) = argmax(j, A(i, j)), least_at(i) = argmin(j, A(i, j)));
    Dense<float> a({2, 4}, {3, -2, 3, 1, 2, 5, -4, -4});
    Dense<float> sums({2}), products({2}), highest({2}), lowest({2});
    Dense<std::int64_t> where_highest({2}), where_lowest({2});
    evaluate(statistics, a, sums, products, highest, lowest, where_highest, where_lowest);
    EXPECT_EQ(sums.data, (std::vector<float>{5, -1}));
    EXPECT_EQ(products.data, (std::vector<float>{-18, 160}));
    EXPECT_EQ(highest.data, (std::vector<float>{3, 5}));
    EXPECT_EQ(lowest.data, (std::vector<float>{-2, -4}));
    EXPECT_EQ(where_highest.data, (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(where_lowest.data, (std::vector<std::int64_t>{1, 2}));
}

TEST(KernelClasses, ArgmaxOverTwoIndicesCountsRowMajor) {
    static constexpr auto place = kernel<"place">(tensor<"at", i64, 0>() = argmax(indices(i, j), A(i, j)));
    Dense<float> a({2, 3}, {1, 2, 3, 4, 9, 5});
    Dense<std::int64_t> at({});
    evaluate(place, a, at);
    EXPECT_EQ(at(), 4);
}

// --- windows ---

constexpr auto n = index<"n">;
constexpr auto co = index<"co">;
constexpr auto ci = index<"ci">;
constexpr auto row = index<"row">;
constexpr auto column = index<"column">;
constexpr auto r = index<"r", 3>;
constexpr auto s = index<"s", 3>;
constexpr auto I = tensor<"I", f32, 4>;
constexpr auto W = tensor<"W", f32, 4>;
constexpr auto O = tensor<"O", f32, 4>;

/// Element of an image, 0 outside.
float at_or_zero(Dense<float>& image, std::int64_t batch, std::int64_t channel, std::int64_t y0,
                 std::int64_t x0) {
    if (y0 < 0 || x0 < 0 || y0 >= image.extents[2] || x0 >= image.extents[3]) return 0;
    return image(batch, channel, y0, x0);
}

TEST(KernelClasses, ConvolutionWithStridePaddingAndDilation) {
    static constexpr auto conv = kernel<"conv">(
        O(n, co, row, column) = sum(
            ci, r, s, I.boundary(zero)(n, ci, row * 2 + r - 1, 2 * column + 2 * s - 2) * W(co, ci, r, s)));
    auto image = numbers<float>({2, 3, 7, 9}, 1), weights = numbers<float>({4, 3, 3, 3}, 2);
    Dense<float> out({2, 4, 4, 5});
    evaluate(conv, image, weights, out);
    for (int batch = 0; batch < 2; ++batch)
        for (int o = 0; o < 4; ++o)
            for (int y0 = 0; y0 < 4; ++y0)
                for (int x0 = 0; x0 < 5; ++x0) {
                    float sum = 0;
                    for (int c = 0; c < 3; ++c)
                        for (int v = 0; v < 3; ++v)
                            for (int h = 0; h < 3; ++h)
                                sum += at_or_zero(image, batch, c, y0 * 2 + v - 1, 2 * x0 + 2 * h - 2) *
                                       weights(o, c, v, h);
                    EXPECT_EQ(out(batch, o, y0, x0), sum);
                }
}

TEST(KernelClasses, GroupedConvolution) {
    // Channels of 2 groups; group g owns channels g*4 … g*4 + 3 of the input and g*2, g*2 + 1 of the output.
    constexpr auto g = index<"g">;
    constexpr auto c = index<"c", 4>;
    constexpr auto o = index<"o", 2>;
    static constexpr auto conv = kernel<"grouped">(
        O(n, g * 2 + o, row, column) =
            sum(c, r, s, I(n, g * 4 + c, row + r, column + s) * tensor<"W", f32, 5>(g, o, c, r, s)));
    auto image = numbers<float>({1, 8, 5, 4}, 1), weights = numbers<float>({2, 2, 4, 3, 3}, 2);
    Dense<float> out({1, 4, 3, 2});
    evaluate(conv, image, weights, out);
    for (int channel = 0; channel < 4; ++channel)
        for (int y0 = 0; y0 < 3; ++y0)
            for (int x0 = 0; x0 < 2; ++x0) {
                float sum = 0;
                for (int m = 0; m < 4; ++m)
                    for (int v = 0; v < 3; ++v)
                        for (int h = 0; h < 3; ++h)
                            sum += image(0, channel / 2 * 4 + m, y0 + v, x0 + h) *
                                   weights(channel / 2, channel % 2, m, v, h);
                EXPECT_EQ(out(0, channel, y0, x0), sum);
            }
}

TEST(KernelClasses, Pooling) {
    constexpr auto p = index<"p", 2>;
    constexpr auto q = index<"q", 2>;
    static constexpr auto pool =
        kernel<"pool">(O(n, ci, row, column) = max(p, q, I(n, ci, row * 2 + p, column * 2 + q)));
    auto image = numbers<float>({1, 2, 4, 6}, 1);
    Dense<float> out({1, 2, 2, 3});
    evaluate(pool, image, out);
    for (int c = 0; c < 2; ++c)
        for (int y0 = 0; y0 < 2; ++y0)
            for (int x0 = 0; x0 < 3; ++x0)
                EXPECT_EQ(out(0, c, y0, x0),
                          std::max({image(0, c, y0 * 2, x0 * 2), image(0, c, y0 * 2, x0 * 2 + 1),
                                    image(0, c, y0 * 2 + 1, x0 * 2), image(0, c, y0 * 2 + 1, x0 * 2 + 1)}));
}

TEST(KernelClasses, TransposedConvolution) {
    // Stride 2, kernel 4, in sub-pixel form: output 2*i + p takes taps p + 2*t of the kernel.
    constexpr auto p = index<"p", 2>;
    constexpr auto t = index<"t", 2>;
    constexpr auto w = tensor<"w", f32, 1>;
    static constexpr auto up = kernel<"up">(y(i * 2 + p) = sum(t, x.boundary(zero)(i - t) * w(t * 2 + p)));
    auto xs = numbers<float>({5}, 1), ws = numbers<float>({4}, 2);
    Dense<float> ys({10});
    evaluate(up, xs, ws, ys);
    std::vector<float> scattered(14);
    for (std::size_t m = 0; m < 5; ++m)
        for (std::size_t tap = 0; tap < 4; ++tap) scattered[m * 2 + tap] += xs.data[m] * ws.data[tap];
    scattered.resize(10);
    EXPECT_EQ(ys.data, scattered);
}

TEST(KernelClasses, StencilWithEveryBoundary) {
    constexpr auto out = [](auto rule) {
        return kernel<"blur">(y(i) = x.boundary(rule)(i - 2) + x.boundary(rule)(i) * 10 +
                                     x.boundary(rule)(i + 1) * 100);
    };
    static constexpr auto with_zero = out(zero), with_clamp = out(clamp);
    static constexpr auto with_wrap = out(wrap), with_reflect = out(reflect);
    Dense<float> xs({4}, {1, 2, 3, 4}), ys({4});
    evaluate(with_zero, xs, ys);
    EXPECT_EQ(ys.data, (std::vector<float>{210, 320, 431, 42}));
    evaluate(with_clamp, xs, ys);
    EXPECT_EQ(ys.data, (std::vector<float>{211, 321, 431, 442}));
    evaluate(with_wrap, xs, ys);
    EXPECT_EQ(ys.data, (std::vector<float>{213, 324, 431, 142}));
    evaluate(with_reflect, xs, ys);
    EXPECT_EQ(ys.data, (std::vector<float>{213, 322, 431, 342}));
}

TEST(KernelClasses, OneMentionOfABoundaryRuleIsEnough) {
    constexpr auto m = temporary<"m", f32, 1>;
    static constexpr auto twice =
        kernel<"twice">(m(i) = x(i) + x.boundary(zero)(i - 1), y(i) = m.boundary(wrap)(i + 1) - m(i));
    constexpr Program p = twice.program();
    static_assert(p.tensors[0].boundary == Boundary::zero && p.tensors[1].boundary == Boundary::wrap);
    Dense<float> xs({3}, {1, 2, 4}), ys({3});
    evaluate(twice, xs, ys);
    EXPECT_EQ(ys.data, (std::vector<float>{2, 3, -5}));
}

TEST(KernelClasses, ReversedSubscript) {
    constexpr auto t = index<"t", 4>;
    static constexpr auto reverse = kernel<"reverse">(y(t) = x(-t + 3));
    Dense<float> xs({4}, {1, 2, 3, 4}), ys({4});
    evaluate(reverse, xs, ys);
    EXPECT_EQ(ys.data, (std::vector<float>{4, 3, 2, 1}));
}

// --- several statements ---

TEST(KernelClasses, Softmax) {
    constexpr auto m = temporary<"m", f32, 1>;
    constexpr auto e = temporary<"e", f32, 2>;
    constexpr auto d = temporary<"d", f32, 1>;
    static constexpr auto softmax = kernel<"softmax">(m(i) = max(j, A(i, j)), e(i, j) = exp(A(i, j) - m(i)),
                                                      d(i) = sum(j, e(i, j)), C(i, j) = e(i, j) / d(i));
    auto a = numbers<float>({3, 5}, 1);
    Dense<float> c({3, 5});
    evaluate(softmax, a, c);
    for (int q = 0; q < 3; ++q) {
        double highest = -INFINITY, total = 0;
        for (int o = 0; o < 5; ++o) highest = std::max<double>(highest, a(q, o));
        for (int o = 0; o < 5; ++o) total += std::exp(a(q, o) - highest);
        for (int o = 0; o < 5; ++o) EXPECT_NEAR(c(q, o), std::exp(a(q, o) - highest) / total, 1e-6);
    }
}

TEST(KernelClasses, LayerNorm) {
    constexpr auto mean = temporary<"mean", f32, 1>;
    constexpr auto variance = temporary<"variance", f32, 1>;
    constexpr auto scale = scalar<"scale", f32>;
    constexpr auto epsilon = scalar<"epsilon", f32>;
    constexpr auto gamma = tensor<"gamma", f32, 1>;
    constexpr auto beta = tensor<"beta", f32, 1>;
    constexpr auto centred = A(i, j) - mean(i);
    static constexpr auto layernorm = kernel<"layernorm">(
        mean(i) = sum(j, A(i, j)) * scale, variance(i) = sum(j, centred * centred) * scale,
        C(i, j) = centred / sqrt(variance(i) + epsilon) * gamma(j) + beta(j));
    auto a = numbers<float>({2, 4}, 1), gammas = numbers<float>({4}, 2), betas = numbers<float>({4}, 3);
    Dense<float> c({2, 4});
    evaluate(layernorm, a, 0.25f, 1e-5f, gammas, betas, c);
    for (int q = 0; q < 2; ++q) {
        double m = 0, v = 0;
        for (int o = 0; o < 4; ++o) m += a(q, o) / 4.0;
        for (int o = 0; o < 4; ++o) v += (a(q, o) - m) * (a(q, o) - m) / 4;
        for (int o = 0; o < 4; ++o)
            EXPECT_NEAR(c(q, o), (a(q, o) - m) / std::sqrt(v + 1e-5) * gammas(o) + betas(o), 1e-4);
    }
}

TEST(KernelClasses, OutputsMayBeReadAfterwards) {
    constexpr auto total = tensor<"total", f32, 0>;
    static constexpr auto twice = kernel<"twice">(y(i) = x(i) * 2, total() = sum(i, y(i)));
    Dense<float> xs({3}, {1, 2, 3}), ys({3}), t({});
    evaluate(twice, xs, ys, t);
    EXPECT_EQ(ys.data, (std::vector<float>{2, 4, 6}));
    EXPECT_EQ(t(), 12);
}

}  // namespace
}  // namespace sporkle::testing
