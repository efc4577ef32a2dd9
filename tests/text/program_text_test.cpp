// Programs in text: expressions mean what they say, parenthesised where C++ needs it and only there.
#include "codegen/text/program_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include <sporkle/analysis.hpp>
#include <sporkle/validate.hpp>

#include "codegen/text/expression.hpp"
#include "tests/support/program_builder.hpp"

namespace sporkle::testing {
namespace {

/// Everything from "tensors" on: the hash is tested where it is made.
std::string tables(const Program& program) {
    EXPECT_EQ(validate(program), "");
    const std::string text = codegen::to_text(program);
    return text.substr(text.find("tensors\n"));
}

TEST(ProgramText, ADenseLayer) {
    ProgramBuilder b("dense");
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int A = b.input("A", DType::f32, 2), B = b.input("B", DType::f32, 2),
              bias = b.input("bias", DType::f32, 1);
    const int C = b.output("C", DType::f32, 2);
    const int product = b.binary(Op::mul, b.read(A, {at(i), at(k)}), b.read(B, {at(k), at(j)}));
    const int sum = b.reduce(Reduce::sum, Order::any, {k}, product);
    b.assign(C, {at(i), at(j)},
             b.binary(Op::max, b.binary(Op::add, sum, b.read(bias, {at(j)})), b.literal(DType::f32, 0)));
    const Program program = b.finish();
    EXPECT_EQ(codegen::to_text(program).substr(0, 33), "kernel dense (reproducible)\nhash ");
    EXPECT_EQ(tables(program), R"(tensors
  A     input      f32   rank 2
  B     input      f32   rank 2
  bias  input      f32   rank 1
  C     output     f32   rank 2
indices
  i, j, k
reductions
  sum over k: chain, by fma
arguments
  A, B, bias, C
statements
  C(i, j) = max(sum(k, A(i, k) * B(k, j)) + bias(j), 0.0f)
)");
}

TEST(ProgramText, WindowsTemporariesScalarsAndSharedValues) {
    ProgramBuilder b("soft");
    const int y = b.index("y"), r = b.index("r", 3);
    const int I = b.input("I", DType::bf16, 1, Boundary::reflect);
    const int T = b.temporary("T", DType::f32, 1), O = b.output("O", DType::f32, 1);
    const int alpha = b.scalar("alpha", DType::f32);
    const int windowed = b.reduce(Reduce::max, Order::lanes, {r}, b.read(I, {at({{y, 2}, {r, -1}}, -1)}));
    b.assign(T, {at(y)}, b.unary(Op::exp, windowed));
    const int t = b.unary(Op::sqrt, b.read(T, {at(y)}));
    b.assign(O, {at(y)},
             b.fma(t, b.read_scalar(alpha), b.binary(Op::div, t, b.cast(DType::f32, b.index_value(y)))));
    EXPECT_EQ(tables(b.finish()), R"(tensors
  I  input      bf16  rank 1  boundary reflect
  T  temporary  f32   rank 1
  O  output     f32   rank 1
scalars
  alpha  f32
indices
  y, r = 3
reductions
  max over r: lanes
arguments
  I, alpha, O
statements
  T(y) = exp(max(r, I(y*2 - r - 1)))
  let $1 = sqrt(T(y))
  O(y) = fma($1, alpha, $1 / cast<f32>(y))
)");
}

/// The text of an expression over the inputs a, b, c of rank 0.
class ExpressionTextTest : public ::testing::Test {
  protected:
    ExpressionTextTest() : builder("expression") {}
    int input(const char* name, DType type = DType::i32) {
        return builder.read(builder.input(name, type, 0), {});
    }
    std::string text(int node) { return codegen::ExpressionText(builder.peek()).definition(node); }
    int binary(Op op, int x, int y) { return builder.binary(op, x, y); }

