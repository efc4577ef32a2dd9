// What the driver reads out of modules, and that no module breaks it.
#include "targets/spirv/run/module.hpp"

#include <gtest/gtest.h>

#include <random>

#include <sporkle/error.hpp>

#include "tests/spirv_run/kernels.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::testing {
namespace {

using spirv::DeviceFacts;
using spirv::vulkan::Module;
using spirv::vulkan::read_module;
using Words = std::vector<std::uint32_t>;

Module read(const Words& words) {
    return read_module(std::as_bytes(std::span(words)), DeviceFacts(), "the module");
}

std::string refusal(std::span<const std::byte> bytes) {
    try {
        static_cast<void>(read_module(bytes, DeviceFacts(), "the module"));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_bundle) << error.what();
        return error.what();
    }
    return "";
}

TEST(VulkanModule, FindsWhatAPipelineNeeds) {
    const Module module = read(digits_kernel({.local_size = 48}));
    EXPECT_EQ(module.local_size[0], 48u);
    EXPECT_EQ(module.local_size[1], 1u);
    EXPECT_EQ(module.invocations(), 48u);
    EXPECT_FALSE(module.has_subgroup_size);
    EXPECT_EQ(module.shared_bytes, 0u);
    EXPECT_TRUE(module.uses(11));    // Int64
    EXPECT_TRUE(module.uses(5347));  // PhysicalStorageBufferAddresses
    EXPECT_FALSE(module.uses(10));   // Float64
}

TEST(VulkanModule, CountsSharedMemory) {
    EXPECT_EQ(read(digits_kernel({.shared_words = 3000})).shared_bytes, 12000u);
    EXPECT_EQ(read(digits_kernel({.shared_words = 0xffffffff})).shared_bytes, 4ull * 0xffffffff);
}

TEST(VulkanModule, FindsTheSubgroupSize) {
    EXPECT_TRUE(read(digits_kernel({.takes_subgroup_size = true})).has_subgroup_size);
}

TEST(VulkanModule, SaysWhatIsWrong) {
    const Words good = digits_kernel();
    const auto bytes = std::as_bytes(std::span(good));
    EXPECT_EQ(refusal(bytes), "");
    EXPECT_NE(refusal({}).find("the module: "), std::string::npos);
    EXPECT_NE(refusal(bytes.first(bytes.size() - 1)).find("words"), std::string::npos);
    Words other = good;
    other[0] = 0x03022307;
    EXPECT_NE(refusal(std::as_bytes(std::span(other))).find("magic"), std::string::npos);
    const Words header(good.begin(), good.begin() + 5);
    EXPECT_NE(refusal(std::as_bytes(std::span(header))).find("entry point"), std::string::npos);
}

TEST(VulkanModule, SurvivesEveryTruncation) {
    const Words good = digits_kernel({.shared_words = 7, .takes_subgroup_size = true});
    for (std::size_t count = 0; count < good.size(); ++count) {
        const Words part(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(count));
        static_cast<void>(refusal(std::as_bytes(std::span(part))));
    }
}

TEST(VulkanModule, SurvivesDamage) {
    const Words good = digits_kernel({.shared_words = 7, .takes_subgroup_size = true});
    const unsigned seed = test_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 5000; ++round) {
        Words bad = good;
        for (unsigned hit = 0; hit <= random() % 3; ++hit) {
            std::uint32_t& word = bad[random() % bad.size()];
            switch (random() % 3) {
                case 0:
                    word ^= 1u << random() % 32;
                    break;
                case 1:
                    word = static_cast<std::uint32_t>(random());
                    break;
                default:
                    word = (word & 0xffff) | static_cast<std::uint32_t>(random() % 9) << 16;
            }
        }
        static_cast<void>(refusal(std::as_bytes(std::span(bad))));
    }
}

}  // namespace
}  // namespace sporkle::testing
