// Whole kernels, compiled by LLVM for every chip.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {
namespace {

class Chips : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, Chips, ::testing::ValuesIn(all_chips));

TEST_P(Chips, VectorAdd) {
    TestKernel kernel(GetParam(), kernel_text(R"(
define amdgpu_kernel void @add(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %c, i32 %n) #0 {
  %i = call i32 @item(i32 64)
  %in = icmp slt i32 %i, %n
  br i1 %in, label %go, label %end
go:
  %ie = sext i32 %i to i64
  %pa = getelementptr float, ptr addrspace(1) %a, i64 %ie
  %pb = getelementptr float, ptr addrspace(1) %b, i64 %ie
  %pc = getelementptr float, ptr addrspace(1) %c, i64 %ie
  %x = load float, ptr addrspace(1) %pa
  %y = load float, ptr addrspace(1) %pb
  %z = fadd float %x, %y
  store float %z, ptr addrspace(1) %pc
  br label %end
end:
  ret void
})"),
                      "add");
    const int n = 150;
    std::vector<float> a(n), b(n), c(192, -1.0f);
    for (int k = 0; k < n; ++k) a[k] = 0.1f * static_cast<float>(k), b[k] = 1e3f / static_cast<float>(k + 1);
    const std::uint64_t pa = kernel.array(a), pb = kernel.array(b), pc = kernel.array(c);
    const auto counters = kernel.run(Arguments().add(pa).add(pb).add(pc).add(n), 3, 64);
    const auto result = kernel.values<float>(pc, 192);
    for (int k = 0; k < 192; ++k) EXPECT_EQ(result[k], k < n ? a[k] + b[k] : -1.0f) << k;
    EXPECT_EQ(kernel.program().unimplemented(), std::vector<std::string>());
    EXPECT_EQ(counters.load_bytes, 2u * 4 * n);
    EXPECT_EQ(counters.store_transactions, 10u);  // 150 floats in 64-byte segments
}

TEST_P(Chips, LoopSum) {
    TestKernel kernel(GetParam(), kernel_text(R"(
define amdgpu_kernel void @sum(ptr addrspace(1) %a, ptr addrspace(1) %c, i32 %n) #0 {
  %i = call i32 @item(i32 64)
  %ie = sext i32 %i to i64
  br label %loop
loop:
  %k = phi i32 [ 0, %0 ], [ %k1, %loop ]
  %s = phi float [ 0.0, %0 ], [ %s1, %loop ]
  %row = mul i32 %k, 64
  %at = add i32 %row, %i
  %ate = sext i32 %at to i64
  %p = getelementptr float, ptr addrspace(1) %a, i64 %ate
  %x = load float, ptr addrspace(1) %p
  %s1 = call float @llvm.fma.f32(float %x, float %x, float %s)
  %k1 = add i32 %k, 1
  %more = icmp slt i32 %k1, %n
  br i1 %more, label %loop, label %end
end:
  %pc = getelementptr float, ptr addrspace(1) %c, i64 %ie
  store float %s1, ptr addrspace(1) %pc
  ret void
})"),
                      "sum");
    const int n = 37;
    std::vector<float> a(n * 64), c(64);
    for (std::size_t k = 0; k < a.size(); ++k) a[k] = std::sqrt(static_cast<float>(k)) * 0.37f;
    const std::uint64_t pa = kernel.array(a), pc = kernel.array(c);
    const auto counters = kernel.run(Arguments().add(pa).add(pc).add(n), 1, 64);
    const auto result = kernel.values<float>(pc, 64);
    for (int k = 0; k < 64; ++k) {
        float s = 0;
        for (int r = 0; r < n; ++r) s = std::fma(a[r * 64 + k], a[r * 64 + k], s);
        EXPECT_EQ(result[k], s) << k;
    }
    EXPECT_EQ(counters.fma_lanes, 64u * n);
}

/// A vector in registers, an element of it chosen at run time: read and written.
TEST_P(Chips, IndexedRegisters) {
    TestKernel kernel(GetParam(), kernel_text(R"(
define amdgpu_kernel void @pick(ptr addrspace(1) %a, ptr addrspace(1) %c, i32 %n, i32 %m) #0 {
  %i = call i32 @item(i32 64)
  %ie = sext i32 %i to i64
  %p = getelementptr <16 x float>, ptr addrspace(1) %a, i64 %ie
  %v = load <16 x float>, ptr addrspace(1) %p
  %x = extractelement <16 x float> %v, i32 %n
  %y = fadd float %x, 1.0
  %w = insertelement <16 x float> %v, float %y, i32 %m
  %q = getelementptr <16 x float>, ptr addrspace(1) %c, i64 %ie
  store <16 x float> %w, ptr addrspace(1) %q
  ret void
})"),
                      "pick");
    std::vector<float> a(16 * 64);
    for (std::size_t k = 0; k < a.size(); ++k) a[k] = static_cast<float>(k) * 0.5f;
    for (const int n : {0, 7, 15}) {
        const int m = (n + 5) % 16;
        const std::uint64_t pa = kernel.array(a), pc = kernel.array(a);
        kernel.run(Arguments().add(pa).add(pc).add(n).add(m), 1, 64);
        auto expected = a;
        for (std::size_t l = 0; l < 64; ++l)
            expected[l * 16 + static_cast<std::size_t>(m)] = a[l * 16 + static_cast<std::size_t>(n)] + 1.0f;
        EXPECT_EQ(kernel.values<float>(pc, a.size()), expected) << n;
    }
    EXPECT_EQ(kernel.program().unimplemented(), std::vector<std::string>());
}

}  // namespace
}  // namespace sporkle::testing
