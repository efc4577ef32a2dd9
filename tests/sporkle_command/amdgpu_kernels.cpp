// Kernels of one and of several dispatches, for AMD GPUs.
#include <sporkle/dsl.hpp>

namespace {

using namespace sporkle::dsl;

constexpr auto i = index<"i">;
constexpr auto j = index<"j">;
constexpr auto k = index<"k">;
constexpr auto A = tensor<"A", f32, 2>;
constexpr auto B = tensor<"B", f32, 2>;
constexpr auto C = tensor<"C", f32, 2>;
constexpr auto X = tensor<"X", f32, 1>;
constexpr auto Y = tensor<"Y", f32, 1>;
constexpr auto whole = tensor<"whole", f32, 0>;

constexpr auto twice = kernel<"twice">(Y(i) = X(i) + X(i));
constexpr auto product = kernel<"product">(C(i, j) = sum(k, A(i, k) * B(k, j)));
constexpr auto total = kernel<"total">(whole() = sum(i, X(i)));

}  // namespace

SPORKLE_EXPORT(twice, product, total)
