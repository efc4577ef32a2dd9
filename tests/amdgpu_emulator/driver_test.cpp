// Kernels by the whole way: bundle, device driver, pretended kernel, packets, machine code, against the
// reference, bit for bit, on every emulated chip.
#include <gtest/gtest.h>

#include <sporkle/error.hpp>
#include <sporkle/reference.hpp>

#include "targets/amdgpu/emulator/virtual_kernel.hpp"
#include "targets/amdgpu/run/driver.hpp"
#include "tests/conformance/check.hpp"
#include "tests/conformance/kernels.hpp"

namespace sporkle::testing {
namespace {

using amdgpu::emulator::VirtualKernel;

const codegen::EmitTarget& amdgpu_target() {
    for (const auto& target : codegen::emit_targets())
        if (target->name() == "amdgpu") return *target;
    throw std::logic_error("no target amdgpu");
}

class EmulatedDriver : public ::testing::TestWithParam<const char*> {
  protected:
    EmulatedDriver() : kernel_({GetParam()}), device_(amdgpu::open_device(kernel_, "emulated")) {}

    void run(const Program& program, const CallOptions& options, int calls) {
        const CompiledKernel compiled(program, amdgpu_target(), GetParam(), {device_.get()});
        for (int n = 0; n < calls; ++n) {
            const Call before = random_call(program, 1000 + static_cast<unsigned>(n), options);
            Call expected = before;
            const auto arguments = expected.arguments();
            reference(program, arguments);
            Ways ways;
            ways.interpret = false;
            ways.on_device = {.aligned = n % 2 == 0, .recorded = n % 3 == 1, .arenas = n % 3 == 2 ? 2 : 0};
            EXPECT_EQ(compiled.check(before, expected, ways), "") << "call " << n;
        }
        EXPECT_GT(compiled.checked(), 0);
        EXPECT_EQ(compiled.unserved(), "");
        for (const std::string& fault : kernel_.faults()) ADD_FAILURE() << fault;
        EXPECT_FALSE(kernel_.dispatches(0).empty());
    }

    VirtualKernel kernel_;
    std::unique_ptr<runtime::Device> device_;
};

TEST_P(EmulatedDriver, DescribesTheChip) {
    const DeviceInfo& info = device_->info();
    EXPECT_EQ(info.architectures, std::vector<std::string>{GetParam()});
    EXPECT_EQ(info.target, "amdgpu");
    EXPECT_TRUE(device_->has_clock());
}

TEST_P(EmulatedDriver, ScaledSum) {
    CallOptions options;
    options.most_steps = 20'000;
    run(kernels::axpy<DType::f32>(), options, 4);
}

TEST_P(EmulatedDriver, MatrixProduct) {
    CallOptions options;
    options.dense = options.finite = true;
    options.most_steps = 400'000;
    options.index_extents = {65, 70, 63};
    run(kernels::gemm<DType::f32>(), options, 2);
}

TEST_P(EmulatedDriver, RowSums) {
    CallOptions options;
    options.most_steps = 20'000;
    run(kernels::row_sum<DType::f32>(), options, 3);
}

INSTANTIATE_TEST_SUITE_P(Chips, EmulatedDriver,
                         ::testing::Values("gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace sporkle::testing
