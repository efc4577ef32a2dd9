// Packets executed: what they do to memory, which are refused, and what they say of time.
#include <gtest/gtest.h>

#include <cerrno>

#include "targets/amdgpu/pm4/decode.hpp"
#include "tests/amdgpu_emulator/client_kernel.hpp"

namespace sporkle::testing {
namespace {

using namespace amdgpu::pm4;

#define EXPECT_FAULT(client, words) \
    EXPECT_NE((client).faults().find(words), std::string::npos) << (client).faults()

class AmdgpuPackets : public ::testing::TestWithParam<const char*> {
  protected:
    Client client{GetParam()};
    ClientBuffer memory = client.allocate(4096);
};

TEST_P(AmdgpuPackets, MemoryIsWrittenCopiedAndFilled) {
    memory.words()[64] = 0x1234;
    Stream stream;
    stream.reserve(64);
    const std::uint32_t words[] = {5, 6, 7};
    WriteData write;
    write.destination = static_cast<std::uint8_t>(WriteDestination::l2);
    write.address = memory.address;
    write.data = words;
    append_write_data(stream, write);
    append(stream, encode(CopyData{.source = static_cast<std::uint8_t>(CopySource::memory),
                                   .destination = static_cast<std::uint8_t>(CopyDestination::memory),
                                   .from = memory.address + 256,
                                   .to = memory.address + 16}));
    append(stream, encode(CopyData{.source = static_cast<std::uint8_t>(CopySource::immediate),
                                   .destination = static_cast<std::uint8_t>(CopyDestination::l2),
                                   .is_64_bit = true,
                                   .from = 0x1'0000'0002,
                                   .to = memory.address + 24}));
    append(stream,
           encode(DmaData{dma_data::src_sel(2), 0xabcd, memory.address + 64, dma_data::byte_count(12)}));
    append(stream, encode(DmaData{0, memory.address + 64, memory.address + 128, dma_data::byte_count(8)}));
    EXPECT_EQ(client.run(stream), 0) << client.faults();
    EXPECT_EQ(memory.words()[0], 5u);
    EXPECT_EQ(memory.words()[2], 7u);
    EXPECT_EQ(memory.words()[4], 0x1234u);
    EXPECT_EQ(memory.longs()[3], 0x1'0000'0002u);
    EXPECT_EQ(memory.words()[18], 0xabcdu);
    EXPECT_EQ(memory.words()[19], 0u);
    EXPECT_EQ(memory.words()[33], 0xabcdu);
}

TEST_P(AmdgpuPackets, BuffersVisitAndChainOthers) {
    std::uint32_t bytes = 0;
    Stream inner;
    inner.reserve(16);
    const std::uint32_t one = 1, two = 2, three = 3;
    WriteData write;
    write.destination = static_cast<std::uint8_t>(WriteDestination::memory);
    write.address = memory.address;
    write.data = {&one, 1};
    append_write_data(inner, write);
    const ClientBuffer visited = client.packets(inner, bytes);
    inner[4] = two;
    inner[2] = low_word(memory.address + 4);
    const ClientBuffer chained = client.packets(inner, bytes);
    Stream outer;
    outer.reserve(32);
    append(outer, encode(IndirectBuffer{visited.address, bytes / 4, false}));
    append(outer, encode(IndirectBuffer{chained.address, bytes / 4, true}));
    write.address = memory.address + 8;  // never reached
    write.data = {&three, 1};
    append_write_data(outer, write);
    EXPECT_EQ(client.run(outer), 0) << client.faults();
    EXPECT_EQ(memory.words()[0], 1u);
    EXPECT_EQ(memory.words()[1], 2u);
    EXPECT_EQ(memory.words()[2], 0u);
}

TEST_P(AmdgpuPackets, TimestampsAscendAndFencesComeLast) {
    Stream stream;
    stream.reserve(64);
    append(stream, encode(begin_timestamp(memory.address)));
    for (int n = 0; n < 100; ++n) stream.push_back(nop_word);
    append(stream, encode(cs_partial_flush));
    append(stream, encode(end_timestamp(memory.address + 8)));
    append(stream, encode(fence(client.chip.generation, memory.address + 16, 0x1'0000'0005)));
    EXPECT_EQ(client.run(stream), 0) << client.faults();
    EXPECT_GT(memory.longs()[0], 0u);
    EXPECT_GT(memory.longs()[1], memory.longs()[0]);
    EXPECT_EQ(memory.longs()[2], 0x1'0000'0005u);
}

TEST_P(AmdgpuPackets, WaitsForMemory) {
    memory.words()[0] = 41;
    Stream stream;
    append(stream, encode(WaitRegMem{.function = static_cast<std::uint8_t>(WaitFunction::greater_equal),
                                     .mem_space = 1,
                                     .address = memory.address,
                                     .reference = 41,
                                     .mask = ~0u}));
    EXPECT_EQ(client.run(stream), 0) << client.faults();
}

TEST_P(AmdgpuPackets, EveryFaultOfAPacketEndsTheSubmission) {
    const std::uint32_t bad[][2] = {
        {0x46, 0},                                  // an opcode that was never shifted
        {packet3(static_cast<Opcode>(0x7f), 1), 0}  // no such packet
    };
    for (const auto& words : bad) {
        Client one(GetParam());
        EXPECT_EQ(one.run(words), -ETIME);
        EXPECT_FAULT(one, "word 0");
    }
    Client wrong(GetParam());
    Stream stream(9, nop_word);
    append(stream, encode(EventWrite{event_write::cs_partial_flush, 0}));
    EXPECT_EQ(wrong.run(stream), -ETIME);
    EXPECT_FAULT(wrong, "word 9: EVENT_WRITE: EVENT_INDEX 0 with CS_PARTIAL_FLUSH, which needs 4");
}

TEST_P(AmdgpuPackets, MemoryThatIsNotMappedOrMayNotBeWrittenIsAFault) {
    const ClientBuffer fixed = client.allocate(4096, AMDGPU_VM_PAGE_READABLE);
    EXPECT_EQ(client.run(encode(begin_timestamp(fixed.address))), -ETIME);
    EXPECT_FAULT(client, "page not writable (mapped R)");
    Client other(GetParam());
    EXPECT_EQ(other.run(encode(begin_timestamp(0x7000'0000))), -ETIME);
    EXPECT_FAULT(other, "COPY_DATA: memory fault at address 0x70000000: page not mapped");
}

INSTANTIATE_TEST_SUITE_P(Chips, AmdgpuPackets,
                         ::testing::Values("gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace sporkle::testing
