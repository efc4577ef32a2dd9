// Chips are told apart by what kernels report, and unknown ones are refused.
#include <gtest/gtest.h>

#include <set>

#include <sporkle/error.hpp>

#include "targets/amdgpu/pm4/chip.hpp"

namespace sporkle::amdgpu {
namespace {

struct Reported {
    std::uint32_t family, external_rev, version;
    const char* chip;
};

TEST(Chip, IsToldByIpVersion) {
    const Reported reported[] = {
        {141, 0x01, 0x090001, "gfx900"},  {141, 0x28, 0x090400, "gfx906"},  {141, 0x32, 0x090401, "gfx908"},
        {141, 0x3c, 0x090402, "gfx90a"},  {141, 0x46, 0x090403, "gfx942"},  {141, 0x46, 0x090404, "gfx942"},
        {143, 0x01, 0x0a010a, "gfx1010"}, {143, 0x28, 0x0a0300, "gfx1030"}, {143, 0x32, 0x0a0302, "gfx1031"},
        {144, 0x01, 0x0a0301, "gfx1033"}, {145, 0x01, 0x0b0000, "gfx1100"}, {148, 0x01, 0x0b0001, "gfx1103"},
        {145, 0x10, 0x0b0002, "gfx1102"}, {145, 0x20, 0x0b0003, "gfx1101"}, {148, 0x80, 0x0b0004, "gfx1103"},
        {150, 0x01, 0x0b0500, "gfx1150"}, {152, 0x40, 0x0c0000, "gfx1200"}, {152, 0x50, 0x0c0001, "gfx1201"},
    };
    for (const Reported& r : reported)
        EXPECT_STREQ(identify(r.family, r.external_rev, r.version).name, r.chip) << std::hex << r.version;
}

TEST(Chip, IsToldByFamilyAndRevisionWhereTheKernelHasNoVersion) {
    const Reported reported[] = {
        {141, 0x13, 0, "gfx900"},  {141, 0x14, 0, "gfx904"},  {141, 0x28, 0, "gfx906"},
        {141, 0x31, 0, "gfx906"},  {141, 0x3c, 0, "gfx90a"},  {141, 0x47, 0, "gfx942"},
        {142, 0x81, 0, "gfx902"},  {142, 0x91, 0, "gfx90c"},  {143, 0x27, 0, "gfx1012"},
        {143, 0x28, 0, "gfx1030"}, {143, 0x46, 0, "gfx1034"}, {144, 0x01, 0, "gfx1033"},
        {145, 0x0f, 0, "gfx1100"}, {145, 0x10, 0, "gfx1102"}, {145, 0x20, 0, "gfx1101"},
        {146, 0x01, 0, "gfx1035"}, {149, 0x01, 0, "gfx1036"}, {151, 0x01, 0, "gfx1036"},
        {152, 0x40, 0, "gfx1200"}, {152, 0x51, 0, "gfx1201"},
    };
    for (const Reported& r : reported)
        EXPECT_STREQ(identify(r.family, r.external_rev, 0).name, r.chip)
            << r.family << " " << std::hex << r.external_rev;
}

std::string refusal(std::uint32_t family, std::uint32_t external_rev, std::uint32_t version) {
    try {
        return std::string("took it for ") + identify(family, external_rev, version).name;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        return error.what();
    }
}

TEST(Chip, UnknownOnesAreRefusedWithTheirNumbers) {
    // A version decides even where family and revision would fit a chip.
    EXPECT_EQ(refusal(145, 0x01, 0x0d0002),
              "sporkle: unknown AMD graphics IP version 13.0.2 (family 145, external revision 0x1)");
    EXPECT_EQ(refusal(143, 0x82, 0),
              "sporkle: unknown AMD chip: family 143, external revision 0x82, no IP version");
    EXPECT_EQ(refusal(130, 1, 0),
              "sporkle: unknown AMD chip: family 130, external revision 0x1, no IP version");
    EXPECT_EQ(refusal(0, 0, 0), "sporkle: unknown AMD chip: family 0, external revision 0x0, no IP version");
}

TEST(Chip, RowsDoNotOverlap) {
    std::set<std::uint32_t> versions;
    for (const Chip& chip : chips()) {
        EXPECT_EQ(&chip_named(chip.name), &chip);
        for (const std::uint32_t version : chip.versions)
            EXPECT_TRUE(version == 0 || versions.insert(version).second) << chip.name;
        for (const Chip& other : chips())
            for (const auto& a : chip.revisions)
                for (const auto& b : other.revisions)
                    EXPECT_TRUE(&a == &b || a.family == 0 || a.family != b.family || a.last < b.first ||
                                b.last < a.first)
                        << chip.name << " " << other.name;
    }
}

TEST(Chip, NamesAreRefusedWithTheKnownOnes) {
    EXPECT_EQ(find_chip("gfx803"), nullptr);
    try {
        chip_named("gfx803");
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("'gfx803'; known are gfx900"), std::string::npos);
    }
}

TEST(Chip, DiffersWhereLlvmSaysSo) {
    EXPECT_EQ(chip_named("gfx906").work_item_ids, WorkItemIds::one_register_each);
    EXPECT_EQ(chip_named("gfx90a").work_item_ids, WorkItemIds::packed);
    EXPECT_EQ(chip_named("gfx1030").work_item_ids, WorkItemIds::one_register_each);
    EXPECT_EQ(chip_named("gfx1100").group_ids(), GroupIds::scalar_registers);
    EXPECT_EQ(chip_named("gfx1201").group_ids(), GroupIds::trap_temporaries);
    EXPECT_EQ(chip_named("gfx90a").scratch(), ScratchKind::descriptor);
    EXPECT_EQ(chip_named("gfx942").scratch(), ScratchKind::architected);
    EXPECT_EQ(chip_named("gfx1030").scratch_unit(), 1024u);
    EXPECT_EQ(chip_named("gfx1100").scratch_unit(), 256u);
    EXPECT_TRUE(chip_named("gfx1100").pads_user_sgprs);
    EXPECT_FALSE(chip_named("gfx1101").pads_user_sgprs);
    EXPECT_FALSE(chip_named("gfx942").has_wave32());
}

}  // namespace
}  // namespace sporkle::amdgpu