    ProgramBuilder builder;
};

TEST_F(ExpressionTextTest, ParenthesesStandWhereTheyAreNeeded) {
    const int a = input("a"), b = input("b"), c = input("c");
    EXPECT_EQ(text(binary(Op::mul, binary(Op::add, a, b), c)), "(a() + b()) * c()");
    EXPECT_EQ(text(binary(Op::add, a, binary(Op::mul, b, c))), "a() + b() * c()");
    EXPECT_EQ(text(binary(Op::sub, binary(Op::sub, a, b), c)), "a() - b() - c()");
    EXPECT_EQ(text(binary(Op::sub, a, binary(Op::sub, b, c))), "a() - (b() - c())");
    EXPECT_EQ(text(binary(Op::bit_and, binary(Op::shl, a, b), binary(Op::bit_or, b, c))),
              "a() << b() & (b() | c())");
    EXPECT_EQ(text(binary(Op::less, binary(Op::rem, a, b), c)), "a() % b() < c()");
    EXPECT_EQ(text(builder.unary(Op::neg, binary(Op::add, a, b))), "-(a() + b())");
    EXPECT_EQ(text(builder.unary(Op::neg, builder.unary(Op::neg, a))), "-(-a())");
    EXPECT_EQ(text(binary(Op::mul, builder.unary(Op::bit_not, a), b)), "~a() * b()");
    EXPECT_EQ(text(binary(Op::min, binary(Op::add, a, b), c)), "min(a() + b(), c())");
    const int less = binary(Op::less, a, b), equal = binary(Op::equal, b, c);
    EXPECT_EQ(text(builder.select(binary(Op::logical_and, less, binary(Op::logical_or, equal, less)), a, c)),
              "select(a() < b() && (b() == c() || a() < b()), a(), c())");
}

TEST_F(ExpressionTextTest, LiteralsShowTheirType) {
    EXPECT_EQ(codegen::text_of_literal(DType::f64, std::bit_cast<std::uint64_t>(0.1)), "0.1");
    EXPECT_EQ(codegen::text_of_literal(DType::f64, std::bit_cast<std::uint64_t>(3.0)), "3.0");
    EXPECT_EQ(codegen::text_of_literal(DType::f32, std::bit_cast<std::uint32_t>(-0.0f)), "-0.0f");
    EXPECT_EQ(codegen::text_of_literal(DType::f32, std::bit_cast<std::uint32_t>(1e30f)), "1e+30f");
    EXPECT_EQ(codegen::text_of_literal(DType::f32, 0x7fc00001), "nan(0x7fc00001)f");
    EXPECT_EQ(codegen::text_of_literal(DType::i32, ~std::uint64_t{0}), "-1");
    EXPECT_EQ(codegen::text_of_literal(DType::u8, 200), "u8(200)");
    EXPECT_EQ(codegen::text_of_literal(DType::i64, ~std::uint64_t{6}), "i64(-7)");
    EXPECT_EQ(codegen::text_of_literal(DType::boolean, 1), "true");
}

TEST_F(ExpressionTextTest, SubscriptsReadLikeTheDsl) {
    const int i = builder.index("i"), j = builder.index("j");
    const auto subscript = [&](std::vector<std::pair<int, int>> terms, int constant) {
        return codegen::text_of(builder.peek(), at(std::move(terms), constant));
    };
    EXPECT_EQ(subscript({{i, 1}}, 0), "i");
    EXPECT_EQ(subscript({{i, -1}, {j, 3}}, 0), "-i + j*3");
    EXPECT_EQ(subscript({{i, -2}, {j, -1}}, -4), "-i*2 - j - 4");
    EXPECT_EQ(subscript({}, -4), "-4");
    EXPECT_EQ(subscript({{i, 1}}, 2147483647), "i + 2147483647");
    EXPECT_EQ(subscript({{i, std::numeric_limits<int>::min()}}, std::numeric_limits<int>::min()),
              "-i*2147483648 - 2147483648");
}

TEST(ProgramText, EveryOperationHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (int op = 0; op < op_count; ++op) names.insert(codegen::name_of(static_cast<Op>(op)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(op_count));
    EXPECT_EQ(codegen::name_of(Op::rsqrt), "rsqrt");
    EXPECT_EQ(codegen::name_of(Op::shr), "shr");
    EXPECT_EQ(codegen::name_of(Op::not_equal), "not_equal");
    EXPECT_EQ(codegen::name_of(Op::reduce), "reduce");
}

}  // namespace
}  // namespace sporkle::testing
