// The Programs of the notation, entry by entry, against Programs that are built by hand.
#include <gtest/gtest.h>

#include <sporkle/dsl.hpp>
#include <sporkle/order.hpp>
#include <sporkle/validate.hpp>

#include "tests/support/program_builder.hpp"

namespace sporkle::testing {
namespace {

using namespace sporkle::dsl;
using sporkle::dsl::index;

constexpr auto i = index<"i">;
constexpr auto j = index<"j">;
constexpr auto k = index<"k">;
constexpr auto A = tensor<"A", f32, 2>;
constexpr auto B = tensor<"B", f32, 2>;
constexpr auto C = tensor<"C", f32, 2>;

/// Equal in everything that a Program says, names included.
void expect_equal(const Program& actual, const Program& expected) {
    ASSERT_EQ(validate(actual), "");
    EXPECT_EQ(hash_of(actual), hash_of(expected));
    EXPECT_EQ(actual.name.view(), expected.name.view());
    ASSERT_EQ(actual.tensor_count, expected.tensor_count);
    for (int t = 0; t < actual.tensor_count; ++t)
        EXPECT_EQ(actual.tensors[t].name.view(), expected.tensors[t].name.view());
    ASSERT_EQ(actual.scalar_count, expected.scalar_count);
    for (int s = 0; s < actual.scalar_count; ++s)
        EXPECT_EQ(actual.scalars[s].name.view(), expected.scalars[s].name.view());
    ASSERT_EQ(actual.index_count, expected.index_count);
    for (int n = 0; n < actual.index_count; ++n)
        EXPECT_EQ(actual.indices[n].name.view(), expected.indices[n].name.view());
}

TEST(Program, MatrixProduct) {
    constexpr auto dense =
        kernel<"dense">(C(i, j) = max(sum(k, A(i, k) * B(k, j)) + tensor<"bias", f32, 1>(j), 0.0f));
    ProgramBuilder b("dense");
    const int bk = b.index("k"), bi = b.index("i"), bj = b.index("j");
    const int bA = b.input("A", f32, 2), bB = b.input("B", f32, 2), bias = b.input("bias", f32, 1);
    const int bC = b.output("C", f32, 2);
    const int left = b.read(bA, {at(bi), at(bk)});
    const int right = b.read(bB, {at(bk), at(bj)});
    const int product = b.reduce(Reduce::sum, Order::chain, {bk}, b.binary(Op::mul, left, right));
    const int sum = b.binary(Op::add, product, b.read(bias, {at(bj)}));
    const int zero = b.literal(f32, 0);
    b.assign(bC, {at(bi), at(bj)}, b.binary(Op::max, sum, zero));
    expect_equal(dense.program(), b.finish());
}

TEST(Program, WindowWithNumbersInAffineOrder) {
    // Terms stand in ascending order of index number, however they are written, and are added up.
    constexpr auto y = index<"y">;
    constexpr auto r = index<"r", 3>;
    constexpr auto I = tensor<"I", i16, 1>;
    constexpr auto O = tensor<"O", i16, 1>;
    constexpr auto window = kernel<"window">(
        O(y) = sum(r, I.boundary(reflect)(-1 + y * 3 - (1 - 2 * r) + r - y + 5)).order(lanes));
    ProgramBuilder b("window");
    const int br = b.index("r", 3), by = b.index("y");
    const int bI = b.input("I", i16, 1, Boundary::reflect), bO = b.output("O", i16, 1);
    const int read = b.read(bI, {at({{by, 2}, {br, 3}}, 3)});
    b.assign(bO, {at(by)}, b.reduce(Reduce::sum, Order::lanes, {br}, read));
    expect_equal(window.program(), b.finish());
}

TEST(Program, ReadsAreSharedAndReductionsNumberedFromOutside) {
    constexpr auto x = tensor<"x", f32, 1>;
    constexpr auto m = temporary<"m", f32, 1>;
    constexpr auto alpha = scalar<"alpha", f32>;
    constexpr auto two = kernel<"two">(
        m(i) = sum(j, A(i, j) * max(k, x(k) - x(k))),
        C(i, j) = select(m(i) > x(j), alpha, cast<f16>(fma(A(i, j), alpha, cast<f32>(value(j))))));
    ProgramBuilder b("two");
    const int bj = b.index("j"), bi = b.index("i"), bk = b.index("k");
    const int bA = b.input("A", f32, 2), bx = b.input("x", f32, 1), bm = b.temporary("m", f32, 1);
    const int balpha = b.scalar("alpha", f32), bC = b.output("C", f32, 2);
    const int factor = b.read(bA, {at(bi), at(bj)});                    // access 0
    const int one = b.read(bx, {at(bk)}), same = b.read(bx, {at(bk)});  // accesses 1 and 2
    const int inner = b.reduce(Reduce::max, Order::lanes, {bk}, b.binary(Op::sub, one, same));
    b.assign(bm, {at(bi)}, b.reduce(Reduce::sum, Order::lanes, {bj}, b.binary(Op::mul, factor, inner)));
    const int left = b.read(bm, {at(bi)}), right = b.read(bx, {at(bj)});  // accesses 3 and 4
    const int condition = b.binary(Op::greater, left, right);
    const int yes = b.read_scalar(balpha);
    const int again = b.read(bA, {at(bi), at(bj)});  // access 5
    const int other = b.read_scalar(balpha);
    const int sum = b.fma(again, other, b.cast(f32, b.index_value(bj)));
    b.assign(bC, {at(bi), at(bj)}, b.select(condition, yes, b.cast(f16, sum)));
    Program expected = b.finish();
    // The notation holds equal reads once, and numbers the outer of two reductions first.
    expected.access_count = 4;
    expected.accesses[2] = expected.accesses[3];
    expected.accesses[3] = expected.accesses[4];
    const std::uint16_t merged[] = {0, 1, 1, 2, 3, 0};
    std::swap(expected.reductions[0], expected.reductions[1]);
    for (int n = 0; n < expected.node_count; ++n) {
        Node& node = expected.nodes[n];
        if (node.op == Op::access) node.ref = merged[node.ref];
        if (node.op == Op::reduce) node.ref ^= 1;
    }
    expect_equal(two.program(), expected);
}

TEST(Program, ArgumentsAreInputsAndScalarsAsTheyAppearThenOutputs) {
    constexpr auto x = tensor<"x", f64, 1>;
    constexpr auto beta = scalar<"beta", f64>;
    constexpr auto t = temporary<"t", f64, 1>;
    constexpr auto first = tensor<"first", f64, 1>;
    constexpr auto second = tensor<"second", f64, 1>;
    constexpr auto alpha = scalar<"alpha", f64>;
    constexpr auto both = kernel<"both">(first(i) = beta * x(i), t(i) = first(i) + 1,
                                         second(i) = t(i) * alpha + tensor<"w", f64, 0>() * x(i));
    constexpr Signature s = both.signature;
    ASSERT_EQ(s.count, 6);
    const std::string_view names[] = {"beta", "x", "alpha", "w", "first", "second"};
    for (int a = 0; a < 6; ++a) EXPECT_EQ(s.arguments[a].name.view(), names[a]);
    EXPECT_TRUE(s.arguments[0].is_scalar);
    EXPECT_EQ(s.arguments[1].rank, 1);
    EXPECT_EQ(s.arguments[3].rank, 0);
    EXPECT_EQ(s.arguments[5].role, Role::output);
    EXPECT_EQ(signature_of(both.program()), s);
}

// --- default orders ---

template <class K>
consteval Order order_of(const K& kernel) {
    return kernel.program().reductions[0].order;
}

TEST(DefaultOrder, SmallStaticExtentsChain) {
    constexpr auto r8 = index<"r8", 8>;
    constexpr auto q8 = index<"q8", 8>;
    constexpr auto q9 = index<"q9", 9>;
    constexpr auto x = tensor<"x", f32, 1>;
    constexpr auto s = tensor<"s", f32, 0>;
    constexpr auto r64 = index<"r64", 64>;
    constexpr auto r65 = index<"r65", 65>;
    static_assert(order_of(kernel<"k">(s() = sum(r64, x(r64)))) == chain);
    static_assert(order_of(kernel<"k">(s() = sum(r65, x(r65)))) == lanes);
    static_assert(order_of(kernel<"k">(s() = max(r8, q8, A(r8, q8)))) == chain);
    static_assert(order_of(kernel<"k">(s() = max(r8, q9, A(r8, q9)))) == lanes);
    static_assert(order_of(kernel<"k">(s() = sum(r8, i, A(r8, i)))) == lanes);  // i is known at the call only
    constexpr auto huge = index<"huge", std::int64_t{1} << 33>;
    constexpr auto huge2 = index<"huge2", std::int64_t{1} << 33>;
    static_assert(order_of(kernel<"k">(s() = sum(huge, huge2, A(huge, huge2)))) == lanes);  // no overflow
}

TEST(DefaultOrder, ProductsWithFreeIndicesOnBothSidesChain) {
    constexpr auto x = tensor<"x", f32, 1>;
    constexpr auto y = tensor<"y", f32, 1>;
    constexpr auto s = tensor<"s", f32, 0>;
    static_assert(order_of(kernel<"gemm">(C(i, j) = sum(k, A(i, k) * B(k, j)))) == chain);
    static_assert(order_of(kernel<"gemv">(y(i) = sum(k, A(i, k) * x(k)))) == lanes);
    static_assert(order_of(kernel<"dot">(s() = sum(k, x(k) * y(k)))) == lanes);
    static_assert(order_of(kernel<"squares">(y(i) = sum(k, A(i, k) * A(i, k)))) == lanes);
    static_assert(order_of(kernel<"cast">(C(i, j) = sum(k, cast<f32>(A(i, k)) * (B(k, j) + 1)))) == chain);
    static_assert(order_of(kernel<"no_product">(C(i, j) = sum(k, A(i, k) + B(k, j)))) == lanes);
    static_assert(order_of(kernel<"outer">(C(i, j) = max(k, A(i, k) * B(k, j)))) == chain);
    static_assert(order_of(kernel<"negated">(C(i, j) = sum(k, -(A(i, k) * B(k, j))))) == lanes);
    // An index reduced inside a factor is not free in it.
    constexpr auto l = index<"l">;
    static_assert(order_of(kernel<"inner">(y(i) = sum(k, A(i, k) * sum(l, B(k, l))))) == lanes);
    static_assert(order_of(kernel<"number">(C(i, j) = sum(k, A(i, k) * cast<f32>(value(j))))) == chain);
}

TEST(DefaultOrder, TheKernelMayNameAnother) {
    static_assert(order_of(kernel<"k">(C(i, j) = sum(k, A(i, k) * B(k, j)).order(lanes))) == lanes);
    static_assert(order_of(kernel<"k">(C(i, j) = sum(k, A(i, k) + B(k, j)).order(chain))) == chain);
    static_assert(order_of(kernel<"k">(C(i, j) = 1 + sum(k, A(i, k) * B(k, j)).order(any))) == any);
}

TEST(DefaultOrder, IsThatOfEachReductionByItself) {
    constexpr auto three =
        kernel<"three">(C(i, j) = sum(k, A(i, k) * B(k, j)).order(lanes) + sum(k, A(i, k) * B(k, j)) +
                                  max(k, A(i, k)).order(chain));
    EXPECT_EQ(three.program().reductions[0].order, lanes);
    EXPECT_EQ(three.program().reductions[1].order, chain);
    EXPECT_EQ(three.program().reductions[2].order, chain);
}

TEST(DefaultOrder, OfAProgramBuiltAtRunTime) {
    ProgramBuilder b("gemm");
    const int bi = b.index("i"), bj = b.index("j"), bk = b.index("k");
    const int bA = b.input("A", f32, 2), bC = b.output("C", f32, 2);
    const int product = b.binary(Op::mul, b.read(bA, {at(bi), at(bk)}), b.read(bA, {at(bk), at(bj)}));
    b.assign(bC, {at(bi), at(bj)}, b.reduce(Reduce::sum, Order::any, {bk}, product));
    Program p = b.finish(), named = p;
    set_default_orders(p);
    EXPECT_EQ(p.reductions[0].order, chain);
    set_default_orders(named, 1);
    EXPECT_EQ(named.reductions[0].order, any);
}

TEST(Program, NumericsClass) {
    constexpr auto exact = kernel<"k">(C(i, j) = A(i, j));
    constexpr auto quick = exact.numerics(fast);
    EXPECT_EQ(exact.program().numerics, reproducible);
    EXPECT_EQ(quick.program().numerics, fast);
    EXPECT_NE(exact.hash(), quick.hash());
    EXPECT_EQ(quick.hash(), hash_of(quick.program()));
    EXPECT_EQ(exact.hash(), quick.numerics(reproducible).hash());
}

}  // namespace
}  // namespace sporkle::testing
