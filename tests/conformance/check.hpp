// The heart of the conformance suite: one kernel, one call, every schedule on every level of a target, in the
// interpreter and as machine code, against the reference, bit for bit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sporkle/program.hpp>

#include "codegen/target.hpp"
#include "runtime/bundle/entry_point.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {

/// A kernel compiled with all its schedules for one architecture.
class CompiledKernel {
  public:
    CompiledKernel(const Program& program, const codegen::EmitTarget& target,
                   const std::string& architecture);
    ~CompiledKernel();
    CompiledKernel(CompiledKernel&&) noexcept;

    /// Runs all variants that fit on copies of `before` and compares with `expected`, the reference's result.
    /// Returns an empty string, or which variant, in which way, and the first difference. `interpret` also
    /// interprets.
    std::string check(const Call& before, const Call& expected, bool interpret) const;

    /// The same as machine code only, with every tensor against an inaccessible page on one side: touching a
    /// byte outside of a tensor ends the program.
    std::string check_guarded(const Call& before, const Call& expected) const;

    int variants() const;
    /// Pairs (variant, call) checked so far, for a test to see that it tested something.
    int checked() const;

  private:
    std::vector<bundle::EntryPoint> entries_of(std::size_t variant) const;

    struct State;
    std::unique_ptr<State> state_;
};

/// Architectures of the target on which this machine can run the code, lowest first.
std::vector<std::string> runnable_architectures(const codegen::EmitTarget& target);

/// The targets whose code runs on this machine's CPU.
std::vector<const codegen::EmitTarget*> host_targets();

/// Compiles a Program for every level of every host target and checks `calls` random calls of it. Returns an
/// empty string or the complaint with the seed.
std::string check_program(const Program& program, std::uint64_t seed, int calls, const CallOptions& options,
                          bool interpret = true);

}  // namespace sporkle::testing
