// Fast kernels on a matrix unit: interpreted as members of threads and as single threads, on extents around
// those of blocks, every result is as near to the exact one as Numerics::fast promises (program.hpp), and
// integers are exact. The exact one is the reference of the same kernel in f64.
#include <gtest/gtest.h>

#include <string>

#include "tests/conformance/host_call.hpp"
#include "tests/fast/matrix_kernel.hpp"

namespace sporkle::testing {
namespace {

/// A GPU with a matrix unit and nothing else, as enumerate_schedules sees it.
codegen::Machine matrix_machine() {
    codegen::Machine m;
    m.target = "made up";
    m.architecture = "matrices";
    m.has_fma = true;
    m.vector_registers = 128;
    m.threads_per_workgroup = 256;
    m.subgroup_size = 32;
    m.shared_bytes = 48 << 10;
    m.matrix_threads = 32;
    m.matrix_only = true;
    m.matrix_shapes = {{16, 16, 16, DType::f16, DType::f32},
                       {16, 16, 16, DType::bf16, DType::f32},
                       {16, 16, 32, DType::i8, DType::i32},
                       {16, 16, 32, DType::u8, DType::i32}};
    return m;
}

/// Every schedule that takes the call, in both forms. How many did so.
int check(const MatrixKernel& kernel, const MatrixSize& size, std::uint64_t seed, bool aligned = false,
          const codegen::Machine& machine = matrix_machine()) {
    const Program fast = kernel.make(Form::fast);
    const Call before = call_of(fast, size, seed, aligned);
    const MatrixReference reference(kernel, size, before);
    int taken = 0;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(fast, machine)) {
        const codegen::Variant variant = codegen::lower(fast, schedule, machine);
        EXPECT_EQ(variant.numerics, Numerics::fast);
        for (const bool distributed : {false, true}) {
            Call actual = before;
            HostCall call(fast, variant, actual);
            if (!call.fits()) continue;
            ++taken;
            const std::string where = kernel.name + ", schedule " + schedule.name +
                                      (distributed ? ", in threads" : "") + ", seed " + std::to_string(seed);
            EXPECT_EQ(call.interpret(distributed), "") << where;
            EXPECT_EQ(reference.too_far(actual), "") << where;
        }
    }
    return taken;
}

/// Three schedules take every call, three every one of dense tensors, three those whose lines are multiples
/// of 16 bytes, those of whole blocks besides where extents are multiples of blocks; each in two forms.
TEST(MatrixContraction, WholeBlocks) {
    for (const MatrixKernel& kernel :
         {MatrixKernel{"gemm"}, MatrixKernel{"gemm_at", DType::f16, DType::f32, true},
          MatrixKernel{"gemm_bt", DType::f16, DType::f16, false, true},
          MatrixKernel{"dense", DType::f16, DType::f16, false, false, true},
          MatrixKernel{"brain", DType::bf16, DType::bf16}, MatrixKernel{"bytes", DType::i8, DType::i32},
          MatrixKernel{"unsigned", DType::u8, DType::i32, true, true}})
        EXPECT_EQ(check(kernel, {64, 128, 128}, 1, true), 20) << kernel.name;
    EXPECT_EQ(check(MatrixKernel{"gemm"}, {128, 256, 64}, 2, true), 26);
    const MatrixKernel batched{"batched", DType::f16, DType::f32, false, false, false, true};
    EXPECT_EQ(check(batched, {64, 64, 64, 2}, 3, true), 20);
}

/// Lines of 16 bytes are enough for staging in vectors, whatever the blocks.
TEST(MatrixContraction, LinesThatFillNoBlock) {
    std::uint64_t seed = 60;
    for (const MatrixKernel& kernel :
         {MatrixKernel{"gemm"}, MatrixKernel{"gemm_t", DType::f16, DType::f16, true, true},
          MatrixKernel{"dense", DType::bf16, DType::f32, false, true, true},
          MatrixKernel{"bytes", DType::i8, DType::i32}})
        for (const MatrixSize& size :
             {MatrixSize{16, 16, 16}, MatrixSize{80, 48, 112}, MatrixSize{144, 80, 16}})
            EXPECT_EQ(check(kernel, size, seed++, true), 18) << kernel.name;
    EXPECT_EQ(check(MatrixKernel{"gemm"}, {9, 8, 8}, seed++, true), 18);
    EXPECT_EQ(check(MatrixKernel{"gemm"}, {9, 8, 12}, seed++, true), 12);  // lines of a end within a vector
    EXPECT_EQ(check(MatrixKernel{"gemm_bt", DType::f16, DType::f16, false, true}, {9, 12, 8}, seed++, true),
              12);
}

/// Channels that do not lie side by side, or are no multiple of vectors, are copied first.
TEST(MatrixContraction, CopiesWithChannelsLast) {
    std::uint64_t seed = 100;
    for (const Boundary boundary : {Boundary::zero, Boundary::reflect}) {
        MatrixKernel kernel{"conv", DType::f16, DType::f16, false, false, true, false, true};
        kernel.boundary = boundary;
        EXPECT_EQ(check(kernel, {5, 67, 11, 2, 9}, seed++, true), 12);
        kernel.is_channels_last = true;
        EXPECT_EQ(check(kernel, {5, 67, 11, 2, 9}, seed++, true), 12);
    }
    MatrixKernel bytes{"conv", DType::i8, DType::i32, false, false, false, false, true};
    EXPECT_EQ(check(bytes, {7, 5, 33, 1, 6}, seed++, true), 12);
    // Up to four channels are folded with the last taps.
    for (const std::int64_t channels : {1, 3, 4})
        EXPECT_EQ(check(bytes, {7, 5, channels, 1, 6}, seed++, true), 18) << channels;
    bytes.is_channels_last = true;
    EXPECT_EQ(check(bytes, {7, 5, 3, 1, 6}, seed++, true), 18);
    const MatrixKernel picture{"conv", DType::f16, DType::f16, false, true,
                               true,   false,      true,       true,  Boundary::wrap};
    EXPECT_EQ(check(picture, {9, 70, 3, 2, 11}, seed++, true), 18);
    EXPECT_EQ(check(MatrixKernel{"gemm"}, {67, 13, 97}, seed++, true), 12);
}

/// Taps of every place in the image, at its borders by every rule.
TEST(MatrixContraction, WindowsTapByTap) {
    std::uint64_t seed = 80;
    for (const bool by_columns : {false, true})
        for (const Boundary boundary : {Boundary::zero, Boundary::clamp, Boundary::wrap, Boundary::reflect}) {
            MatrixKernel kernel{"conv", DType::f16, DType::f16, false, by_columns,
                                false,  false,      true,       true,  boundary};
            EXPECT_EQ(check(kernel, {3, 8, 40, 2, 5}, seed++, true), 18) << int(boundary);
        }
    const MatrixKernel bytes{"conv", DType::i8, DType::i32, false, false, false, false, true, true};
    EXPECT_EQ(check(bytes, {1, 80, 16, 1, 7}, seed++, true), 18);
    const MatrixKernel biased{"conv", DType::bf16, DType::f32, false, true, true, false, true, true};
    EXPECT_EQ(check(biased, {5, 72, 8, 1, 3}, seed++, true), 18);
}

TEST(MatrixContraction, ExtentsThatFillNoBlock) {
    std::uint64_t seed = 10;
    for (const MatrixKernel& kernel :
         {MatrixKernel{"gemm"}, MatrixKernel{"gemm_t", DType::f16, DType::f16, true, true},
          MatrixKernel{"dense", DType::f16, DType::f32, false, true, true},
          MatrixKernel{"bytes", DType::i8, DType::i32}})
        for (const MatrixSize& size : {MatrixSize{0, 5, 3}, MatrixSize{1, 1, 1}, MatrixSize{7, 3, 0},
                                       MatrixSize{17, 65, 31}, MatrixSize{67, 13, 97}})
            EXPECT_GT(check(kernel, size, seed++), 0) << kernel.name;
}

TEST(MatrixContraction, FactorsAreTurnedInSharedMemory) {
    codegen::Machine machine = matrix_machine();
    machine.matrix_along_steps = true;
    for (const MatrixKernel& kernel :
         {MatrixKernel{"gemm"}, MatrixKernel{"gemm_at", DType::bf16, DType::f32, true},
          MatrixKernel{"bytes", DType::i8, DType::i32}}) {
        EXPECT_EQ(check(kernel, {64, 64, 64}, 50, true, machine), 8) << kernel.name;
        EXPECT_EQ(check(kernel, {17, 65, 31}, 51, false, machine), 6) << kernel.name;
    }
}

TEST(MatrixContraction, WindowsAndBatches) {
    EXPECT_GT(check(MatrixKernel{"conv", DType::f16, DType::f16, false, false, false, false, true},
                    {5, 7, 3, 2, 6}, 30),
              0);
    EXPECT_GT(
        check(MatrixKernel{"batched", DType::f16, DType::f32, false, true, false, true}, {5, 19, 33, 3}, 31),
        0);
}

TEST(MatrixContraction, OnlyWhereTheKernelAllowsIt) {
    const codegen::Machine machine = matrix_machine();
    Program program = MatrixKernel{"strict"}.make(Form::fast);
    EXPECT_FALSE(codegen::enumerate_schedules(program, machine).empty());
    program.numerics = Numerics::reproducible;
    EXPECT_TRUE(codegen::enumerate_schedules(program, machine).empty());
    // Sums of integers do not depend on the order.
    Program bytes = MatrixKernel{"bytes", DType::i8, DType::i32}.make(Form::fast);
    bytes.numerics = Numerics::reproducible;
    EXPECT_FALSE(codegen::enumerate_schedules(bytes, machine).empty());
    const Program wide = MatrixKernel{"wide", DType::f32}.make(Form::fast);
    EXPECT_TRUE(codegen::enumerate_schedules(wide, machine).empty());
    // A machine that is more than its matrix unit keeps every other schedule behind those.
    codegen::Machine whole = machine;
    whole.matrix_only = false;
    program.numerics = Numerics::fast;
    const auto schedules = codegen::enumerate_schedules(program, whole);
    EXPECT_EQ(schedules.front().name.substr(0, 7), "matrix-");
    EXPECT_EQ(schedules.back().name, "strided");
}

}  // namespace
}  // namespace sporkle::testing
