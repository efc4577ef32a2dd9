// The Vulkan instance that all devices of the process share.
#pragma once

#include <string>
#include <vector>

#include "targets/spirv/run/functions.hpp"

namespace sporkle::spirv::vulkan {

class Instance {
  public:
    /// The process's instance, made by the first call that succeeds. It is never destroyed, because that
    /// would unload the drivers: finding them again takes longer than opening a device, and some leave
    /// threads or thread-local data behind. A forked child gets one of its own: the threads of drivers stay
    /// with the parent, and lavapipe would wait for them forever. Throws Error(unsupported) with the reason
    /// where there is no Vulkan.
    ///
    /// With SPORKLE_VULKAN_VALIDATION=1 the Khronos validation layer is on, synchronisation validation
    /// included. What it complains about is kept for validation_messages() and, when $SPORKLE_LOG is set,
    /// goes to the standard error stream.
    static const Instance& get();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    VkInstance handle() const { return instance_; }
    std::uint32_t version() const { return version_; }  ///< of the API: what was asked for
    InstanceFunctions functions;
    PFN_vkVoidFunction function(const char* name) const;
    bool validates() const { return messenger_ != VK_NULL_HANDLE; }

  private:
    Instance();

    VkInstance instance_ = VK_NULL_HANDLE;
    std::uint32_t version_ = 0;
    VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
};

/// What the validation layer said since the process began.
std::vector<std::string> validation_messages();

}  // namespace sporkle::spirv::vulkan
