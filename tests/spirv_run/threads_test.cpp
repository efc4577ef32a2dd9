// Many threads that make kernels of what the driver has compiled before, and run them at once.
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include <sporkle/error.hpp>

#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"

namespace sporkle::testing {
namespace {

namespace fs = std::filesystem;

/// Kernels that differ in a constant, so that one that runs in another's place is seen. A queue that stops
/// for good fails the test after a minute.
class VulkanThreads : public VulkanTest {
  protected:
    void SetUp() override {
        VulkanTest::SetUp();
        if (IsSkipped()) return;
        std::string name = (fs::temp_directory_path() / "sporkle_cache_XXXXXX").string();
        folder = mkdtemp(name.data());
        cache.reset();
        cache.emplace("SPORKLE_CACHE", folder.string());
        patience.emplace("SPORKLE_VULKAN_TIMEOUT", "60");
        reopen();
        for (std::uint32_t n = 0; n < 64; ++n) {
            KernelOptions options;
            options.base = first_base + n;
            kernels.emplace_back(std::vector<std::vector<std::uint32_t>>{digits_kernel(options)});
            expect_right(*device, n);
        }
    }
    void TearDown() override {
        VulkanTest::TearDown();
        fs::remove_all(folder);
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
    fs::path folder;
    std::optional<Variable> patience;
    std::vector<HandMade> kernels;
};

TEST_F(VulkanThreads, MakeAndRunKernels) { run_threads({device}); }

TEST_F(VulkanThreads, MakeAndRunKernelsOfTwoOpenedDevices) {
    const OpenDevices second;
    ASSERT_FALSE(second.devices.empty());
    run_threads({device, second.devices.front().get()});
}

}  // namespace
}  // namespace sporkle::testing
