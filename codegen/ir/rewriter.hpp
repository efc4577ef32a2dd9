// Writes a kernel anew, instruction by instruction, through a Builder: the frame of passes that put other
// instructions in the place of some, such as codegen/legalize and codegen/simt. The Builder folds and shares
// what the new instructions bring in.
#pragma once

#include <span>
#include <vector>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

class Rewriter {
  public:
    explicit Rewriter(const Kernel& kernel);
    virtual ~Rewriter() = default;

    Kernel run();

  protected:
    /// Sets the new kernel's team and adds its buffers: those of the old one.
    virtual void begin();
    /// Called before each instruction but `yield`.
    virtual void before(const Instruction&) {}
    /// Writes what stands for an instruction with a result. `operands` are the new kernel's values.
    virtual Value value(const Instruction& instruction, std::span<const Value> operands);
    /// Writes what stands for an instruction without a result.
    virtual void effect(const Instruction& instruction, std::span<const Value> operands);

    /// The same instruction in the new kernel, with a result of `type`.
    Value copy(const Instruction& instruction, Type type, std::span<const Value> operands);

    Type old_type(Value old) const { return from_.type_of(old); }

    const Kernel& from_;
    Builder builder_;
    std::vector<Value> image_;  ///< what stands for a value, by the old kernel's value id

  private:
    std::vector<Value> images(std::span<const Value> values) const;
    void define(std::span<const Value> old_values, std::span<const Value> new_values);
    std::vector<Value> region(const Region& region);
    void write(const Instruction& instruction);
    std::vector<Value> loop(const Instruction& instruction, std::span<const Value> operands);
    std::vector<Value> branch(const Instruction& instruction, Value condition);
};

}  // namespace sporkle::tile
