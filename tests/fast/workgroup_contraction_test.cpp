// Products whose blocks are single fragments of a workgroup, and sums that a matrix unit rounds to f16:
// interpreted as members of threads and as single threads, results are as near to the exact ones as
// Numerics::fast promises.
#include <gtest/gtest.h>

#include "tests/conformance/host_call.hpp"
#include "tests/fast/matrix_kernel.hpp"

namespace sporkle::testing {
namespace {

/// A GPU whose workgroups multiply large matrices together, and round sums to f16.
codegen::Machine workgroup_machine() {
    codegen::Machine m;
    m.target = "made up";
    m.architecture = "matrices of workgroups";
    m.has_fma = true;
    m.threads_per_workgroup = 256;
    m.subgroup_size = 32;
    m.shared_bytes = 48 << 10;
    m.matrix_threads = 32;
    m.matrix_only = m.matrix_rounds = true;
    m.matrix_tiles = {{{64, 256, 32, DType::f16, DType::f32}, 256},
                      {{32, 64, 16, DType::f16, DType::f32}, 64},
                      {{32, 64, 16, DType::bf16, DType::f32}, 64},
                      {{32, 64, 32, DType::i8, DType::i32}, 64}};
    return m;
}

/// Every schedule that takes the call, in both forms. How many did so.
int check(const MatrixKernel& kernel, const MatrixSize& size, const codegen::Machine& machine) {
    const Program fast = kernel.make(Form::fast);
    const Call before = call_of(fast, size, 1, true);
    const MatrixReference reference(kernel, size, before);
    int taken = 0;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(fast, machine)) {
        const codegen::Variant variant = codegen::lower(fast, schedule, machine);
        for (const bool distributed : {false, true}) {
            Call actual = before;
            HostCall call(fast, variant, actual);
            if (!call.fits()) continue;
            ++taken;
            const std::string where = kernel.name + ", schedule " + schedule.name;
            EXPECT_EQ(call.interpret(distributed), "") << where;
            EXPECT_EQ(reference.too_far(actual), "") << where;
        }
    }
    return taken;
}

TEST(WorkgroupContraction, OfWholeBlocks) {
    const codegen::Machine machine = workgroup_machine();
    for (const MatrixKernel& kernel :
         {MatrixKernel{"gemm"}, MatrixKernel{"gemm_at", DType::f16, DType::f32, true},
          MatrixKernel{"gemm_bt", DType::f16, DType::f16, false, true},
          MatrixKernel{"brain", DType::bf16, DType::f32, true, true},
          MatrixKernel{"bytes", DType::i8, DType::i32}})
        EXPECT_EQ(check(kernel, {96, 192, 64}, machine), 2) << kernel.name;
    EXPECT_EQ(check({"gemm"}, {64, 256, 96}, machine), 4);
    EXPECT_EQ(check({"batched", DType::f16, DType::f32, false, false, false, true}, {32, 64, 32, 3}, machine),
              2);
}

TEST(WorkgroupContraction, OfNothingElse) {
    const codegen::Machine machine = workgroup_machine();
    for (const MatrixSize& size : {MatrixSize{33, 64, 32}, MatrixSize{32, 65, 32}, MatrixSize{32, 64, 31}})
        EXPECT_EQ(check({"gemm"}, size, machine), 0);
    const auto schedules = [&](const MatrixKernel& kernel) {
        return codegen::enumerate_schedules(kernel.make(Form::fast), machine).size();
    };
    EXPECT_EQ(schedules({"gemm"}), 2u);
    EXPECT_EQ(schedules({"dense", DType::f16, DType::f32, false, false, true}), 0u);
    EXPECT_EQ(schedules({"conv", DType::f16, DType::f32, false, false, false, false, true}), 0u);
    EXPECT_EQ(schedules({"brain", DType::bf16, DType::bf16}), 0u);
    EXPECT_EQ(schedules({"unsigned", DType::u8, DType::i32}), 0u);
}

TEST(MatrixContraction, RoundsSumsWhereTheUnitCan) {
    codegen::Machine machine = workgroup_machine();
    machine.matrix_tiles.clear();
    machine.matrix_shapes = {{16, 16, 16, DType::f16, DType::f32}};
    EXPECT_EQ(check({"gemm", DType::f16, DType::f16}, {64, 128, 64}, machine), 20);
    EXPECT_GT(check({"gemm", DType::f16, DType::f16}, {63, 65, 31}, machine), 0);
}

}  // namespace
}  // namespace sporkle::testing
