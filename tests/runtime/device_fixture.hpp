// What the tests with pretended devices have in common.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/runtime/kernels.hpp"
#include "tests/runtime/pretended/pretended.hpp"
#include "tests/runtime/support.hpp"

namespace sporkle::test {

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

class DeviceTest : public ::testing::Test {
  protected:
    void SetUp() override { reset_pretended(); }
    /// Everything was given back, and nobody wrote beside his memory.
    void TearDown() override {
        ctx_.reset();
        for (int number = 0; number < 2; ++number) {
            EXPECT_EQ(pretended(number).live_buffers, 0) << number;
            EXPECT_EQ(pretended(number).overruns, 0) << number;
        }
    }

    /// Opened with `options` when first asked for.
    Context& ctx() {
        if (!ctx_) ctx_.emplace(options);
        return *ctx_;
    }
    DeviceContext device(int number = 0) { return ctx().on("pretended:" + std::to_string(number)); }
    /// Options that measure, and remember in a file of the test's own.
    Options measuring() {
        Options measuring = remembering_options(folder / "wisdom.sqlite", &warnings);
        return measuring;
    }
    void release() { ctx_.reset(); }

    TemporaryFolder folder;
    std::vector<std::string> warnings;
    Options options = plain_options();

  private:
    std::optional<Context> ctx_;
};

}  // namespace sporkle::test
