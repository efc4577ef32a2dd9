#include "targets/spirv/run/loader.hpp"

#include <dlfcn.h>

#include <sporkle/error.hpp>

namespace sporkle::spirv::vulkan {

Loader::Loader() {
    void* library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char* reason = dlerror();
        throw Error(ErrorCode::unsupported, std::string("the Vulkan library could not be opened: ") +
                                                (reason == nullptr ? "no reason given" : reason));
    }
    get_instance_function =
        reinterpret_cast<PFN_vkGetInstanceProcAddr>(dlsym(library, "vkGetInstanceProcAddr"));
    if (get_instance_function == nullptr)
        throw Error(ErrorCode::unsupported, "libvulkan.so.1 has no vkGetInstanceProcAddr");
#define SPORKLE_VULKAN_LOAD(name)                                                                \
    functions.name = reinterpret_cast<PFN_##name>(get_instance_function(VK_NULL_HANDLE, #name)); \
    if (functions.name == nullptr)                                                               \
        throw Error(ErrorCode::unsupported, "libvulkan.so.1 has no " #name ": it is older than Vulkan 1.1");
    SPORKLE_VULKAN_GLOBAL_FUNCTIONS(SPORKLE_VULKAN_LOAD)
#undef SPORKLE_VULKAN_LOAD
}

const Loader& Loader::get() {
    static const Loader loader;
    return loader;
}

std::string name_of(VkResult result) {
    switch (result) {
#define SPORKLE_VULKAN_RESULT(name) \
    case name:                      \
        return #name;
        SPORKLE_VULKAN_RESULT(VK_SUCCESS)
        SPORKLE_VULKAN_RESULT(VK_NOT_READY)
        SPORKLE_VULKAN_RESULT(VK_TIMEOUT)
        SPORKLE_VULKAN_RESULT(VK_INCOMPLETE)
        SPORKLE_VULKAN_RESULT(VK_ERROR_OUT_OF_HOST_MEMORY)
        SPORKLE_VULKAN_RESULT(VK_ERROR_OUT_OF_DEVICE_MEMORY)
        SPORKLE_VULKAN_RESULT(VK_ERROR_INITIALIZATION_FAILED)
        SPORKLE_VULKAN_RESULT(VK_ERROR_DEVICE_LOST)
        SPORKLE_VULKAN_RESULT(VK_ERROR_MEMORY_MAP_FAILED)
        SPORKLE_VULKAN_RESULT(VK_ERROR_LAYER_NOT_PRESENT)
        SPORKLE_VULKAN_RESULT(VK_ERROR_EXTENSION_NOT_PRESENT)
        SPORKLE_VULKAN_RESULT(VK_ERROR_FEATURE_NOT_PRESENT)
        SPORKLE_VULKAN_RESULT(VK_ERROR_INCOMPATIBLE_DRIVER)
        SPORKLE_VULKAN_RESULT(VK_ERROR_TOO_MANY_OBJECTS)
        SPORKLE_VULKAN_RESULT(VK_ERROR_INVALID_SHADER_NV)
        SPORKLE_VULKAN_RESULT(VK_ERROR_UNKNOWN)
#undef SPORKLE_VULKAN_RESULT
        default:
            return "VkResult " + std::to_string(static_cast<int>(result));
    }
}

}  // namespace sporkle::spirv::vulkan
