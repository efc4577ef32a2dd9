// What the reference makes of whole Programs, by small examples with known results.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <sporkle/half.hpp>
#include <sporkle/reference.hpp>
#include <sporkle/validate.hpp>

#include "tests/support/program_builder.hpp"

namespace sporkle::testing {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

template <class T>
CallArgument row(std::vector<T>& values) {
    CallArgument a;
    a.tensor = {values.data(), {1}, {static_cast<std::int64_t>(values.size())}};
    return a;
}
template <class T>
CallArgument matrix(std::vector<T>& values, std::int64_t rows, std::int64_t columns) {
    CallArgument a;
    a.tensor = {values.data(), {columns, 1}, {rows, columns}};
    return a;
}
CallArgument scalar(std::uint64_t bits) {
    CallArgument a;
    a.scalar = bits;
    return a;
}

void evaluate(const Program& p, std::vector<CallArgument> arguments) {
    ASSERT_EQ(validate(p), "");
    reference(p, arguments);
}

/// y(i) = x(i + shift) for i < 9, x = 10 11 12 13
std::vector<float> shifted(Boundary rule, int shift) {
    ProgramBuilder b("shift");
    const int i = b.index("i");
    const int X = b.input("x", DType::f32, 1, rule), Y = b.output("y", DType::f32, 1);
    b.assign(Y, {at(i)}, b.read(X, {at({{i, 1}}, shift)}));
    std::vector<float> x = {10, 11, 12, 13}, y(9);
    evaluate(b.finish(), {row(x), row(y)});
    return y;
}

TEST(Reference, boundary_rules) {
    using V = std::vector<float>;
    EXPECT_EQ(shifted(Boundary::zero, -2), V({0, 0, 10, 11, 12, 13, 0, 0, 0}));
    EXPECT_EQ(shifted(Boundary::clamp, -2), V({10, 10, 10, 11, 12, 13, 13, 13, 13}));
    EXPECT_EQ(shifted(Boundary::wrap, -2), V({12, 13, 10, 11, 12, 13, 10, 11, 12}));
    EXPECT_EQ(shifted(Boundary::reflect, -2), V({12, 11, 10, 11, 12, 13, 12, 11, 10}));
    EXPECT_EQ(shifted(Boundary::wrap, -1000), V({10, 11, 12, 13, 10, 11, 12, 13, 10}));
    EXPECT_EQ(shifted(Boundary::reflect, -8), V({12, 11, 10, 11, 12, 13, 12, 11, 10}));
}

TEST(Reference, reflection_in_one_element) {
    ProgramBuilder b("one");
    const int i = b.index("i");
    const int X = b.input("x", DType::i32, 1, Boundary::reflect), Y = b.output("y", DType::i32, 1);
    b.assign(Y, {at(i)}, b.read(X, {at({{i, -3}}, 2)}));
    std::vector<std::int32_t> x = {7}, y(4);
    evaluate(b.finish(), {row(x), row(y)});
    EXPECT_EQ(y, std::vector<std::int32_t>(4, 7));
}

TEST(Reference, arg_extremes) {
    const auto run = [](Reduce kind, Order order, std::vector<float> x) {
        ProgramBuilder b("arg");
        const int i = b.index("i");
        const int X = b.input("x", DType::f32, 1), Y = b.output("y", DType::i64, 0);
        b.assign(Y, {}, b.reduce(kind, order, {i}, b.read(X, {at(i)})));
        std::vector<std::int64_t> y = {99};
        evaluate(b.finish(), {row(x), row(y)});
        return y[0];
    };
    for (const Order order : {Order::chain, Order::lanes}) {
        EXPECT_EQ(run(Reduce::argmax, order, {1, 5, 5, 2}), 1);
        EXPECT_EQ(run(Reduce::argmin, order, {1, 0, 5, 0}), 1);
        EXPECT_EQ(run(Reduce::argmax, order, {nan, 3, nan, 4, nan}), 3);
        EXPECT_EQ(run(Reduce::argmax, order, {nan, nan}), -1);
        EXPECT_EQ(run(Reduce::argmin, order, {}), -1);
        EXPECT_EQ(run(Reduce::argmax, order, {nan, -infinity, -infinity}), 1);
        EXPECT_EQ(run(Reduce::argmin, order, {infinity}), 0);
        EXPECT_EQ(run(Reduce::argmax, order, {-0.0f, 0.0f}), 0);
        std::vector<float> many(10000, 1.0f);
        many[9000] = many[4200] = 2;  // in different blocks and lanes
        EXPECT_EQ(run(Reduce::argmax, order, many), 4200);
    }
}

TEST(Reference, identities_of_empty_reductions) {
    const auto run = [](Reduce kind) {
        ProgramBuilder b("empty");
        const int i = b.index("i");
        const int X = b.input("x", DType::i16, 1), Y = b.output("y", DType::i16, 0);
        b.assign(Y, {}, b.reduce(kind, Order::lanes, {i}, b.read(X, {at(i)})));
        std::vector<std::int16_t> x, y = {99};
        evaluate(b.finish(), {row(x), row(y)});
        return y[0];
    };
    EXPECT_EQ(run(Reduce::sum), 0);
    EXPECT_EQ(run(Reduce::prod), 1);
    EXPECT_EQ(run(Reduce::max), -32768);
    EXPECT_EQ(run(Reduce::min), 32767);
}

TEST(Reference, storage_types_round_at_the_store) {
    ProgramBuilder b("store");
    const int i = b.index("i");
    const int X = b.input("x", DType::f16, 1), Y = b.output("y", DType::f16, 1),
              Z = b.output("z", DType::f32, 1);
    const int third = b.binary(Op::div, b.read(X, {at(i)}), b.literal(DType::f32, 3));
    b.assign(Y, {at(i)}, third);
    b.assign(Z, {at(i)}, b.binary(Op::sub, b.read(Y, {at(i)}), third));  // reads the rounded value
    std::vector<half> x = {half(1.0f), half(2.0f)}, y(2);
    std::vector<float> z(2);
    evaluate(b.finish(), {row(x), row(y), row(z)});
    EXPECT_EQ(static_cast<float>(y[0]), static_cast<float>(half(1.0f / 3)));
    EXPECT_EQ(z[0], static_cast<float>(half(1.0f / 3)) - 1.0f / 3);
    EXPECT_NE(z[0], 0);
}

TEST(Reference, scalars_of_every_type) {
    ProgramBuilder b("scalars");
    const int Y = b.output("y", DType::f64, 0);
    const int a = b.scalar("a", DType::f16), c = b.scalar("c", DType::i8), d = b.scalar("d", DType::boolean);
    const int sum =
        b.binary(Op::add, b.cast(DType::f64, b.read_scalar(a)), b.cast(DType::f64, b.read_scalar(c)));
    b.assign(Y, {}, b.select(b.read_scalar(d), sum, b.literal(DType::f64, 0)));
    double y = 0;
    CallArgument out;
    out.tensor.data = &y;
    evaluate(b.finish(), {scalar(1), scalar(half(1.5f).bits()), scalar(0xffffff00 | 0xfe), out});
    EXPECT_EQ(y, -0.5);
}

TEST(Reference, sub_pixel_left_side) {
    ProgramBuilder b("interleave");
    const int i = b.index("i"), p = b.index("p", 2);
    const int X = b.input("x", DType::i32, 2), Y = b.output("y", DType::i32, 1);
    const int index = b.cast(DType::i32, b.index_value(i));
    b.assign(Y, {at({{i, 2}, {p, 1}})}, b.binary(Op::add, b.read(X, {at(p), at(i)}), index));
    std::vector<std::int32_t> x = {10, 20, 30, 100, 200, 300}, y(6);
    evaluate(b.finish(), {matrix(x, 2, 3), row(y)});
    EXPECT_EQ(y, (std::vector<std::int32_t>{10, 100, 21, 201, 32, 302}));
}

TEST(Reference, soft_max_by_temporaries_with_strides) {
    ProgramBuilder b("softmax");
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int X = b.input("x", DType::f64, 2), Y = b.output("y", DType::f64, 2);
    const int M = b.temporary("m", DType::f64, 1), S = b.temporary("s", DType::f64, 1);
    const auto exp = [&](int column) {
        return b.unary(Op::exp, b.binary(Op::sub, b.read(X, {at(i), at(column)}), b.read(M, {at(i)})));
    };
    b.assign(M, {at(i)}, b.reduce(Reduce::max, Order::lanes, {k}, b.read(X, {at(i), at(k)})));
    b.assign(S, {at(i)}, b.reduce(Reduce::sum, Order::lanes, {k}, exp(k)));
    b.assign(Y, {at(i), at(j)}, b.binary(Op::div, exp(j), b.read(S, {at(i)})));
    std::vector<double> x = {1, 2, 3, 1000, 1000, 1001}, y(8, -1);
    CallArgument out;
    out.tensor = {y.data() + 1, {1, 2}, {2, 3}};  // column by column, one element in
    evaluate(b.finish(), {matrix(x, 2, 3), out});
    const double e = std::exp(1), s = 1 + e + e * e, t = 2 + e;
    const double expected[8] = {-1, 1 / s, 1 / t, e / s, 1 / t, e * e / s, e / t, -1};
    for (int n = 0; n < 8; ++n) EXPECT_NEAR(y[static_cast<std::size_t>(n)], expected[n], 1e-12) << n;
}

/// A reduction whose value depends on an outer reduction's index.
TEST(Reference, nested_reductions) {
    ProgramBuilder b("nested");
    const int i = b.index("i"), k = b.index("k"), l = b.index("l");
    const int X = b.input("x", DType::i64, 2), W = b.input("w", DType::i64, 2),
              Y = b.output("y", DType::i64, 1);
    const int inner = b.reduce(Reduce::max, Order::chain, {l},
                               b.binary(Op::mul, b.read(X, {at(i), at(l)}), b.read(W, {at(l), at(k)})));
    b.assign(Y, {at(i)}, b.reduce(Reduce::sum, Order::chain, {k}, inner));
    std::vector<std::int64_t> x = {1, 2, 3, 4}, w = {1, -1, 5, -1, 2, 0}, y(2);
    evaluate(b.finish(), {matrix(x, 2, 2), matrix(w, 2, 3), row(y)});
    // products per (i, k): max(1·1, 2·-1), max(1·-1, 2·2), max(1·5, 2·0); max(3, -4), max(-3, 8), max(15, 0)
    EXPECT_EQ(y, (std::vector<std::int64_t>{1 + 4 + 5, 3 + 8 + 15}));
}

/// All inputs are read before an output is written, whatever memory they share.
TEST(Reference, outputs_may_share_memory_with_inputs) {
    ProgramBuilder b("shift");
    const int i = b.index("i");
    const int X = b.input("x", DType::f32, 1, Boundary::zero), Y = b.output("y", DType::f32, 1);
    b.assign(Y, {at(i)}, b.binary(Op::add, b.read(X, {at({{i, 1}}, -1)}), b.read(X, {at(i)})));
    const Program p = b.finish();
    std::vector<float> v(200), expected(200);
    for (std::size_t n = 0; n < v.size(); ++n) v[n] = static_cast<float>(n * n);
    for (std::size_t n = 0; n < v.size(); ++n) expected[n] = v[n] + (n > 0 ? v[n - 1] : 0);
    std::vector<float> in_place = v;
    evaluate(p, {row(in_place), row(in_place)});
    EXPECT_EQ(in_place, expected);

    std::vector<float> reversed = v;  // the output lies backwards on the input
    CallArgument backwards;
    backwards.tensor = {reversed.data() + 199, {-1}, {200}};
    evaluate(p, {row(reversed), backwards});
    EXPECT_EQ(std::vector<float>(reversed.rbegin(), reversed.rend()), expected);
}

TEST(Reference, a_broadcast_input_may_share_memory_with_the_output) {
    ProgramBuilder b("add");
    const int i = b.index("i");
    const int X = b.input("x", DType::f32, 1), Y = b.output("y", DType::f32, 1);
    b.assign(Y, {at(i)}, b.binary(Op::add, b.read(X, {at(i)}), b.literal(DType::f32, 1)));
    std::vector<float> v = {5, 6, 7};
    CallArgument repeated;
    repeated.tensor = {v.data(), {0}, {3}};
    evaluate(b.finish(), {repeated, row(v)});
    EXPECT_EQ(v, (std::vector<float>{6, 6, 6}));
}

/// The inner reduction has 2^61 results, more than a vector can hold.
TEST(Reference, too_little_memory_is_an_error) {
    ProgramBuilder b("large");
    const int i = b.index("i", std::int64_t(1) << 40), j = b.index("j", 1 << 21), k = b.index("k", 2);
    const int Y = b.output("y", DType::i64, 0);
    const int ij = b.binary(Op::mul, b.index_value(i), b.index_value(j));
    const int inner = b.reduce(Reduce::sum, Order::chain, {k}, b.binary(Op::add, ij, b.index_value(k)));
    b.assign(Y, {}, b.reduce(Reduce::sum, Order::chain, {i, j}, inner));
    std::int64_t y = 0;
    CallArgument out;
    out.tensor.data = &y;
    try {
        evaluate(b.finish(), {out});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
    }
}

}  // namespace
}  // namespace sporkle::testing
