#include "targets/spirv/emit/translate.hpp"

#include <sporkle/error.hpp>

#include "targets/spirv/emit/fragments.hpp"
#include "targets/spirv/emit/kernel_writer.hpp"
#include "targets/spirv/emit/repair.hpp"

namespace sporkle::spirv {
namespace {

/// Every rule of floating point that the kernel relies on, said for each width in use. What a device cannot
/// promise, adapted() takes out again.
void add_float_controls(Module& module) {
    if (module.requires_capability(spv::Capability::Float16)) {
        module.require(spv::Capability::RoundingModeRTE);
        module.add_execution_mode(spv::ExecutionMode::RoundingModeRTE, {16});
    }
    for (const std::uint32_t width : {32u, 64u}) {
        if (width == 64 && !module.requires_capability(spv::Capability::Float64)) continue;
        module.require(spv::Capability::DenormPreserve);
        module.require(spv::Capability::RoundingModeRTE);
        module.require(spv::Capability::SignedZeroInfNanPreserve);
        module.add_execution_mode(spv::ExecutionMode::DenormPreserve, {width});
        module.add_execution_mode(spv::ExecutionMode::RoundingModeRTE, {width});
        module.add_execution_mode(spv::ExecutionMode::SignedZeroInfNanPreserve, {width});
    }
}

}  // namespace

Words translate(const tile::Kernel& kernel) {
    constexpr int most_members = 1024;
    if (kernel.threads != 1 || kernel.members < 1 || kernel.members > most_members)
        throw Error(ErrorCode::unsupported,
                    "spirv: kernel '" + kernel.name + "' wants " + std::to_string(kernel.members) +
                        " members of " + std::to_string(kernel.threads) + " threads; a workgroup has " +
                        "at most " + std::to_string(most_members) + " invocations");
    Module module;
    Types types(module);
    module.require(spv::Capability::Shader);
    module.require(spv::Capability::PhysicalStorageBufferAddresses);
    const bool ordered = orders_global_memory(kernel);
    const bool vulkan_model = ordered || has_fragments(kernel);
    if (has_fragments(kernel)) types.matrix_scope = fragment_scope(kernel);
    if (vulkan_model) {
        module.require(spv::Capability::VulkanMemoryModel);
        module.set_memory_model(spv::MemoryModel::Vulkan);
    }

    std::set<Repair> repairs;
    Code code(module, types, types.nothing(), {});
    module.name(code.function(), kernel.name);
    KernelWriter writer(code, kernel, repairs, ordered, vulkan_model);
    writer.write(kernel.body);
    code.finish();
    add_repairs(module, types, repairs, writer.inputs());
    add_float_controls(module);
    return module.finish(code.function(), static_cast<std::uint32_t>(kernel.members));
}

}  // namespace sporkle::spirv
