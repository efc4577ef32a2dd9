// Runs one variant of a kernel on a call, in the interpreter or as machine code: what the runtime does,
// written anew and as simply as possible, so that the tests of code generation stand on nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codegen/ir/interpreter.hpp"
#include "codegen/variant.hpp"
#include "runtime/bundle/entry_point.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {

class VariantCall {
  public:
    /// `program` is the kernel's own (not normalised) Program. Throws Error when the call does not fit it.
    VariantCall(const Program& program, const codegen::Variant& variant, Call& call);

    /// Lets machine code find a tensor's element (0, …, 0) elsewhere: at a copy of the call's memory.
    void relocate(int tensor, std::byte* address);

    /// Whether the call meets the variant's preconditions.
    bool fits() const;

    /// Interprets all dispatches. Returns an empty string or the interpreter's complaint.
    std::string interpret();

    /// Runs machine code, one entry point a dispatch, each grid in two pieces to exercise the range
    /// arguments.
    void execute(const std::vector<bundle::EntryPoint>& entries);

  private:
    std::int64_t evaluate(const codegen::Formula& formula) const;
    std::vector<std::int64_t> grid(const codegen::Dispatch& dispatch) const;

    const Program& program_;
    const codegen::Variant& variant_;
    Call& call_;
    Extents extents_;
    std::vector<std::uint64_t> words_;
    std::vector<std::vector<std::byte>> shared_;  ///< scratch that all tasks share, by scratch number
    std::int64_t task_bytes_ = 0;
};

}  // namespace sporkle::testing
