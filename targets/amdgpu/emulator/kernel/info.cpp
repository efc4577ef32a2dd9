// VERSION, GET_CAP, INFO.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "targets/amdgpu/emulator/kernel/open_file.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr int interface_major = 3, interface_minor = 59;  // Linux 6.12
constexpr std::size_t device_info_bytes = 440;            // of that kernel; older headers know its beginning
constexpr std::uint32_t fragment_bytes = 2 << 20;

/// As the DRM core does it: at most what the caller has room for, and the length that there is.
int copy_text(char* to, __kernel_size_t& room, const char* text) {
    const std::size_t length = std::strlen(text), n = std::min<std::size_t>(length, room);
    room = length;
    if (n != 0) {
        if (to == nullptr) return -EFAULT;
        std::memcpy(to, text, n);
    }
    return 0;
}

drm_amdgpu_heap_info heap(std::uint64_t bytes, std::uint64_t used) {
    drm_amdgpu_heap_info info{};
    info.total_heap_size = bytes;
    info.usable_heap_size = bytes;
    info.heap_usage = used;
    info.max_allocation = bytes * 3 / 4;
    return info;
}

drm_amdgpu_info_device device_info(const GpuModel& model, const KernelOptions& options) {
    drm_amdgpu_info_device info{};
    info.device_id = model.device_id;
    if (options.is_integrated) info.ids_flags |= AMDGPU_IDS_FLAGS_FUSION;
    info.external_rev = model.external_rev;
    info.family = model.family;
    info.num_shader_engines = model.shader_engines;
    info.num_shader_arrays_per_engine = model.arrays_per_engine;
    info.gpu_counter_freq = model.counter_khz;
    info.max_engine_clock = model.engine_khz;
    info.max_memory_clock = 1'000'000;
    info.cu_active_number = model.compute_units();
    for (std::uint32_t engine = 0; engine < model.shader_engines; ++engine)
        for (std::uint32_t array = 0; array < model.arrays_per_engine; ++array)
            info.cu_bitmap[engine][array] = (1u << model.units_per_array) - 1;
    info.virtual_address_offset = reserved_bottom;
    info.virtual_address_max = hole_begin;
    info.virtual_address_alignment = page_bytes;
    info.pte_fragment_size = fragment_bytes;
    info.gart_page_size = page_bytes;
    info.vram_type = AMDGPU_VRAM_TYPE_GDDR6;
    info.vram_bit_width = 256;
    info.wave_front_size = model.chip->has_wave32() ? 32 : 64;
    info.num_shader_visible_vgprs = model.vgprs_of_simd;
    info.num_cu_per_sh = model.units_per_array;
    info.num_tcc_blocks = 16;
    info.high_va_offset = hole_end;
    info.high_va_max = hole_end | (address_space_bytes - reserved_top);
    return info;
}

}  // namespace

int OpenFile::version(drm_version& request) {
    request.version_major = interface_major;
    request.version_minor = interface_minor;
    request.version_patchlevel = 0;
    int error = copy_text(request.name, request.name_len, "amdgpu");
    if (error == 0) error = copy_text(request.date, request.date_len, "20150101");
    if (error == 0) error = copy_text(request.desc, request.desc_len, "AMD GPU");
    return error == 0 ? 0 : shared_.refuse(error, "VERSION: a length without memory");
}

int OpenFile::capability(drm_get_cap& request) {
    switch (request.capability) {
        case DRM_CAP_TIMESTAMP_MONOTONIC:
        case DRM_CAP_SYNCOBJ:
        case DRM_CAP_SYNCOBJ_TIMELINE:
            request.value = 1;
            return 0;
        case DRM_CAP_PRIME:
            request.value = 0;
            return 0;
        default:
            return shared_.refuse(-EINVAL, formatted("GET_CAP: capability %llu is unknown",
                                                     static_cast<unsigned long long>(request.capability)));
    }
}

