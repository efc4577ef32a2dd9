// Many threads at once: that make kernels of what the driver has compiled before and run them, that transfer.
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include <sporkle/error.hpp>

#include "targets/spirv/run/memory.hpp"
#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"

namespace sporkle::testing {
namespace {

/// Kernels that differ in a constant, so that one that runs in another's place is seen. A queue that stops
/// for good fails the test after a minute.
class VulkanThreads : public CachingVulkanTest {
  protected:
    void SetUp() override {
        VulkanTest::SetUp();
        if (IsSkipped()) return;
        patience.emplace("SPORKLE_VULKAN_TIMEOUT", "60");
        reopen();
        for (std::uint32_t n = 0; n < 64; ++n) {
            KernelOptions options;
            options.base = first_base + n;
            kernels.emplace_back(std::vector<std::vector<std::uint32_t>>{digits_kernel(options)});
            expect_right(*device, n);
        }
    }
    void expect_right(runtime::Device& on, std::uint32_t n) const {
        const auto executable = on.load(kernels[n].bundle, kernels[n].variant());
        std::vector<std::uint32_t> values(32, 4);
        const auto buffer = on.memory()->allocate(128);
        on.memory()->upload(*buffer, 0, values.data(), 128);
        const std::uint64_t words[] = {buffer->address(), 1, 1, 2};
        const runtime::Grid size = grid(1);
        runtime::Launch launch;
        launch.words = words;
        launch.word_count = std::size(words);
        launch.grids = {&size, 1};
        executable->run(launch);
        on.memory()->download(*buffer, 0, values.data(), 128);
        EXPECT_EQ(values, std::vector<std::uint32_t>(32, 4 * (first_base + n) + 2));
    }
    /// Each thread uses one of the devices.
    void run_threads(std::initializer_list<runtime::Device*> devices) const {
        std::vector<std::thread> threads;
        for (std::uint32_t t = 0; t < 16; ++t)
            threads.emplace_back([this, t, on = devices.begin()[t % devices.size()]] {
                for (std::uint32_t turn = 0; turn < 50 && !HasFailure(); ++turn) try {
                        expect_right(*on, (t * 5 + turn * 7) % static_cast<std::uint32_t>(kernels.size()));
                    } catch (const Error& error) {
                        ADD_FAILURE() << error.what();
                    }
            });
        for (std::thread& thread : threads) thread.join();
    }

    static constexpr std::uint32_t first_base = 10;
    std::optional<Variable> patience;
    std::vector<HandMade> kernels;
};

TEST_F(VulkanThreads, MakeAndRunKernels) { run_threads({device}); }

TEST_F(VulkanThreads, MakeAndRunKernelsOfTwoOpenedDevices) {
    const OpenDevices second;
    ASSERT_FALSE(second.devices.empty());
    run_threads({device, second.devices.front().get()});
}

/// What a driver is called with, each call taking a while.
struct SlowDriver {
    PFN_vkBeginCommandBuffer true_begin = nullptr;
    PFN_vkQueueSubmit true_submit = nullptr;
    std::atomic<int> now = 0, most = 0;
    std::mutex mutex;
    std::vector<std::thread::id> callers;

    template <class Call>
    VkResult count(Call call) {
        const int at_once = ++now;
        for (int before = most; before < at_once && !most.compare_exchange_weak(before, at_once);) {
        }
        {
            const std::lock_guard lock(mutex);
            callers.push_back(std::this_thread::get_id());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        const VkResult result = call();
        --now;
        return result;
    }
};
SlowDriver* slow = nullptr;

VkResult VKAPI_CALL begin_slowly(VkCommandBuffer commands, const VkCommandBufferBeginInfo* info) {
    return slow->count([&] { return slow->true_begin(commands, info); });
}
VkResult VKAPI_CALL submit_slowly(VkQueue queue, std::uint32_t count, const VkSubmitInfo* infos,
                                  VkFence fence) {
    return slow->count([&] { return slow->true_submit(queue, count, infos, fence); });
}

class VulkanDriver : public VulkanTest {};

/// Each transfer is one call to begin commands and one to submit them.
TEST_F(VulkanDriver, OfNvidiaIsCalledByOneThreadAtATimeAndTransfersOneByOne) {
    using namespace spirv::vulkan;
    const Variable separate("SPORKLE_VULKAN_STAGING", "1");  // so that uploading takes work of the device
    SlowDriver driver;  // outlives the engine, which may submit once more at its end
    slow = &driver;
    std::shared_ptr<Engine> engine;
    for (auto& found : find_devices(Instance::get())) {
        if (!found.fault.empty() || engine != nullptr) continue;
        found.device.v12.driverID = VK_DRIVER_ID_NVIDIA_PROPRIETARY;
        engine = std::make_shared<Engine>(Instance::get(), found.device);
    }
    driver.true_begin = engine->gpu.vk.vkBeginCommandBuffer;
    driver.true_submit = engine->gpu.vk.vkQueueSubmit;
    engine->gpu.vk.vkBeginCommandBuffer = &begin_slowly;
    engine->gpu.vk.vkQueueSubmit = &submit_slowly;
    Memory memory(engine);
    const auto buffer = memory.allocate(4 * sizeof(std::uint32_t));
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] { memory.upload(*buffer, t * sizeof t, &t, sizeof t); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(driver.most, 1);
    ASSERT_EQ(driver.callers.size(), 8u);
    for (std::size_t n = 0; n < 8; n += 2) EXPECT_EQ(driver.callers[n], driver.callers[n + 1]);
    std::uint32_t values[4];
    memory.download(*buffer, 0, values, sizeof values);
    for (std::uint32_t t = 0; t < 4; ++t) EXPECT_EQ(values[t], t);
}

}  // namespace
}  // namespace sporkle::testing
