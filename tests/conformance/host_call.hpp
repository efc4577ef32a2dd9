// Runs one variant of a kernel on a call in this process: in the interpreter, or as machine code of the
// host's own kind, without the runtime.
#pragma once

#include <string>
#include <vector>

#include "codegen/ir/interpreter.hpp"
#include "runtime/bundle/entry_point.hpp"
#include "tests/conformance/variant_call.hpp"

namespace sporkle::testing {

class HostCall : public VariantCall {
  public:
    HostCall(const Program& program, const codegen::Variant& variant, Call& call);

    /// Interprets all dispatches: as they are, or `distributed` over single threads (simt/distribute.hpp),
    /// and as a machine whose own fma of f32 `flushes` (tile::Execution). Returns an empty string or the
    /// interpreter's complaint.
    std::string interpret(bool distributed, bool flushes = false);

    /// Runs machine code, one entry point a dispatch, each grid in two pieces to exercise the range
    /// arguments.
    void execute(const std::vector<bundle::EntryPoint>& entries);

  private:
    Call& call_;
    std::vector<std::vector<std::byte>> shared_;  ///< scratch that all tasks share, by scratch number
};

/// Whether a dispatch is written for members of several threads, so that it has a distributed form.
bool is_collective(const codegen::Variant& variant);

}  // namespace sporkle::testing