int OpenFile::info(drm_amdgpu_info& request) {
    if (request.return_size == 0 || request.return_pointer == 0)
        return shared_.refuse(-EINVAL, formatted("INFO query 0x%x: no memory for the answer", request.query));
    const auto answer = [&](const void* from, std::size_t bytes) {
        std::memcpy(reinterpret_cast<void*>(request.return_pointer), from,
                    std::min<std::size_t>(request.return_size, bytes));
        return 0;
    };
    const auto number32 = [&](std::uint32_t value) { return answer(&value, sizeof(value)); };
    const auto number64 = [&](std::uint64_t value) { return answer(&value, sizeof(value)); };
    const GpuModel& model = node_->model();
    const std::uint64_t visible = std::min(shared_.options.visible_vram_bytes, model.vram_bytes);
    const auto used = [&](Heap heap) {
        const std::lock_guard lock(node_->memory()->mutex);
        return node_->memory()->memory.used(heap);
    };
    switch (request.query) {
        case AMDGPU_INFO_ACCEL_WORKING:
            return number32(1);
        case AMDGPU_INFO_HW_IP_INFO: {
            const std::uint32_t type = request.query_hw_ip.type;
            if (type >= AMDGPU_HW_IP_NUM ||
                request.query_hw_ip.ip_instance >= AMDGPU_HW_IP_INSTANCE_MAX_COUNT)
                return shared_.refuse(-EINVAL, formatted("INFO HW_IP_INFO: no IP of type %u, instance %u",
                                                         type, request.query_hw_ip.ip_instance));
            drm_amdgpu_info_hw_ip ip{};
            if (type == AMDGPU_HW_IP_COMPUTE) {
                ip.hw_ip_version_major = static_cast<std::uint32_t>(model.chip->major());
                ip.ib_start_alignment = 32;
                ip.ib_size_alignment = 32;
                ip.available_rings = (1u << compute_rings) - 1;
                // The last word: ip_discovery_version of newer kernels.
                const std::uint32_t version = shared_.options.tells_ip_version ? model.ip_version : 0;
                std::memcpy(reinterpret_cast<std::byte*>(&ip) + 28, &version, sizeof(version));
            }
            return answer(&ip, sizeof(ip));
        }
        case AMDGPU_INFO_HW_IP_COUNT:
            if (request.query_hw_ip.type >= AMDGPU_HW_IP_NUM)
                return shared_.refuse(
                    -EINVAL, formatted("INFO HW_IP_COUNT: no IP of type %u", request.query_hw_ip.type));
            return number32(request.query_hw_ip.type == AMDGPU_HW_IP_COMPUTE);
        case AMDGPU_INFO_TIMESTAMP:
            return number64(node_->ticks());
        case AMDGPU_INFO_VRAM_USAGE:
            return number64(used(Heap::vram));
        case AMDGPU_INFO_VIS_VRAM_USAGE:
            return number64(node_->visible_bytes());
        case AMDGPU_INFO_GTT_USAGE:
            return number64(used(Heap::gtt));
        case AMDGPU_INFO_NUM_BYTES_MOVED:
        case AMDGPU_INFO_NUM_EVICTIONS:
        case AMDGPU_INFO_NUM_VRAM_CPU_PAGE_FAULTS:
            return number64(0);
        case AMDGPU_INFO_VRAM_LOST_COUNTER:
            return number32(node_->vram_losses());
        case AMDGPU_INFO_VRAM_GTT: {
            const drm_amdgpu_info_vram_gtt sizes{model.vram_bytes, visible, model.gtt_bytes};
            return answer(&sizes, sizeof(sizes));
        }
        case AMDGPU_INFO_MEMORY: {
            drm_amdgpu_memory_info memory{};
            memory.vram = heap(model.vram_bytes, used(Heap::vram));
            memory.cpu_accessible_vram = heap(visible, node_->visible_bytes());
            memory.gtt = heap(model.gtt_bytes, used(Heap::gtt));
            return answer(&memory, sizeof(memory));
        }
        case AMDGPU_INFO_DEV_INFO: {
            std::byte bytes[device_info_bytes] = {};
            const drm_amdgpu_info_device device = device_info(model, shared_.options);
            static_assert(sizeof(device) <= device_info_bytes);
            std::memcpy(bytes, &device, sizeof(device));
            return answer(bytes, sizeof(bytes));
        }
        default:
            return shared_.refuse(-EINVAL, formatted("INFO: query 0x%x is unknown here", request.query));
    }
}

}  // namespace sporkle::amdgpu::emulator
