// Calls through the public interface.
#include <gtest/gtest.h>

#include <sporkle/sporkle.hpp>

#include "tests/runtime/kernels.hpp"

namespace sporkle::test {
namespace {

Options quiet() {
    Options options;
    options.wisdom = "";
    return options;
}

TEST(Context, RunsAMap) {
    const Context ctx(quiet());
    auto vx = ctx.array<float>({1000}), vy = ctx.array<float>({1000}), vz = ctx.array<float>({1000});
    for (int n = 0; n < 1000; ++n) {
        vx(n) = static_cast<float>(n);
        vy(n) = 0.5f;
    }
    ctx.run(saxpy, 2.0f, vx, vy, vz);
    for (int n = 0; n < 1000; ++n) ASSERT_EQ(vz(n), 2.0f * static_cast<float>(n) + 0.5f) << n;
}

}  // namespace
}  // namespace sporkle::test
