// Vulkan structures that the headers of Debian 12 (1.3.239) do not have yet, with the numbers of the public
// registry. They are in a namespace, so that newer headers may define the same.
#pragma once

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#include <cstdint>

namespace sporkle::spirv::vulkan::extension {

inline constexpr char cooperative_matrix[] = "VK_KHR_cooperative_matrix";
inline constexpr char cooperative_matrix_2[] = "VK_NV_cooperative_matrix2";
inline constexpr char bfloat16[] = "VK_KHR_shader_bfloat16";

struct CooperativeMatrixFeatures {
    static constexpr auto type = static_cast<VkStructureType>(1000506000);
    VkStructureType sType = type;
    void* pNext = nullptr;
    VkBool32 cooperativeMatrix = VK_FALSE;
    VkBool32 cooperativeMatrixRobustBufferAccess = VK_FALSE;
};

/// Numbers of VkComponentTypeKHR and VkScopeKHR; the latter are SPIR-V's.
enum class Component : std::uint32_t {
    float16 = 0,
    float32 = 1,
    float64 = 2,
    sint8 = 3,
    sint16 = 4,
    sint32 = 5,
    sint64 = 6,
    uint8 = 7,
    uint16 = 8,
    uint32 = 9,
    uint64 = 10,
    bfloat16 = 1000141000,
};
enum class Scope : std::uint32_t { workgroup = 2, subgroup = 3 };

/// One shape of matrices: C (m × n) + A (m × k) · B (k × n).
struct CooperativeMatrixProperties {
    VkStructureType sType = static_cast<VkStructureType>(1000506001);
    void* pNext = nullptr;
    std::uint32_t m = 0, n = 0, k = 0;
    Component a{}, b{}, c{}, result{};
    VkBool32 saturates = VK_FALSE;
    Scope scope{};
};
using GetCooperativeMatrixProperties = VkResult(VKAPI_PTR*)(VkPhysicalDevice, std::uint32_t*,
                                                            CooperativeMatrixProperties*);

struct CooperativeMatrix2Features {
    static constexpr auto type = static_cast<VkStructureType>(1000593000);
    VkStructureType sType = type;
    void* pNext = nullptr;
    VkBool32 workgroupScope = VK_FALSE;
    VkBool32 flexibleDimensions = VK_FALSE;
    VkBool32 reductions = VK_FALSE;
    VkBool32 conversions = VK_FALSE;
    VkBool32 perElementOperations = VK_FALSE;
    VkBool32 tensorAddressing = VK_FALSE;
    VkBool32 blockLoads = VK_FALSE;
};

/// Shapes in multiples of the granularities, for workgroups of a number of invocations.
struct FlexibleMatrixProperties {
    VkStructureType sType = static_cast<VkStructureType>(1000593001);
    void* pNext = nullptr;
    std::uint32_t m_granularity = 0, n_granularity = 0, k_granularity = 0;
    Component a{}, b{}, c{}, result{};
    VkBool32 saturates = VK_FALSE;
    Scope scope{};
    std::uint32_t invocations = 0;
};
using GetFlexibleMatrixProperties = VkResult(VKAPI_PTR*)(VkPhysicalDevice, std::uint32_t*,
                                                         FlexibleMatrixProperties*);

struct CooperativeMatrix2Properties {
    VkStructureType sType = static_cast<VkStructureType>(1000593002);
    void* pNext = nullptr;
    std::uint32_t workgroupScopeMaxWorkgroupSize = 0;
    std::uint32_t flexibleDimensionsMaxDimension = 0;
    std::uint32_t workgroupScopeReservedSharedMemory = 0;
};

struct Bfloat16Features {
    static constexpr auto type = static_cast<VkStructureType>(1000141000);
    VkStructureType sType = type;
    void* pNext = nullptr;
    VkBool32 shaderBFloat16Type = VK_FALSE;
    VkBool32 shaderBFloat16DotProduct = VK_FALSE;
    VkBool32 shaderBFloat16CooperativeMatrix = VK_FALSE;
};

}  // namespace sporkle::spirv::vulkan::extension
