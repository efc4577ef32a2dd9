// Which devices there are, and what is said when there are none.
#include <algorithm>

#include <sporkle/error.hpp>

#include "targets/spirv/run/instance.hpp"
#include "targets/spirv/run/physical_device.hpp"
#include "tests/spirv_run/devices.hpp"

namespace sporkle::testing {
namespace {

TEST(VulkanTarget, SaysWhyThereIsNoDevice) {
    const Variable drivers("VK_ICD_FILENAMES", "/nowhere/driver.json");
    const Variable newer("VK_DRIVER_FILES", "/nowhere/driver.json");
    const OpenDevices open;
    EXPECT_TRUE(open.devices.empty());
    ASSERT_EQ(open.notes.size(), 1u);
    EXPECT_EQ(open.notes[0].rfind("no Vulkan: ", 0), 0u) << open.notes[0];
}

class VulkanDevices : public VulkanTest {};

TEST_F(VulkanDevices, TellWhatTheyAre) {
    EXPECT_EQ(vulkan_target().target(), "spirv");
    EXPECT_EQ(vulkan_target().family(), "vulkan");
    for (const auto& one : open->devices) {
        const DeviceInfo& info = one->info();
        EXPECT_EQ(info.name.rfind("vulkan:", 0), 0u);
        EXPECT_EQ(info.target, "spirv");
        EXPECT_EQ(info.architectures, std::vector<std::string>{"spirv"});
        EXPECT_FALSE(info.model.empty());
        EXPECT_NE(info.fingerprint.find(info.model), std::string::npos);
        EXPECT_GT(info.memory_bytes, 0);
        EXPECT_NE(one->memory(), nullptr);
        EXPECT_GT(one->arenas(), 0);
        const bool is_llvmpipe = info.model.find("llvmpipe") != std::string::npos;
        EXPECT_EQ(info.by_name_only, is_llvmpipe);
    }
}

TEST_F(VulkanDevices, AreTheSameEachTime) {
    std::vector<std::string> names;
    for (const auto& one : open->devices) names.push_back(one->info().name + one->info().fingerprint);
    reopen();
    for (std::size_t n = 0; n < names.size(); ++n)
        EXPECT_EQ(names[n], open->devices[n]->info().name + open->devices[n]->info().fingerprint);
}

TEST_F(VulkanDevices, TheValidationLayerListens) {
    using spirv::vulkan::Instance;
    using spirv::vulkan::validation_messages;
    if (!has_validation_layer()) GTEST_SKIP() << "the validation layer is not installed";
    const std::size_t before = validation_messages().size();
    const auto instance = Instance::get();
    ASSERT_TRUE(instance->validates());
    VkPhysicalDeviceFeatures2 wrong{};
    wrong.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    const auto found = spirv::vulkan::find_devices(*instance);
    instance->functions.vkGetPhysicalDeviceFeatures2(found.front().device.handle, &wrong);
    EXPECT_GT(validation_messages().size(), before);
    expected_messages = validation_messages().size() - before;
}

}  // namespace
}  // namespace sporkle::testing
