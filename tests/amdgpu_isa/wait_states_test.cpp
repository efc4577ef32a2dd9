// Wait states that hardware leaves to the program: machine code written by hand that keeps to a rule passes,
// and one wait state less is a fault that names the rule. (That LLVM's code passes, every other test shows.)
#include <gtest/gtest.h>

#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {
namespace {

using amdgpu::emulator::ExecutionError;
using amdgpu::emulator::Failure;

/// `first`, then so many wait states, then `second`.
struct WaitRule {
    const char* chips;  ///< those that have it
    const char* first;
    int wait_states;
    const char* second;
    const char* says;
};

constexpr const char* gfx9 = "gfx906 gfx90a gfx942";
constexpr const char* matrix = "gfx90a gfx942";
constexpr const char* product = "v_mfma_f32_16x16x4f32 v[4:7], v1, v2, v[4:7]";
constexpr WaitRule rules[] = {
    {gfx9, "v_readfirstlane_b32 s4, v1", 5, "global_load_dword v2, v3, s[4:5]",
     "memory instruction with an SGPR"},
    {gfx9, "v_mov_b32 v1, v2", 2, "v_mov_b32_dpp v3, v1 row_shl:1 row_mask:0xf bank_mask:0xf",
     "DPP of a register"},
    {gfx9, "v_cmpx_eq_u32 vcc, v1, v1", 5, "v_mov_b32_dpp v3, v1 row_shl:1 row_mask:0xf bank_mask:0xf",
     "DPP after a vector instruction wrote EXEC"},
    {gfx9, "v_cmp_eq_u32 vcc, v1, v1", 4, "v_div_fmas_f32 v1, v2, v3, v4", "v_div_fmas"},
    {gfx9, "v_readfirstlane_b32 s4, v1", 4, "v_readlane_b32 s5, v2, s4", "lane number in an SGPR"},
    {gfx9, "v_readfirstlane_b32 s4, v1", 4, "v_writelane_b32 v2, 3, s4", "lane number in an SGPR"},
    {gfx9, "s_setreg_imm32_b32 hwreg(HW_REG_MODE, 4, 4), 15", 2, "s_getreg_b32 s4, hwreg(HW_REG_MODE)",
     "hardware register after s_setreg"},
    {"gfx906 gfx90a", "global_store_dwordx4 v[2:3], v[4:7], off", 1, "v_mov_b32 v5, v1", "data of a store"},
    {"gfx942", "global_store_dwordx4 v[2:3], v[4:7], off", 2, "v_mov_b32 v7, v1", "data of a store"},
    {"gfx906", "buffer_store_dwordx3 v[4:6], off, s[8:11], 0", 1, "v_mov_b32 v6, v1", "data of a store"},

    {matrix, "v_mov_b32 v1, v9", 2, product, "operand of a matrix instruction"},
    {matrix, "v_cmpx_eq_u32 vcc, v1, v1", 4, product,
     "matrix instruction after a vector instruction wrote EXEC"},
    {"gfx90a", product, 11, "v_mov_b32 v8, v4", "the result of a matrix instruction"},
    {"gfx942", product, 10, "v_mov_b32 v8, v4", "the result of a matrix instruction"},
    {"gfx90a", product, 11, "ds_write_b32 v3, v7", "the result of a matrix instruction"},
    {"gfx90a", product, 11, "v_mov_b32 v4, v8", "overwriting the result"},
    {"gfx90a", "v_mfma_f32_16x16x4f32 v[12:15], v1, v2, v[4:7]", 7, "v_mov_b32 v4, v8", "adds to"},
    {"gfx90a", product, 11, "v_mfma_f32_16x16x4f32 v[12:15], v4, v2, v[12:15]", "operand of another one"},
    {"gfx942", product, 10, "v_mfma_f32_16x16x4f32 v[12:15], v4, v2, v[12:15]", "operand of another one"},
    {matrix, product, 0, product, ""},
    {"gfx90a", product, 8, "v_mfma_f32_16x16x4f32 v[12:15], v1, v2, v[6:9]", "operand of another one"},
    {"gfx90a", "v_mfma_f32_4x4x1f32 v[4:7], v1, v2, v[4:7]", 5, "v_mov_b32 v8, v4", "the result of a matrix"},
    {"gfx90a", "v_mfma_f32_32x32x8f16 v[16:31], v[0:1], v[2:3], v[16:31]", 19, "v_mov_b32 v8, v16",
     "the result of a matrix"},
    {"gfx942", "v_mfma_f32_32x32x8f16 v[16:31], v[0:1], v[2:3], v[16:31]", 11, "v_mov_b32 v8, v16",
     "the result of a matrix"},
    {matrix, "v_mfma_f64_16x16x4f64 v[16:23], v[0:1], v[2:3], v[16:23]", 18, "ds_write_b32 v3, v16",
     "the result of a matrix"},
    {matrix, "v_dot2_f32_f16 v1, v2, v3, v4", 3, "v_mov_b32 v5, v1", "the result of a dot"},
    {matrix, "v_dot2_f32_f16 v1, v2, v3, v4", 0, "v_dot2_f32_f16 v1, v2, v3, v1", ""},

    {"gfx942", "v_rcp_f32 v1, v2", 1, "v_mov_b32 v3, v1", "transcendental"},
    {"gfx942", "v_rcp_f32 v1, v2", 0, "v_rcp_f32 v3, v1", ""},
    {"gfx942", "v_cmp_eq_u32 s[4:5], v1, v1", 2, "v_cndmask_b32 v2, v1, v3, s[4:5]",
     "SGPR that another one wrote"},
    {"gfx942", "v_mov_b32 v1, v2", 1, "v_readlane_b32 s4, v1, 3", "reading a lane"},
    {"gfx942", "v_cmpx_eq_u32 vcc, v1, v1", 4, "v_readlane_b32 s4, v2, 3", "access to a lane"},
    {"gfx942", "v_cvt_f16_f32_sdwa v1, v2 dst_sel:WORD_1 dst_unused:UNUSED_PRESERVE src0_sel:DWORD", 1,
     "v_mov_b32 v3, v1", "part of a register"},
};

/// With EXEC = 0, so that addresses do not matter, unless lanes have to be there.
std::string fault_of(const std::string& chip, const std::string& code, bool all_lanes = false,
                     int vgprs = 512) {
    const std::string text =
        "s_mov_b64 exec, " + std::string(all_lanes ? "-1" : "0") + "\\0A s_nop 7\\0A " + code;
    TestKernel kernel(
        chip,
        kernel_text("define amdgpu_kernel void @k() #0 {\n  call void asm sideeffect \"" + text +
                    "\", \"~{s4},~{s5},~{s8},~{s9},~{s10},~{s11},~{vcc},~{v31}\"()\n"
                    "  ret void\n}\n"),
        "k");
    kernel.vgprs = vgprs;
    try {
        kernel.run(Arguments(), 1, kernel.wave_size());
    } catch (const ExecutionError& error) {
        return (error.failure() == Failure::hazard ? "" : "no hazard: ") + std::string(error.what());
    }
    return {};
}
/// n wait states.
std::string idle(int n) {
    std::string text;
    for (; n > 0; n -= 8) text += "s_nop " + std::to_string(std::min(n, 8) - 1) + "\\0A ";
    return text;
}
bool has(const WaitRule& rule, const std::string& chip) {
    return std::string(rule.chips).find(chip) != std::string::npos;
}

TEST(WaitStates, OneTooFewIsAFault) {
    int checked = 0;
    for (const char* chip : {"gfx906", "gfx90a", "gfx942"})
        for (const WaitRule& rule : rules) {
            if (!has(rule, chip)) continue;
            SCOPED_TRACE(std::string(chip) + ": " + rule.first + "; " + std::to_string(rule.wait_states) +
                         " wait states; " + rule.second);
            const std::string first = std::string(rule.first) + "\\0A ";
            EXPECT_EQ(fault_of(chip, first + idle(rule.wait_states) + rule.second), "");
            ++checked;
            if (rule.wait_states == 0) continue;
            const std::string fault = fault_of(chip, first + idle(rule.wait_states - 1) + rule.second);
            EXPECT_EQ(fault.rfind("no hazard", 0), std::string::npos) << fault;
            EXPECT_NE(fault.find(rule.says), std::string::npos) << "'" << fault << "'";
            const std::string count = "needs " + std::to_string(rule.wait_states) + " wait states, " +
                                      std::to_string(rule.wait_states - 1) + " lie between";
            EXPECT_NE(fault.find(count), std::string::npos) << "'" << fault << "'";
        }
    EXPECT_GT(checked, 40);
}

/// Other instructions count as much as s_nop does.
TEST(WaitStates, InstructionsBetweenCount) {
    const std::string first = "v_cmp_eq_u32 vcc, v1, v1\\0A ", last = "v_div_fmas_f32 v1, v2, v3, v4";
    const std::string between = "s_mov_b32 s4, 0\\0A v_mov_b32 v9, v8\\0A s_mov_b32 s5, 0\\0A ";
    EXPECT_NE(fault_of("gfx906", first + between + last), "");
    EXPECT_EQ(fault_of("gfx906", first + between + "v_mov_b32 v9, v8\\0A " + last), "");
}

TEST(WaitStates, ShiftByTheLastRegister) {
    const std::string shift = "v_lshlrev_b64 v[0:1], v31, v[2:3]";
    EXPECT_NE(fault_of("gfx90a", shift, false, 32).find("the last VGPR"), std::string::npos);
    EXPECT_EQ(fault_of("gfx90a", shift, false, 40), "");
    EXPECT_EQ(fault_of("gfx906", shift, false, 32), "");
    EXPECT_EQ(fault_of("gfx90a", "v_lshlrev_b64 v[0:1], v30, v[2:3]", false, 32), "");
}

/// gfx11: s_nop does not help; vector instructions, or waiting for the vector unit, do.
TEST(WaitStates, TranscendentalResults) {
    const std::string first = "v_rcp_f32 v1, v2\\0A ", last = "v_mov_b32 v3, v1";
    const auto others = [](int n) {
        std::string text;
        for (; n > 0; --n) text += "v_mov_b32 v9, v8\\0A ";
        return text;
    };
    EXPECT_NE(fault_of("gfx1100", first + last).find("transcendental"), std::string::npos);
    EXPECT_NE(fault_of("gfx1100", first + idle(8) + last), "");
    EXPECT_NE(fault_of("gfx1100", first + others(5) + last), "");
    EXPECT_EQ(fault_of("gfx1100", first + others(6) + last), "");
    EXPECT_NE(fault_of("gfx1100", first + "s_waitcnt_depctr 0x1fff\\0A " + last), "");
    EXPECT_EQ(fault_of("gfx1100", first + "s_waitcnt_depctr 0xfff\\0A " + last), "");
    EXPECT_EQ(fault_of("gfx1201", first + last), "");
    EXPECT_EQ(fault_of("gfx1030", first + last), "");
}

TEST(WaitStates, MatrixResultsAsFactors) {
    const struct {
        const char *chip, *first, *again, *dependent;
    } cases[] = {
        {"gfx1100", "v_wmma_f32_16x16x16_f16 v[0:7], v[8:15], v[16:23], v[0:7]",
         "v_wmma_f32_16x16x16_f16 v[0:7], v[8:15], v[16:23], v[0:7]",
         "v_wmma_f32_16x16x16_f16 v[24:31], v[0:7], v[16:23], v[24:31]"},
        {"gfx1201", "v_wmma_f32_16x16x16_f16 v[0:7], v[8:11], v[16:19], v[0:7]",
         "v_wmma_f32_16x16x16_f16 v[0:7], v[8:11], v[16:19], v[0:7]",
         "v_wmma_f32_16x16x16_f16 v[24:31], v[8:11], v[4:7], v[24:31]"},
    };
    for (const auto& one : cases) {
        const std::string first = std::string(one.first) + "\\0A ";
        EXPECT_EQ(fault_of(one.chip, first + one.again, true), "");
        EXPECT_NE(fault_of(one.chip, first + idle(4) + one.dependent, true).find("v_nop"), std::string::npos);
        EXPECT_EQ(fault_of(one.chip, first + "v_nop\\0A " + one.dependent, true), "");
    }
}

}  // namespace
}  // namespace sporkle::testing
