// Products on the matrix units of emulated chips: every matrix schedule of a kernel, compiled and executed,
// is as near to the exact result as Numerics::fast promises, and exact for integers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/conformance/device_kernel.hpp"
#include "tests/conformance/devices.hpp"
#include "tests/fast/matrix_kernel.hpp"

namespace sporkle::testing {
namespace {

const codegen::EmitTarget& emitter() {
    for (const auto& target : codegen::emit_targets())
        if (target->name() == "amdgpu") return *target;
    throw std::logic_error("this build has no target amdgpu");
}

runtime::Device& device_of(const std::string& chip) {
    for (runtime::Device* device : devices_for(emitter(), Numerics::fast))
        if (device->info().name == "amdgpu-emulated:" + chip) return *device;
    throw std::logic_error("there is no emulated " + chip);
}

/// The matrix schedules of a kernel, compiled for a chip.
class Products {
  public:
    Products(const MatrixKernel& kernel, const std::string& chip)
        : kernel_(kernel), chip_(chip), program_(kernel.make(Form::fast)) {
        const codegen::Machine machine = emitter().machine(chip);
        for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program_, machine))
            if (schedule.matrix_m > 0) variants_.push_back(codegen::lower(program_, schedule, machine));
        bundle_ = bundle_of(program_, variants_, emitter().emit(variants_));
        on_device_ = std::make_unique<DeviceKernel>(program_, variants_, bundle_, device_of(chip));
    }

    const Program& program() const { return program_; }

    /// How many schedules took the call.
    int check(const MatrixSize& size, const Call& before) {
        const MatrixReference reference(kernel_, size, before);
        int taken = 0;
        for (std::size_t v = 0; v < variants_.size(); ++v) {
            const std::string where =
                kernel_.name + " on " + chip_ + ", schedule " + variants_[v].schedule.name;
            Call actual = before;
            const auto complaint = on_device_->run(v, actual, {});
            if (!complaint) continue;
            ++taken;
            EXPECT_EQ(*complaint, "") << where;
            EXPECT_EQ(reference.too_far(actual), "") << where;
        }
        return taken;
    }
    int check(const MatrixSize& size, std::uint64_t seed, bool aligned = false) {
        return check(size, call_of(program_, size, seed, aligned));
    }

  private:
    MatrixKernel kernel_;
    std::string chip_;
    Program program_;
    std::vector<codegen::Variant> variants_;
    bundle::Bundle bundle_;
    std::unique_ptr<DeviceKernel> on_device_;
};

class MatrixUnit : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, MatrixUnit, ::testing::Values("gfx90a", "gfx942", "gfx1100", "gfx1201"),
                         [](const auto& info) { return info.param; });

TEST_P(MatrixUnit, Halves) {
    Products products({"gemm"}, GetParam());
    EXPECT_EQ(products.check({128, 256, 64}, 1, true), 6);
    EXPECT_EQ(products.check({67, 13, 97}, 2), 3);
}

TEST_P(MatrixUnit, Bytes) {
    Products products({"bytes", DType::i8, DType::i32, true, true}, GetParam());
    EXPECT_EQ(products.check({128, 256, 64}, 3, true), 6);
    EXPECT_EQ(products.check({17, 65, 31}, 4), 3);
}

}  // namespace
}  // namespace sporkle::testing
