// Matrix schedules of a kernel, compiled for a device, and whether their results are as near to the exact
// ones as Numerics::fast promises, and exact for integers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/conformance/device_kernel.hpp"
#include "tests/fast/matrix_kernel.hpp"

namespace sporkle::testing {

/// Throws std::logic_error where this build has no such target.
const codegen::EmitTarget& emit_target(const std::string& name);

class Products {
  public:
    /// `part`: only the schedules whose names have it. The device outlives the products.
    Products(const MatrixKernel& kernel, const codegen::EmitTarget& emitter, const std::string& architecture,
             runtime::Device& device, const std::string& part);

    Call call(const MatrixSize& size, std::uint64_t seed, bool aligned) const {
        return call_of(program_, size, seed, aligned);
    }
    std::string assembly_of_first() const { return emitter_.stage_text(variants_.front(), "asm"); }

    int schedules() const { return static_cast<int>(variants_.size()); }

    /// How many schedules took the call.
    int check(const MatrixSize& size, const Call& before);
    int check(const MatrixSize& size, std::uint64_t seed, bool aligned = false) {
        return check(size, call(size, seed, aligned));
    }

  private:
    const MatrixKernel kernel_;
    const codegen::EmitTarget& emitter_;
    const std::string place_;  ///< device and architecture
    const Program program_;
    std::vector<codegen::Variant> variants_;
    bundle::Bundle bundle_;
    std::unique_ptr<DeviceKernel> on_device_;
};

}  // namespace sporkle::testing
