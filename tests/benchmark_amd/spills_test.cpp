#include "tools/benchmark/amd/isa/spills.hpp"

#include <gtest/gtest.h>

#include <sporkle/error.hpp>

namespace sporkle::bench::amd {
namespace {

std::string metadata(int vgprs, int sgprs, int scratch) {
    return "    .private_segment_fixed_size: " + std::to_string(scratch) +
           "\n    .sgpr_count: 30\n    .sgpr_spill_count: " + std::to_string(sgprs) +
           "\n    .vgpr_count: 60\n    .vgpr_spill_count: " + std::to_string(vgprs) + "\n";
}

TEST(Spills, AreSummedOverKernels) {
    const Spills none = spills_of(metadata(0, 0, 0));
    EXPECT_EQ(none.kernels, 1);
    EXPECT_EQ(none.registers(), 0);
    const Spills two = spills_of(metadata(3, 0, 16) + metadata(1, 2, 8));
    EXPECT_EQ(two.kernels, 2);
    EXPECT_EQ(two.vgprs, 4);
    EXPECT_EQ(two.sgprs, 2);
    EXPECT_EQ(two.registers(), 6);
    EXPECT_EQ(two.scratch_bytes, 16);
}

TEST(Spills, TextsWithoutThemAreRefused) {
    EXPECT_THROW(spills_of(""), Error);
    EXPECT_THROW(spills_of(".vgpr_spill_count: 0\n"), Error);
    EXPECT_THROW(spills_of(metadata(0, 0, 0) + ".vgpr_spill_count: many\n"), Error);
}

}  // namespace
}  // namespace sporkle::bench::amd
