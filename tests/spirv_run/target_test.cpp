// Which devices there are, and what is said when there are none.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include <sporkle/error.hpp>

#include "targets/spirv/run/instance.hpp"
#include "targets/spirv/run/physical_device.hpp"
#include "tests/spirv_run/devices.hpp"

namespace sporkle::testing {
namespace {

/// In a process of its own, which has opened no device yet.
TEST(VulkanTarget, SaysWhyThereIsNoDevice) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto in_child = [] {
        const Variable drivers("VK_ICD_FILENAMES", "/nowhere/driver.json");
        const Variable newer("VK_DRIVER_FILES", "/nowhere/driver.json");
        const OpenDevices open;
        std::fprintf(stderr, "%zu devices, %zu notes: %s", open.devices.size(), open.notes.size(),
                     open.reason().c_str());
        std::_Exit(0);
    };
    EXPECT_EXIT(in_child(), ::testing::ExitedWithCode(0), "0 devices, 1 notes: no Vulkan: ");
}

TEST(VulkanTarget, SaysWhatItsInstanceCannotBe) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto in_child = [] {
        const Variable validation("SPORKLE_VULKAN_VALIDATION", "yes");
        const OpenDevices open;
        std::fprintf(stderr, "%zu devices: %s", open.devices.size(), open.reason().c_str());
        std::_Exit(0);
    };
    EXPECT_EXIT(in_child(), ::testing::ExitedWithCode(0),
                "0 devices: no Vulkan: (SPORKLE_VULKAN_VALIDATION is 'yes'; expected 0 or 1|lib)");
}

VkQueueFamilyProperties family_with(VkQueueFlags flags) {
    VkQueueFamilyProperties family{};
    family.queueFlags = flags;
    family.queueCount = 1;
    return family;
}

TEST(VulkanTarget, UsesTheCopyEnginesQueueWhereItsDriverIsSoundWithTwo) {
    spirv::vulkan::PhysicalDevice device;
    device.families = {family_with(VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT)};
    device.v12.driverID = VK_DRIVER_ID_MESA_RADV;
    EXPECT_EQ(device.transfer_family(), -1);
    device.families.push_back(family_with(VK_QUEUE_TRANSFER_BIT));
    EXPECT_EQ(device.transfer_family(), 1);
    device.v12.driverID = VK_DRIVER_ID_NVIDIA_PROPRIETARY;
    EXPECT_EQ(device.transfer_family(), -1);
}

class VulkanDevices : public VulkanTest {};

TEST_F(VulkanDevices, TellWhatTheyAre) {
    EXPECT_EQ(vulkan_target().target(), "spirv");
    EXPECT_EQ(vulkan_target().family(), "vulkan");
    for (const auto& one : open->devices) {
        const DeviceInfo& info = one->info();
        EXPECT_EQ(info.name.rfind("vulkan:", 0), 0u);
        EXPECT_EQ(info.target, "spirv");
        ASSERT_FALSE(info.architectures.empty());
        EXPECT_EQ(info.architectures.back(), "spirv");  // what every device runs comes last
        EXPECT_FALSE(info.model.empty());
        EXPECT_NE(info.fingerprint.find(info.model), std::string::npos);
        EXPECT_GT(info.memory_bytes, 0);
        EXPECT_NE(one->memory(), nullptr);
        EXPECT_GT(one->arenas(), 0);
        const bool is_llvmpipe = info.model.find("llvmpipe") != std::string::npos;
        EXPECT_EQ(info.by_name_only, is_llvmpipe);
    }
}

TEST_F(VulkanDevices, AreNotOpenedWithSettingsThatMeanNothing) {
    for (const auto& [name, value, expected] : std::initializer_list<std::array<const char*, 3>>{
             {"SPORKLE_VULKAN_STAGING", "banana", "expected 0 or 1"},
             {"SPORKLE_VULKAN_PROBE", "maybe", "expected trust or distrust"},
             {"SPORKLE_VULKAN_TIMEOUT", "-1", "expected seconds, above 0 and below 1e9"},
             {"SPORKLE_VULKAN_TIMEOUT", "1e10", "expected seconds, above 0 and below 1e9"}}) {
        const Variable nonsense(name, value);
        const OpenDevices other;
        EXPECT_TRUE(other.devices.empty());
        const std::string text = std::string(name) + " is '" + value + "'; " + expected;
        EXPECT_NE(other.reason().find(text), std::string::npos) << other.reason();
    }
}

TEST_F(VulkanDevices, AreTheSameEachTime) {
    std::vector<std::string> names;
    for (const auto& one : open->devices) names.push_back(one->info().name + one->info().fingerprint);
    reopen();
    for (std::size_t n = 0; n < names.size(); ++n)
        EXPECT_EQ(names[n], open->devices[n]->info().name + open->devices[n]->info().fingerprint);
}

/// The threads of the parent's driver are not there: whoever used its instance would wait for them.
TEST_F(VulkanDevices, AForkedChildOpensItsOwn) {
    if (!device->info().by_name_only) GTEST_SKIP() << "a GPU's driver need not work in a forked process";
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the thread sanitizer follows no threads of a forked process";
#endif
    const std::vector<std::uint32_t> values = numbers(1000);
    const Variable separate("SPORKLE_VULKAN_STAGING", "1");  // so that reading takes work of the device
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        int status = 1;
        try {
            const OpenDevices own;
            runtime::DeviceMemory& memory = *own.devices.front()->memory();
            const auto buffer = memory.allocate(4000);
            std::vector<std::uint32_t> found(1000);
            memory.upload(*buffer, 0, values.data(), 4000);
            memory.download(*buffer, 0, found.data(), 4000);
            status = found == values ? 0 : 2;
        } catch (const std::exception& error) {
            std::fprintf(stderr, "child: %s\n", error.what());
        }
        ::_exit(status);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(download<std::uint32_t>(*upload(values)), values);
}

TEST_F(VulkanDevices, TheValidationLayerListens) {
    using spirv::vulkan::Instance;
    using spirv::vulkan::validation_messages;
    if (!has_validation_layer()) GTEST_SKIP() << "the validation layer is not installed";
    const std::size_t before = validation_messages().size();
    const Instance& instance = Instance::get();
    ASSERT_TRUE(instance.validates());
    VkPhysicalDeviceFeatures2 wrong{};
    wrong.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    const auto found = spirv::vulkan::find_devices(instance);
    instance.functions.vkGetPhysicalDeviceFeatures2(found.front().device.handle, &wrong);
    EXPECT_GT(validation_messages().size(), before);
    expected_messages = validation_messages().size() - before;
}

}  // namespace
}  // namespace sporkle::testing
