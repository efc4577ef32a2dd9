// Numbers that libdrm's public header has too.
#include <amdgpu_drm.h>
#include <gtest/gtest.h>

#include "targets/amdgpu/pm4/chip.hpp"

namespace sporkle::amdgpu {
namespace {

TEST(Libdrm, FamiliesAreItsOwn) {
    EXPECT_STREQ(identify(AMDGPU_FAMILY_AI, 0x28, 0).name, "gfx906");
    EXPECT_STREQ(identify(AMDGPU_FAMILY_RV, 0x01, 0).name, "gfx902");
    EXPECT_STREQ(identify(AMDGPU_FAMILY_NV, 0x28, 0).name, "gfx1030");
    EXPECT_STREQ(identify(AMDGPU_FAMILY_VGH, 0x01, 0).name, "gfx1033");
    EXPECT_STREQ(identify(AMDGPU_FAMILY_YC, 0x01, 0).name, "gfx1035");
#ifdef AMDGPU_FAMILY_GC_11_0_0
    EXPECT_STREQ(identify(AMDGPU_FAMILY_GC_11_0_0, 0x01, 0).name, "gfx1100");
#endif
#ifdef AMDGPU_FAMILY_GC_12_0_0
    EXPECT_STREQ(identify(AMDGPU_FAMILY_GC_12_0_0, 0x50, 0).name, "gfx1201");
#endif
}

}  // namespace
}  // namespace sporkle::amdgpu
