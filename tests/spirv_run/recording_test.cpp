// Recordings replay their launches in order, each seeing what the one before it wrote.
#include <thread>

#include <sporkle/error.hpp>

#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"

namespace sporkle::testing {
namespace {

class VulkanRecording : public VulkanTest {};

TEST_F(VulkanRecording, ReplaysInOrder) {
    const HandMade one({digits_kernel()}), two({digits_kernel(), digits_kernel()});
    const auto first = device->load(one.bundle, one.variant());
    const auto second = device->load(two.bundle, two.variant());
    const auto buffer = upload(std::vector<std::uint32_t>(96, 0));
    const std::vector<std::uint64_t> digit[3] = {
        {buffer->address(), 3, 1, 1}, {buffer->address(), 3, 1, 2}, {buffer->address(), 3, 1, 3}};
    const runtime::Grid all = grid(3), none = grid(0);
    const runtime::Grid both[2] = {all, all}, half[2] = {none, all};
    const auto launch = [](const std::vector<std::uint64_t>& words, std::span<const runtime::Grid> grids) {
        runtime::Launch result;
        result.words = words.data();
        result.word_count = words.size();
        result.grids = grids;
        return result;
    };
    const std::vector<runtime::Device::Step> steps = {{first.get(), launch(digit[0], {&all, 1})},
                                                      {second.get(), launch(digit[1], both)},
                                                      {second.get(), launch(digit[2], half)},
                                                      {first.get(), launch(digit[0], {&none, 1})}};
    const auto recording = device->record(steps);
    ASSERT_NE(recording, nullptr);
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(96, 0));
    recording->run();
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(96, 1223));
    double seconds = -1;
    recording->run(&seconds);
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(96, 12231223));
    if (device->has_clock()) {
        EXPECT_GT(seconds, 0);
    }
}

TEST_F(VulkanRecording, OfNothing) {
    const auto recording = device->record({});
    ASSERT_NE(recording, nullptr);
    recording->run();
}

TEST_F(VulkanRecording, OutlivesItsExecutables) {
    const HandMade code({digits_kernel()});
    auto executable = device->load(code.bundle, code.variant());
    const auto buffer = upload(std::vector<std::uint32_t>(32, 0));
    std::unique_ptr<runtime::DeviceRecording> recording;
    {
        const std::vector<std::uint64_t> words{buffer->address(), 1, 1, 9};
        const runtime::Grid one = grid(1);
        runtime::Device::Step step;
        step.executable = executable.get();
        step.launch.words = words.data();
        step.launch.word_count = words.size();
        step.launch.grids = {&one, 1};
        recording = device->record({&step, 1});
    }
    executable.reset();
    recording->run();
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(32, 9));
    double seconds = 0;
    recording->run(&seconds);
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(32, 99));
}

TEST_F(VulkanRecording, AThousandSteps) {
    const HandMade code({digits_kernel({.local_size = 1})});
    const auto executable = device->load(code.bundle, code.variant());
    const auto buffer = upload(std::vector<std::uint32_t>(1, 0));
    std::vector<std::vector<std::uint64_t>> words;
    std::uint32_t expected = 0;
    for (std::uint64_t n = 0; n < 1000; ++n) {
        words.push_back({buffer->address(), 1, 1, n % 7});
        expected = expected * 10 + static_cast<std::uint32_t>(n % 7);
    }
    const runtime::Grid one = grid(1);
    std::vector<runtime::Device::Step> steps(1000);
    for (std::size_t n = 0; n < 1000; ++n) {
        steps[n].executable = executable.get();
        steps[n].launch.words = words[n].data();
        steps[n].launch.word_count = 4;
        steps[n].launch.grids = {&one, 1};
    }
    const auto recording = device->record(steps);
    recording->run();
    EXPECT_EQ(download<std::uint32_t>(*buffer)[0], expected);
}

/// Four chains of launches, interleaved, two of them over the same elements.
TEST_F(VulkanRecording, StepsThatTellWhatTheyTouch) {
    const HandMade code({digits_kernel({.local_size = 8})});
    const auto executable = device->load(code.bundle, code.variant());
    const auto buffer = upload(std::vector<std::uint32_t>(32, 0));
    constexpr std::uint64_t first[4] = {0, 4, 16, 24}, bytes = 8 * sizeof(std::uint32_t);
    std::vector<std::vector<std::uint64_t>> words;
    std::vector<runtime::Touched> touched;
    std::vector<std::uint32_t> expected(32, 0);
    for (std::uint64_t n = 0; n < 200; ++n) {
        const std::uint64_t at = first[n % 4], address = buffer->address() + at * sizeof(std::uint32_t);
        words.push_back({address, 1, 1, n % 7});
        touched.push_back({address, address + bytes, true});
        for (std::uint64_t e = at; e < at + 8; ++e)
            expected[e] = expected[e] * 10 + static_cast<std::uint32_t>(n % 7);
    }
    const runtime::Grid one = grid(1);
    std::vector<runtime::Device::Step> steps(200);
    for (std::size_t n = 0; n < 200; ++n) {
        steps[n].executable = executable.get();
        steps[n].launch.words = words[n].data();
        steps[n].launch.word_count = 4;
        steps[n].launch.grids = {&one, 1};
        steps[n].launch.touched = {&touched[n], 1};
    }
    device->record(steps)->run();
    EXPECT_EQ(download<std::uint32_t>(*buffer), expected);
}

}  // namespace
}  // namespace sporkle::testing
