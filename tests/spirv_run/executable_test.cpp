// Launches on a Vulkan device: grids of any size, arenas, several dispatches, threads.
#include <numeric>
#include <thread>

#include <sporkle/error.hpp>

#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"

namespace sporkle::testing {
namespace {

using runtime::Grid;
using runtime::Launch;
using Words = std::vector<std::uint64_t>;

class VulkanExecutable : public VulkanTest {
  protected:
    static Launch launch(const Words& words, const std::vector<Grid>& grids) {
        Launch result;
        result.words = words.data();
        result.word_count = words.size();
        result.grids = grids;
        return result;
    }
    /// Runs the kernel of digits over a grid and expects that every task ran once.
    void expect_each_once(const Grid& size) {
        const HandMade code({digits_kernel()});
        const auto executable = device->load(code.bundle, code.variant());
        const auto elements = static_cast<std::size_t>(size.tasks) * 32;
        const auto buffer = upload(std::vector<std::uint32_t>(elements, 4));
        const Words words{buffer->address(), static_cast<std::uint64_t>(size.size[0]),
                          static_cast<std::uint64_t>(size.size[1]), 2};
        executable->run(launch(words, {size}));
        EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(elements, 42));
    }
};

TEST_F(VulkanExecutable, RunsEveryTaskOnce) {
    expect_each_once(grid(1));
    expect_each_once(grid(7, 5, 3));
    expect_each_once(grid(1, 1, 11));
}

TEST_F(VulkanExecutable, RunsGridsLargerThanTheLimitsOfTheDevice) {
    expect_each_once(grid(65535 + 10));
    expect_each_once(grid(2, 65535 + 1));
}

TEST_F(VulkanExecutable, RunsNothingOfAnEmptyGrid) {
    const HandMade code({digits_kernel(), digits_kernel()});
    const auto executable = device->load(code.bundle, code.variant());
    const auto buffer = upload(std::vector<std::uint32_t>(32, 4));
    const Words words{buffer->address(), 1, 1, 2};
    executable->run(launch(words, {grid(0, 5), grid(1)}));
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(32, 42));
    executable->run(launch(words, {grid(0), grid(3, 0, 2)}));
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(32, 42));
}

}  // namespace
}  // namespace sporkle::testing
