#include "tests/spirv_run/kernels.hpp"

#include <cstring>

#include "targets/spirv/interface/push_constants.hpp"
#include "targets/spirv/interface/word_writer.hpp"

namespace sporkle::testing {
namespace {

using spirv::WordWriter;
using spv::Op;
using Id = WordWriter::Id;

template <class Enumerant>
std::uint32_t number(Enumerant enumerant) {
    return static_cast<std::uint32_t>(enumerant);
}

/// A module up to the first block of its main function: push constants, ids, the parameter block.
struct Frame {
    WordWriter w;
    Id u32 = 0, u64 = 0, element_pointer = 0, boolean = 0;
    Id task = 0;      ///< place in the piece, u64
    Id position = 0;  ///< place in the grid, u64
    Id local = 0;     ///< invocation in the workgroup, u32
    Id words[4] = {};
    Id arenas = 0, arena_bytes = 0;
    Id subgroup_size = 0;
    Id zero = 0, base = 0, local_size = 0, factor = 0, addend = 0;  ///< u32
    Id four = 0, wide_zero = 0, one = 0;                            ///< u64

    explicit Frame(const KernelOptions& options) {
        w.write(Op::OpCapability, {number(spv::Capability::Shader)});
        w.write(Op::OpCapability, {number(spv::Capability::Int64)});
        w.write(Op::OpCapability, {number(spv::Capability::PhysicalStorageBufferAddresses)});
        for (const std::uint32_t capability : options.more_capabilities)
            w.write(Op::OpCapability, {capability});
        w.write(Op::OpMemoryModel,
                {number(spv::AddressingModel::PhysicalStorageBuffer64), number(spv::MemoryModel::GLSL450)});
        const Id main = w.new_id(), constants = w.new_id(), block = w.new_id(), shared = w.new_id();
        const Id group = w.new_id(), groups = w.new_id(), index = w.new_id(), array = w.new_id();
        if (options.takes_subgroup_size) subgroup_size = w.new_id();
        std::vector<std::uint32_t> entry{number(spv::ExecutionModel::GLCompute), main};
        for (const std::uint32_t word : WordWriter::text("main")) entry.push_back(word);
        for (const Id variable : {constants, group, groups, index}) entry.push_back(variable);
        if (options.shared_words > 0) entry.push_back(shared);
        w.write(Op::OpEntryPoint, entry);
        w.write(Op::OpExecutionMode, {main, number(spv::ExecutionMode::LocalSize), options.local_size, 1, 1});
        const auto decorate = [&](Id id, spv::Decoration decoration, std::uint32_t value) {
            w.write(Op::OpDecorate, {id, number(decoration), value});
        };
        decorate(group, spv::Decoration::BuiltIn, number(spv::BuiltIn::WorkgroupId));
        decorate(groups, spv::Decoration::BuiltIn, number(spv::BuiltIn::NumWorkgroups));
        decorate(index, spv::Decoration::BuiltIn, number(spv::BuiltIn::LocalInvocationIndex));
        if (subgroup_size != 0)
            decorate(subgroup_size, spv::Decoration::SpecId, number(spirv::SpecId::subgroup_size));
        decorate(array, spv::Decoration::ArrayStride, 8);
        w.write(Op::OpDecorate, {block, number(spv::Decoration::Block)});
        const std::uint32_t offsets[4] = {0, 8, 16, 24};
        for (std::uint32_t n = 0; n < 4; ++n)
            w.write(Op::OpMemberDecorate, {block, n, number(spv::Decoration::Offset), offsets[n]});

        const Id nothing = w.define(Op::OpTypeVoid, {});
        boolean = w.define(Op::OpTypeBool, {});
        u32 = w.define(Op::OpTypeInt, {32, 0});
        u64 = w.define(Op::OpTypeInt, {64, 0});
        const Id vector = w.define(Op::OpTypeVector, {u32, 3});
        const Id three = constant(3);
        w.write(Op::OpTypeArray, {array, u64, three});
        w.write(Op::OpTypeStruct, {block, u64, u64, u64, array});
        const auto pointer = [&](spv::StorageClass storage, Id to) {
            return w.define(Op::OpTypePointer, {number(storage), to});
        };
        const Id block_pointer = pointer(spv::StorageClass::PushConstant, block);
        const Id u64_constant = pointer(spv::StorageClass::PushConstant, u64);
        const Id vector_input = pointer(spv::StorageClass::Input, vector);
        const Id u32_input = pointer(spv::StorageClass::Input, u32);
        element_pointer = pointer(spv::StorageClass::PhysicalStorageBuffer, u32);
        const Id word_pointer = pointer(spv::StorageClass::PhysicalStorageBuffer, u64);
        const auto variable = [&](Id type, Id id, spv::StorageClass storage) {
            w.write(Op::OpVariable, {type, id, number(storage)});
        };
        variable(block_pointer, constants, spv::StorageClass::PushConstant);
        variable(vector_input, group, spv::StorageClass::Input);
        variable(vector_input, groups, spv::StorageClass::Input);
        variable(u32_input, index, spv::StorageClass::Input);
        if (options.shared_words > 0) {
            const Id shared_array = w.define(Op::OpTypeArray, {u32, constant(options.shared_words)});
            variable(pointer(spv::StorageClass::Workgroup, shared_array), shared,
                     spv::StorageClass::Workgroup);
        }
        if (subgroup_size != 0) w.write(Op::OpSpecConstant, {u32, subgroup_size, 1});
        Id numbers[4];
        for (std::uint32_t n = 0; n < 4; ++n) numbers[n] = constant(n);
        const Id eight = wide_constant(8);
        zero = numbers[0];
        base = constant(options.base);
        local_size = constant(options.local_size);
        factor = constant(1664525);
        addend = constant(1013904223);
        four = wide_constant(4);
        wide_zero = wide_constant(0);
        one = wide_constant(1);
        const Id function_type = w.define(Op::OpTypeFunction, {nothing});
        w.write(Op::OpFunction, {nothing, main, 0, function_type});
        w.define(Op::OpLabel, {});

        const auto member = [&](std::initializer_list<std::uint32_t> path) {
            std::vector<std::uint32_t> all{u64_constant, w.new_id(), constants};
            all.insert(all.end(), path);
            w.write(Op::OpAccessChain, all);
            return w.compute(Op::OpLoad, u64, {all[1]});
        };
        Id address = member({numbers[0]});
        arenas = member({numbers[1]});
        arena_bytes = member({numbers[2]});
        for (int n = 0; n < 4; ++n) {
            const Id at = w.compute(Op::OpConvertUToPtr, word_pointer, {address});
            words[n] = w.compute(Op::OpLoad, u64, {at, number(spv::MemoryAccessMask::Aligned), 8});
            address = w.compute(Op::OpIAdd, u64, {address, eight});
        }
        const Id group_value = w.compute(Op::OpLoad, vector, {group});
        const Id groups_value = w.compute(Op::OpLoad, vector, {groups});
        Id place[3], count[3], whole[3];
        for (std::uint32_t d = 0; d < 3; ++d) {
            place[d] = widen(w.compute(Op::OpCompositeExtract, u32, {group_value, d}));
            count[d] = widen(w.compute(Op::OpCompositeExtract, u32, {groups_value, d}));
            whole[d] = w.compute(Op::OpIAdd, u64, {place[d], member({numbers[3], numbers[d]})});
        }
        task = linear(place, count[0], count[1]);
        position = linear(whole, words[1], words[2]);
        local = w.compute(Op::OpLoad, u32, {index});
    }

