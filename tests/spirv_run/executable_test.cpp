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

TEST_F(VulkanExecutable, DispatchesSeeWhatThoseBeforeThemWrote) {
    const HandMade code({digits_kernel(), digits_kernel(), digits_kernel()});
    const auto executable = device->load(code.bundle, code.variant());
    const auto buffer = upload(std::vector<std::uint32_t>(32 * 50, 0));
    const Words words{buffer->address(), 50, 1, 7};
    executable->run(launch(words, {grid(50), grid(50), grid(50)}));
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(32 * 50, 777));
}

TEST_F(VulkanExecutable, RepeatedLaunchesMayChangeEverything) {
    const HandMade code({digits_kernel()});
    const auto executable = device->load(code.bundle, code.variant());
    std::vector<std::uint32_t> expected[2] = {std::vector<std::uint32_t>(320, 0),
                                              std::vector<std::uint32_t>(320, 0)};
    const std::unique_ptr<runtime::DeviceBuffer> buffers[2] = {upload(expected[0]), upload(expected[1])};
    for (std::size_t n = 0; n < 60; ++n) {
        const std::size_t which = n / 3 % 2, tasks = 1 + n / 2 % 10;
        const Words words{buffers[which]->address(), tasks, 1, n % 4};
        double seconds = -1;
        executable->run(launch(words, {grid(static_cast<std::int64_t>(tasks))}),
                        n % 5 == 0 ? &seconds : nullptr);
        if (n % 5 == 0 && device->has_clock()) {
            EXPECT_GT(seconds, 0);
        }
        for (std::size_t i = 0; i < tasks * 32; ++i)
            expected[which][i] = expected[which][i] * 10 + static_cast<std::uint32_t>(n % 4);
    }
    for (std::size_t which = 0; which < 2; ++which)
        EXPECT_EQ(download<std::uint32_t>(*buffers[which]), expected[which]);
}

TEST_F(VulkanExecutable, ParameterBlocksOfAnySize) {
    const HandMade code({digits_kernel()});
    const auto executable = device->load(code.bundle, code.variant());
    const auto buffer = upload(std::vector<std::uint32_t>(32, 0));
    for (const std::size_t count : {4, 5000, 6, 300}) {
        Words words(count, 99);
        words[0] = buffer->address();
        words[1] = words[2] = 1;
        words[3] = 3;
        executable->run(launch(words, {grid(1)}));
    }
    EXPECT_EQ(download<std::uint32_t>(*buffer), std::vector<std::uint32_t>(32, 3333));
}

TEST_F(VulkanExecutable, TasksHaveArenasOfTheirOwn) {
    const HandMade code({arena_kernel()});
    const auto executable = device->load(code.bundle, code.variant());
    for (const int arenas : {1, 7, 64}) {
        constexpr std::size_t arena_bytes = 64, tasks = 500;
        const auto memory = device->memory()->allocate(arena_bytes * static_cast<std::size_t>(arenas));
        const auto after = upload(std::vector<std::uint32_t>(64, 1));
        const auto buffer = device->memory()->allocate(tasks * 4);
        const Words words{buffer->address(), 10, 10, 5};
        const std::vector<Grid> grids{grid(10, 10, 5)};
        Launch run = launch(words, grids);
        run.arenas = reinterpret_cast<std::byte*>(memory->address());
        run.arena_bytes = arena_bytes;
        run.threads = arenas;
        executable->run(run);
        std::vector<std::uint32_t> expected(tasks);
        for (std::uint32_t t = 0; t < tasks; ++t) {
            expected[t] = t;
            for (int turn = 0; turn < 5; ++turn) expected[t] = expected[t] * 1664525u + 1013904223u;
        }
        EXPECT_EQ(download<std::uint32_t>(*buffer), expected) << arenas << " arenas";
        EXPECT_EQ(download<std::uint32_t>(*after), std::vector<std::uint32_t>(64, 1));
    }
}

