#include "targets/spirv/run/instance.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include <sporkle/error.hpp>

#include "runtime/threads/fork.hpp"
#include "targets/spirv/run/loader.hpp"
#include "targets/spirv/run/setting.hpp"

namespace sporkle::spirv::vulkan {
namespace {

constexpr char validation_layer[] = "VK_LAYER_KHRONOS_validation";

struct Messages {
    std::mutex mutex;
    std::vector<std::string> texts;
};
Messages& messages() {
    static Messages& all = *new Messages;  // also for devices that are closed when the process ends
    return all;
}

VKAPI_ATTR VkBool32 VKAPI_CALL keep_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                            VkDebugUtilsMessageTypeFlagsEXT,
                                            const VkDebugUtilsMessengerCallbackDataEXT* data, void*) {
    const std::lock_guard lock(messages().mutex);
    messages().texts.emplace_back(data->pMessage == nullptr ? "" : data->pMessage);
    if (const char* log = std::getenv("SPORKLE_LOG"); log != nullptr && *log != 0)
        std::fprintf(stderr, "sporkle: Vulkan validation: %s\n", messages().texts.back().c_str());
    return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT messenger_info() {
    VkDebugUtilsMessengerCreateInfoEXT info{};
    info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
    info.messageSeverity =
        VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
    info.messageType =
        VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
    info.pfnUserCallback = &keep_message;
    return info;
}

bool wants_validation() { return setting("SPORKLE_VULKAN_VALIDATION", {"0", "1"}) == "1"; }

bool has_layer(const GlobalFunctions& vk, const char* name) {
    std::uint32_t count = 0;
    vk.vkEnumerateInstanceLayerProperties(&count, nullptr);
    std::vector<VkLayerProperties> layers(count);
    vk.vkEnumerateInstanceLayerProperties(&count, layers.data());
    return std::any_of(layers.begin(), layers.end(),
                       [&](const VkLayerProperties& layer) { return !std::strcmp(layer.layerName, name); });
}

}  // namespace

Instance::Instance() {
    const Loader& loader = Loader::get();
    loader.functions.vkEnumerateInstanceVersion(&version_);
    if (version_ < VK_API_VERSION_1_2)
        throw Error(ErrorCode::unsupported, "the Vulkan library is older than Vulkan 1.2");
    version_ = std::min(version_, VK_API_VERSION_1_3);

    VkApplicationInfo application{};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.pEngineName = "Sporkle";
    application.apiVersion = version_;
    VkInstanceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    info.pApplicationInfo = &application;

    const bool validates = wants_validation();
    if (validates && !has_layer(loader.functions, validation_layer))
        throw Error(ErrorCode::unsupported, "SPORKLE_VULKAN_VALIDATION=1, but the layer " +
                                                std::string(validation_layer) + " is not installed");
    const char* const layers[] = {validation_layer};
    const char* const names[] = {VK_EXT_DEBUG_UTILS_EXTENSION_NAME,
                                 VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME};
    const VkValidationFeatureEnableEXT checks[] = {
        VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
    VkDebugUtilsMessengerCreateInfoEXT messenger = messenger_info();
    VkValidationFeaturesEXT validation{};
    validation.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT;
    validation.pNext = &messenger;
    validation.enabledValidationFeatureCount = 1;
    validation.pEnabledValidationFeatures = checks;
    if (validates) {
        info.pNext = &validation;
        info.enabledLayerCount = 1;
        info.ppEnabledLayerNames = layers;
        info.enabledExtensionCount = 2;
        info.ppEnabledExtensionNames = names;
    }
    if (const VkResult result = loader.functions.vkCreateInstance(&info, nullptr, &instance_); result < 0)
        throw Error(ErrorCode::unsupported, result == VK_ERROR_INCOMPATIBLE_DRIVER
                                                ? "no Vulkan driver is installed"
                                                : "vkCreateInstance failed: " + name_of(result));
#define SPORKLE_VULKAN_LOAD(name)                                   \
    functions.name = reinterpret_cast<PFN_##name>(function(#name)); \
    if (functions.name == nullptr) {                                \
        functions.vkDestroyInstance(instance_, nullptr);            \
        throw Error(ErrorCode::unsupported, "Vulkan lacks " #name); \
    }
    functions.vkDestroyInstance = reinterpret_cast<PFN_vkDestroyInstance>(function("vkDestroyInstance"));
    SPORKLE_VULKAN_INSTANCE_FUNCTIONS(SPORKLE_VULKAN_LOAD)
#undef SPORKLE_VULKAN_LOAD
    if (validates) {
        const auto create =
            reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(function("vkCreateDebugUtilsMessengerEXT"));
        if (create != nullptr) create(instance_, &messenger, nullptr, &messenger_);
    }
}

PFN_vkVoidFunction Instance::function(const char* name) const {
    return Loader::get().get_instance_function(instance_, name);
}

const Instance& Instance::get() {
    static std::mutex& mutex = *new std::mutex;  // lives as long as devices of static objects
    static const Instance* instance = nullptr;
    static std::uint64_t generation = 0;  // of forks, when it was made
    const std::lock_guard lock(mutex);
    if (instance == nullptr || generation != runtime::fork_generation()) {
        instance = new Instance;
        generation = runtime::fork_generation();
    }
    return *instance;
}

std::vector<std::string> validation_messages() {
    const std::lock_guard lock(messages().mutex);
    return messages().texts;
}

}  // namespace sporkle::spirv::vulkan
