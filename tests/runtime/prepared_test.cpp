// Prepared calls.
#include <gtest/gtest.h>

#include <memory>

#include "tests/runtime/allocations.hpp"
#include "tests/runtime/kernels.hpp"
#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

TEST(Prepared, SeesNewContents) {
    const Context ctx(plain_options());
    auto vx = ctx.array<float>({100}), vy = ctx.array<float>({100}), vz = ctx.array<float>({100});
    auto call = ctx.prepare(saxpy, 2.0f, vx, vy, vz);
    for (int round = 0; round < 5; ++round) {
        fill(vx.flat(), static_cast<float>(round));
        call();
        for (int e = 0; e < 100; ++e) ASSERT_EQ(vz(e), 2.0f * vx(e));
    }
}

TEST(Prepared, AllocatesNothingOnceDecided) {
    const TemporaryFolder folder;
    for (const Mode mode : {Mode::estimate, Mode::measure}) {
        Options options = remembering_options(folder / "wisdom.sqlite");
        options.mode = mode;
        options.threads = 2;
        const Context ctx(options);
        for (const int n : {8, 200}) {
            auto m = ctx.array<float>({n, n}), b = ctx.array<float>({n, n}), c = ctx.array<float>({n, n});
            auto call = ctx.prepare(product, m, b, c);
            for (int round = 0; round < 1000; ++round) {
                call();
                const Report report = ctx.report(product);
                if (report.workloads.back().chosen >= 0) break;
            }
            ASSERT_GE(ctx.report(product).workloads.back().chosen, 0);
            call();  // the one that goes over to the fast way
            const long before = allocations();
            for (int round = 0; round < 100; ++round) call();
            EXPECT_EQ(allocations(), before) << name_of(mode) << ", " << n;
        }
    }
}

TEST(Prepared, ChecksItsArgumentsWhenItIsMade) {
    const Context ctx(plain_options());
    auto vx = ctx.array<float>({100}), vz = ctx.array<float>({99});
    EXPECT_EQ(thrown_by([&] { static_cast<void>(ctx.prepare(saxpy, 2.0f, vx, vx, vz)); }).code,
              ErrorCode::invalid_argument);
}

TEST(Prepared, OutlivesItsContext) {
    auto context = std::make_unique<Context>(plain_options());
    auto vx = context->array<float>({1000}), vz = context->array<float>({1000});
    fill(vx.flat());
    auto call = context->prepare(saxpy, 1.0f, vx, vx, vz);
    context.reset();
    call();
    EXPECT_EQ(vz(999), 2.0f * vx(999));
}

TEST(Prepared, OfNothingDoesNothing) {
    const Context ctx(plain_options());
    auto empty = ctx.array<float>({0, 5}), out = ctx.array<float>({5, 0});
    ctx.prepare(flip, empty, out)();
    // A sum over nothing is not nothing: its identity is written.
    auto b = ctx.array<float>({0, 3}), a = ctx.array<float>({2, 0}), c = ctx.array<float>({2, 3});
    c.fill(9.0f);
    ctx.prepare(product, a, b, c)();
    for (const float element : c) EXPECT_EQ(element, 0.0f);
}

TEST(Prepared, RunsOnTheReferenceWhereItMust) {
    Context ctx(plain_options());
    ctx.pin(product, {.schedule = "reference"});
    auto m = ctx.array<float>({4, 4}), c = ctx.array<float>({4, 4});
    m.fill(2.0f);
    auto call = ctx.prepare(product, m, m, c);
    call();
    call();
    EXPECT_EQ(c(3, 3), 16.0f);
    EXPECT_EQ(ctx.report(product).workloads.at(0).candidates.at(0).choice.schedule, "reference");
}

}  // namespace
}  // namespace sporkle::test