/// A driver may end loops early; then the call must fail, and others must not.
TEST_F(VulkanExecutable, LoopsMakeAllTheirTurnsOrTheCallFails) {
    const HandMade code({arena_kernel()});
    const auto executable = device->load(code.bundle, code.variant());
    const auto memory = device->memory()->allocate(64);
    const auto buffer = device->memory()->allocate(4);
    const bool is_lavapipe =
        device->info().fingerprint.find("Mesa 22.3") != std::string::npos && device->info().by_name_only;
    for (const std::uint64_t turns : {65000, 1000000, 10, 65600, 70000, 65000}) {
        const Words words{buffer->address(), 1, 1, turns};
        const std::vector<Grid> grids{grid(1)};
        Launch run = launch(words, grids);
        run.arenas = reinterpret_cast<std::byte*>(memory->address());
        run.arena_bytes = 64;
        const auto expect_right = [&] {
            std::uint32_t expected = 0;
            for (std::uint64_t turn = 0; turn < turns; ++turn) expected = expected * 1664525u + 1013904223u;
            EXPECT_EQ(download<std::uint32_t>(*buffer)[0], expected) << turns << " turns";
        };
        const runtime::Device::Step step{executable.get(), run};
        const auto recording = device->record({&step, 1});
        const std::function<void()> ways[] = {[&] { executable->run(run); }, [&] { recording->run(); }};
        for (const auto& way : ways) {
            try {
                way();
                expect_right();
                if (is_lavapipe) {
                    EXPECT_LT(turns, 65535u);
                }
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), ErrorCode::device_failure);
                EXPECT_NE(std::string(error.what()).find("loop"), std::string::npos) << error.what();
                EXPECT_GT(turns, 65500u);
            }
        }
    }
}

TEST_F(VulkanExecutable, SeveralThreadsLaunchAtOnce) {
    const HandMade code({digits_kernel()});
    const auto executable = device->load(code.bundle, code.variant());
    std::vector<std::thread> threads;
    std::vector<std::unique_ptr<runtime::DeviceBuffer>> buffers;
    for (int t = 0; t < 6; ++t) buffers.push_back(upload(std::vector<std::uint32_t>(64, 0)));
    for (std::size_t t = 0; t < 6; ++t)
        threads.emplace_back([&, t] {
            const Words words{buffers[t]->address(), 2, 1, t + 1};
            for (int n = 0; n < 40; ++n) executable->run(launch(words, {grid(2)}));
        });
    for (std::thread& thread : threads) thread.join();
    for (std::uint32_t t = 0; t < 6; ++t) {
        std::uint32_t expected = 0;
        for (int n = 0; n < 40; ++n) expected = expected * 10 + t + 1;
        EXPECT_EQ(download<std::uint32_t>(*buffers[t]), std::vector<std::uint32_t>(64, expected));
    }
}

TEST_F(VulkanExecutable, ModulesGetTheSizeOfSubgroups) {
    for (const std::uint32_t local : {1u, 3u, 32u, 64u, 256u}) {
        const HandMade code({digits_kernel({.local_size = local, .takes_subgroup_size = true})});
        const auto executable = device->load(code.bundle, code.variant());
        const auto buffer = upload(std::vector<std::uint32_t>(local, 0));
        const Words words{buffer->address(), 1, 1, 0};
        executable->run(launch(words, {grid(1)}));
        const std::vector<std::uint32_t> found = download<std::uint32_t>(*buffer);
        EXPECT_EQ(found, std::vector<std::uint32_t>(local, found[0]));
        EXPECT_EQ(local % found[0], 0u) << found[0];
        if (local % 2 != 0) {
            EXPECT_EQ(found[0], 1u);
        }
        if (local == 64 && device->info().model.find("llvmpipe") != std::string::npos) {
            EXPECT_GT(found[0], 1u);
        }
    }
}

class VulkanLoad : public VulkanTest {
  protected:
    std::pair<ErrorCode, std::string> refusal(const HandMade& code) {
        try {
            static_cast<void>(device->load(code.bundle, code.variant()));
        } catch (const Error& error) {
            return {error.code(), error.what()};
        }
        return {ErrorCode::ok, ""};
    }
};

TEST_F(VulkanLoad, NamesWhatTheDeviceLacks) {
    const auto expect = [&](const KernelOptions& options, const std::string& text) {
        const auto [code, message] = refusal(HandMade({digits_kernel(), digits_kernel(options)}));
        EXPECT_EQ(code, ErrorCode::unsupported);
        EXPECT_NE(message.find(text), std::string::npos) << message;
        EXPECT_NE(message.find("dispatch 1"), std::string::npos) << message;
    };
    expect({.more_capabilities = {2}}, "capability 2");
    expect({.local_size = 1 << 20}, "1048576 invocations");
    expect({.shared_words = 1 << 20}, "4194304 bytes of shared memory");
    if (device->info().model.find("llvmpipe") != std::string::npos)
        expect({.more_capabilities = {6022}}, "CooperativeMatrixKHR");
}

TEST_F(VulkanLoad, RefusesWhatIsNoModule) {
    const auto [code, message] = refusal(HandMade({{1, 2, 3}}));
    EXPECT_EQ(code, ErrorCode::invalid_bundle);
    EXPECT_NE(message.find("the test's bundle"), std::string::npos) << message;
    HandMade outside({digits_kernel()});
    outside.bundle.kernels[0].variants[0].dispatches[0].code_bytes += 4;
    EXPECT_EQ(refusal(outside).first, ErrorCode::invalid_bundle);
}

}  // namespace
}  // namespace sporkle::testing
