// Which feature a capability of SPIR-V needs (Vulkan specification, appendix "Capabilities").
#include <sstream>

#include "targets/spirv/run/features.hpp"
#include "targets/spirv/run/physical_device.hpp"

namespace sporkle::spirv::vulkan {
namespace {

struct Capability {
    std::uint32_t number;
    const char* name;
    bool (*is_there)(const Features& features, const PhysicalDevice& device);
};

template <VkSubgroupFeatureFlagBits operations>
bool has_operations(const Features&, const PhysicalDevice& device) {
    return device.has_subgroup_operations(operations);
}
template <bool FloatControls::*control>
bool has_control(const Features&, const PhysicalDevice& device) {
    return device.float_controls(16).*control || device.float_controls(32).*control ||
           device.float_controls(64).*control;
}

#define SPORKLE_FEATURE(member) [](const Features& f, const PhysicalDevice&) { return f.member == VK_TRUE; }
const Capability capabilities[] = {
    {0, "Matrix", [](const Features&, const PhysicalDevice&) { return true; }},
    {1, "Shader", [](const Features&, const PhysicalDevice&) { return true; }},
    {9, "Float16", SPORKLE_FEATURE(v12.shaderFloat16)},
    {10, "Float64", SPORKLE_FEATURE(core.features.shaderFloat64)},
    {11, "Int64", SPORKLE_FEATURE(core.features.shaderInt64)},
    {12, "Int64Atomics", SPORKLE_FEATURE(v12.shaderBufferInt64Atomics)},
    {22, "Int16", SPORKLE_FEATURE(core.features.shaderInt16)},
    {39, "Int8", SPORKLE_FEATURE(v12.shaderInt8)},
    {61, "GroupNonUniform", has_operations<VK_SUBGROUP_FEATURE_BASIC_BIT>},
    {62, "GroupNonUniformVote", has_operations<VK_SUBGROUP_FEATURE_VOTE_BIT>},
    {63, "GroupNonUniformArithmetic", has_operations<VK_SUBGROUP_FEATURE_ARITHMETIC_BIT>},
    {64, "GroupNonUniformBallot", has_operations<VK_SUBGROUP_FEATURE_BALLOT_BIT>},
    {65, "GroupNonUniformShuffle", has_operations<VK_SUBGROUP_FEATURE_SHUFFLE_BIT>},
    {66, "GroupNonUniformShuffleRelative", has_operations<VK_SUBGROUP_FEATURE_SHUFFLE_RELATIVE_BIT>},
    {67, "GroupNonUniformClustered", has_operations<VK_SUBGROUP_FEATURE_CLUSTERED_BIT>},
    {68, "GroupNonUniformQuad", has_operations<VK_SUBGROUP_FEATURE_QUAD_BIT>},
    {4428, "WorkgroupMemoryExplicitLayoutKHR", SPORKLE_FEATURE(shared_layout.workgroupMemoryExplicitLayout)},
    {4429, "WorkgroupMemoryExplicitLayout8BitAccessKHR",
     SPORKLE_FEATURE(shared_layout.workgroupMemoryExplicitLayout8BitAccess)},
    {4430, "WorkgroupMemoryExplicitLayout16BitAccessKHR",
     SPORKLE_FEATURE(shared_layout.workgroupMemoryExplicitLayout16BitAccess)},
    {4433, "StorageBuffer16BitAccess", SPORKLE_FEATURE(v11.storageBuffer16BitAccess)},
    {4434, "UniformAndStorageBuffer16BitAccess", SPORKLE_FEATURE(v11.uniformAndStorageBuffer16BitAccess)},
    {4435, "StoragePushConstant16", SPORKLE_FEATURE(v11.storagePushConstant16)},
    {4441, "VariablePointersStorageBuffer", SPORKLE_FEATURE(v11.variablePointersStorageBuffer)},
    {4442, "VariablePointers", SPORKLE_FEATURE(v11.variablePointers)},
    {4448, "StorageBuffer8BitAccess", SPORKLE_FEATURE(v12.storageBuffer8BitAccess)},
    {4449, "UniformAndStorageBuffer8BitAccess", SPORKLE_FEATURE(v12.uniformAndStorageBuffer8BitAccess)},
    {4450, "StoragePushConstant8", SPORKLE_FEATURE(v12.storagePushConstant8)},
    {4464, "DenormPreserve", has_control<&FloatControls::denorm_preserve>},
    {4466, "SignedZeroInfNanPreserve", has_control<&FloatControls::signed_zero_inf_nan_preserve>},
    {4467, "RoundingModeRTE", has_control<&FloatControls::rounding_mode_rte>},
    {5116, "BFloat16TypeKHR", SPORKLE_FEATURE(bfloat16.shaderBFloat16Type)},
    {5117, "BFloat16DotProductKHR", SPORKLE_FEATURE(bfloat16.shaderBFloat16DotProduct)},
    {5118, "BFloat16CooperativeMatrixKHR", SPORKLE_FEATURE(bfloat16.shaderBFloat16CooperativeMatrix)},
    {5345, "VulkanMemoryModel", SPORKLE_FEATURE(v12.vulkanMemoryModel)},
    {5346, "VulkanMemoryModelDeviceScope", SPORKLE_FEATURE(v12.vulkanMemoryModelDeviceScope)},
    {5347, "PhysicalStorageBufferAddresses", SPORKLE_FEATURE(v12.bufferDeviceAddress)},
    {5430, "CooperativeMatrixReductionsNV", SPORKLE_FEATURE(matrix2.reductions)},
    {5431, "CooperativeMatrixConversionsNV", SPORKLE_FEATURE(matrix2.conversions)},
    {5432, "CooperativeMatrixPerElementOperationsNV", SPORKLE_FEATURE(matrix2.perElementOperations)},
    {5433, "CooperativeMatrixTensorAddressingNV", SPORKLE_FEATURE(matrix2.tensorAddressing)},
    {5434, "CooperativeMatrixBlockLoadsNV", SPORKLE_FEATURE(matrix2.blockLoads)},
    {5439, "TensorAddressingNV", SPORKLE_FEATURE(matrix2.tensorAddressing)},
    {6016, "DotProductInputAll", SPORKLE_FEATURE(dot_product.shaderIntegerDotProduct)},
    {6017, "DotProductInput4x8Bit", SPORKLE_FEATURE(dot_product.shaderIntegerDotProduct)},
    {6018, "DotProductInput4x8BitPacked", SPORKLE_FEATURE(dot_product.shaderIntegerDotProduct)},
    {6019, "DotProduct", SPORKLE_FEATURE(dot_product.shaderIntegerDotProduct)},
    {6022, "CooperativeMatrixKHR", SPORKLE_FEATURE(matrix.cooperativeMatrix)},
};
#undef SPORKLE_FEATURE

}  // namespace

std::string Features::missing(std::uint32_t capability, const PhysicalDevice& device) const {
    for (const Capability& known : capabilities)
        if (known.number == capability) return known.is_there(*this, device) ? "" : known.name;
    std::ostringstream text;
    text << "capability " << capability << ", which this version of Sporkle does not know";
    return text.str();
}

}  // namespace sporkle::spirv::vulkan
