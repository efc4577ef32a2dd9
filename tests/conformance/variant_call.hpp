// What a call of one variant needs wherever it runs, written anew and as simply as possible, so that the
// tests of code generation stand on nothing of the runtime: the parameter block, preconditions, scratch
// sizes and grids.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <sporkle/extents.hpp>
#include <sporkle/parameter_block.hpp>

#include "codegen/variant.hpp"
#include "runtime/device.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {

class VariantCall {
  public:
    /// `program` is the kernel's own (not normalised) Program. The tensors lie where the call has them until
    /// they are placed elsewhere. Throws Error when the call does not fit the Program.
    VariantCall(const Program& program, const codegen::Variant& variant, Call& call);

    /// Where the code finds a tensor's element (0, …, 0), or scratch number n that all tasks share.
    void place_tensor(int tensor, std::uint64_t address);
    void place_scratch(int number, std::uint64_t address);

    /// Whether the call meets the variant's preconditions, except for those on speed only.
    bool fits() const;

    const codegen::Variant& variant() const { return variant_; }
    std::span<const std::uint64_t> words() const { return words_; }
    /// By scratch number, multiples of 64; 0 for those that each task has for itself.
    std::span<const std::int64_t> shared_bytes() const { return shared_bytes_; }
    std::int64_t task_bytes() const { return task_bytes_; }  ///< of the arena of a task
    runtime::Grid grid(std::size_t dispatch) const;
    /// The tensor that a word of the parameter block is the address of, or -1. Likewise scratch.
    int tensor_at(int word) const;
    int scratch_at(int word) const;

  private:
    std::int64_t evaluate(const codegen::Formula& formula) const;

    const Program& program_;
    const codegen::Variant& variant_;
    Call& call_;
    ParameterBlock block_;
    Extents extents_;
    std::vector<std::uint64_t> words_;
    std::vector<std::int64_t> shared_bytes_;
    std::int64_t task_bytes_ = 0;
};

}  // namespace sporkle::testing
