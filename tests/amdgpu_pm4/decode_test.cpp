// What is wrong with a stream is told in words that name it; right streams are taken apart.
#include <gtest/gtest.h>

#include "targets/amdgpu/pm4/text.hpp"
#include "tests/amdgpu_pm4/streams.hpp"

namespace sporkle::amdgpu::pm4::testing {
namespace {

const Chip& gfx9 = chip_named("gfx906");
const Chip& gfx90a = chip_named("gfx90a");
const Chip& gfx10 = chip_named("gfx1030");
const Chip& gfx11 = chip_named("gfx1100");
const Chip& gfx12 = chip_named("gfx1201");

/// The texts of all faults of a stream's packets.
std::string faults(const Chip& chip, const std::vector<std::uint32_t>& stream) {
    std::string text;
    for (const Packet& packet : decode(stream, chip))
        for (const Fault& fault : packet.faults) text += (text.empty() ? "" : "; ") + fault.text;
    return text;
}

TEST(Decode, AnUnshiftedOpcodeIsRecognised) {
    EXPECT_EQ(
        faults(gfx11, {0xC0020076, 0x20C, 1, 2}),
        "header 0xc0020076: opcode 0x76 (SET_SH_REG) stands unshifted in bits [7:0]; it belongs in [15:8]");
    EXPECT_EQ(
        faults(gfx9, {0x00000015}),
        "0x00000015 is the opcode of DISPATCH_DIRECT without shift, type and count: its header begins as "
        "0xc0001500");
    // Its length still counts, so that what follows is understood.
    EXPECT_EQ(decode(std::vector<std::uint32_t>{0xC0010076, 0x20C, 1, 0xC0004600, 0x407}, gfx11).size(), 2u);
}

TEST(Decode, BadHeaders) {
    EXPECT_EQ(faults(gfx9, {0x80000000}),
              "0x80000000 is a type-2 filler, which is for GFX6; padding is 0xffff1000");
    EXPECT_EQ(faults(gfx9, {0}), "0x00000000 is a packet of type 0, which this generation does not take");
    EXPECT_EQ(faults(gfx9, {0x40001234}),
              "0x40001234 is a packet of type 1, which this generation does not take");
    EXPECT_EQ(faults(gfx9, {0xC000EE00, 0}), "header 0xc000ee00: opcode 0xee is unknown");
    EXPECT_EQ(faults(gfx9, {0xC0004604, 0x407}), "EVENT_WRITE: header 0xc0004604 has reserved bits 0x4 set");
    EXPECT_EQ(faults(gfx9, {0xC0021E00, 0, 0, 0}),
              "ATOMIC_MEM (0x1e) is not among the packets described for gfx9");
}

TEST(Decode, WrongLengths) {
    EXPECT_EQ(faults(gfx9, {0xC0041500, 1, 1, 1, 0x45, 0}),
              "DISPATCH_DIRECT: 5 body words, but gfx9 takes 4");
    EXPECT_EQ(faults(gfx9, {0xC0031500, 1, 1, 1}),
              "DISPATCH_DIRECT: the header announces 4 words, 3 are left");
    EXPECT_EQ(faults(gfx9, {0xC0065800, 0, ~0u, 0xFFFFFF, 0, 0, 10, 0xC3B1}),
              "ACQUIRE_MEM: 7 body words, but gfx9 takes 6");
    EXPECT_EQ(faults(gfx10, {0xC0055800, 0x28C40000, ~0u, 0xFFFFFF, 0, 0, 10}),
              "ACQUIRE_MEM: 6 body words, but gfx10 takes 7");
    EXPECT_EQ(faults(gfx9, {0xC0007600, 0x20C}), "SET_SH_REG: 1 body words, but gfx9 takes at least 2");
    EXPECT_EQ(faults(gfx9, {0xFFFE1000, 0, 0}), "NOP: the header announces 16383 words, 2 are left");
}

TEST(Decode, WrongRegisters) {
    EXPECT_EQ(faults(gfx11, {0xC0017600, 0x2E0C, 1}),
              "SET_SH_REG: registers 0x2e0c to 0x2e0c are outside the window of 0x400 registers; it is the "
              "dword index of "
              "COMPUTE_PGM_LO, whose offset is 0x20c");
    EXPECT_EQ(faults(gfx11, {0xC0017600, 0xB830, 1}),
              "SET_SH_REG: registers 0xb830 to 0xb830 are outside the window of 0x400 registers; it is the "
              "byte address of "
              "COMPUTE_PGM_LO, whose offset is 0x20c");
    EXPECT_EQ(faults(gfx11, {0xC0027600, 0x3FF, 1, 1}),
              "SET_SH_REG: registers 0x3ff to 0x400 are outside the window of 0x400 registers");
    EXPECT_EQ(faults(gfx9, {0xC0017600, 0x228 + 8, 1}),
              "SET_SH_REG: offset 0x230 is no compute register of gfx9");
    EXPECT_EQ(faults(gfx9, {0xC0017600, 0x210, 1}),
              "SET_SH_REG: offset 0x210 is no compute register of gfx9");
    EXPECT_EQ(faults(gfx9, {0xC0017600, 0x214, 1}),
              "SET_SH_REG: COMPUTE_VMID belongs to the kernel's driver");
    EXPECT_EQ(faults(gfx9, {0xC0017600, 0x20D, 0x100}),
              "SET_SH_REG: COMPUTE_PGM_HI = 0x00000100, whose bits 0x100 are reserved on gfx9");
    EXPECT_EQ(faults(gfx9, {0xC0017600, 0x212, 0x60000000}),
              "SET_SH_REG: COMPUTE_PGM_RSRC1 = 0x60000000, whose bits 0x60000000 are reserved on gfx9");
    EXPECT_EQ(faults(gfx9, {0xC0017600, 0x1020C, 1}),
              "SET_SH_REG: body word 0 is 0x0001020c, whose bits 0x10000 are reserved on gfx9");
    EXPECT_EQ(faults(gfx90a, {0xC0017600, 0x22D, 0x3F}), "");
}

TEST(Decode, WrongDispatches) {
    EXPECT_EQ(faults(gfx9, {0xC0031502, 1, 1, 1, 0x8045}),
              "DISPATCH_DIRECT: body word 3 is 0x00008045, whose bits 0x8000 are reserved on gfx9");
    EXPECT_EQ(faults(gfx9, {0xC0031502, 1, 1, 1, 0x44}),
              "DISPATCH_DIRECT: COMPUTE_SHADER_EN is 0: the dispatch is ignored");
    EXPECT_EQ(faults(gfx9, {0xC0031502, 1, 0, 1, 0x45}), "DISPATCH_DIRECT: DIM_Y is 0: nothing is started");
    EXPECT_EQ(faults(gfx11, {0xC0031502, 1, 1, 1, 0x48045}),
              "DISPATCH_DIRECT: body word 3 is 0x00048045, whose bits 0x40000 are reserved on gfx11");
    EXPECT_EQ(faults(gfx12, {0xC0031502, 1, 1, 1, 0x48045}), "");
}

TEST(Decode, WrongEventsAndReleases) {
    EXPECT_EQ(faults(gfx9, {0xC0004600, 0x007}),
              "EVENT_WRITE: EVENT_INDEX 0 with CS_PARTIAL_FLUSH, which needs 4");
    EXPECT_EQ(faults(gfx9, {0xC0004600, 0x43F}), "EVENT_WRITE: EVENT_TYPE 0x3f is not known");
    EXPECT_EQ(faults(gfx9, {0xC0064900, 0x238514, 0x43000000, 0x2014, 0x7F00, 7, 1, 0}),
              "RELEASE_MEM: the address 0x7f0000002014 is not a multiple of 8");
    EXPECT_EQ(faults(gfx9, {0xC0064900, 0x238514, 0x23000000, 0x2014, 0x7F00, 7, 1, 0}), "");  // 32 bits
    EXPECT_EQ(faults(gfx9, {0xC0064900, 0x238414, 0x43000000, 0x2010, 0x7F00, 7, 1, 0}),
              "RELEASE_MEM: EVENT_INDEX 4 with an end-of-pipe event, which needs 5");
    EXPECT_EQ(faults(gfx10, {0xC0064900, 0x06601514, 0x43000000, 0x2010, 0x7F00, 7, 1, 0}),
              "RELEASE_MEM: GLM_WB without GLM_INV");
    EXPECT_EQ(faults(gfx10, {0xC0064900, 0x06600514, 0x43000000, 0, 0, 7, 1, 0}),
              "RELEASE_MEM: the address is 0");
    EXPECT_EQ(faults(gfx10, {0xC0064900, 0x06600514, 0x43000000, 0, 0x800000, 7, 1, 0}),
              "RELEASE_MEM: the address 0x80000000000000 is beyond 48 bits");
    // Flags of one generation on another.
    EXPECT_EQ(faults(gfx10, {0xC0064900, 0x46600514, 0x43000000, 8, 0, 7, 1, 0}),
              "RELEASE_MEM: body word 0 is 0x46600514, whose bits 0x40000000 are reserved on gfx10");
    EXPECT_EQ(faults(gfx9, {0xC0064900, 0x06603514, 0x43000000, 8, 0, 7, 1, 0}),
              "RELEASE_MEM: body word 0 is 0x06603514, whose bits 0x400000 are reserved on gfx9");
    EXPECT_EQ(faults(gfx11, {0xC0064900, 0x46600514, 0x43000000, 8, 0, 7, 1, 0}), "");
}

TEST(Decode, WrongAcquires) {
    EXPECT_EQ(
        faults(gfx9, {0xC0055800, 0x00040000, ~0u, 0xFFFFFF, 0, 0, 10}),
        "ACQUIRE_MEM: TC_WB_ACTION_ENA alone does nothing; it goes with TC_ACTION_ENA or TC_NC_ACTION_ENA");
    EXPECT_EQ(faults(gfx10, {0xC0065800, 0, ~0u, 0xFFFFFF, 0, 0, 10, 0x10}),
              "ACQUIRE_MEM: GLM_WB without GLM_INV");
    EXPECT_EQ(faults(gfx10, {0xC0065800, 0, ~0u, 0x1FFFFFF, 0, 0, 10, 0x380}),
              "ACQUIRE_MEM: body word 2 is 0x01ffffff, whose bits 0x1000000 are reserved on gfx10");
    EXPECT_EQ(faults(gfx11, {0xC0065800, 0, ~0u, 0x1FFFFFF, 0, 0, 10, 0x380}), "");
    EXPECT_EQ(faults(gfx10, {0xC0065800, 0x28C40000, ~0u, 0xFFFFFF, 0, 0, 10, 0x380}),
              "ACQUIRE_MEM: body word 0 is 0x28c40000, whose bits 0x28c40000 are reserved on gfx10");
}

TEST(Decode, OtherPackets) {
    EXPECT_EQ(faults(gfx9, {0xC0023F00, 0x1002, 0, 8 | 1 << 23}),
              "INDIRECT_BUFFER: the address 0x1002 is not a multiple of 4");
    EXPECT_EQ(faults(gfx9, {0xC0023F00, 0x1000, 0, 8}), "INDIRECT_BUFFER: VALID is 0");
    EXPECT_EQ(faults(gfx9, {0xC0044000, 0x0011050F, 0, 0, 8, 0}), "COPY_DATA: SRC_SEL 15 is not known");
    EXPECT_EQ(faults(gfx9, {0xC0044000, 0x00110509, 0, 0, 4, 0}),
              "COPY_DATA: the destination 0x4 is not a multiple of 8");
    EXPECT_EQ(faults(gfx9, {0xC0033700, 0x00100500, 0x1000, 0, 7}), "");
    EXPECT_EQ(faults(gfx9, {0xC0033700, 0x00100400, 0x1000, 0, 7}), "WRITE_DATA: DST_SEL 4 is not known");
    EXPECT_EQ(faults(gfx9, {0xC0002300, 0x01000001}), "PRED_EXEC: PRED_EXEC on gfx906, which is one die");
}

TEST(Decode, BuffersAsAWhole) {
    EXPECT_EQ(faults_of({}, gfx9), "0: a buffer of no words cannot be submitted\n");
    EXPECT_EQ(faults_of(std::vector<std::uint32_t>(7, 0xFFFF1000), gfx9),
              "0: 7 words; a buffer's length is a multiple of 8\n");
    EXPECT_EQ(faults_of(std::vector<std::uint32_t>(0x100000, 0xFFFF1000), gfx9),
              "0: 1048576 words; a buffer has at most 1048575\n");
    EXPECT_EQ(faults_of(std::vector<std::uint32_t>(16, 0xFFFF1000), gfx9), "");
}

TEST(Decode, RegisterWritesAreResolved) {
    const std::vector<std::uint32_t> stream = {0xFFFF1000, 0xC0027600, 0x20C, 0x1234, 0x7F};
    const auto packets = decode(stream, gfx10);
    ASSERT_EQ(packets.size(), 2u);
    EXPECT_TRUE(packets[0].as<Nop>());
    const auto* set = packets[1].as<SetRegisters>();
    ASSERT_TRUE(set && set->writes.size() == 2);
    EXPECT_STREQ(set->writes[0].reg->name, "COMPUTE_PGM_LO");
    EXPECT_EQ(set->writes[0].value, 0x1234u);
    EXPECT_EQ(set->writes[1].reg->reg, Reg::pgm_hi);
    EXPECT_EQ(set->writes[1].position, 4u);
    EXPECT_EQ(packets[1].position, 1u);
    EXPECT_EQ(packets[1].words(), 4u);
}

TEST(Decode, NothingBeginsBehindTheEnd) {
    const std::vector<std::uint32_t> stream = {0xFFFF1000};
    EXPECT_THROW(decode_packet(stream, 1, gfx9), Error);
    EXPECT_TRUE(decode({}, gfx9).empty());
    EXPECT_EQ(text_of(std::span<const std::uint32_t>(), gfx9), "");
}

TEST(Decode, FaultsStandInTheText) {
    const std::vector<std::uint32_t> stream = {0xC0031502, 1, 1, 1, 0x44};
    EXPECT_NE(text_of(stream, gfx9).find("     0  !  DISPATCH_DIRECT: COMPUTE_SHADER_EN is 0"),
              std::string::npos);
}

}  // namespace
}  // namespace sporkle::amdgpu::pm4::testing
