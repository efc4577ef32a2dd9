#include "targets/amdgpu/run/facts.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include <amdgpu_drm.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

/// Newer kernels tell the version of the IP block in the last word of the structure, which older headers do
/// not name; older kernels leave it 0.
std::uint32_t version_of(const drm_amdgpu_info_hw_ip& ip) {
    std::uint32_t version = 0;
    static_assert(sizeof(ip) == 32);
    std::memcpy(&version, reinterpret_cast<const std::byte*>(&ip) + 28, sizeof(version));
    return version;
}

/// Reserved by the kernel at the end of the lower half of the address space.
constexpr std::uint64_t lower_half = std::uint64_t(1) << 47, lowest_address = 64 << 10;

/// A power of two.
std::uint32_t alignment(std::uint32_t told, std::uint32_t least) {
    constexpr std::uint32_t most = 2 << 20;  // of a large page, the largest alignment that means anything
    return std::bit_ceil(std::clamp(told, least, most));
}

}  // namespace

GpuFacts read_facts(const Node& node) {
    std::uint32_t working = 1;
    if (node.try_info(AMDGPU_INFO_ACCEL_WORKING, working) == 0 && working == 0)
        throw Error(ErrorCode::device_failure,
                    node.path() + ": the kernel driver says that the GPU does not work");

    GpuFacts facts;
    const auto ip =
        node.info<drm_amdgpu_info_hw_ip>(AMDGPU_INFO_HW_IP_INFO, "its compute rings", AMDGPU_HW_IP_COMPUTE);
    if (ip.available_rings == 0)
        throw Error(ErrorCode::unsupported, node.path() + ": the GPU has no compute ring");
    facts.ring = static_cast<std::uint32_t>(std::countr_zero(ip.available_rings));
    facts.ib_size_alignment = alignment(ip.ib_size_alignment, 32);

    const auto device = node.info<drm_amdgpu_info_device>(AMDGPU_INFO_DEV_INFO, "the device");
    facts.chip = &identify(device.family, device.external_rev, version_of(ip));
    facts.device_id = device.device_id;
    facts.is_integrated = device.ids_flags & AMDGPU_IDS_FLAGS_FUSION;
    facts.shader_engines = std::max<std::uint32_t>(device.num_shader_engines, 1);
    facts.compute_units = std::max<std::uint32_t>(device.cu_active_number, 1);
    facts.counter_khz = device.gpu_counter_freq;
    // Packets, too, begin where a buffer does.
    facts.va_alignment = std::max(alignment(device.virtual_address_alignment, page_bytes),
                                  alignment(ip.ib_start_alignment, page_bytes));
    facts.va_begin = std::max<std::uint64_t>(device.virtual_address_offset, lowest_address);
    facts.va_end = std::min<std::uint64_t>(device.virtual_address_max, lower_half);
    if (facts.va_begin >= facts.va_end)
        throw Error(ErrorCode::unsupported, node.path() + ": the range of virtual addresses is empty");

    drm_amdgpu_memory_info memory{};
    if (node.try_info(AMDGPU_INFO_MEMORY, memory) == 0) {
        facts.vram_bytes = memory.vram.usable_heap_size;
        facts.visible_vram_bytes = memory.cpu_accessible_vram.usable_heap_size;
        facts.gtt_bytes = memory.gtt.usable_heap_size;
    } else {  // older kernels
        const auto sizes = node.info<drm_amdgpu_info_vram_gtt>(AMDGPU_INFO_VRAM_GTT, "its memory");
        facts.vram_bytes = sizes.vram_size;
        facts.visible_vram_bytes = sizes.vram_cpu_accessible_size;
        facts.gtt_bytes = sizes.gtt_size;
    }
    return facts;
}

}  // namespace sporkle::amdgpu
