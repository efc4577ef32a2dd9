// Along which index the vectors of a reduction lie.
#include <gtest/gtest.h>

#include <sporkle/dsl.hpp>

#include "codegen/lower/axis.hpp"
#include "codegen/lower/normalize.hpp"

namespace sporkle::testing {
namespace {

using namespace sporkle::dsl;
using codegen::Axis;
using sporkle::dsl::index;

constexpr auto i = index<"i">;
constexpr auto j = index<"j">;
constexpr auto k = index<"k">;
constexpr auto A = tensor<"A", f32, 2>;
constexpr auto B = tensor<"B", f32, 2>;
constexpr auto C = tensor<"C", f32, 2>;
constexpr auto y = tensor<"y", f32, 1>;

constexpr auto rows = kernel<"rows">(y(i) = sum(j, A(i, j)));
constexpr auto columns = kernel<"columns">(y(j) = sum(i, A(i, j)));
constexpr auto distances = kernel<"distances">(C(i, j) = sum(k, abs(A(i, k) - B(j, k))));
constexpr auto shortest_paths = kernel<"shortest_paths">(C(i, j) = min(k, A(i, k) + B(k, j)));

Axis axis_of(const Program& source) {
    const Program p = codegen::normalize(source);
    return codegen::preferred_axis(p, codegen::stages_of(p).front(), 0);
}

TEST(Axis, ReadsConsecutiveElements) {
    EXPECT_EQ(axis_of(rows.program()), Axis::reduction);
    EXPECT_EQ(axis_of(columns.program()), Axis::free);
    EXPECT_EQ(axis_of(distances.program()), Axis::reduction);
}

TEST(Axis, DoesNotStrideThroughOneFactorToFollowTheOther) {
    EXPECT_EQ(axis_of(shortest_paths.program()), Axis::free);
}

}  // namespace
}  // namespace sporkle::testing
