// Kernels for the tests of sporklec, one of each class.
#include <sporkle/dsl.hpp>

namespace {

using namespace sporkle::dsl;

constexpr auto i = index<"i">;
constexpr auto j = index<"j">;
constexpr auto k = index<"k">;
constexpr auto A = tensor<"A", f32, 2>;
constexpr auto B = tensor<"B", f32, 2>;
constexpr auto C = tensor<"C", f32, 2>;
constexpr auto x = tensor<"x", f32, 1>;
constexpr auto y = tensor<"y", f32, 1>;

constexpr auto product = kernel<"product">(C(i, j) = sum(k, A(i, k) * B(k, j)));
constexpr auto twice = kernel<"twice">(y(i) = x(i) + x(i));
constexpr auto rows = kernel<"rows">(y(i) = sum(k, A(i, k)));

}  // namespace

SPORKLE_EXPORT(product, twice)
SPORKLE_EXPORT(rows)
