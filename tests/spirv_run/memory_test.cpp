// Arrays on a device: contents, places, limits. Everything is done with one memory for both and, as on a
// discrete GPU, through staging buffers.
#include <algorithm>
#include <random>
#include <thread>

#include <sporkle/error.hpp>

#include "targets/spirv/run/staging.hpp"
#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::testing {
namespace {

using runtime::DeviceBuffer;
using Bytes = std::vector<std::uint8_t>;

class VulkanMemory : public VulkanTest, public ::testing::WithParamInterface<bool> {
  protected:
    void SetUp() override {
        VulkanTest::SetUp();
        if (IsSkipped()) return;
        staging.emplace("SPORKLE_VULKAN_STAGING", GetParam() ? "1" : "0");
        reopen();
    }

    ErrorCode code_of(const std::function<void()>& action) {
        try {
            action();
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::ok;
    }

    std::optional<Variable> staging;
};

TEST_P(VulkanMemory, KeepsWhatIsUploaded) {
    for (const std::size_t count : {0, 1, 2, 3, 63, 64, 257, 100003}) {
        const std::vector<std::uint32_t> values = numbers(count);
        const auto buffer = upload(values);
        EXPECT_EQ(buffer->bytes(), count * 4);
        EXPECT_EQ(buffer->address() % 256, 0u);
        EXPECT_EQ(download<std::uint32_t>(*buffer), values);
        if (GetParam() || device->info().by_name_only) {  // a GPU need not share the CPU's memory
            EXPECT_EQ(buffer->host() != nullptr, !GetParam());
        }
    }
}

TEST_P(VulkanMemory, TransfersManyChunks) {
    const std::size_t bytes = 5 * spirv::vulkan::Staging::chunk_bytes + 12345;
    std::vector<std::uint8_t> values(bytes);
    for (std::size_t n = 0; n < bytes; ++n) values[n] = static_cast<std::uint8_t>(n * 2654435761u >> 13);
    const auto buffer = upload(values);
    EXPECT_TRUE(download<std::uint8_t>(*buffer) == values);
}

TEST_P(VulkanMemory, ChangesOnlyWhatItIsTold) {
    const unsigned seed = test_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr std::size_t size = 1000;
    DeviceBuffer* buffers[2];
    Bytes expected[2] = {Bytes(size, 1), Bytes(size, 2)};
    const auto first = upload(expected[0]), second = upload(expected[1]);
    buffers[0] = first.get();
    buffers[1] = second.get();
    for (int step = 0; step < 200; ++step) {
        const std::size_t from = random() % (size + 1), to = random() % (size + 1);
        const std::size_t bytes = random() % (size - std::max(from, to) + 1);
        const std::size_t which = random() % 2;
        const auto place = [](std::size_t n) { return static_cast<std::ptrdiff_t>(n); };
        switch (random() % 3) {
            case 0: {
                Bytes values(bytes);
                for (auto& value : values) value = static_cast<std::uint8_t>(random());
                device->memory()->upload(*buffers[which], to, values.data(), bytes);
                std::copy(values.begin(), values.end(), expected[which].begin() + place(to));
                break;
            }
            case 1:
                device->memory()->copy(*buffers[1 - which], from, *buffers[which], to, bytes);
                std::copy_n(expected[1 - which].begin() + place(from), bytes,
                            expected[which].begin() + place(to));
                break;
            default:
                device->memory()->clear(*buffers[which], to, bytes);
                std::fill_n(expected[which].begin() + place(to), bytes, std::uint8_t(0));
        }
        Bytes found(bytes);
        device->memory()->download(*buffers[which], to, found.data(), bytes);
        ASSERT_TRUE(std::equal(found.begin(), found.end(), expected[which].begin() + place(to)));
        ASSERT_EQ(download<std::uint8_t>(*buffers[0]), expected[0]) << "step " << step;
        ASSERT_EQ(download<std::uint8_t>(*buffers[1]), expected[1]) << "step " << step;
    }
}

/// lavapipe's driver never refuses: the process would grow until the system ends it.
TEST_P(VulkanMemory, EndsWhereTheDevicesMemoryDoes) {
    if (!device->info().by_name_only) GTEST_SKIP() << "a GPU's memory is large, and other processes use it";
    const std::size_t bytes = 256 << 20;
    const auto most = static_cast<std::size_t>(device->info().memory_bytes) / bytes;
    for (int round = 0; round < 2; ++round) {
        std::vector<std::unique_ptr<DeviceBuffer>> buffers;
        const auto fill = [&] {
            while (buffers.size() <= most) buffers.push_back(device->memory()->allocate(bytes));
        };
        EXPECT_EQ(code_of(fill), ErrorCode::out_of_memory);
        EXPECT_GT(buffers.size(), 0u);
        buffers.pop_back();
        buffers.push_back(device->memory()->allocate(bytes));
    }
}

TEST_P(VulkanMemory, BuffersLieApart) {
    const unsigned seed = test_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<std::unique_ptr<DeviceBuffer>> buffers;
    for (int step = 0; step < 2000; ++step) {
        if (!buffers.empty() && random() % 3 == 0) {
            std::swap(buffers[random() % buffers.size()], buffers.back());
            buffers.pop_back();
        } else {
            buffers.push_back(device->memory()->allocate(random() % (random() % 50 == 0 ? 4000000 : 3000)));
        }
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
    for (const auto& buffer : buffers)
        places.emplace_back(buffer->address(), std::max<std::uint64_t>(buffer->bytes(), 1));
    std::sort(places.begin(), places.end());
    for (std::size_t n = 1; n < places.size(); ++n)
        ASSERT_LE(places[n - 1].first + places[n - 1].second, places[n].first);
}

TEST_P(VulkanMemory, RefusesPlacesOutside) {
    const auto buffer = upload(Bytes(100, 1));
    std::uint8_t byte[200] = {};
    runtime::DeviceMemory& memory = *device->memory();
    EXPECT_EQ(code_of([&] { memory.upload(*buffer, 101, byte, 0); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { memory.upload(*buffer, 1, byte, 100); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { memory.download(*buffer, 0, byte, 101); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { memory.download(*buffer, ~std::size_t(0), byte, 2); }),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { memory.clear(*buffer, 99, 2); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { memory.copy(*buffer, 99, *buffer, 0, 2); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { memory.upload(*buffer, 100, byte, 0); }), ErrorCode::ok);
}

TEST_P(VulkanMemory, SurvivesAskingForTooMuch) {
    for (const std::size_t bytes : {~std::size_t(0), ~std::size_t(0) - 255, std::size_t(1) << 50})
        EXPECT_EQ(code_of([&] { static_cast<void>(device->memory()->allocate(bytes)); }),
                  ErrorCode::out_of_memory);
    EXPECT_EQ(download<std::uint32_t>(*upload(numbers(5))), numbers(5));
}

TEST_P(VulkanMemory, SeveralThreadsTransferAtOnce) {
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (std::uint32_t t = 0; t < 6; ++t)
        threads.emplace_back([&, t] {
            for (std::uint32_t round = 0; round < 5; ++round) {
                const std::vector<std::uint32_t> values(700000 + t, t * 100 + round);
                const auto buffer = upload(values);
                if (download<std::uint32_t>(*buffer) != values) ++wrong;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST_P(VulkanMemory, KernelsSeeUploadsAndDownloadsSeeKernels) {
    const HandMade code({digits_kernel()});
    const auto executable = device->load(code.bundle, code.variant());
    const auto buffer = upload(std::vector<std::uint32_t>(64, 1));
    const std::vector<std::uint64_t> words{buffer->address(), 2, 1, 5};
    const runtime::Grid size = grid(2);
    runtime::Launch launch;
    launch.words = words.data();
    launch.word_count = words.size();
    launch.grids = {&size, 1};
    executable->run(launch);
    const std::uint32_t three = 3;
    device->memory()->upload(*buffer, 4, &three, 4);
    executable->run(launch);
    std::vector<std::uint32_t> expected(64, 155);
    expected[1] = 35;
    EXPECT_EQ(download<std::uint32_t>(*buffer), expected);
}

TEST_P(VulkanMemory, BuffersMayOutliveTheDevice) {
    auto buffer = upload(Bytes(1000, 7));
    device = nullptr;
    open->devices.clear();
    EXPECT_EQ(buffer->bytes(), 1000u);
    buffer.reset();
}

INSTANTIATE_TEST_SUITE_P(, VulkanMemory, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Staged" : "Plain"; });

}  // namespace
}  // namespace sporkle::testing
