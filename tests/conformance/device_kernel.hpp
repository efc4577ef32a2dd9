// A kernel's variants on a device, by the way that they take to an application: through the bytes of a
// bundle and the device's driver.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codegen/target.hpp"
#include "runtime/bundle/bundle.hpp"
#include "runtime/device.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {

/// Writes the variants and their code into a bundle and reads it.
bundle::Bundle bundle_of(const Program& program, const std::vector<codegen::Variant>& variants,
                         const codegen::Code& code);

/// How a call is laid out and run.
struct DeviceRun {
    /// Tensors begin at multiples of 256 bytes, as in an application's arrays; else as odd as in the call.
    bool aligned = true;
    /// Recorded and replayed, where the device can do that.
    bool recorded = false;
    /// So many tasks run at once at most where tasks have scratch, so that a grid goes in pieces; 0: as many
    /// as the device likes.
    int arenas = 0;
    /// The call is so large that a device may refuse it because its driver ends long loops (llvmpipe does).
    bool may_be_too_long = false;
};

class DeviceKernel {
  public:
    /// All of them outlive the kernel.
    DeviceKernel(const Program& program, const std::vector<codegen::Variant>& variants,
                 const bundle::Bundle& bundle, runtime::Device& device);

    const runtime::Device& device() const { return device_; }

    /// Runs a variant on the call's arguments, which lie in watched memory of the device meanwhile. Nothing
    /// when the call does not fit the variant, or the device lacks what the variant needs; an empty string
    /// when all went well, or the complaint.
    std::optional<std::string> run(std::size_t variant, Call& call, const DeviceRun& how);

    /// How often a variant was run.
    int runs(std::size_t variant) const { return runs_[variant]; }

  private:
    const runtime::Executable& executable(std::size_t variant);

    const Program& program_;
    const std::vector<codegen::Variant>& variants_;
    const bundle::Bundle& bundle_;
    runtime::Device& device_;
    std::vector<std::unique_ptr<runtime::Executable>> executables_;  ///< each made when it is first needed
    std::vector<int> runs_;
};

}  // namespace sporkle::testing
