// Matrix instructions: operands laid out as the manuals say, products compared with sums done here.
#include <cmath>

#include <gtest/gtest.h>

#include <sporkle/half.hpp>

#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {
namespace {

/// A kernel that loads a lane's parts of A, B and C, calls the intrinsic, and stores D.
std::string matrix_kernel(const std::string& intrinsic, const std::string& ab, const std::string& cd,
                          const std::string& call) {
    const auto at = [](const std::string& name, const std::string& type, const std::string& array) {
        return "%" + name + " = getelementptr " + type + ", ptr addrspace(1) %" + array + ", i32 %i\n";
    };
    return kernel_text(
        "declare " + intrinsic + "\n" +
        "define amdgpu_kernel void @k(ptr addrspace(1) %pa, ptr addrspace(1) %pb, ptr addrspace(1) "
        "%pc, ptr addrspace(1) %pd) #0 {\n%i = call i32 @llvm.amdgcn.workitem.id.x()\n" +
        at("qa", ab, "pa") + at("qb", ab, "pb") + at("qc", cd, "pc") + at("qd", cd, "pd") + "%a = load " +
        ab + ", ptr addrspace(1) %qa\n%b = load " + ab + ", ptr addrspace(1) %qb\n%c = load " + cd +
        ", ptr addrspace(1) %qc\n%d = call " + call + "\nstore " + cd +
        " %d, ptr addrspace(1) %qd\nret void\n}");
}

float small(std::size_t k) { return static_cast<float>(static_cast<int>(k * 7919 % 23) - 11) / 4; }

class Mfma : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, Mfma, ::testing::Values("gfx90a", "gfx942"));

TEST_P(Mfma, Single16x16x4) {
    TestKernel kernel(
        GetParam(),
        matrix_kernel(
            "<4 x float> @llvm.amdgcn.mfma.f32.16x16x4f32(float, float, <4 x float>, i32, i32, i32)", "float",
            "<4 x float>",
            "<4 x float> @llvm.amdgcn.mfma.f32.16x16x4f32(float %a, float %b, <4 x float> %c, "
            "i32 0, i32 0, i32 0)"),
        "k");
    std::vector<float> a(64), b(64), c(256);
    for (std::size_t k = 0; k < 64; ++k)
        a[k] = std::sqrt(static_cast<float>(k + 1)), b[k] = small(k + 5) + 0.1f;
    for (std::size_t k = 0; k < 256; ++k) c[k] = small(k);
    const auto pa = kernel.array(a), pb = kernel.array(b), pc = kernel.array(c), pd = kernel.array(c);
    const auto counters = kernel.run(Arguments().add(pa).add(pb).add(pc).add(pd), 1, 64);
    EXPECT_EQ(counters.matrix_multiply_adds, 1024u);
    const auto d = kernel.values<float>(pd, 256);
    for (std::size_t i = 0; i < 16; ++i)
        for (std::size_t j = 0; j < 16; ++j) {
            const std::size_t at = (j + 16 * (i / 4)) * 4 + i % 4;
            float sum = c[at];
            for (std::size_t k = 0; k < 4; ++k) sum = std::fma(a[i + 16 * k], b[j + 16 * k], sum);
            EXPECT_EQ(d[at], sum) << i << " " << j;
        }
}

TEST_P(Mfma, Halves32x32x8) {
    TestKernel kernel(
        GetParam(),
        matrix_kernel("<16 x float> @llvm.amdgcn.mfma.f32.32x32x8f16(<4 x half>, <4 x half>, <16 x float>, "
                      "i32, i32, i32)",
                      "<4 x half>", "<16 x float>",
                      "<16 x float> @llvm.amdgcn.mfma.f32.32x32x8f16(<4 x half> %a, <4 x half> %b, <16 "
                      "x float> %c, i32 0, i32 0, i32 0)"),
        "k");
    std::vector<half> a(256), b(256);
    std::vector<float> c(1024);
    for (std::size_t k = 0; k < 256; ++k) a[k] = half(small(k)), b[k] = half(small(3 * k + 1));
    for (std::size_t k = 0; k < 1024; ++k) c[k] = small(k);
    const auto pa = kernel.array(a), pb = kernel.array(b), pc = kernel.array(c), pd = kernel.array(c);
    kernel.run(Arguments().add(pa).add(pb).add(pc).add(pd), 1, 64);
    const auto d = kernel.values<float>(pd, 1024);
    for (std::size_t i = 0; i < 32; ++i)
        for (std::size_t j = 0; j < 32; ++j) {
            const std::size_t at = (j + 32 * (i / 4 % 2)) * 16 + i % 4 + 4 * (i / 8);
            float sum = c[at];
            for (std::size_t k = 0; k < 8; ++k)
                sum = std::fma(static_cast<float>(a[(i + 32 * (k / 4)) * 4 + k % 4]),
                               static_cast<float>(b[(j + 32 * (k / 4)) * 4 + k % 4]), sum);
            EXPECT_EQ(d[at], sum) << i << " " << j;
        }
}

