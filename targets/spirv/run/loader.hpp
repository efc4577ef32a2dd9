// libvulkan, opened at run time: a program that links Sporkle needs none.
#pragma once

#include <string>

#include "targets/spirv/run/functions.hpp"

namespace sporkle::spirv::vulkan {

class Loader {
  public:
    /// The process's library, opened by the first call and never closed: drivers leave threads and
    /// thread-local data behind. Throws Error(unsupported) with the reason why there is none.
    static const Loader& get();

    PFN_vkGetInstanceProcAddr get_instance_function = nullptr;
    GlobalFunctions functions;

  private:
    Loader();
};

/// The text of a result: "VK_ERROR_DEVICE_LOST", or its number.
std::string name_of(VkResult result);

}  // namespace sporkle::spirv::vulkan
