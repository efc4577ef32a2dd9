#include "tests/spirv_run/devices.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <sporkle/error.hpp>

#include "targets/spirv/run/instance.hpp"

namespace sporkle::testing {

using spirv::vulkan::Instance;
using spirv::vulkan::validation_messages;

const runtime::RunTarget& vulkan_target() {
    for (const auto& target : runtime::run_targets())
        if (target->target() == "spirv") return *target;
    throw std::logic_error("this build has no target 'spirv'");
}

bool has_validation_layer() {
    static const bool answer = [] {
        const Variable validation("SPORKLE_VULKAN_VALIDATION", "1");
        try {
            return Instance::get().validates();
        } catch (const Error&) {
            return false;
        }
    }();
    return answer;
}

Variable::Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
}

Variable::~Variable() {
    if (before_)
        ::setenv(name_.c_str(), before_->c_str(), 1);
    else
        ::unsetenv(name_.c_str());
}

VulkanTest::VulkanTest() {
    if (has_validation_layer()) validation.emplace("SPORKLE_VULKAN_VALIDATION", "1");
    cache.emplace("SPORKLE_CACHE", "");
    open = std::make_unique<OpenDevices>();
}

VulkanTest::~VulkanTest() = default;

void VulkanTest::reopen() {
    device = nullptr;
    open.reset();
    open = std::make_unique<OpenDevices>();
    ASSERT_FALSE(open->devices.empty()) << open->reason();
    device = open->devices.front().get();
}

void VulkanTest::TearDown() {
    device = nullptr;
    open.reset();
    static std::size_t known = 0;
    const std::vector<std::string> messages = validation_messages();
    known += expected_messages;
    for (; known < messages.size(); ++known)
        ADD_FAILURE() << "the validation layer says: " << messages[known];
}

CachingVulkanTest::CachingVulkanTest() {
    std::string name = (std::filesystem::temp_directory_path() / "sporkle_cache_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for the test");
    folder = name;
    cache.reset();
    cache.emplace("SPORKLE_CACHE", name);
}

CachingVulkanTest::~CachingVulkanTest() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
}

std::vector<std::filesystem::path> CachingVulkanTest::files() const {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace sporkle::testing
