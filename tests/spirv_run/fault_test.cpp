// Lost devices, lack of memory and kernels that do not end: each is an Error, and nothing hangs or leaks.
#include <atomic>
#include <cstdlib>
#include <thread>

#include <sporkle/error.hpp>

#include "targets/spirv/run/executable.hpp"
#include "targets/spirv/run/memory.hpp"
#include "targets/spirv/run/recording.hpp"
#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"

namespace sporkle::testing {
namespace {

using spirv::vulkan::Engine;
using spirv::vulkan::Executable;
using spirv::vulkan::Instance;
using spirv::vulkan::Memory;
using spirv::vulkan::Recording;

/// How many calls are answered before the fault that is put in the place of a Vulkan function.
std::atomic<int> calls_left{0};
PFN_vkQueueSubmit true_submit;
PFN_vkAllocateMemory true_allocate;
PFN_vkWaitSemaphores true_wait;

VkResult VKAPI_CALL lossy_submit(VkQueue queue, std::uint32_t count, const VkSubmitInfo* infos,
                                 VkFence fence) {
    return calls_left-- > 0 ? true_submit(queue, count, infos, fence) : VK_ERROR_DEVICE_LOST;
}
VkResult VKAPI_CALL lossy_wait(VkDevice device, const VkSemaphoreWaitInfo* info, std::uint64_t timeout) {
    true_wait(device, info, timeout);
    return VK_ERROR_DEVICE_LOST;
}
/// Whatever the driver is asked to wait, it is a millisecond.
VkResult VKAPI_CALL impatient_wait(VkDevice device, const VkSemaphoreWaitInfo* info, std::uint64_t) {
    return true_wait(device, info, 1000000);
}
VkResult VKAPI_CALL poor_allocate(VkDevice device, const VkMemoryAllocateInfo* info,
                                  const VkAllocationCallbacks* callbacks, VkDeviceMemory* memory) {
    if (calls_left-- > 0) return true_allocate(device, info, callbacks, memory);
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
}

class VulkanFault : public VulkanTest {
  protected:
    void SetUp() override {
        VulkanTest::SetUp();
        if (IsSkipped()) return;
        open_engine();
    }
    void TearDown() override {
        memory.reset();
        engine.reset();
        VulkanTest::TearDown();
    }
    void open_engine() {
        const Instance& instance = Instance::get();
        for (const auto& found : spirv::vulkan::find_devices(instance))
            if (found.fault.empty()) {
                engine = std::make_shared<Engine>(instance, found.device);
                memory = std::make_unique<Memory>(engine);
                return;
            }
    }

    std::pair<ErrorCode, std::string> fault_of(const std::function<void()>& action) {
        try {
            action();
        } catch (const Error& error) {
            return {error.code(), error.what()};
        }
        return {ErrorCode::ok, ""};
    }
    /// A launch of the digits over `tasks` tasks.
    void run_digits(const Executable& executable, const runtime::DeviceBuffer& buffer, std::int64_t tasks) {
        const std::vector<std::uint64_t> words{buffer.address(), static_cast<std::uint64_t>(tasks), 1, 1};
        const runtime::Grid size = grid(tasks);
        runtime::Launch launch;
        launch.words = words.data();
        launch.word_count = words.size();
        launch.grids = {&size, 1};
        executable.run(launch);
    }

