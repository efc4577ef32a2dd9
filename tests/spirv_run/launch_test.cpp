// What a launch pushes and repeats, and how its end is noticed.
#include <algorithm>

#include <sporkle/error.hpp>

#include "targets/spirv/run/executable.hpp"
#include "targets/spirv/run/memory.hpp"
#include "targets/spirv/run/recording.hpp"
#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"

namespace sporkle::testing {
namespace {

using spirv::vulkan::CommandBuffer;
using spirv::vulkan::Engine;
using spirv::vulkan::Executable;
using spirv::vulkan::Instance;
using spirv::vulkan::Memory;
using spirv::vulkan::Queue;
using spirv::vulkan::Recording;
using spirv::vulkan::Work;

/// An engine whose launches tell their end as on a GPU with memory of its own.
class VulkanLaunch : public VulkanTest {
  protected:
    void SetUp() override {
        VulkanTest::SetUp();
        if (IsSkipped()) return;
        for (const auto& found : spirv::vulkan::find_devices(Instance::get()))
            if (found.fault.empty() && engine == nullptr)
                engine = std::make_shared<Engine>(Instance::get(), found.device);
        memory = std::make_unique<Memory>(engine);
        engine->numerics.loop_turns = 0;  // the kernels here have no loops
        engine->done_words = true;
        buffer = memory->allocate(elements * sizeof(std::uint32_t));
        memory->clear(*buffer, 0, buffer->bytes());
    }
    void TearDown() override {
        buffer.reset();
        memory.reset();
        engine.reset();
        VulkanTest::TearDown();
    }
    /// A launch that appends a digit to every element. The object keeps what it points to.
    struct Digit {
        std::vector<std::uint64_t> words;
        runtime::Grid size = grid(1);
        runtime::Launch launch;
        Digit(const runtime::DeviceBuffer& to, std::uint64_t digit) : words{to.address(), 1, 1, digit} {
            launch.words = words.data();
            launch.word_count = words.size();
            launch.grids = {&size, 1};
        }
    };
    void expect(std::uint32_t value) {
        std::vector<std::uint32_t> values(elements);
        memory->download(*buffer, 0, values.data(), buffer->bytes());
        EXPECT_EQ(values, std::vector<std::uint32_t>(elements, value));
    }

