// The heart of the conformance suite: one kernel, one call, every schedule, in every way in which this
// machine can run it, against the reference, bit for bit:
//
//   the interpreter                  the Tile IR as it was lowered, and for machines whose vectors are spread
//                                    over threads also as single threads see it
//   machine code of the host's kind  called directly, without the runtime
//   devices                          through a bundle and the device's driver
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sporkle/program.hpp>

#include "codegen/target.hpp"
#include "tests/conformance/device_kernel.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {

/// What is done with a call.
struct Ways {
    bool interpret = true;
    bool execute = true;  ///< machine code and devices
    DeviceRun on_device;
};

/// A kernel compiled with all its schedules for one architecture.
class CompiledKernel {
  public:
    /// `devices` run the architecture's code. Where there is none, no code is emitted: the emitters' own
    /// tests do that.
    CompiledKernel(const Program& program, const codegen::EmitTarget& target, const std::string& architecture,
                   const std::vector<runtime::Device*>& devices = {});
    ~CompiledKernel();
    CompiledKernel(CompiledKernel&&) noexcept;

    /// Runs all variants that fit on copies of `before` and compares with `expected`, the reference's result.
    /// Returns an empty string, or which variant, in which way, and the first difference.
    std::string check(const Call& before, const Call& expected, const Ways& ways) const;

    /// As machine code of the host's kind, if it is that, with every tensor against an inaccessible page on
    /// one side: touching a byte outside of a tensor ends the program.
    std::string check_guarded(const Call& before, const Call& expected) const;

    /// Triples (variant, call, way) checked so far, for a test to see that it tested something.
    int checked() const;
    /// Empty when every device has run the last variant, which must serve every call everywhere; else those
    /// that have not.
    std::string unserved() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Compiles a kernel for every architecture of the target that a device of this machine runs.
std::vector<CompiledKernel> compile_for_devices(const Program& program, const codegen::EmitTarget& target);

struct Finding {
    std::string complaint;  ///< empty where nothing differs, else with the seed
    int checked = 0;        ///< triples (variant, call, way)
};

/// Compiles a Program for every device of this machine and checks `calls` random calls of it.
Finding check_program(const Program& program, std::uint64_t seed, int calls, const CallOptions& options);

}  // namespace sporkle::testing