/// gfx90a takes them as 0, gfx942 as they are.
TEST_P(Mfma, SubnormalHalves) {
    const std::string call = "<4 x float> @llvm.amdgcn.mfma.f32.16x16x16f16(<4 x half>";
    TestKernel kernel(
        GetParam(),
        matrix_kernel(call + ", <4 x half>, <4 x float>, i32, i32, i32)", "<4 x half>", "<4 x float>",
                      call + " %a, <4 x half> %b, <4 x float> %c, i32 0, i32 0, i32 0)"),
        "k");
    // The first 4 of 16 steps are subnormal.
    std::vector<half> a(256, half(0x1p-20f)), b(256, half(1024.0f));
    for (std::size_t k = 64; k < 256; ++k) a[k] = half(0.5f);
    const std::vector<float> c(256);
    const auto pa = kernel.array(a), pb = kernel.array(b), pc = kernel.array(c), pd = kernel.array(c);
    kernel.run(Arguments().add(pa).add(pb).add(pc).add(pd), 1, 64);
    const float normal = 12 * 512, subnormal = std::string(GetParam()) == "gfx90a" ? 0 : 4 * 0x1p-10f;
    for (const float d : kernel.values<float>(pd, 256)) EXPECT_EQ(d, normal + subnormal);
}

TEST_P(Mfma, Double16x16x4) {
    TestKernel kernel(
        GetParam(),
        matrix_kernel(
            "<4 x double> @llvm.amdgcn.mfma.f64.16x16x4f64(double, double, <4 x double>, i32, i32, i32)",
            "double", "<4 x double>",
            "<4 x double> @llvm.amdgcn.mfma.f64.16x16x4f64(double %a, double %b, <4 x double> "
            "%c, i32 0, i32 0, i32 0)"),
        "k");
    std::vector<double> a(64), b(64), c(256);
    for (std::size_t k = 0; k < 64; ++k)
        a[k] = std::sqrt(static_cast<double>(k + 1)), b[k] = small(k + 5) + 0.1;
    for (std::size_t k = 0; k < 256; ++k) c[k] = small(k);
    const auto pa = kernel.array(a), pb = kernel.array(b), pc = kernel.array(c), pd = kernel.array(c);
    kernel.run(Arguments().add(pa).add(pb).add(pc).add(pd), 1, 64);
    const auto d = kernel.values<double>(pd, 256);
    for (std::size_t i = 0; i < 16; ++i)
        for (std::size_t j = 0; j < 16; ++j) {
            const std::size_t at = (j + 16 * (i % 4)) * 4 + i / 4;
            double sum = c[at];
            for (std::size_t k = 0; k < 4; ++k) sum = std::fma(a[i + 16 * k], b[j + 16 * k], sum);
            EXPECT_EQ(d[at], sum) << i << " " << j;
        }
}

TEST(MfmaIntegers, Bytes) {
    // gfx90a has 16 × 16 × 16 with four bytes a lane, gfx942 16 × 16 × 32 with eight.
    for (const bool wide : {false, true}) {
        const std::string name =
            wide ? "llvm.amdgcn.mfma.i32.16x16x32.i8" : "llvm.amdgcn.mfma.i32.16x16x16i8";
        const std::string type = wide ? "i64" : "i32";
        const std::size_t e = wide ? 8 : 4;
        TestKernel kernel(
            wide ? "gfx942" : "gfx90a",
            matrix_kernel("<4 x i32> @" + name + "(" + type + ", " + type + ", <4 x i32>, i32, i32, i32)",
                          type, "<4 x i32>",
                          "<4 x i32> @" + name + "(" + type + " %a, " + type +
                              " %b, <4 x i32> %c, i32 0, i32 0, i32 0)"),
            "k");
        std::vector<std::int8_t> a(64 * e), b(64 * e);
        std::vector<std::int32_t> c(256);
        for (std::size_t k = 0; k < a.size(); ++k)
            a[k] = static_cast<std::int8_t>(k * 37), b[k] = static_cast<std::int8_t>(k * 101 + 3);
        for (std::size_t k = 0; k < 256; ++k) c[k] = static_cast<std::int32_t>(k * 1000) - 7;
        const auto pa = kernel.array(a), pb = kernel.array(b), pc = kernel.array(c), pd = kernel.array(c);
        kernel.run(Arguments().add(pa).add(pb).add(pc).add(pd), 1, 64);
        const auto d = kernel.values<std::int32_t>(pd, 256);
        for (std::size_t i = 0; i < 16; ++i)
            for (std::size_t j = 0; j < 16; ++j) {
                const std::size_t at = (j + 16 * (i / 4)) * 4 + i % 4;
                std::int32_t sum = c[at];
                for (std::size_t k = 0; k < 4 * e; ++k)
                    sum += a[(i + 16 * (k / e)) * e + k % e] * b[(j + 16 * (k / e)) * e + k % e];
                EXPECT_EQ(d[at], sum) << i << " " << j;
            }
    }
}

