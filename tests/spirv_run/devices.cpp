#include "tests/spirv_run/devices.hpp"

namespace sporkle::testing {

const runtime::RunTarget& vulkan_target() {
    for (const auto& target : runtime::run_targets())
        if (target->target() == "spirv") return *target;
    throw std::logic_error("this build has no target 'spirv'");
}

}  // namespace sporkle::testing