    std::shared_ptr<Engine> engine;
    std::unique_ptr<Memory> memory;
};

TEST_F(VulkanFault, ALostDeviceStaysLost) {
    const HandMade code({digits_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    const auto buffer = memory->allocate(128);
    const auto recording = std::make_unique<Recording>(engine, std::span<const runtime::Device::Step>());
    run_digits(executable, *buffer, 1);
    true_submit = engine->gpu.vk.vkQueueSubmit;
    calls_left = 0;
    engine->gpu.vk.vkQueueSubmit = &lossy_submit;
    const auto [code_of_run, text] = fault_of([&] { run_digits(executable, *buffer, 1); });
    EXPECT_EQ(code_of_run, ErrorCode::device_failure);
    EXPECT_NE(text.find("vulkan:"), std::string::npos) << text;
    EXPECT_NE(text.find("vkQueueSubmit"), std::string::npos) << text;
    engine->gpu.vk.vkQueueSubmit = true_submit;  // it does not come back

    std::uint8_t byte = 0;
    const std::function<void()> uses[] = {
        [&] { run_digits(executable, *buffer, 1); },
        [&] { recording->run(); },
        [&] { static_cast<void>(memory->allocate(10)); },
        [&] { memory->upload(*buffer, 0, &byte, 1); },
        [&] { memory->download(*buffer, 0, &byte, 1); },
        [&] { memory->clear(*buffer, 0, 4); },
        [&] { static_cast<void>(Executable(engine, code.bundle, code.variant())); },
        [&] { static_cast<void>(Recording(engine, std::span<const runtime::Device::Step>())); }};
    for (const auto& use : uses) EXPECT_EQ(fault_of(use).first, ErrorCode::device_failure);

    // Others go on.
    EXPECT_EQ(download<std::uint32_t>(*upload(numbers(100))), numbers(100));
}

TEST_F(VulkanFault, ADeviceLostWhileSeveralThreadsUseIt) {
    const HandMade code({digits_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    std::vector<std::unique_ptr<runtime::DeviceBuffer>> buffers;
    for (int t = 0; t < 4; ++t) buffers.push_back(memory->allocate(128));
    true_submit = engine->gpu.vk.vkQueueSubmit;
    calls_left = 20;
    engine->gpu.vk.vkQueueSubmit = &lossy_submit;
    std::atomic<int> lost{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            const auto fault = fault_of([&] {
                for (;;) run_digits(executable, *buffers[static_cast<std::size_t>(t)], 1);
            });
            if (fault.first == ErrorCode::device_failure) ++lost;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(lost, 4);
}

TEST_F(VulkanFault, ALossDuringAStagedTransferLeavesNobodyWaiting) {
    const Variable staging("SPORKLE_VULKAN_STAGING", "1");
    open_engine();
    const std::size_t bytes = 4 * spirv::vulkan::Staging::chunk_bytes;
    std::vector<std::unique_ptr<runtime::DeviceBuffer>> buffers;
    for (int t = 0; t < 6; ++t) buffers.push_back(memory->allocate(bytes));
    true_submit = engine->gpu.vk.vkQueueSubmit;
    calls_left = 3;  // fewer than the four chunks of one transfer: none of them can end well
    engine->gpu.vk.vkQueueSubmit = &lossy_submit;
    std::atomic<int> lost{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t)
        threads.emplace_back([&, t] {
            const std::vector<std::uint8_t> values(bytes, 1);
            const auto fault = fault_of(
                [&] { memory->upload(*buffers[static_cast<std::size_t>(t)], 0, values.data(), bytes); });
            if (fault.first == ErrorCode::device_failure) ++lost;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(lost, 6);
}

TEST_F(VulkanFault, ALossThatWaitingReports) {
    const HandMade code({digits_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    const auto buffer = memory->allocate(128);
    if (!engine->gpu.physical().is_software()) GTEST_SKIP() << "a fast device is seldom waited for this way";
    true_wait = engine->gpu.vk.vkWaitSemaphores;
    engine->gpu.vk.vkWaitSemaphores = &lossy_wait;
    EXPECT_EQ(fault_of([&] { run_digits(executable, *buffer, 1); }).first, ErrorCode::device_failure);
    engine->gpu.vk.vkWaitSemaphores = true_wait;
}

TEST_F(VulkanFault, LackOfMemoryIsTriedAgainAfterGivingBackWhatIsFree) {
    std::vector<std::unique_ptr<runtime::DeviceBuffer>> buffers;
    buffers.push_back(memory->allocate(1000));
    buffers.clear();  // leaves an empty block behind
    const std::uint64_t kept = engine->memory.reserved_bytes();
    EXPECT_GT(kept, 0u);
    true_allocate = engine->gpu.vk.vkAllocateMemory;
    calls_left = 0;
    engine->gpu.vk.vkAllocateMemory = &poor_allocate;
    EXPECT_EQ(fault_of([&] { static_cast<void>(memory->allocate(100 << 20)); }).first,
              ErrorCode::out_of_memory);
    EXPECT_EQ(engine->memory.reserved_bytes(), 0u);
    engine->gpu.vk.vkAllocateMemory = true_allocate;
    buffers.push_back(memory->allocate(100 << 20));
    EXPECT_EQ(engine->memory.reserved_bytes(), 100u << 20);
    buffers.clear();
    EXPECT_EQ(engine->memory.reserved_bytes(), 0u);
}

TEST_F(VulkanFault, MemoryThatIsFreedWhileTheDeviceWorksIsKept) {
    const HandMade code({arena_kernel()});
    const Executable executable(engine, code.bundle, code.variant());
    constexpr std::size_t tasks = 24;
    auto buffer = memory->allocate(tasks * 4), arena = memory->allocate(tasks * 64);
    const std::vector<std::uint64_t> words{buffer->address(), tasks, 1, 60000};
    const runtime::Grid all = grid(tasks);
    runtime::Launch launch;
    launch.words = words.data();
    launch.word_count = words.size();
    launch.grids = {&all, 1};
    launch.arenas = reinterpret_cast<std::byte*>(arena->address());
    launch.arena_bytes = 64;
    launch.threads = tasks;
    const std::uint64_t before = engine->compute.submitted();
    std::thread worker([&] { executable.run(launch); });
    while (engine->compute.submitted() == before) std::this_thread::yield();
    const std::uint64_t used[2] = {buffer->address(), arena->address()};
    buffer.reset();
    arena.reset();
    const auto first = memory->allocate(tasks * 4), second = memory->allocate(tasks * 64);
    const bool still_works = !engine->compute.is_done(before + 1);
    if (still_works) {
        for (const std::uint64_t address : used) {
            EXPECT_NE(first->address(), address);
            EXPECT_NE(second->address(), address);
        }
    }
    worker.join();
    if (!still_works) GTEST_SKIP() << "the device was done too soon to tell";
    const auto third = memory->allocate(tasks * 4), fourth = memory->allocate(tasks * 64);
    EXPECT_TRUE(third->address() == used[0] || third->address() == used[1] || fourth->address() == used[0] ||
                fourth->address() == used[1]);
}

TEST_F(VulkanFault, EveryAllocationOfAUseMayFail) {
    const Variable staging("SPORKLE_VULKAN_STAGING", "1");
    const HandMade code({digits_kernel()});
    for (int answered = 0;; ++answered) {
        open_engine();
        true_allocate = engine->gpu.vk.vkAllocateMemory;
        engine->gpu.vk.vkAllocateMemory = &poor_allocate;
        calls_left = answered;
        const auto fault = fault_of([&] {
            const Executable executable(engine, code.bundle, code.variant());
            const auto buffer = memory->allocate(32 * 4);
            const std::vector<std::uint32_t> values(32, 4);
            memory->upload(*buffer, 0, values.data(), 128);
            run_digits(executable, *buffer, 1);
        });
        if (fault.first == ErrorCode::ok) break;
        EXPECT_EQ(fault.first, ErrorCode::out_of_memory) << fault.second;
        ASSERT_LT(answered, 20);
    }
}

/// In a process of its own: what may still be running is never freed.
TEST_F(VulkanFault, AKernelThatTakesTooLongEndsTheDevice) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto in_child = [&] {
        const HandMade code({arena_kernel()});
        const auto buffer_of_others = upload(numbers(10));
        open_engine();
        const Executable executable(engine, code.bundle, code.variant());
        constexpr std::size_t tasks = 300;
        const auto buffer = memory->allocate(tasks * 4), arena = memory->allocate(tasks * 64);
        // Long enough for a fast GPU, and not beyond the turns that a software driver grants.
        const std::uint64_t turns = engine->numerics.loop_turns > 0 ? 60000 : 100'000'000;
        const std::vector<std::uint64_t> words{buffer->address(), tasks, 1, turns};
        const runtime::Grid one = grid(tasks);
        runtime::Launch launch;
        launch.words = words.data();
        launch.word_count = words.size();
        launch.grids = {&one, 1};
        launch.arenas = reinterpret_cast<std::byte*>(arena->address());
        launch.arena_bytes = 64;
        launch.threads = tasks;
        true_wait = engine->gpu.vk.vkWaitSemaphores;
        engine->gpu.vk.vkWaitSemaphores = &impatient_wait;
        const auto [code_of_run, text] = fault_of([&] { executable.run(launch); });
        EXPECT_EQ(code_of_run, ErrorCode::device_failure);
        EXPECT_NE(text.find("SPORKLE_VULKAN_TIMEOUT"), std::string::npos) << text;
        EXPECT_EQ(fault_of([&] { executable.run(launch); }).first, ErrorCode::device_failure);
        EXPECT_EQ(download<std::uint32_t>(*buffer_of_others), numbers(10));
        while (!engine->compute.is_done(engine->compute.submitted()))
            std::this_thread::yield();  // the process must not end while the software device still computes
        std::_Exit(HasFailure() ? 1 : 0);
    };
    EXPECT_EXIT(in_child(), ::testing::ExitedWithCode(0), "");
}

std::shared_ptr<Engine> held_to_the_end;
VKAPI_ATTR void VKAPI_CALL late_destruction(VkDevice, const VkAllocationCallbacks*) { std::_Exit(3); }

/// In a process of its own, in which a static object holds the device to the end: the driver, which was
/// loaded after the object was made, has ended by then.
TEST_F(VulkanFault, NothingIsDestroyedWhenTheProcessEnds) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto in_child = [&] {
        held_to_the_end = engine;
        engine->gpu.vk.vkDestroyDevice = &late_destruction;
        memory.reset();
        engine.reset();
        std::exit(0);
    };
    EXPECT_EXIT(in_child(), ::testing::ExitedWithCode(0), "");
}

TEST_F(VulkanFault, ATimeoutThatIsNoNumber) {
    for (const char* wrong : {"soon", "0", "-1", "5s", "nan"}) {
        const Variable timeout("SPORKLE_VULKAN_TIMEOUT", wrong);
        const auto [error, text] = fault_of([&] { open_engine(); });
        EXPECT_EQ(error, ErrorCode::invalid_argument);
        EXPECT_NE(text.find(wrong), std::string::npos);
    }
}

}  // namespace
}  // namespace sporkle::testing
