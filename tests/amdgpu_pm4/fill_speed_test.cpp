// How long it takes to fill a template; printed, not asserted: machines differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "tests/amdgpu_pm4/streams.hpp"

namespace sporkle::amdgpu::pm4::testing {
namespace {

TEST(FillSpeed, IsPrinted) {
    for (const char* name : emitted_chips) {
        const Chip& chip = chip_named(name);
        const DispatchNeeds needs{scratch_kernel(chip, 64), {64, 1, 1}, 0};
        const Template t = build_template(chip, std::span(&needs, 1));
        std::vector<std::uint32_t> words(t.submission_words());
        SubmissionValues submission = some_submission();
        submission.scratch = 0x100000, submission.scratch_waves = 32;
        DispatchValues dispatch = some_dispatch();
        constexpr int fills = 20000;
        double best = 1e9;
        std::uint32_t sum = 0;
        for (int repetition = 0; repetition < 5; ++repetition) {
            const auto begin = std::chrono::steady_clock::now();
            for (int i = 0; i < fills; ++i) {
                dispatch.groups[0] = static_cast<std::uint32_t>(i + 1);
                submission.fence_value = static_cast<std::uint64_t>(i);
                sum += words[fill(t, submission, std::span(&dispatch, 1), words) / 2];
            }
            const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begin;
            best = std::min(best, time.count() / fills);
        }
        std::printf("%-8s a submission of one dispatch, %3zu words: %.0f ns%s\n", name, words.size(), best,
                    sum == 1 ? " " : "");
        EXPECT_EQ(faults_of(words, chip), "");
    }
}

}  // namespace
}  // namespace sporkle::amdgpu::pm4::testing
