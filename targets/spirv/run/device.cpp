// The GPUs of the machine as devices: "vulkan:0", "vulkan:1", …
#include "runtime/device.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sporkle/error.hpp>

#include "targets/spirv/interface/matrix_architecture.hpp"
#include "targets/spirv/run/executable.hpp"
#include "targets/spirv/run/matrices.hpp"
#include "targets/spirv/run/memory.hpp"
#include "targets/spirv/run/recording.hpp"

namespace sporkle::spirv {
namespace vulkan {
namespace {

/// Enough to fill the device with workgroups several times over.
int arenas_of(const PhysicalDevice& device) {
    switch (device.properties.deviceType) {
        case VK_PHYSICAL_DEVICE_TYPE_CPU:
            return 64;
        case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
            return 256;
        default:
            return 2048;
    }
}

std::int64_t memory_of(const PhysicalDevice& device) {
    VkDeviceSize bytes = 0;
    for (std::uint32_t heap = 0; heap < device.memory.memoryHeapCount; ++heap)
        if ((device.memory.memoryHeaps[heap].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0)
            bytes = std::max(bytes, device.memory.memoryHeaps[heap].size);
    return static_cast<std::int64_t>(bytes);
}

/// Whether variants of the architecture run on the device.
bool multiplies_matrices(const Gpu& gpu, const MatrixArchitecture& architecture) {
    const Features& features = gpu.features();
    const bool holds_them =
        architecture.of_workgroups
            ? features.matrix2.workgroupScope && features.matrix2.flexibleDimensions
            : features.subgroup_size.subgroupSizeControl && features.subgroup_size.computeFullSubgroups;
    return holds_them &&
           std::all_of(
               architecture.capabilities.begin(), architecture.capabilities.end(),
               [&](std::uint32_t number) { return features.missing(number, gpu.physical()).empty(); }) &&
           has_matrix_architecture(gpu.physical(), architecture);
}

/// Whether fma is exact, with its repair if need be.
bool repairs_fma(const Engine& engine) {
    return engine.numerics.facts.fma_f32 == Exactness::exact ||
           engine.gpu.features().core.features.shaderFloat64;
}

/// What kernels may ask for and the GPU lacks, so that they, or some of their variants, run elsewhere.
std::vector<std::string> lacks_of(const Engine& engine) {
    const Features& features = engine.gpu.features();
    const VkPhysicalDeviceLimits& limits = engine.gpu.physical().properties.limits;
    std::vector<std::string> notes;
    if (!repairs_fma(engine))
        notes.push_back(
            "the repair of fma needs 64-bit floating point, which the device lacks: kernels with fma run "
            "elsewhere");
    if (!features.v11.storageBuffer16BitAccess)
        notes.push_back("no 16-bit storage: kernels with f16, bf16, i16 or u16 in memory run elsewhere");
    if (!features.v12.storageBuffer8BitAccess)
        notes.push_back("no 8-bit storage: kernels with i8, u8 or bool in memory run elsewhere");
    if (!features.v12.vulkanMemoryModel)
        notes.push_back("no Vulkan memory model: variants that need it are left out");
    constexpr std::uint32_t usual_invocations = 256,
                            usual_shared_bytes = 32768;  // as emit/target.cpp has them
    if (limits.maxComputeWorkGroupInvocations < usual_invocations)
        notes.push_back("workgroups of at most " + std::to_string(limits.maxComputeWorkGroupInvocations) +
                        " invocations: variants with larger ones are left out");
    if (limits.maxComputeSharedMemorySize < usual_shared_bytes)
        notes.push_back("at most " + std::to_string(limits.maxComputeSharedMemorySize) +
                        " bytes of shared memory: variants with more are left out");
    return notes;
}

class VulkanDevice final : public runtime::Device {
  public:
    VulkanDevice(const Instance& instance, PhysicalDevice physical)
        : engine_(std::make_shared<Engine>(instance, std::move(physical))), memory_(engine_) {
        const PhysicalDevice& device = engine_->gpu.physical();
        info_.name = engine_->gpu.name();
        info_.target = "spirv";
        info_.model = device.model;
        for (const MatrixArchitecture& architecture : matrix_architectures)
            if (multiplies_matrices(engine_->gpu, architecture))
                info_.architectures.push_back(architecture.name);
        info_.architectures.push_back("spirv");
        info_.fingerprint =
            "Vulkan " + device.fingerprint + " subgroups of " + std::to_string(device.v11.subgroupSize);
        info_.memory_bytes = memory_of(device);
        info_.arithmetic = engine_->numerics.arithmetic;
        if (!repairs_fma(*engine_)) info_.arithmetic.fma_fused = false;
        info_.by_name_only = device.is_software();
        if (device.is_software())
            info_.notes.push_back("a software implementation of Vulkan: used only where it is named");
        info_.notes.push_back("driver: " + device.driver);
        for (const std::string& note : engine_->numerics.notes) info_.notes.push_back(note);
        for (const std::string& note : lacks_of(*engine_)) info_.notes.push_back(note);
    }

    const DeviceInfo& info() const override { return info_; }
    std::unique_ptr<runtime::Executable> load(const bundle::Bundle& bundle,
                                              const bundle::Variant& variant) override {
        return std::make_unique<Executable>(engine_, bundle, variant);
    }
    runtime::DeviceMemory* memory() override { return &memory_; }
    int arenas() const override { return arenas_of(engine_->gpu.physical()); }
    bool has_clock() const override {
        return engine_->gpu.physical().families[engine_->compute.family()].timestampValidBits > 0;
    }
    std::unique_ptr<runtime::DeviceRecording> record(std::span<const Step> steps) override {
        return std::make_unique<Recording>(engine_, steps);
    }

  private:
    std::shared_ptr<Engine> engine_;
    Memory memory_;
    DeviceInfo info_;
};

class VulkanTarget final : public runtime::RunTarget {
  public:
    std::string target() const override { return "spirv"; }
    std::string family() const override { return "vulkan"; }
    std::vector<std::unique_ptr<runtime::Device>> open(Executor&,
                                                       std::vector<std::string>& notes) const override {
        std::vector<std::unique_ptr<runtime::Device>> devices;
        const Instance* instance = nullptr;
        try {
            instance = &Instance::get();
        } catch (const Error& error) {
            notes.push_back(std::string("no Vulkan: ") + error.what());
            return devices;
        }
        const std::vector<Found> all = find_devices(*instance);
        if (all.empty()) notes.push_back("no Vulkan: the drivers that are installed find no device");
        for (const Found& found : all) {
            const std::string name = "vulkan:" + std::to_string(found.device.number);
            if (!found.fault.empty()) {
                notes.push_back(name + " (" + found.device.model + ") cannot be used: " + found.fault);
                continue;
            }
            try {
                devices.push_back(std::make_unique<VulkanDevice>(*instance, found.device));
            } catch (const Error& error) {
                notes.push_back(name + " (" + found.device.model + ") cannot be used: " + error.what());
            }
        }
        return devices;
    }
};

}  // namespace
}  // namespace vulkan

std::unique_ptr<runtime::RunTarget> make_run_target();
std::unique_ptr<runtime::RunTarget> make_run_target() { return std::make_unique<vulkan::VulkanTarget>(); }

}  // namespace sporkle::spirv
