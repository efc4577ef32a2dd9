// What goes wrong on hardware must go wrong here, with a message that says what and where.
#include <gtest/gtest.h>

#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {
namespace {

using amdgpu::emulator::ExecutionError;
using amdgpu::emulator::Failure;
using amdgpu::emulator::Generation;

class Failures : public ::testing::TestWithParam<const char*> {
  protected:
    /// Runs and hands back the failure; none is a test failure.
    static ExecutionError failure_of(TestKernel& kernel, const std::vector<std::byte>& arguments,
                                     int group_size) {
        try {
            kernel.run(arguments, 1, group_size);
        } catch (const ExecutionError& error) {
            return error;
        }
        ADD_FAILURE() << "nothing failed";
        return ExecutionError(Failure::illegal, "", 0, 0, 0, "");
    }
    static bool mentions(const ExecutionError& error, const std::string& text) {
        return std::string(error.what()).find(text) != std::string::npos;
    }
};
INSTANTIATE_TEST_SUITE_P(All, Failures, ::testing::ValuesIn(all_chips));

const char* const add_text = R"(
define amdgpu_kernel void @k(ptr addrspace(1) %a, ptr addrspace(1) %b) #0 {
  %i = call i32 @item(i32 64)
  %ie = zext i32 %i to i64
  %p = getelementptr float, ptr addrspace(1) %a, i64 %ie
  %q = getelementptr float, ptr addrspace(1) %b, i64 %ie
  %x = load float, ptr addrspace(1) %p
  %y = fadd float %x, 1.0
  store float %y, ptr addrspace(1) %q
  ret void
})";

TEST_P(Failures, UnmappedAddress) {
    TestKernel kernel(GetParam(), kernel_text(add_text), "k");
    const auto b = kernel.array(std::vector<float>(64));
    const auto error = failure_of(kernel, Arguments().add(std::uint64_t{0x1234000}).add(b), 32);
    EXPECT_EQ(error.failure(), Failure::memory_fault);
    EXPECT_EQ(error.address(), 0x1234000u);
    EXPECT_TRUE(mentions(error, "0x1234000")) << error.what();
    EXPECT_TRUE(mentions(error, "global_load_")) << error.what();
    EXPECT_TRUE(mentions(error, GetParam())) << error.what();
}

TEST_P(Failures, StoreBehindTheEnd) {
    TestKernel kernel(GetParam(), kernel_text(add_text), "k");
    const auto a = kernel.array(std::vector<float>(64)), b = kernel.array(std::vector<float>(20));
    const auto error = failure_of(kernel, Arguments().add(a).add(b), 32);
    EXPECT_EQ(error.failure(), Failure::memory_fault);
    EXPECT_EQ(error.address(), b + 80);
    EXPECT_TRUE(mentions(error, "global_store_")) << error.what();
}

/// Each wait of the program is replaced by s_nop: each time the emulator must name the register.
TEST_P(Failures, MissingWaits) {
    const LoadedCode code = compile(kernel_text(add_text), GetParam());
    const auto is_wait = [](std::uint32_t word, Generation generation) {
        if (generation == Generation::gfx12) return word >> 16 == 0xbfc0 || word >> 16 == 0xbfc7;
        return word >> 16 == (generation == Generation::gfx11 ? 0xbf89u : 0xbf8cu);
    };
    int planted = 0;
    for (std::size_t at = 0; at + 4 <= code.image.size(); at += 4) {
        LoadedCode edited = code;
        std::uint32_t word;
        std::memcpy(&word, edited.image.data() + at, 4);
        TestKernel* kernel = nullptr;
        const auto& chip = amdgpu::emulator::find_chip(GetParam());
        if (!is_wait(word, chip.generation)) continue;
        const std::uint32_t nop = 0xbf800000;
        std::memcpy(edited.image.data() + at, &nop, 4);
        TestKernel owner(GetParam(), edited, "k");
        kernel = &owner;
        const auto a = kernel->array(std::vector<float>(64)), b = kernel->array(std::vector<float>(64));
        const auto error = failure_of(*kernel, Arguments().add(a).add(b), 32);
        EXPECT_EQ(error.failure(), Failure::hazard) << error.what();
        EXPECT_TRUE(mentions(error, "no s_waitcnt covers it")) << error.what();
        ++planted;
    }
    EXPECT_GE(planted, 2);
}

