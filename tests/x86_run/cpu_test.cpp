#include "targets/x86/run/cpu.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "targets/x86/run/probe.hpp"

namespace sporkle::x86 {
namespace {

using Levels = std::vector<std::string>;

/// Everything that exists, switched on.
CpuidBits everything() { return {~0u, ~0u, ~0u, ~std::uint64_t(0)}; }

TEST(Levels, NeedTheirFeatures) {
    EXPECT_EQ(usable_levels(everything()), (Levels{"x86-64-v4", "x86-64-v3", "x86-64-v2"}));
    EXPECT_EQ(usable_levels({}), Levels{});
    CpuidBits no_avx512_vl = everything();
    no_avx512_vl.leaf7_ebx &= ~(1u << 31);
    EXPECT_EQ(usable_levels(no_avx512_vl), (Levels{"x86-64-v3", "x86-64-v2"}));
    CpuidBits no_bmi2 = everything();
    no_bmi2.leaf7_ebx &= ~(1u << 8);
    EXPECT_EQ(usable_levels(no_bmi2), (Levels{"x86-64-v2"}));
    CpuidBits no_popcnt = everything();
    no_popcnt.leaf1_ecx &= ~(1u << 23);
    EXPECT_EQ(usable_levels(no_popcnt), Levels{});
}

TEST(Levels, NeedTheSystemToSaveTheRegisters) {
    CpuidBits no_512 = everything();
    no_512.xcr0 = 0x7;  // x87, SSE, AVX
    EXPECT_EQ(usable_levels(no_512), (Levels{"x86-64-v3", "x86-64-v2"}));
    CpuidBits no_256 = everything();
    no_256.xcr0 = 0x3;
    EXPECT_EQ(usable_levels(no_256), (Levels{"x86-64-v2"}));
    CpuidBits no_xgetbv = everything();
    no_xgetbv.leaf1_ecx &= ~(1u << 27);
    no_xgetbv.xcr0 = 0;
    EXPECT_EQ(usable_levels(no_xgetbv), (Levels{"x86-64-v2"}));
}

TEST(Levels, AgreeWithTheCompilersIdeaOfThisMachine) {
    const Levels levels = usable_levels(read_cpuid_bits());
    const auto has = [&](const char* level) {
        return std::find(levels.begin(), levels.end(), level) != levels.end();
    };
    EXPECT_EQ(has("x86-64-v3"), __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                                    __builtin_cpu_supports("bmi2"));
    EXPECT_EQ(has("x86-64-v4"), __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                                    __builtin_cpu_supports("avx512bw") &&
                                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd"));
}

TEST(Cpu, SaysWhatItIs) {
    const Cpu cpu = identify_cpu();
    EXPECT_EQ(cpu.vendor.size(), 12u);
    EXPECT_FALSE(cpu.model.empty());
    EXPECT_EQ(std::count(cpu.signature.begin(), cpu.signature.end(), '/'), 2);
}

TEST(Probe, FindsCorrectArithmetic) {
    const Levels levels = usable_levels(read_cpuid_bits());
    const bool has_fma = std::find(levels.begin(), levels.end(), "x86-64-v3") != levels.end();
    const DeviceInfo::Arithmetic arithmetic = probe_arithmetic(has_fma);
    EXPECT_EQ(arithmetic.fma_fused, has_fma);
    EXPECT_TRUE(arithmetic.subnormals_kept);
    EXPECT_TRUE(arithmetic.division_rounds);
}

}  // namespace
}  // namespace sporkle::x86