class Wmma : public ::testing::TestWithParam<const char*> {
  protected:
    bool repeats() const { return std::string(GetParam()) == "gfx1100"; }
    /// Elements of 16 × 16 matrices into lanes: `e` is how many a lane holds.
    std::size_t source(std::size_t row, std::size_t k) const {
        return repeats() ? row * 16 + k : (row + 16 * (k / 8)) * 8 + k % 8;
    }
    std::size_t result(std::size_t i, std::size_t j) const {
        return repeats() ? (j + 16 * (i % 2)) * 8 + i / 2 : (j + 16 * (i / 8)) * 8 + i % 8;
    }
};
INSTANTIATE_TEST_SUITE_P(All, Wmma, ::testing::Values("gfx1100", "gfx1201"));

TEST_P(Wmma, Halves) {
    const std::string ab = repeats() ? "<16 x half>" : "<8 x half>";
    const std::string name = repeats() ? "@llvm.amdgcn.wmma.f32.16x16x16.f16.v8f32.v16f16"
                                       : "@llvm.amdgcn.wmma.f32.16x16x16.f16.v8f32.v8f16";
    TestKernel kernel(
        GetParam(),
        matrix_kernel("<8 x float> " + name + "(" + ab + ", " + ab + ", <8 x float>)", ab, "<8 x float>",
                      "<8 x float> " + name + "(" + ab + " %a, " + ab + " %b, <8 x float> %c)"),
        "k");
    std::vector<half> a(repeats() ? 512 : 256), b(a.size());
    std::vector<float> c(256);
    for (std::size_t k = 0; k < 256; ++k)
        a[k] = half(small(k)), b[k] = half(small(5 * k + 2)), c[k] = small(k * 3);
    if (repeats())
        for (std::size_t k = 0; k < 256; ++k) a[256 + k] = a[k], b[256 + k] = b[k];
    const auto pa = kernel.array(a), pb = kernel.array(b), pc = kernel.array(c), pd = kernel.array(c);
    const auto counters = kernel.run(Arguments().add(pa).add(pb).add(pc).add(pd), 1, 32);
    EXPECT_EQ(counters.matrix_multiply_adds, 4096u);
    const auto d = kernel.values<float>(pd, 256);
    for (std::size_t i = 0; i < 16; ++i)
        for (std::size_t j = 0; j < 16; ++j) {
            float sum = c[result(i, j)];
            for (std::size_t k = 0; k < 16; ++k)
                sum = std::fma(static_cast<float>(a[source(i, k)]), static_cast<float>(b[source(j, k)]), sum);
            EXPECT_EQ(d[result(i, j)], sum) << i << " " << j;
        }
}

TEST_P(Wmma, Bytes) {
    const std::string ab = repeats() ? "<4 x i32>" : "<2 x i32>";
    const std::string name = repeats() ? "@llvm.amdgcn.wmma.i32.16x16x16.iu8.v8i32.v4i32"
                                       : "@llvm.amdgcn.wmma.i32.16x16x16.iu8.v8i32.v2i32";
    TestKernel kernel(GetParam(),
                      matrix_kernel("<8 x i32> " + name + "(i1, " + ab + ", i1, " + ab + ", <8 x i32>, i1)",
                                    ab, "<8 x i32>",
                                    "<8 x i32> " + name + "(i1 true, " + ab + " %a, i1 false, " + ab +
                                        " %b, <8 x i32> %c, i1 false)"),
                      "k");
    std::vector<std::uint8_t> a(repeats() ? 512 : 256), b(a.size());
    std::vector<std::int32_t> c(256);
    for (std::size_t k = 0; k < 256; ++k) {
        a[k] = static_cast<std::uint8_t>(k * 37 + 1), b[k] = static_cast<std::uint8_t>(k * 91 + 5);
        c[k] = static_cast<std::int32_t>(k * 77) - 9000;
    }
    if (repeats())
        for (std::size_t k = 0; k < 256; ++k) a[256 + k] = a[k], b[256 + k] = b[k];
    const auto pa = kernel.array(a), pb = kernel.array(b), pc = kernel.array(c), pd = kernel.array(c);
    kernel.run(Arguments().add(pa).add(pb).add(pc).add(pd), 1, 32);
    const auto d = kernel.values<std::int32_t>(pd, 256);
    for (std::size_t i = 0; i < 16; ++i)
        for (std::size_t j = 0; j < 16; ++j) {
            std::int32_t sum = c[result(i, j)];
            for (std::size_t k = 0; k < 16; ++k)
                sum += static_cast<std::int8_t>(a[source(i, k)]) * b[source(j, k)];
            EXPECT_EQ(d[result(i, j)], sum) << i << " " << j;
        }
}

}  // namespace
}  // namespace sporkle::testing
