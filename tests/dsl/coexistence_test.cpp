// The notation beside the names of an application, of the standard library and of POSIX.
#include <sporkle/dsl.hpp>

// After the notation, as where an application's own headers follow its kernels.
#include <strings.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

// Global names that collide with machinery of the notation, were it in sporkle::dsl.
struct Value {};
struct Literal {};
struct Read {};
struct Kernel {};
struct Statement {};
struct Builder {};
namespace detail {
constexpr int answer = 42;
}
namespace errors {
constexpr int none = 0;
}

using namespace sporkle::dsl;

constexpr auto i = index<"i">;
constexpr auto x = tensor<"x", f32, 1>;
constexpr auto y = tensor<"y", f32, 1>;
constexpr auto kernel_at_global_scope = kernel<"global">(y(i) = max(exp(x(i)), 0.0f));

TEST(Coexistence, GlobalNamesOfAnApplication) {
    [[maybe_unused]] Value value_of_application;
    [[maybe_unused]] Literal literal;
    [[maybe_unused]] Read read;
    [[maybe_unused]] Kernel kernel_of_application;
    [[maybe_unused]] Statement statement;
    [[maybe_unused]] Builder builder;
    EXPECT_EQ(detail::answer, 42);
    EXPECT_EQ(errors::none, 0);
    EXPECT_EQ(kernel_at_global_scope.name(), "global");
}

TEST(Coexistence, FunctionsOfTheStandardLibrary) {
    EXPECT_EQ(exp(0.0), 1.0);
    EXPECT_EQ(abs(-2), 2);
    EXPECT_EQ(floor(2.5), 2.0);
    EXPECT_EQ(std::max(2, 3), 3);
}
