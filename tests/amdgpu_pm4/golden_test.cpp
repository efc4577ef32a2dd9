// Whole streams, written by hand from the public register and packet descriptions: what Debian's RADV 22.3.6
// submits for vkCmdDispatch(64, 1, 1) is decoded, and Sporkle's own templates have to give the words that
// stand here. The kernels are those of streams.cpp: groups of 64 x 1 x 1, 1000 bytes of LDS.
#include <gtest/gtest.h>

#include "targets/amdgpu/pm4/text.hpp"
#include "tests/amdgpu_pm4/streams.hpp"

namespace sporkle::amdgpu::pm4::testing {
namespace {

constexpr std::uint32_t ones = 0xFFFFFFFF;

std::vector<std::uint32_t> filled(const Chip& chip) {
    DispatchNeeds needs{small_kernel(chip), {64, 1, 1}, 0};
    needs.descriptor.group_segment_bytes = 1000;
    const Template t = build_template(chip, std::span(&needs, 1));
    std::vector<std::uint32_t> words(t.submission_words());
    const DispatchValues dispatch = some_dispatch();
    words.resize(fill(t, some_submission(), std::span(&dispatch, 1), words));
    return words;
}

void expect_stream(const char* name, std::vector<std::uint32_t> expected) {
    const Chip& chip = chip_named(name);
    while (expected.size() % 8 != 0) expected.push_back(0xFFFF1000);
    const auto words = filled(chip);
    EXPECT_EQ(hex(words), hex(expected)) << text_of(words, chip);
    EXPECT_EQ(faults_of(words, chip), "");
}

TEST(Golden, Gfx906) {
    expect_stream("gfx906",
                  {0xC0017900, 0x7B, 0,                                  // CP_COHER_START_DELAY
                   0xC0004600, 0x407,                                    // CS_PARTIAL_FLUSH
                   0xC0055800, 0x28C40000, ones, 0x00FFFFFF, 0, 0, 0xA,  // ACQUIRE_MEM
                   0xC0044000, 0x00110509, 0, 0, 0x2000,
                   0x7F00,  // COPY_DATA clock
                   0xC0087600, 0x204, 0, 0, 0, 64, 1, 1, 0,
                   0,                                                            // START, NUM_THREAD
                   0xC0027600, 0x20C, 0x12345678, 0x7F,                          // PGM
                   0xC0027600, 0x212, 0x00AF0040, 0x0001138C,                    // RSRC1, 2: LDS 2 x 512
                   0xC0017600, 0x215, 0,                                         // RESOURCE_LIMITS
                   0xC0017600, 0x218, 0,                                         // TMPRING_SIZE
                   0xC0027600, 0x216, ones, ones,                                // SE0, SE1
                   0xC0027600, 0x219, ones, ones,                                // SE2, SE3
                   0xC0037600, 0x21B, 0, 0, 0,                                   // RESTART
                   0xC0067600, 0x240, 0, 0, 0, 0, 0x1040, 0x7F00,                // USER_DATA: V#,
                                                                                 // kernarg
                   0xC0031502, 100, 2, 3, 0x45,                                  // DISPATCH_DIRECT
                   0xC0004600, 0x407,                                            // CS_PARTIAL_FLUSH
                   0xC0064900, 0x528, 0x63000000, 0x2008, 0x7F00, 0, 0, 0,       // RELEASE_MEM clock
                   0xC0064900, 0x238514, 0x43000000, 0x2010, 0x7F00, 7, 1, 0});  // RELEASE_MEM fence
}

TEST(Golden, Gfx90a) {
    expect_stream("gfx90a",
                  {0xC0017900, 0x7B,       0,                                                             //
                   0xC0004600, 0x407,                                                                     //
                   0xC0055800, 0x28C40000, ones,       0x00FFFFFF, 0,      0,      0xA,                   //
                   0xC0044000, 0x00110509, 0,          0,          0x2000, 0x7F00,                        //
                   0xC0087600, 0x204,      0,          0,          0,      64,     1,      1,      0, 0,  //
                   0xC0027600, 0x20C,      0x12345678, 0x7F,                                              //
                   0xC0027600, 0x212,      0x00AF0040, 0x0001138C,                                        //
                   0xC0017600, 0x22D,      0,                                     // RSRC3 at B8B4
                   0xC0017600, 0x215,      0,                                     //
                   0xC0017600, 0x218,      0,                                     //
                   0xC0027600, 0x216,      ones,       ones,                      //
                   0xC0027600, 0x219,      ones,       ones,                      //
                   0xC0047600, 0x225,      ones,       ones,       ones,   ones,  // SE4 … SE7
                   0xC0037600, 0x21B,      0,          0,          0,             //
                   0xC0067600, 0x240,      0,          0,          0,      0,      0x1040, 0x7F00,  //
                   0xC0031502, 100,        2,          3,          0x45,                            //
                   0xC0004600, 0x407,                                                               //
                   0xC0064900, 0x528,      0x63000000, 0x2008,     0x7F00, 0,      0,      0,       //
                   0xC0064900, 0x238514,   0x43000000, 0x2010,     0x7F00, 7,      1,      0});
}

TEST(Golden, Gfx942) {
    expect_stream("gfx942", {0xC0017900, 0x7B,       0,                                                     //
                             0xC0004600, 0x407,                                                             //
                             0xC0055800, 0x28C40000, ones,       0x00FFFFFF, 0,      0,      0xA,           //
                             0xC0044000, 0x00110509, 0,          0,          0x2000, 0x7F00,                //
                             0xC0087600, 0x204,      0,          0,          0,      64,     1,   1, 0, 0,  //
                             0xC0027600, 0x20C,      0x12345678, 0x7F,                                      //
                             0xC0027600, 0x212,      0x00AF0040, 0x00011384,                                //
                             0xC0017600, 0x22D,      0,                                                     //
                             0xC0017600, 0x215,      0,                                                     //
                             0xC0017600, 0x218,      0,                                                     //
                             0xC0027600, 0x210,      0,          0,                 // DISPATCH_SCRATCH_BASE
                             0xC0027600, 0x216,      ones,       ones,              //
                             0xC0027600, 0x219,      ones,       ones,              //
                             0xC0037600, 0x21B,      0,          0,          0,     //
                             0xC0017600, 0x227,      0,                             // TG_CHUNK_SIZE
                             0xC0027600, 0x240,      0x1040,     0x7F00,            // USER_DATA: kernarg
                             0xC0031502, 100,        2,          3,          0x45,  //
                             0xC0004600, 0x407,                                     //
                             0xC0064900, 0x528,      0x63000000, 0x2008,     0x7F00, 0,      0,   0,  //
                             0xC0064900, 0x238514,   0x43000000, 0x2010,     0x7F00, 7,      1,   0});
}

TEST(Golden, Gfx1030) {
    expect_stream("gfx1030", {0xC0017900, 0x7B,       0x20,  //
                              0xC0004600, 0x407,             //
                              0xC0065800, 0,          ones,       0x00FFFFFF, 0,      0,
                              0xA,        0xC3B1,  // ACQUIRE_MEM with GCR_CNTL
                              0xC0044000, 0x00110509, 0,          0,          0x2000, 0x7F00,  //
                              0xC0087600, 0x204,      0,          0,          0,      64,
                              1,          1,          0,          0,                      //
                              0xC0027600, 0x20C,      0x12345678, 0x7F,                   //
                              0xC0027600, 0x212,      0x60AF0000, 0x0001138C,             //
                              0xC0017600, 0x228,      0,                                  // RSRC3 at B8A0
                              0xC0017600, 0x215,      0,                                  //
                              0xC0017600, 0x218,      0,                                  //
                              0xC0027600, 0x216,      ones,       ones,                   //
                              0xC0027600, 0x219,      ones,       ones,                   //
                              0xC0037600, 0x21B,      0,          0,          0,          //
                              0xC0047600, 0x224,      0,          0,          0,      0,  // USER_ACCUM
                              0xC0017600, 0x27D,      0,                                  // DISPATCH_TUNNEL
                              0xC0067600, 0x240,      0,          0,          0,      0,
                              0x1040,     0x7F00,                                      //
                              0xC0031502, 100,        2,          3,          0x8045,  // CS_W32_EN
                              0xC0004600, 0x407,                                       //
                              0xC0064900, 0x528,      0x63000000, 0x2008,     0x7F00, 0,
                              0,          0,  //
                              0xC0064900, 0x06603514, 0x43000000, 0x2010,     0x7F00, 7,
                              1,          0});
}

TEST(Golden, Gfx1100) {
    expect_stream("gfx1100",
                  {0xC0004600, 0x407,                                                                  //
                   0xC0065800, 0,          ones,       0x00FFFFFF, 0,      0,      0xA, 0xC3B1,        //
                   0xC0044000, 0x00110509, 0,          0,          0x2000, 0x7F00,                     //
                   0xC0087600, 0x204,      0,          0,          0,      64,     1,   1,      0, 0,  //
                   0xC0027600, 0x20C,      0x12345678, 0x7F,                                           //
                   0xC0027600, 0x212,      0x60AF0000, 0x0001139A,                                     //
                   0xC0017600, 0x228,      0,                                                          //
                   0xC0017600, 0x215,      0,                                                          //
                   0xC0017600, 0x218,      0,                                                          //
                   0xC0027600, 0x210,      0,          0,                                              //
                   0xC0027600, 0x216,      ones,       ones,                                           //
                   0xC0027600, 0x219,      ones,       ones,                                           //
                   0xC0047600, 0x22B,      ones,       ones,       ones,   ones,  // SE4 … SE7
                   0xC0037600, 0x21B,      0,          0,          0,             //
                   0xC0047600, 0x224,      0,          0,          0,      0,     //
                   0xC0017600, 0x27D,      0,                                     //
                   0xC0017600, 0x22F,      0x40,                                  // DISPATCH_INTERLEAVE
                   0xC00D7600, 0x240,      0x1040,     0x7F00,     0,      0,      0,   0,      0, 0,
                   0,          0,          0,          0,          0,       // 13, padded by LLVM
                   0xC0031502, 100,        2,          3,          0x8045,  //
                   0xC0004600, 0x407,                                       //
                   0xC0064900, 0x528,      0x63000000, 0x2008,     0x7F00, 0,      0,   0,  //
                   0xC0064900, 0x06603514, 0x43000000, 0x2010,     0x7F00, 7,      1,   0});
}

TEST(Golden, Gfx1201) {
    expect_stream("gfx1201",
                  {0xC0004600, 0x407,                                                            //
                   0xC0065800, 0,          ones,       0x00FFFFFF, 0,      0,      0xA, 0xC381,  // no GLM
                   0xC0044000, 0x00110509, 0,          0,          0x2000, 0x7F00,               //
                   0xC0087600, 0x204,      0,          0,          0,      64,     1,   1,      0, 0,  //
                   0xC0027600, 0x20C,      0x12345678, 0x7F,                                           //
                   0xC0027600, 0x212,      0x600F0000, 0x00011384,                                     //
                   0xC0017600, 0x228,      0,                                                          //
                   0xC0017600, 0x215,      0,                                                          //
                   0xC0017600, 0x218,      0,                                                          //
                   0xC0027600, 0x210,      0,          0,                                              //
                   0xC0027600, 0x216,      ones,       ones,                                           //
                   0xC0027600, 0x219,      ones,       ones,                                           //
                   0xC0047600, 0x22B,      ones,       ones,       ones,   ones,                       //
                   0xC0017600, 0x223,      ones,                                                       // SE8
                   0xC0037600, 0x21B,      0,          0,          0,                                  //
                   0xC0027600, 0x20E,      0,          0,                      // DISPATCH_PKT_ADDR
                   0xC0047600, 0x224,      0,          0,          0,      0,  //
                   0xC0017600, 0x27D,      0,                                  //
                   0xC0017600, 0x22F,      0x40,                               //
                   0xC0027600, 0x240,      0x1040,     0x7F00,                 //
                   0xC0031502, 100,        2,          3,          0x8045,     //
                   0xC0004600, 0x407,                                          //
                   0xC0064900, 0x528,      0x63000000, 0x2008,     0x7F00, 0,      0,   0,  //
                   0xC0064900, 0x06600514, 0x43000000, 0x2010,     0x7F00, 7,      1,   0});
}

/// Addresses are chosen; the rest is as captured.
const std::vector<std::uint32_t> radv_gfx9 = {
    0xC0037600, 0x204,      0,          0,          0,          0xC0017600, 0x20D, 0,          0xC0027600,
    0x216,      ones,       ones,       0xC0027600, 0x219,      ones,       ones,  0xC0017900, 0x7B,
    0,          0xC0055802, 0x28C40000, ones,       0x00FFFFFF, 0,          0,     0xA,        0xC0004600,
    0x19,       0xC0055000, 0x60200000, 0x1000,     0x7F,       0,          0,     0x80000100, 0xC0017600,
    0x242,      0x5000,     0xC0017600, 0x20C,      0x7F0010,   0xC0027600, 0x212, 0x2C0040,   0x86,
    0xC0017600, 0x215,      0x280,      0xC0037600, 0x207,      0x40,       1,     1,          0xC0031502,
    0x40,       1,          1,          0x45};
const std::vector<std::uint32_t> radv_gfx10 = {
    0xC0037600, 0x204, 0,    0,          0,          0xC0027600, 0x216, ones,       ones,
    0xC0027600, 0x219, ones, ones,       0xC0017900, 0x7B,       0x20,  0xC0057600, 0x224,
    0,          0,     0,    0,          0,          0xC0065800, 0,     ones,       0x00FFFFFF,
    0,          0,     0xA,  0xC3B1,     0xC0017600, 0x228,      0,     0xC0037600, 0x207,
    0x40,       1,     1,    0xC0031502, 0x40,       1,          1,     0x8045};
const std::vector<std::uint32_t> radv_gfx11 = {
    0xC0047600, 0x22B, ones, ones,       ones,       ones, 0xC0017600, 0x22F,  0x40,
    0xC0065800, 0,     ones, 0x00FFFFFF, 0,          0,    0xA,        0xC3B1, 0xC0037600,
    0x207,      0x40,  1,    1,          0xC0031502, 0x40, 1,          1,      0x8045};

std::string packet_faults(std::span<const std::uint32_t> stream, const Chip& chip) {
    std::string text;
    for (const Packet& packet : decode(stream, chip))
        for (const Fault& fault : packet.faults) text += fault.text + "\n";
    return text;
}

TEST(Golden, WhatRadvSubmitsHasNoFaults) {
    EXPECT_EQ(packet_faults(radv_gfx9, chip_named("gfx900")), "");
    EXPECT_EQ(packet_faults(radv_gfx10, chip_named("gfx1030")), "");
    EXPECT_EQ(packet_faults(radv_gfx11, chip_named("gfx1100")), "");
}

TEST(Golden, WhatRadvSubmitsForOneGenerationIsWrongForAnother) {
    EXPECT_NE(packet_faults(radv_gfx9, chip_named("gfx1030")), "");
    EXPECT_NE(packet_faults(radv_gfx10, chip_named("gfx906")), "");
    EXPECT_NE(packet_faults(radv_gfx11, chip_named("gfx1030")), "");
}

TEST(Golden, TextOfADispatch) {
    const std::vector<std::uint32_t> stream = {0xC0027600, 0x212, 0x002C0040, 0x86,  0xC0031502, 64,        1,
                                               1,          0x45,  0xC0004600, 0x407, 0xFFFF1000, 0xFFFF1000};
    EXPECT_EQ(
        text_of(stream, chip_named("gfx906")),
        "     0  c0027600  SET_SH_REG\n"
        "     1  00000212    from offset 0x212\n"
        "     2  002c0040    COMPUTE_PGM_RSRC1 = 0x002c0040: SGPRS 1, FLOAT_MODE 192 (0xc0), DX10_CLAMP 1\n"
        "     3  00000086    COMPUTE_PGM_RSRC2 = 0x00000086: USER_SGPR 3, TGID_X_EN 1\n"
        "     4  c0031502  DISPATCH_DIRECT (compute)\n"
        "     5  00000040    DIM_X 0x40\n"
        "     6  00000001    DIM_Y 0x1\n"
        "     7  00000001    DIM_Z 0x1\n"
        "     8  00000045    COMPUTE_SHADER_EN 1, FORCE_START_AT_000 1, ORDER_MODE 1\n"
        "     9  c0004600  EVENT_WRITE\n"
        "    10  00000407    EVENT_TYPE 7, EVENT_INDEX 4\n"
        "    11  ffff1000  NOP, 2 times\n");
}

}  // namespace
}  // namespace sporkle::amdgpu::pm4::testing