/// LDS written before a barrier and read by the other wave behind it: without the wait in between this is a
/// race.
TEST_P(Failures, MissingWaitBeforeBarrier) {
    const LoadedCode code = compile(kernel_text(R"(
@shared = internal addrspace(3) global [256 x i32] undef
declare void @llvm.amdgcn.s.barrier()
define amdgpu_kernel void @k(ptr addrspace(1) %a) #0 {
  %t = call i32 @llvm.amdgcn.workitem.id.x()
  %p = getelementptr i32, ptr addrspace(3) @shared, i32 %t
  store i32 %t, ptr addrspace(3) %p
  fence syncscope("workgroup") release
  call void @llvm.amdgcn.s.barrier()
  fence syncscope("workgroup") acquire
  %o = xor i32 %t, 64
  %q = getelementptr i32, ptr addrspace(3) @shared, i32 %o
  %x = load i32, ptr addrspace(3) %q
  %r = getelementptr i32, ptr addrspace(1) %a, i32 %t
  store i32 %x, ptr addrspace(1) %r
  ret void
})"),
                                    GetParam());
    const auto& chip = amdgpu::emulator::find_chip(GetParam());
    TestKernel right(GetParam(), code, "k");
    const auto out = right.array(std::vector<std::uint32_t>(128));
    right.run(Arguments().add(out), 1, 128);
    const auto values = right.values<std::uint32_t>(out, 128);
    for (std::uint32_t k = 0; k < 128; ++k) EXPECT_EQ(values[k], k ^ 64);

    // The last wait in front of the barrier goes.
    LoadedCode edited = code;
    const auto word = [&](std::size_t at) {
        std::uint32_t value;
        std::memcpy(&value, edited.image.data() + at, 4);
        return value;
    };
    const std::uint32_t barrier = chip.generation == Generation::gfx12   ? 0xbe804ec1
                                  : chip.generation == Generation::gfx11 ? 0xbfbd0000
                                                                         : 0xbf8a0000;
    std::size_t at = 0;
    while (word(at) != barrier) at += 4;
    const auto is_wait = [&](std::uint32_t w) {
        const std::uint32_t top = w >> 16;
        return chip.generation == Generation::gfx12   ? top == 0xbfc6 || top == 0xbfc8 || top == 0xbfc9
               : chip.generation == Generation::gfx11 ? top == 0xbf89
                                                      : top == 0xbf8c;
    };
    while (!is_wait(word(at))) at -= 4;
    const std::uint32_t nop = 0xbf800000;
    std::memcpy(edited.image.data() + at, &nop, 4);
    TestKernel wrong(GetParam(), edited, "k");
    const auto error = failure_of(wrong, Arguments().add(wrong.array(std::vector<std::uint32_t>(128))), 128);
    EXPECT_EQ(error.failure(), Failure::hazard) << error.what();
    EXPECT_TRUE(mentions(error, "before the barrier")) << error.what();
}

TEST_P(Failures, EndlessLoop) {
    TestKernel kernel(GetParam(), kernel_text(R"(
define amdgpu_kernel void @k(ptr addrspace(1) %a) #0 {
  br label %loop
loop:
  store volatile i32 1, ptr addrspace(1) %a
  br label %loop
})"),
                      "k");
    kernel.instruction_limit = 10000;
    const auto a = kernel.array(std::vector<float>(64));
    const auto error = failure_of(kernel, Arguments().add(a), 32);
    EXPECT_EQ(error.failure(), Failure::hang) << error.what();
}

TEST_P(Failures, BarrierThatNotAllReach) {
    TestKernel kernel(GetParam(), kernel_text(R"(
declare void @llvm.amdgcn.s.barrier()
define amdgpu_kernel void @k(ptr addrspace(1) %a) #0 {
  %t = call i32 @llvm.amdgcn.workitem.id.x()
  %w = lshr i32 %t, 6
  %u = call i32 @llvm.amdgcn.readfirstlane(i32 %w)
  %second = icmp eq i32 %u, 1
  br i1 %second, label %spin, label %wait
wait:
  call void @llvm.amdgcn.s.barrier()
  ret void
spin:
  %x = load volatile i32, ptr addrspace(1) %a
  %go = icmp eq i32 %x, 0
  br i1 %go, label %spin, label %wait
}
declare i32 @llvm.amdgcn.readfirstlane(i32))"),
                      "k");
    kernel.instruction_limit = 100000;
    const auto a = kernel.array(std::vector<float>(64));
    const auto error = failure_of(kernel, Arguments().add(a), 128);
    EXPECT_EQ(error.failure(), Failure::hang) << error.what();
}

TEST_P(Failures, OutsideOfSharedMemory) {
    TestKernel kernel(GetParam(), kernel_text(R"(
@shared = internal addrspace(3) global [64 x i32] undef
define amdgpu_kernel void @k(i32 %n) #0 {
  %p = getelementptr i32, ptr addrspace(3) @shared, i32 %n
  store volatile i32 3, ptr addrspace(3) %p
  ret void
})"),
                      "k");
    const auto error = failure_of(kernel, Arguments().add(64), 32);
    EXPECT_EQ(error.failure(), Failure::memory_fault) << error.what();
    EXPECT_EQ(error.address(), 256u);
    EXPECT_TRUE(mentions(error, "LDS")) << error.what();
}

/// The end of the program is cut off: what follows is no code, or not mapped.
TEST_P(Failures, NoEnd) {
    LoadedCode code = compile(kernel_text(add_text), GetParam());
    const std::uint32_t end =
        amdgpu::emulator::find_chip(GetParam()).generation >= Generation::gfx11 ? 0xbfb00000 : 0xbf810000;
    const std::uint32_t nop = 0xbf800000;
    for (std::size_t at = 0; at + 4 <= code.image.size(); at += 4)
        if (std::memcmp(code.image.data() + at, &end, 4) == 0) std::memcpy(code.image.data() + at, &nop, 4);
    TestKernel kernel(GetParam(), code, "k");
    const auto a = kernel.array(std::vector<float>(64)), b = kernel.array(std::vector<float>(64));
    const auto error = failure_of(kernel, Arguments().add(a).add(b), 32);
    EXPECT_NE(error.failure(), Failure::hang) << error.what();
}

TEST(FailureMessages, UnknownChip) {
    try {
        amdgpu::emulator::find_chip("gfx1234");
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("gfx1234"), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("gfx1100"), std::string::npos);
    }
}

}  // namespace
}  // namespace sporkle::testing
