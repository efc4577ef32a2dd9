#include "targets/spirv/emit/fragments.hpp"

#include <algorithm>
#include <string>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/spirv/interface/cooperative_matrix.hpp"
#include "targets/spirv/interface/matrix_architecture.hpp"

namespace sporkle::spirv {
namespace {

namespace matrix = cooperative_matrix;

Id component(Module& module, Types& types, DType type) {
    switch (type) {
        case DType::f16:
            module.require(spv::Capability::Float16);
            return types.floating(16);
        case DType::bf16:
            module.require(static_cast<spv::Capability>(matrix::Capability::bfloat16));
            module.require(static_cast<spv::Capability>(matrix::Capability::bfloat16_matrix));
            module.require_extension(matrix::bfloat16_extension);
            return module.declare(spv::Op::OpTypeFloat, 0, {16, matrix::bfloat16_encoding});
        case DType::f32:
            return types.floating(32);
        case DType::i8:
        case DType::u8:
            module.require(spv::Capability::Int8);
            return types.integer(8);
        case DType::i32:
            return types.integer(32);
        default:
            throw Error(ErrorCode::unsupported, "spirv: there are no cooperative matrices of " +
                                                    std::string(name_of(type)) + " here");
    }
}

matrix::Use use_of(tile::Fragment fragment) {
    switch (fragment) {
        case tile::Fragment::left:
            return matrix::Use::a;
        case tile::Fragment::right:
            return matrix::Use::b;
        default:
            return matrix::Use::accumulator;
    }
}

}  // namespace

bool has_fragments(const tile::Kernel& kernel) {
    return std::any_of(kernel.types.begin(), kernel.types.end(),
                       [](tile::Type type) { return type.is_fragment(); });
}

spv::Scope fragment_scope(const tile::Kernel& kernel) {
    if (kernel.shuffle_width == static_cast<int>(MatrixArchitecture::subgroup_size))
        return spv::Scope::Subgroup;
    if (kernel.shuffle_width == kernel.members) return spv::Scope::Workgroup;
    throw Error(ErrorCode::unsupported,
                "spirv: kernel '" + kernel.name + "' holds fragments in groups of " +
                    std::to_string(kernel.shuffle_width) + " invocations; they belong to a subgroup of " +
                    std::to_string(MatrixArchitecture::subgroup_size) + " or to the workgroup");
}

bool has_matrices(std::span<const std::uint32_t> module) {
    constexpr std::size_t header = 5;
    for (std::size_t at = header; at < module.size();) {
        const std::uint32_t length = module[at] >> 16, opcode = module[at] & 0xffff;
        if (opcode == static_cast<std::uint32_t>(matrix::Op::type)) return true;
        if (length == 0) return false;
        at += length;
    }
    return false;
}

Id fragment_type(Module& module, Types& types, tile::Type type) {
    module.require(static_cast<spv::Capability>(matrix::Capability::cooperative_matrix));
    module.require_extension(matrix::extension);
    return module.declare(
        static_cast<spv::Op>(matrix::Op::type), 0,
        {component(module, types, type.scalar), types.word(static_cast<std::uint32_t>(types.matrix_scope)),
         types.word(std::uint32_t{type.rows}), types.word(std::uint32_t{type.columns}),
         types.word(static_cast<std::uint32_t>(use_of(type.fragment)))});
}

Id fragment_constant(Module& module, Types& types, tile::Type type, std::uint64_t bits) {
    const Id element_type = component(module, types, type.scalar);
    const int unused = 32 - 8 * size_of(type.scalar);  // types are unsigned: their high bits are zero
    const auto low = static_cast<std::uint32_t>(bits) << unused >> unused;
    const Id element = module.declare(spv::Op::OpConstant, element_type, {low});
    return module.declare(spv::Op::OpConstantComposite, fragment_type(module, types, type), {element});
}

}  // namespace sporkle::spirv
