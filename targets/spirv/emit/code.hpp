// The instructions of one function: basic blocks in structured order, values, and the two shapes of control
// flow with their merge instructions and phis.
#pragma once

#include <functional>

#include "targets/spirv/emit/module.hpp"
#include "targets/spirv/emit/types.hpp"

namespace sporkle::spirv {

class Code {
  public:
    Code(Module& module, Types& types, Id result_type, std::span<const Id> parameter_types);

    Module& module() { return module_; }
    Types& types() { return types_; }
    Id function() const { return function_; }
    Id parameter(std::size_t n) const { return parameters_[n]; }

    /// Appends an instruction with a result.
    Id value(spv::Op op, Id type, std::initializer_list<std::uint32_t> operands) {
        return value(op, type, std::span(operands.begin(), operands.size()));
    }
    Id value(spv::Op op, Id type, std::span<const std::uint32_t> operands);
    /// Floating-point arithmetic, which no driver may contract.
    Id arithmetic(spv::Op op, Id type, std::initializer_list<std::uint32_t> operands);
    /// An instruction of GLSL.std.450.
    Id extended(std::uint32_t instruction, Id type, std::initializer_list<std::uint32_t> operands);
    void effect(spv::Op op, std::initializer_list<std::uint32_t> operands) {
        effect(op, std::span(operands.begin(), operands.size()));
    }
    void effect(spv::Op op, std::span<const std::uint32_t> operands);

    // Integers of the register forms, by width.
    Id add(Id type, Id a, Id b) { return value(spv::Op::OpIAdd, type, {a, b}); }
    Id multiply(Id type, Id a, Id b) { return value(spv::Op::OpIMul, type, {a, b}); }
    Id select(Id type, Id condition, Id a, Id b) { return value(spv::Op::OpSelect, type, {condition, a, b}); }
    Id bitcast(Id type, Id a) { return value(spv::Op::OpBitcast, type, {a}); }

    /// An array of this invocation.
    Id variable(Id pointer_type);

    /// if (condition) then() else otherwise(), of which each gives a value for each type; the chosen ones.
    using Branch = std::function<std::vector<Id>()>;
    std::vector<Id> choose(Id condition, std::span<const Id> value_types, const Branch& then,
                           const Branch& otherwise);
    void when(Id condition, const std::function<void()>& then);

    /// while (condition(carried)) carried = body(carried); `control` is SPIR-V's LoopControl with its
    /// literals. Returns the carried values' last state.
    struct Loop {
        std::vector<Id> types, initial;
        Words control{0};
        std::function<Id(std::span<const Id> carried)> condition;
        std::function<std::vector<Id>(std::span<const Id> carried)> body;
    };
    std::vector<Id> loop(const Loop& loop);

    /// Ends the function and hands it to the module. 0 returns nothing.
    void finish(Id returned = 0);

  private:
    void begin_block(Id label);
    void drop_unused_arithmetic();
    void branch(Id target) { effect(spv::Op::OpBranch, {target}); }

    Module& module_;
    Types& types_;
    Id function_ = 0;
    std::vector<Id> parameters_;
    Words head_;       ///< up to the entry block's label
    Words variables_;  ///< stand first in the entry block
    Words body_;
    Id block_ = 0;  ///< label of the block that is open
};

}  // namespace sporkle::spirv
