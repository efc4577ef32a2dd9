// Kernels where <cstring> came first, and POSIX's index() with it: in a namespace, with a using-declaration.
#include <cstring>

#include <gtest/gtest.h>

#include <sporkle/dsl.hpp>

namespace application {

using namespace sporkle::dsl;
using sporkle::dsl::index;

constexpr auto i = index<"i">;
constexpr auto copy = kernel<"copy">(tensor<"y", f32, 1>(i) = tensor<"x", f32, 1>(i));

}  // namespace application

TEST(Coexistence, AfterStringHeaders) { EXPECT_EQ(application::copy.signature.count, 2); }
