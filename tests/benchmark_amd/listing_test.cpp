// The loop finder and the counters, on texts as LLVM and Mesa write them.
#include "tools/benchmark/amd/isa/listing.hpp"

#include <gtest/gtest.h>

#include "tools/benchmark/amd/radv.hpp"

namespace sporkle::bench::amd {
namespace {

Instruction instruction(const std::string& line) { return parse_listing(line).instructions.at(0); }
int multiply_adds(const std::string& line) { return arithmetic_of(instruction(line)).multiply_adds; }
int count(const Counts& counts, InstructionClass one) {
    return counts.of_class[static_cast<std::size_t>(one)];
}

TEST(Listing, MultiplyAddsOfEveryForm) {
    EXPECT_EQ(multiply_adds("v_fma_f32 v0, v1, v2, v0"), 1);
    EXPECT_EQ(multiply_adds("\tv_fmac_f32_e32 v0, v1, v2   ; 56000501"), 1);
    EXPECT_EQ(multiply_adds("v_mac_f32_e64 v0, v1, v2"), 1);
    EXPECT_EQ(multiply_adds("v_fmaak_f32 v0, v1, v2, 0x40000000"), 1);
    EXPECT_EQ(multiply_adds("v_fma_mix_f32 v0, v1, v2, v0"), 1);
    EXPECT_EQ(multiply_adds("v_fma_f64 v[0:1], v[2:3], v[4:5], v[0:1]"), 1);
    EXPECT_EQ(multiply_adds("v_pk_fma_f32 v[0:1], v[2:3], v[4:5], v[0:1]"), 2);
    EXPECT_EQ(multiply_adds("v_pk_fma_f16 v0, v1, v2, v0"), 2);
    EXPECT_EQ(multiply_adds("v_dot2_f32_f16 v0, v1, v2, v0"), 2);
    EXPECT_EQ(multiply_adds("v_dot4_i32_i8 v0, v1, v2, v0"), 4);
    EXPECT_EQ(multiply_adds("v_dual_fmac_f32 v0, v1, v2 :: v_dual_fmac_f32 v3, v4, v5"), 2);
    EXPECT_EQ(multiply_adds("v_dual_fmac_f32 v0, v1, v2 :: v_dual_mov_b32 v3, v4"), 1);
    EXPECT_EQ(multiply_adds("v_dual_mov_b32 v3, v4 :: v_dual_fmaak_f32 v0, v1, v2, 0x1"), 1);
    // Not these: integers, products, matrices, LDS.
    for (const char* line :
         {"v_mad_u64_u32 v[0:1], s0, v2, v3, 0", "v_mad_u32_u24 v0, v1, v2, v3", "v_mul_f32_e32 v0, v1, v2",
          "v_add_f32_e32 v0, v1, v2", "v_mfma_f32_32x32x2f32 a[0:31], v0, v1, a[0:31]", "ds_add_f32 v0, v1",
          "s_fmac_f32 s0, s1, s2", "v_fmaximum_f32 v0, v1, v2", "v_pk_add_f32 v0, v1, v2"})
        EXPECT_EQ(multiply_adds(line), 0) << line;
}

TEST(Listing, ClassesOfInstructions) {
    using Class = InstructionClass;
    const std::pair<const char*, Class> lines[] = {
        {"v_fma_f32 v0, v1, v2, v0", Class::fma},
        {"v_wmma_f32_16x16x16_f16 v[0:7], v[8:15], v[16:23], v[0:7]", Class::matrix},
        {"v_mov_b32_e32 v0, v1", Class::vector},
        {"s_add_u32 s0, s1, s2", Class::scalar},
        {"s_waitcnt vmcnt(0)", Class::hint},
        {"s_wait_loadcnt 0x0", Class::hint},
        {"s_delay_alu instid0(VALU_DEP_1)", Class::hint},
        {"s_barrier", Class::barrier},
        {"s_barrier_wait 0xffff", Class::barrier},
        {"s_load_b64 s[0:1], s[2:3], 0x0", Class::scalar_memory},
        {"s_cbranch_scc1 BB1", Class::branch},
        {"ds_read_b128 v[0:3], v4", Class::lds},
        {"global_load_dwordx4 v[0:3], v[4:5], off", Class::vector_memory},
        {"scratch_store_b32 off, v0, s0", Class::vector_memory},
    };
    for (const auto& [line, expected] : lines)
        EXPECT_STREQ(name_of(class_of(instruction(line))), name_of(expected)) << line;
}

TEST(Listing, TextThatIsNoInstructionIsPassedOver) {
    const Listing listing = parse_listing(
        "\t.text\n\t.amdgcn_target \"amdgcn-amd-amdhsa--gfx1100\"\nkernel:\n; %bb.0:\n"
        "\ts_load_b64 s[0:1], s[2:3], 0x0 // comment\n\n.LBB0_1:                ; =>This Loop Header\n"
        "\ts_endpgm\n.Lend:\n    .vgpr_spill_count: 0\namdhsa.version:\n  - 1\n");
    ASSERT_EQ(listing.instructions.size(), 2u);
    EXPECT_EQ(listing.instructions[0].operands, "s[0:1], s[2:3], 0x0");
    EXPECT_EQ(listing.labels.at(".LBB0_1"), 1u);
    EXPECT_EQ(listing.labels.at("kernel"), 0u);
}

TEST(Loops, TheOneWithTheMostMultiplyAddsIsFound) {
    const Counts counts = hottest_loop(parse_listing(
        "k:\n v_fma_f32 v9, v1, v2, v0\n v_fma_f32 v9, v1, v2, v0\n v_fma_f32 v9, v1, v2, v0\n"
        ".L1:\n v_fma_f32 v0, v1, v2, v0\n s_cbranch_scc1 .L1\n"
        ".L2:\n ds_load_b128 v[0:3], v4\n v_dual_fmac_f32 v0, v1, v2 :: v_dual_fmac_f32 v3, v4, v5\n"
        " s_cbranch_scc0 .L3\n s_cbranch_vccnz .L2\n.L3:\n s_endpgm\n"));
    EXPECT_EQ(counts.multiply_adds(), 2);
    EXPECT_EQ(counts.instructions, 4);
    EXPECT_EQ(count(counts, InstructionClass::fma), 1);
    EXPECT_EQ(count(counts, InstructionClass::branch), 2);
    EXPECT_EQ(count(counts, InstructionClass::lds), 1);
    EXPECT_DOUBLE_EQ(counts.density(), 0.5);
    EXPECT_EQ(to_text(counts), "2 multiply-adds in 4 instructions: fma 1, lds 1, branch 2");
}

TEST(Loops, WhatLiesInAnInnerLoopIsNotTheOutersOwn) {
    const char* text =
        "BB0:\n v_mov_b32_e32 v0, 0\nBB1:\n global_load_dword v1, v[2:3], off\n v_fma_f32 v0, v1, v1, v0\n"
        "BB2:\n v_fma_f32 v0, v1, v2, v0\n v_fma_f32 v0, v1, v2, v0\n s_cbranch_scc1 BB2\n"
        " s_barrier\n s_branch BB1\nBB3:\n s_endpgm\n";
    const Counts inner = hottest_loop(parse_listing(text));
    EXPECT_EQ(inner.instructions, 3);
    EXPECT_EQ(inner.multiply_adds(), 2);
    // … and where the inner one stages data only, the outer is the hot one, without it.
    std::string staging = text;
    for (std::size_t at; (at = staging.find("v_fma_f32 v0, v1, v2")) != staging.npos;)
        staging.replace(at, 9, "v_sub_u32");
    const Counts outer = hottest_loop(parse_listing(staging));
    EXPECT_EQ(outer.instructions, 4);
    EXPECT_EQ(outer.multiply_adds(), 1);
}

TEST(Loops, SeveralBranchesBackAreOneLoop) {
    const Counts counts = hottest_loop(parse_listing(
        "A:\n v_fma_f32 v0, v1, v2, v0\n s_cbranch_scc1 A\n v_fma_f32 v0, v1, v2, v0\n s_branch A\n"));
    EXPECT_EQ(counts.instructions, 4);
    EXPECT_EQ(counts.multiply_adds(), 2);
}

TEST(Loops, ProductsAndSumsThatAreNotFusedCountInPairs) {
    const Counts counts =
        hottest_loop(parse_listing("A:\n v_mul_f32_e32 v0, v1, v2\n v_add_f32_e32 v3, v3, v0\n v_mul_f32_e32 "
                                   "v0, v1, v2\n s_branch A\n"));
    EXPECT_EQ(counts.multiply_adds(), 1);
    EXPECT_DOUBLE_EQ(counts.density(), 0.25);
    EXPECT_EQ(to_text(counts), "1 multiply-adds (1 not fused) in 4 instructions: vector 3, branch 1");
}

TEST(Loops, WithoutALoopThereIsNothing) {
    EXPECT_EQ(hottest_loop(parse_listing("k:\n v_fma_f32 v0, v1, v2, v0\n s_cbranch_scc1 E\nE:\n s_endpgm\n"))
                  .instructions,
              0);
    EXPECT_EQ(hottest_loop(parse_listing("")).instructions, 0);
    EXPECT_EQ(hottest_loop(parse_listing("A:\n s_nop 0\n s_branch A\n")).instructions, 0);
}

TEST(Loops, RadvsTextsMiddleStagesAreNotTaken) {
    const std::string text =
        "After RA:\nBB1:\n v_fma_f32 v0, v1, v2, v0\n v_fma_f32 v0, v1, v2, v0\n s_branch BB1\n\n"
        "Compute Shader\ndisasm:\nBB1:\n\tv_fma_f32 v0, v1, v2, v0   ; d6130000 04020501\n\ts_branch BB1  ; "
        "bfa0\n"
        "\ts_endpgm\n\nCompute Shader\ndisasm:\nBB0:\n\ts_endpgm\n\n";
    const Counts counts = hottest_loop_of_shaders(text);
    EXPECT_EQ(counts.instructions, 2);
    EXPECT_EQ(counts.multiply_adds(), 1);
    EXPECT_EQ(hottest_loop_of_shaders("radv: Unknown family\n").instructions, 0);
}

}  // namespace
}  // namespace sporkle::bench::amd
