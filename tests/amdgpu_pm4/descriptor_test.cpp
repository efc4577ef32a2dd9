// Kernel descriptors: what LLVM writes is understood, what cannot be meant is refused.
#include <gtest/gtest.h>

#include "targets/amdgpu/pm4/kernel_descriptor.hpp"
#include "targets/amdgpu/pm4/register_fields.hpp"
#include "tests/amdgpu_pm4/streams.hpp"

namespace sporkle::amdgpu::pm4::testing {
namespace {

std::string refusal(KernelDescriptor d, const Chip& chip) {
    try {
        parse_kernel_descriptor(bytes_of(d), chip);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_bundle);
        return error.what();
    }
    return "";
}

TEST(KernelDescriptor, WhatLlvmWritesIsUnderstood) {
    for (const char* name : emitted_chips) {
        const Chip& chip = chip_named(name);
        const KernelDescriptor d = scratch_kernel(chip, 24);
        EXPECT_EQ(parse_kernel_descriptor(bytes_of(d), chip), d) << name;
        EXPECT_EQ(d.wave_size(), chip.has_wave32() ? 32u : 64u);
        EXPECT_EQ(entry_address(d, 0x10000), 0x11000u);
    }
}

/// The bytes that llc -mcpu=gfx1100 writes for a kernel of two arguments.
TEST(KernelDescriptor, Bytes) {
    std::vector<std::byte> bytes(64);
    const unsigned char llvm[] = {0x00, 0x00, 0xAF, 0x60, 0x9A, 0x13, 0, 0, 0x08, 0x04};
    bytes[8] = std::byte{12};
    for (std::size_t i = 0; i < sizeof llvm; ++i) bytes[48 + i] = std::byte{llvm[i]};
    const KernelDescriptor d = parse_kernel_descriptor(bytes, chip_named("gfx1100"));
    EXPECT_EQ(d.kernarg_bytes, 12u);
    EXPECT_EQ(d.rsrc1, 0x60AF0000u);
    EXPECT_EQ(rsrc2::user_sgpr.of(d.rsrc2), 13u);
    EXPECT_EQ(d.wanted_user_sgprs(), 2u);
    EXPECT_TRUE(d.wave32());
}

TEST(KernelDescriptor, TooShort) {
    try {
        parse_kernel_descriptor(std::vector<std::byte>(63), chip_named("gfx906"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "sporkle: kernel descriptor: 63 bytes; it has 64");
    }
}

TEST(KernelDescriptor, EveryReservedByteIsChecked) {
    const Chip& chip = chip_named("gfx1030");
    const auto good = bytes_of(small_kernel(chip));
    for (std::size_t i = 0; i < 64; ++i) {
        const bool reserved = (i >= 12 && i < 16) || (i >= 24 && i < 44) || i >= 60;
        if (!reserved) continue;
        auto bytes = good;
        bytes[i] = std::byte{1};
        EXPECT_THROW(parse_kernel_descriptor(bytes, chip), Error) << i;
    }
}

TEST(KernelDescriptor, RefusesWhatCannotBeMeant) {
    const Chip &gfx906 = chip_named("gfx906"), &gfx12 = chip_named("gfx1201"), &gfx10 = chip_named("gfx1030");
    KernelDescriptor d = small_kernel(gfx906);
    d.properties |= 0x400;
    EXPECT_EQ(refusal(d, gfx906), "sporkle: kernel descriptor: waves of 32 lanes, which gfx906 has not");
    d = small_kernel(gfx906);
    d.rsrc3 = 1;
    EXPECT_EQ(refusal(d, gfx906),
              "sporkle: kernel descriptor: RSRC3 is 0x00000001, but gfx906 has no such register");
    d = small_kernel(gfx10);
    d.rsrc1 |= 1 << 20;
    EXPECT_EQ(refusal(d, gfx10),
              "sporkle: kernel descriptor: PRIV is set, which belongs to the loader or to hardware");
    d = small_kernel(gfx10);
    d.rsrc2 |= 1 << 15;
    EXPECT_EQ(refusal(d, gfx10),
              "sporkle: kernel descriptor: LDS_SIZE is set, which belongs to the loader or to hardware");
    d = small_kernel(gfx12);
    d.rsrc1 |= 1 << 23;
    EXPECT_EQ(refusal(d, gfx12),
              "sporkle: kernel descriptor: DISABLE_PERF is set, which belongs to the loader or to hardware");
    d = small_kernel(gfx906);
    d.rsrc2 = (d.rsrc2 & ~rsrc2::user_sgpr.mask()) | rsrc2::user_sgpr(4);
    EXPECT_EQ(refusal(d, gfx906),
              "sporkle: kernel descriptor: its properties ask for 6 user SGPRs, USER_SGPR is 4");
    d.rsrc2 = (d.rsrc2 & ~rsrc2::user_sgpr.mask()) | rsrc2::user_sgpr(17);
    EXPECT_EQ(refusal(d, gfx906), "sporkle: kernel descriptor: USER_SGPR is 17; there are 16");
    d = small_kernel(gfx906);
    d.private_segment_bytes = 4;
    EXPECT_EQ(refusal(d, gfx906), "sporkle: kernel descriptor: scratch is declared, but SCRATCH_EN is 0");
    d = small_kernel(gfx906);
    d.properties |= 0x80;
    EXPECT_EQ(refusal(d, gfx906), "sporkle: kernel descriptor: properties 0x00000089 have reserved bits");
    // A descriptor of gfx1030 on gfx906: ordered memory and workgroup mode do not exist there.
    EXPECT_EQ(refusal(small_kernel(gfx10), gfx906),
              "sporkle: kernel descriptor: COMPUTE_PGM_RSRC1 is 0x60af0000, whose bits 0x60000000 are "
              "reserved on gfx906");
}

TEST(KernelDescriptor, CodeIsAligned) {
    KernelDescriptor d;
    d.entry_offset = -0x40;
    EXPECT_EQ(entry_address(d, 0x10040), 0x10000u);
    EXPECT_THROW(entry_address(d, 0x10080), Error);
}

TEST(KernelDescriptor, RegistersGetTheSizeOfTheLds) {
    const Chip& chip = chip_named("gfx1100");
    KernelDescriptor d = small_kernel(chip);
    const auto units = [&](std::uint32_t fixed, std::uint32_t dynamic) {
        d.group_segment_bytes = fixed;
        const ProgramRegisters program = program_registers(d, chip, dynamic);
        EXPECT_EQ(program.rsrc1, d.rsrc1);
        EXPECT_EQ(program.rsrc2 & ~rsrc2::lds_size.mask(), d.rsrc2);
        return rsrc2::lds_size.of(program.rsrc2);
    };
    EXPECT_EQ(units(0, 0), 0u);
    EXPECT_EQ(units(1, 0), 1u);
    EXPECT_EQ(units(512, 0), 1u);
    EXPECT_EQ(units(512, 1), 2u);
    EXPECT_EQ(units(65536, 0), 128u);
    EXPECT_THROW(units(65536, 1), Error);
    EXPECT_THROW(units(0xFFFFFFFF, 0xFFFFFFFF), Error);
}

}  // namespace
}  // namespace sporkle::amdgpu::pm4::testing
