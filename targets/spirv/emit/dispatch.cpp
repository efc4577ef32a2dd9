#include "targets/spirv/emit/dispatch.hpp"

#include <cstddef>

#include "targets/spirv/interface/push_constants.hpp"

namespace sporkle::spirv {

using spv::Op;
using spv::StorageClass;

static_assert(offsetof(PushConstants, first) == 8 * static_cast<std::size_t>(Pushed::first_x));

Id DispatchInputs::push_constants() {
    if (push_constants_ != 0) return push_constants_;
    Types& types = code_.types();
    Module& module = code_.module();
    const Id word = types.integer(64);
    const Id block = module.declare_new(Op::OpTypeStruct, 0, {word, word, word, word, word, word});
    module.decorate(block, spv::Decoration::Block);
    for (std::uint32_t n = 0; n < sizeof(PushConstants) / 8; ++n)
        module.decorate_member(block, n, spv::Decoration::Offset, {8 * n});
    push_constants_ =
        module.declare_variable(types.pointer(StorageClass::PushConstant, block), StorageClass::PushConstant);
    module.name(push_constants_, "dispatch");
    return push_constants_;
}

Id DispatchInputs::pushed(Pushed member) {
    Types& types = code_.types();
    const Id word = types.integer(64);
    const Id place = code_.value(Op::OpAccessChain, types.pointer(StorageClass::PushConstant, word),
                                 {push_constants(), types.word(static_cast<std::uint32_t>(member))});
    return code_.value(Op::OpLoad, word, {place});
}

Id DispatchInputs::built_in(spv::BuiltIn built_in, Id type) {
    Id& variable = built_ins_[built_in];
    if (variable == 0) {
        variable = code_.module().declare_variable(code_.types().pointer(StorageClass::Input, type),
                                                   StorageClass::Input);
        code_.module().decorate(variable, spv::Decoration::BuiltIn, {static_cast<std::uint32_t>(built_in)});
    }
    return code_.value(Op::OpLoad, type, {variable});
}

Id DispatchInputs::component(spv::BuiltIn vector, int dimension) {
    Types& types = code_.types();
    const Id all = built_in(vector, types.vector(types.word(), 3));
    const Id one =
        code_.value(Op::OpCompositeExtract, types.word(), {all, static_cast<std::uint32_t>(dimension)});
    return code_.value(Op::OpUConvert, types.integer(64), {one});
}

Id DispatchInputs::member_id() { return built_in(spv::BuiltIn::LocalInvocationIndex, code_.types().word()); }

Id DispatchInputs::grid_id(int dimension) {
    const auto first = static_cast<Pushed>(static_cast<int>(Pushed::first_x) + dimension);
    return code_.add(code_.types().integer(64), component(spv::BuiltIn::WorkgroupId, dimension),
                     pushed(first));
}

Id DispatchInputs::workgroup_number() {
    const Id form = code_.types().integer(64);
    Id number = component(spv::BuiltIn::WorkgroupId, 2);
    for (const int dimension : {1, 0})
        number =
            code_.add(form, code_.multiply(form, number, component(spv::BuiltIn::NumWorkgroups, dimension)),
                      component(spv::BuiltIn::WorkgroupId, dimension));
    return number;
}

Id DispatchInputs::subgroup_size() {
    if (subgroup_size_ == 0) {
        Module& module = code_.module();
        subgroup_size_ = module.declare_new(Op::OpSpecConstant, code_.types().word(), {1});
        module.decorate(subgroup_size_, spv::Decoration::SpecId,
                        {static_cast<std::uint32_t>(SpecId::subgroup_size)});
        module.name(subgroup_size_, "subgroup_size");
    }
    return subgroup_size_;
}

Id DispatchInputs::subgroup_holds(int width) {
    Types& types = code_.types();
    return code_.module().declare(Op::OpSpecConstantOp, types.boolean(),
                                  {static_cast<std::uint32_t>(Op::OpUGreaterThanEqual), subgroup_size(),
                                   types.word(static_cast<std::uint32_t>(width))});
}

}  // namespace sporkle::spirv