    Id constant(std::uint32_t value) { return w.compute(Op::OpConstant, u32, {value}); }
    Id wide_constant(std::uint32_t value) { return w.compute(Op::OpConstant, u64, {value, 0}); }
    Id widen(Id value) { return w.compute(Op::OpUConvert, u64, {value}); }
    Id linear(const Id (&at)[3], Id size0, Id size1) {
        const Id rows = w.compute(Op::OpIMul, u64, {at[2], size1});
        const Id row = w.compute(Op::OpIAdd, u64, {rows, at[1]});
        return w.compute(Op::OpIAdd, u64, {w.compute(Op::OpIMul, u64, {row, size0}), at[0]});
    }
    /// Pointer to element `index` (u64) of those at `base`.
    Id element(Id base, Id index) {
        const Id offset = w.compute(Op::OpIMul, u64, {index, four});
        return w.compute(Op::OpConvertUToPtr, element_pointer, {w.compute(Op::OpIAdd, u64, {base, offset})});
    }
    Id load(Id pointer) {
        return w.compute(Op::OpLoad, u32, {pointer, number(spv::MemoryAccessMask::Aligned), 4});
    }
    void store(Id pointer, Id value) {
        w.write(Op::OpStore, {pointer, value, number(spv::MemoryAccessMask::Aligned), 4});
    }
    std::vector<std::uint32_t> close() {
        w.write(Op::OpReturn, {});
        w.write(Op::OpFunctionEnd, {});
        return w.finish();
    }
};

}  // namespace

std::vector<std::uint32_t> digits_kernel(const KernelOptions& options) {
    Frame f(options);
    const Id first = f.w.compute(Op::OpIMul, f.u64, {f.position, f.widen(f.local_size)});
    const Id at = f.element(f.words[0], f.w.compute(Op::OpIAdd, f.u64, {first, f.widen(f.local)}));
    const Id shifted = f.w.compute(Op::OpIMul, f.u32, {f.load(at), f.base});
    Id value = f.w.compute(Op::OpUConvert, f.u32, {f.words[3]});
    if (f.subgroup_size != 0) value = f.w.compute(Op::OpIAdd, f.u32, {value, f.subgroup_size});
    f.store(at, f.w.compute(Op::OpIAdd, f.u32, {shifted, value}));
    return f.close();
}

std::vector<std::uint32_t> arena_kernel() {
    KernelOptions options;
    options.local_size = 1;
    Frame f(options);
    const Id arena =
        f.w.compute(Op::OpIAdd, f.u64, {f.arenas, f.w.compute(Op::OpIMul, f.u64, {f.task, f.arena_bytes})});
    const Id own = f.element(arena, f.wide_zero);
    f.store(own, f.w.compute(Op::OpUConvert, f.u32, {f.position}));

    const Id head = f.w.new_id(), body = f.w.new_id(), next = f.w.new_id(), merge = f.w.new_id();
    const Id before = f.w.new_id(), turn = f.w.new_id(), next_turn = f.w.new_id();
    f.w.write(Op::OpBranch, {before});
    f.w.write(Op::OpLabel, {before});
    f.w.write(Op::OpBranch, {head});
    f.w.write(Op::OpLabel, {head});
    f.w.write(Op::OpPhi, {f.u64, turn, f.wide_zero, before, next_turn, next});
    const Id more = f.w.compute(Op::OpULessThan, f.boolean, {turn, f.words[3]});
    f.w.write(Op::OpLoopMerge, {merge, next, 0});
    f.w.write(Op::OpBranchConditional, {more, body, merge});
    f.w.write(Op::OpLabel, {body});
    const Id product = f.w.compute(Op::OpIMul, f.u32, {f.load(own), f.factor});
    f.store(own, f.w.compute(Op::OpIAdd, f.u32, {product, f.addend}));
    f.w.write(Op::OpBranch, {next});
    f.w.write(Op::OpLabel, {next});
    f.w.write(Op::OpIAdd, {f.u64, next_turn, turn, f.one});
    f.w.write(Op::OpBranch, {head});
    f.w.write(Op::OpLabel, {merge});
    f.store(f.element(f.words[0], f.position), f.load(own));
    return f.close();
}

HandMade::HandMade(const std::vector<std::vector<std::uint32_t>>& modules) {
    bundle::Variant variant;
    variant.target = variant.architecture = "spirv";
    variant.schedule = "by-hand";
    for (const auto& module : modules) {
        bundle::Dispatch dispatch;
        dispatch.entry = bytes.size();
        dispatch.code_bytes = module.size() * sizeof(std::uint32_t);
        dispatch.symbol = "dispatch " + std::to_string(variant.dispatches.size());
        bytes.resize(bytes.size() + dispatch.code_bytes);
        std::memcpy(bytes.data() + dispatch.entry, module.data(), dispatch.code_bytes);
        variant.dispatches.push_back(dispatch);
    }
    bundle.origin = "the test's bundle";
    bundle.blobs.push_back({"spirv", "spirv", false, bytes});
    bundle.kernels.emplace_back();
    bundle.kernels[0].variants.push_back(variant);
}

}  // namespace sporkle::testing
