// What normalisation makes of a kernel; that it computes the same is for the conformance suite.
#include <gtest/gtest.h>

#include <sporkle/dsl.hpp>

#include "codegen/lower/normalize.hpp"

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

int reductions_in(const Program& p) {
    int count = 0;
    for (int n = 0; n < p.node_count; ++n) count += p.nodes[n].op == Op::reduce;
    return count;
}

TEST(Normalize, EqualSumsAreOneSum) {
    constexpr auto t = sum(k, A(i, k) * B(k, j));
    constexpr Program source = kernel<"swish">(C(i, j) = t * sigmoid(t)).program();
    ASSERT_EQ(reductions_in(source), 2);
    const Program p = codegen::normalize(source);
    EXPECT_EQ(p.statement_count, 1);
    EXPECT_EQ(p.tensor_count, source.tensor_count);  // no temporary
    EXPECT_EQ(reductions_in(p), 1);
}

TEST(Normalize, DifferentSumsStayApart) {
    constexpr Program source =
        kernel<"both">(C(i, j) = sum(k, A(i, k) * B(k, j)) * sum(k, A(i, k) + B(k, j))).program();
    const Program p = codegen::normalize(source);
    EXPECT_EQ(p.statement_count, 2);
    EXPECT_EQ(reductions_in(p), 2);
}

}  // namespace
}  // namespace sporkle::testing
