// Waves per SIMD against numbers that were worked out by hand, and what templates tell of their kernels.
#include "tools/sporkle/amdgpu/occupancy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "targets/amdgpu/pm4/register_fields.hpp"
#include "tools/sporkle/amdgpu/dispatch_facts.hpp"

namespace sporkle::command {
namespace {

using amdgpu::chip_named;

TEST(Occupancy, IsWhatTheScarcestResourceAllows) {
    const struct {
        const char* chip;
        WaveNeeds needs;
        std::uint32_t waves;
        const char* limit;
    } cases[] = {
        // wave size, VGPRs, SGPRs, LDS, waves of a group, WGP mode
        {"gfx906", {64, 24, 16, 0, 4, false}, 10, "waves"},
        {"gfx906", {64, 25, 16, 0, 4, false}, 9, "VGPRs"},  // 256 / 28
        {"gfx906", {64, 80, 32, 8704, 2, false}, 3, "VGPRs"},
        {"gfx906", {64, 256, 112, 0, 1, false}, 1, "VGPRs"},
        {"gfx906", {64, 24, 112, 0, 1, false}, 7, "SGPRs"},  // 800 / 112
        {"gfx906", {64, 24, 32, 65536, 4, false}, 1, "LDS"},
        {"gfx906", {64, 24, 32, 65536, 1, false}, 1, "LDS"},   // one wave for four SIMDs
        {"gfx906", {64, 24, 32, 0, 2, false}, 8, "barriers"},  // 16 groups of two waves on four SIMDs
        {"gfx90a", {64, 128, 32, 0, 4, false}, 4, "VGPRs"},
        {"gfx942", {64, 512, 32, 0, 4, false}, 1, "VGPRs"},
        {"gfx942", {64, 8, 32, 0, 4, false}, 8, "waves"},
        {"gfx1010", {32, 40, 106, 0, 8, true}, 20, "waves"},
        {"gfx1010", {32, 56, 106, 0, 8, true}, 18, "VGPRs"},  // 1024 / 56
        {"gfx1030", {32, 64, 106, 0, 8, true}, 16, "waves"},
        {"gfx1030", {32, 88, 106, 0, 8, true}, 10, "VGPRs"},    // 1024 / 96
        {"gfx1030", {64, 88, 106, 0, 8, true}, 5, "VGPRs"},     // 512 / 88
        {"gfx1100", {32, 88, 106, 0, 8, true}, 16, "waves"},    // 1536 / 96
        {"gfx1100", {32, 104, 106, 0, 8, true}, 12, "VGPRs"},   // 1536 / 120
        {"gfx1102", {32, 104, 106, 0, 8, true}, 9, "VGPRs"},    // 1024 / 112
        {"gfx1100", {32, 88, 106, 8704, 4, true}, 14, "LDS"},   // 131072 / 9216 = 14 groups
        {"gfx1100", {32, 88, 106, 8704, 4, false}, 14, "LDS"},  // half the LDS for half the SIMDs
        {"gfx1201", {32, 256, 106, 0, 8, true}, 5, "VGPRs"},    // 1536 / 264
    };
    for (const auto& [chip, needs, waves, limit] : cases) {
        const Occupancy found = occupancy(chip_named(chip), needs);
        EXPECT_EQ(found.waves, waves) << chip << ", " << needs.vgprs << " VGPRs";
        EXPECT_STREQ(found.limit, limit) << chip << ", " << needs.vgprs << " VGPRs";
    }
}

TEST(DispatchFacts, AreThoseOfTheDescriptor) {
    namespace pm4 = amdgpu::pm4;
    pm4::KernelDescriptor kernel;
    kernel.group_segment_bytes = 1000;
    kernel.rsrc1 = pm4::rsrc1::vgprs(5) | pm4::rsrc1::float_mode(0xF3) | pm4::rsrc1::wgp_mode(1);
    kernel.rsrc2 = pm4::rsrc2::user_sgpr(2) | pm4::rsrc2::tgid_x_en(1);
    kernel.properties =
        pm4::kernel_property::kernarg_segment_ptr(1) | pm4::kernel_property::wavefront_size32(1);
    const std::vector<pm4::DispatchNeeds> needs{{kernel, {96, 2, 1}, 0}};
    const auto facts = dispatch_facts(pm4::build_template(chip_named("gfx1030"), needs));
    ASSERT_EQ(facts.size(), 1u);
    EXPECT_EQ(facts[0].needs.vgprs, 48u);  // six units of eight
    EXPECT_EQ(facts[0].needs.wave_size, 32u);
    EXPECT_EQ(facts[0].needs.lds_bytes, 1024u);
    EXPECT_EQ(facts[0].group_size, 192u);
    EXPECT_EQ(facts[0].needs.group_waves, 6u);
    EXPECT_TRUE(facts[0].needs.pairs_units);
    EXPECT_EQ(facts[0].user_sgprs, 2u);
    EXPECT_EQ(facts[0].scratch_wave_bytes, 0u);
    const auto has = [&](const char* mode) {
        return std::find(facts[0].modes.begin(), facts[0].modes.end(), mode) != facts[0].modes.end();
    };
    EXPECT_TRUE(has("f32 rounds to zero"));
    EXPECT_TRUE(has("f32 keeps subnormals"));
    EXPECT_TRUE(has("f16 and f64 round to nearest even"));
    EXPECT_TRUE(has("WGP mode"));
}

TEST(DispatchFacts, TellScratchAndAccumulators) {
    namespace pm4 = amdgpu::pm4;
    pm4::KernelDescriptor kernel;
    kernel.private_segment_bytes = 20;
    kernel.rsrc1 = pm4::rsrc1::vgprs(7) | pm4::rsrc1::sgprs(4) | pm4::rsrc1::float_mode(0xF0);
    kernel.rsrc2 = pm4::rsrc2::user_sgpr(4) | pm4::rsrc2::tgid_x_en(1) | pm4::rsrc2::scratch_en(1);
    kernel.rsrc3 = pm4::rsrc3::accum_offset(9);
    kernel.properties =
        pm4::kernel_property::kernarg_segment_ptr(1) | pm4::kernel_property::flat_scratch_init(1);
    const std::vector<pm4::DispatchNeeds> needs{{kernel, {64, 1, 1}, 0}};
    const auto facts = dispatch_facts(pm4::build_template(chip_named("gfx90a"), needs));
    EXPECT_EQ(facts[0].needs.vgprs, 64u);
    EXPECT_EQ(facts[0].accumulators, 24u);  // behind the first 40
    EXPECT_EQ(facts[0].needs.sgprs, 48u);
    EXPECT_EQ(facts[0].scratch_wave_bytes, 2048u);  // 20 · 64 in units of 1024
}

}  // namespace
}  // namespace sporkle::command