    static constexpr std::size_t elements = 32;
    const Variable staging{"SPORKLE_VULKAN_STAGING", "1"};
    std::shared_ptr<Engine> engine;
    std::unique_ptr<Memory> memory;
    std::unique_ptr<runtime::DeviceBuffer> buffer;
};

TEST_F(VulkanLaunch, AsManyWordsArePushedAsTheDeviceHasRoomFor) {
    EXPECT_GE(engine->numerics.facts.pushed_words, 10u);  // every device has room for 128 bytes
    EXPECT_LE(engine->numerics.facts.pushed_words, 26u);
    const HandMade code({digits_kernel()});
    std::uint32_t expected = 0;
    for (const std::uint32_t pushed : {0u, 1u, 3u, 4u, 10u}) {
        engine->numerics.facts.pushed_words = pushed;
        const Executable executable(engine, code.bundle, code.variant());
        const Digit three(*buffer, 3), five(*buffer, 5);
        executable.run(three.launch);
        const runtime::Device::Step steps[] = {{&executable, five.launch}, {&executable, three.launch}};
        Recording recording(engine, steps);
        recording.run();
        expected = expected * 1000 + 353;
        expect(expected);
    }
}

TEST_F(VulkanLaunch, RepeatsOnlyWhatIsTheSame) {
    const HandMade code({digits_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    std::uint32_t expected = 0;
    for (std::uint64_t n = 0; n < 300; ++n) {  // more than there are slots, some of them twice
        const std::uint64_t digit = n * n / 2;
        executable.run(Digit(*buffer, digit).launch);
        if (n % 3 == 0) executable.run(Digit(*buffer, 7).launch);
        expected = expected * 10 + static_cast<std::uint32_t>(digit);
        if (n % 3 == 0) expected = expected * 10 + 7;
    }
    expect(expected);
}

VkResult VKAPI_CALL no_wait(VkDevice, const VkSemaphoreWaitInfo*, std::uint64_t) {
    return VK_ERROR_DEVICE_LOST;
}
void VKAPI_CALL no_update(VkCommandBuffer, VkBuffer, VkDeviceSize, VkDeviceSize, const void*) {}

/// The timeline has told the end already; the word must tell it as well.
TEST_F(VulkanLaunch, TheWordTellsTheEnd) {
    CommandBuffer commands(*engine, engine->compute, Work::kernels);
    commands.begin(false);
    commands.end(Work::kernels, false);
    for (int n = 0; n < 3; ++n) {
        commands.submit();
        engine->compute.wait(engine->compute.submitted());
        const auto true_wait = engine->gpu.vk.vkWaitSemaphores;
        engine->gpu.vk.vkWaitSemaphores = &no_wait;
        EXPECT_NO_THROW(commands.wait());
        engine->gpu.vk.vkWaitSemaphores = true_wait;
    }
}

/// Commands may be recorded anew and destroyed although nobody has asked the timeline about them, and
/// although their last submission has not signalled it.
TEST_F(VulkanLaunch, CommandsAreNotTouchedBeforeTheGpuIsThrough) {
    for (int n = 0; n < 20; ++n) {
        CommandBuffer commands(*engine, engine->compute, Work::kernels);
        for (int runs = 1; runs < 40; runs += 6) {
            commands.begin(false);
            commands.end(Work::kernels, false);
            for (int m = 0; m < runs; ++m) commands.run();
        }
    }
}

/// A word that never comes is no reason to wait for ever.
TEST_F(VulkanLaunch, TheTimelineTellsTheEndWhereTheWordDoesNot) {
    const HandMade code({digits_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    const Digit four(*buffer, 4), one(*buffer, 1);
    for (int n = 0; n < 20; ++n) executable.run(four.launch);  // the next one does not signal
    memory->clear(*buffer, 0, buffer->bytes());
    engine->gpu.vk.vkCmdUpdateBuffer = &no_update;
    executable.run(one.launch);
    executable.run(one.launch);
    expect(11);
}

/// What was submitted to a GPU that is done before the call returns.
struct Submissions {
    Engine* engine = nullptr;
    int all = 0, signals = 0;
    std::uint64_t signalled = 0;  ///< the highest
    bool must_signal = false;     ///< nobody may wait for more than that
};
Submissions seen;
PFN_vkQueueSubmit true_submit;
VkResult VKAPI_CALL counting_submit(VkQueue queue, std::uint32_t count, const VkSubmitInfo* infos,
                                    VkFence fence) {
    const auto* timeline = static_cast<const VkTimelineSemaphoreSubmitInfo*>(infos->pNext);
    ++seen.all;
    for (std::uint32_t n = 0; n < timeline->waitSemaphoreValueCount; ++n)
        if (seen.must_signal && timeline->pWaitSemaphoreValues[n] > seen.signalled)
            return VK_ERROR_DEVICE_LOST;  // it would wait for ever
    for (std::uint32_t n = 0; n < timeline->signalSemaphoreValueCount; ++n) {
        ++seen.signals;
        seen.signalled = std::max(seen.signalled, timeline->pSignalSemaphoreValues[n]);
    }
    const VkResult result = true_submit(queue, count, infos, fence);
    seen.engine->gpu.vk.vkDeviceWaitIdle(seen.engine->gpu.handle());
    return result;
}

/// Each signal interrupts a CPU.
TEST_F(VulkanLaunch, LaunchesInARowSeldomSignalTheTimeline) {
    const HandMade code({digits_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    const Digit nothing(*buffer, 0), one(*buffer, 1);
    executable.run(nothing.launch);
    true_submit = engine->gpu.vk.vkQueueSubmit;
    engine->gpu.vk.vkQueueSubmit = &counting_submit;
    seen = {.engine = engine.get()};
    for (int n = 0; n < 1000; ++n) executable.run(nothing.launch);
    EXPECT_EQ(seen.all, 1000);
    EXPECT_GT(seen.signals, 1000 / 64);
    EXPECT_LT(seen.signals, 1000 / 16);
    executable.run(one.launch);
    expect(1);

    // Whoever asks after each of his launches gets his answer without another submission.
    seen = {.engine = engine.get()};
    for (int n = 0; n < 100; ++n) {
        executable.run(nothing.launch);
        engine->compute.wait(engine->compute.submitted());
    }
    EXPECT_LE(seen.all, 101);
    engine->gpu.vk.vkQueueSubmit = true_submit;
}

/// Another queue waits only for what is certainly signalled.
TEST_F(VulkanLaunch, AnotherQueueFollowsLaunchesThatDoNotSignal) {
    Queue first(engine->gpu, engine->compute.family()), second(engine->gpu, engine->compute.family());
    second.follow(first);
    CommandBuffer leading(*engine, first, Work::kernels), following(*engine, second, Work::copies);
    leading.begin(false);
    leading.end(Work::kernels, false);
    true_submit = engine->gpu.vk.vkQueueSubmit;
    engine->gpu.vk.vkQueueSubmit = &counting_submit;
    for (int runs = 1; runs < 50; runs += 12) {
        seen = {.engine = engine.get(), .must_signal = true};
        for (int n = 0; n < runs; ++n) leading.run();
        following.begin(false);
        following.end(Work::copies, false);
        ASSERT_NO_THROW(following.run());
        EXPECT_GE(seen.signalled, first.submitted());
    }
    engine->gpu.vk.vkQueueSubmit = true_submit;
}

/// The launch has not signalled the timeline, and nobody asks it.
TEST_F(VulkanLaunch, MemoryIsFreeWhenTheWordHasCome) {
    const HandMade code({digits_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    for (int n = 0; n < 40; ++n) {
        auto other = memory->allocate(elements * sizeof(std::uint32_t));
        const std::uint64_t address = other->address();
        executable.run(Digit(*other, 1).launch);
        other.reset();
        EXPECT_EQ(memory->allocate(elements * sizeof(std::uint32_t))->address(), address);
    }
}

/// Under the validation layer, which takes a pipeline as used until the timeline has told.
TEST_F(VulkanLaunch, PipelinesAreDestroyedWhenTheGpuIsThrough) {
    const HandMade code({digits_kernel()});
    for (int n = 0; n < 40; ++n) {
        const Executable executable(engine, code.bundle, code.variant());
        executable.run(Digit(*buffer, 0).launch);
    }
    expect(0);
}

TEST_F(VulkanLaunch, TheTimeIsToldByTheTimeline) {
    const HandMade code({digits_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    const Digit two(*buffer, 2);
    const runtime::Device::Step step{&executable, two.launch};
    Recording recording(engine, {&step, 1});
    double seconds[2] = {-1, -1};
    executable.run(two.launch, &seconds[0]);
    recording.run();
    recording.run(&seconds[1]);
    expect(222);
    for (const double taken : seconds)
        if (device->has_clock()) {
            EXPECT_GT(taken, 0);
        }
}

}  // namespace
}  // namespace sporkle::testing
