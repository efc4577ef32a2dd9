#include "targets/spirv/run/module.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <spirv/unified1/spirv.hpp11>

#include <sporkle/error.hpp>

#include "targets/spirv/interface/instructions.hpp"
#include "targets/spirv/interface/push_constants.hpp"
#include "targets/spirv/run/features.hpp"
#include "targets/spirv/run/matrices.hpp"
#include "targets/spirv/run/physical_device.hpp"

namespace sporkle::spirv::vulkan {
namespace {

using spv::Op;

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
    throw Error(ErrorCode::invalid_bundle, what + ": " + why);
}

constexpr std::uint32_t cooperative_matrix = 6022;  ///< the capability CooperativeMatrixKHR

constexpr std::uint64_t huge = std::uint64_t(1) << 40;

/// Sizes of types, as far as shared memory is made of them.
class Sizes {
  public:
    void read(const Instruction& x) {
        const auto& w = x.words;
        const auto operand = [&](std::size_t n) { return n < w.size() ? w[n] : 0; };
        switch (Op(x.opcode())) {
            case Op::OpTypeBool:
                bytes_[operand(1)] = 4;
                break;
            case Op::OpTypeInt:
            case Op::OpTypeFloat:
                bytes_[operand(1)] = operand(2) / 8;
                break;
            case Op::OpTypeVector:
                set(operand(1), of(operand(2)), operand(3));
                break;
            case Op::OpTypeArray:
                set(operand(1), of(operand(2)), constants_[operand(3)]);
                break;
            case Op::OpTypeStruct: {
                std::uint64_t sum = 0;
                for (std::size_t n = 2; n < w.size(); ++n) sum = std::min(huge, sum + of(w[n]));
                bytes_[operand(1)] = sum;
                break;
            }
            case Op::OpConstant:
            case Op::OpSpecConstant:
                constants_[operand(2)] = operand(3);
                break;
            case Op::OpTypePointer:
                pointees_[operand(1)] = operand(3);
                break;
            case Op::OpVariable:
                if (spv::StorageClass(operand(3)) == spv::StorageClass::Workgroup)
                    shared_ = std::min(huge, shared_ + of(pointees_[operand(1)]));
                break;
            default:
                break;
        }
    }
    std::uint64_t shared() const { return shared_; }

  private:
    std::uint64_t of(std::uint32_t type) const {
        const auto found = bytes_.find(type);
        return found == bytes_.end() ? 0 : found->second;
    }
    void set(std::uint32_t type, std::uint64_t element, std::uint64_t count) {
        bytes_[type] = element == 0 || count <= huge / element ? element * count : huge;
    }

    std::map<std::uint32_t, std::uint64_t> bytes_, constants_;
    std::map<std::uint32_t, std::uint32_t> pointees_;
    std::uint64_t shared_ = 0;
};

}  // namespace

bool Module::uses(std::uint32_t capability) const {
    return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

std::uint64_t Module::invocations() const {
    return std::uint64_t(local_size[0]) * std::min(local_size[1], 1u << 16) *
           std::min(local_size[2], 1u << 15);
}

Module read_module(std::span<const std::byte> bytes, const DeviceFacts& facts, const std::string& what) {
    if (bytes.size() % sizeof(std::uint32_t) != 0)
        refuse(what, "its " + std::to_string(bytes.size()) + " bytes are no whole number of SPIR-V words");
    std::vector<std::uint32_t> words(bytes.size() / sizeof(std::uint32_t));
    if (!words.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    Module module;
    Sizes sizes;
    std::uint32_t entry = 0;
    bool has_size = false;
    std::vector<Instruction> list;
    try {
        module.words = adapted(words, facts);
        list = instructions_of(module.words);
    } catch (const Error& error) {
        refuse(what, error.what());
    }
    for (const Instruction& x : list) {
        const auto& w = x.words;
        sizes.read(x);
        if (Op(x.opcode()) == Op::OpCapability) module.capabilities.push_back(w[1]);
        if (Op(x.opcode()) == Op::OpEntryPoint) {
            static constexpr char name[] = "main";  // the zero byte fills a second word
            if (entry != 0 || spv::ExecutionModel(w[1]) != spv::ExecutionModel::GLCompute || w.size() < 5 ||
                std::memcmp(&w[3], name, sizeof name) != 0)
                refuse(what, "its entry points are not one compute kernel called 'main'");
            entry = w[2];
        }
        if (Op(x.opcode()) == Op::OpExecutionMode && w.size() >= 6 &&
            spv::ExecutionMode(w[2]) == spv::ExecutionMode::LocalSize) {
            std::copy_n(&w[3], 3, module.local_size);
            has_size = true;
        }
        if (Op(x.opcode()) == Op::OpDecorate && w.size() >= 4 &&
            spv::Decoration(w[2]) == spv::Decoration::SpecId &&
            w[3] == static_cast<std::uint32_t>(SpecId::subgroup_size))
            module.has_subgroup_size = true;
    }
    if (entry == 0) refuse(what, "it has no entry point");
    if (!has_size || module.local_size[0] == 0 || module.local_size[1] == 0 || module.local_size[2] == 0)
        refuse(what, "it does not say how large a workgroup is");
    module.shared_bytes = sizes.shared();
    return module;
}

void require_support(const Module& module, const PhysicalDevice& device, const Features& features,
                     const std::string& what) {
    const auto unsupported = [&](const std::string& why) {
        throw Error(ErrorCode::unsupported, what + " needs " + why + " (" + device.model + ")");
    };
    for (const std::uint32_t capability : module.capabilities)
        if (const std::string lack = features.missing(capability, device); !lack.empty())
            unsupported("what the device lacks: " + lack);
    if (module.uses(cooperative_matrix))
        if (const std::string lack = missing_matrices(module.words, module.invocations(), device);
            !lack.empty())
            unsupported("matrices that the device lacks: " + lack);
    const VkPhysicalDeviceLimits& limits = device.properties.limits;
    for (int d = 0; d < 3; ++d)
        if (module.local_size[d] > limits.maxComputeWorkGroupSize[d])
            unsupported("workgroups of " + std::to_string(module.local_size[d]) +
                        " invocations, the limit is " + std::to_string(limits.maxComputeWorkGroupSize[d]));
    if (module.invocations() > limits.maxComputeWorkGroupInvocations)
        unsupported("workgroups of " + std::to_string(module.invocations()) + " invocations, the limit is " +
                    std::to_string(limits.maxComputeWorkGroupInvocations));
    if (module.shared_bytes > limits.maxComputeSharedMemorySize)
        unsupported(std::to_string(module.shared_bytes) + " bytes of shared memory, the limit is " +
                    std::to_string(limits.maxComputeSharedMemorySize));
}

std::uint32_t choose_subgroup_size(const Module& module, const PhysicalDevice& device,
                                   const Features& features) {
    const auto& sizes = device.subgroup;
    if (!features.subgroup_size.subgroupSizeControl || !features.subgroup_size.computeFullSubgroups ||
        (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) == 0)
        return 1;
    const auto fits = [&](std::uint32_t size) {
        return size >= sizes.minSubgroupSize && size <= sizes.maxSubgroupSize &&
               module.local_size[0] % size == 0 &&
               module.invocations() / size <= sizes.maxComputeWorkgroupSubgroups;
    };
    if (fits(device.v11.subgroupSize)) return device.v11.subgroupSize;
    for (std::uint32_t size = sizes.maxSubgroupSize; size >= std::max(sizes.minSubgroupSize, 2u); size /= 2)
        if (fits(size)) return size;
    return 1;
}

}  // namespace sporkle::spirv::vulkan
