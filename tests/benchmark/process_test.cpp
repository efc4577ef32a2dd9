#include "tools/benchmark/measure/process.hpp"

#include <gtest/gtest.h>

#include <sporkle/error.hpp>

namespace sporkle::bench {
namespace {

TEST(Process, OutputAndStatus) {
    const ProcessResult result = run_process({"sh", "-c", "printf out; exit 3"});
    EXPECT_EQ(result.output, "out");
    EXPECT_EQ(result.status, 3);
    EXPECT_GT(result.seconds, 0);
}

TEST(Process, Signal) { EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}).status, 128 + 9); }

TEST(Process, UnknownProgramIsAnError) {
    EXPECT_THROW(run_process({"/no/such/program"}), Error);
    EXPECT_FALSE(program_exists("no-such-program-anywhere"));
    EXPECT_TRUE(program_exists("sh"));
}

}  // namespace
}  // namespace sporkle::bench
