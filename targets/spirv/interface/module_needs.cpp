#include "targets/spirv/interface/module_needs.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <spirv/unified1/spirv.hpp11>
#include <string>

#include <sporkle/error.hpp>

#include "targets/spirv/interface/instructions.hpp"
#include "targets/spirv/interface/push_constants.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorCode::invalid_bundle, why); }

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

bool ModuleNeeds::uses(std::uint32_t capability) const {
    return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

std::uint64_t ModuleNeeds::invocations() const {
    return std::uint64_t(local_size[0]) * std::min(local_size[1], 1u << 16) *
           std::min(local_size[2], 1u << 15);
}

ModuleNeeds needs_of(std::span<const std::uint32_t> module) {
    ModuleNeeds needs;
    Sizes sizes;
    MatrixProducts products;
    std::uint32_t entry = 0;
    bool has_size = false;
    for (const Instruction& x : instructions_of(module)) {
        const auto& w = x.words;
        sizes.read(x);
        products.read(x);
        if (Op(x.opcode()) == Op::OpCapability) needs.capabilities.push_back(w[1]);
        if (Op(x.opcode()) == Op::OpEntryPoint) {
            static constexpr char name[] = "main";  // the zero byte fills a second word
            if (entry != 0 || spv::ExecutionModel(w[1]) != spv::ExecutionModel::GLCompute || w.size() < 5 ||
                std::memcmp(&w[3], name, sizeof name) != 0)
                refuse("its entry points are not one compute kernel called 'main'");
            entry = w[2];
        }
        if (Op(x.opcode()) == Op::OpExecutionMode && w.size() >= 6 &&
            spv::ExecutionMode(w[2]) == spv::ExecutionMode::LocalSize) {
            std::copy_n(&w[3], 3, needs.local_size);
            has_size = true;
        }
        if (Op(x.opcode()) == Op::OpDecorate && w.size() >= 4 &&
            spv::Decoration(w[2]) == spv::Decoration::SpecId &&
            w[3] == static_cast<std::uint32_t>(SpecId::subgroup_size))
            needs.has_subgroup_size = true;
    }
    if (entry == 0) refuse("it has no entry point");
    if (!has_size || needs.local_size[0] == 0 || needs.local_size[1] == 0 || needs.local_size[2] == 0)
        refuse("it does not say how large a workgroup is");
    needs.shared_bytes = sizes.shared();
    needs.products = products.all();
    return needs;
}

}  // namespace sporkle::spirv
