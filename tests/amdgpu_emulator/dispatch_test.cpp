// Dispatches: what the compute registers mean, and what is refused of them.
#include <gtest/gtest.h>

#include <cerrno>

#include "targets/amdgpu/pm4/packets/set_registers.hpp"
#include "tests/amdgpu_emulator/client_kernel.hpp"

namespace sporkle::testing {
namespace {

using namespace amdgpu::pm4;

#define EXPECT_FAULT(client, words) \
    EXPECT_NE((client).faults().find(words), std::string::npos) << (client).faults()

constexpr std::uint32_t groups = 5, items = groups * 64;

class AmdgpuDispatch : public ::testing::TestWithParam<const char*> {
  protected:
    Client client{GetParam()};
    ClientBuffer in = client.allocate(items * 4), out = client.allocate(items * 4),
                 arguments = client.allocate(4096);
    ClientKernel kernel{client, increment_ir, "increment"};

    void SetUp() override {
        arguments.longs()[0] = in.address;
        arguments.longs()[1] = out.address;
        for (std::uint32_t n = 0; n < items; ++n) in.words()[n] = n;
    }
    Stream stream() const { return kernel.submission(arguments.address, {groups}); }
    std::uint32_t offset(Reg reg) const { return offset_of(client.chip.generation, reg); }
    /// The word of a stream that a register gets.
    std::uint32_t& value(Stream& words, Reg reg) {
        for (const Packet& packet : decode(words, client.chip))
            if (const auto* set = packet.as<SetRegisters>())
                for (const RegisterWrite& write : set->writes)
                    if (write.space == Space::sh && write.offset == offset(reg)) return words[write.position];
        throw std::runtime_error("the stream does not set it");
    }
    std::uint32_t& dispatch_word(Stream& words, std::size_t n) {
        return words[find_packet(words, client.chip,
                                 [](const Packet& p) { return p.as<DispatchDirect>() != nullptr; }) +
                     1 + n];
    }
    /// Runs a changed stream, which has to fail with these words.
    void expect_fault(const Stream& words, const char* text) {
        EXPECT_EQ(client.run(words), -ETIME);
        EXPECT_FAULT(client, text);
    }
};

TEST_P(AmdgpuDispatch, RunsAndIsCounted) {
    ASSERT_EQ(client.run(stream()), 0) << client.faults();
    for (std::uint32_t n = 0; n < items; ++n) ASSERT_EQ(out.words()[n], n + 1);
    const auto reports = client.kernel.dispatches(0);
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].program, kernel.entry);
    EXPECT_EQ(reports[0].groups, groups);
    EXPECT_EQ(reports[0].waves, items / (client.chip.has_wave32() ? 32u : 64u));
    EXPECT_EQ(reports[0].counters.load_bytes, items * 4u);
    EXPECT_EQ(reports[0].counters.store_bytes, items * 4u);
    EXPECT_EQ(reports[0].counters.load_transactions, items * 4u / 64);
    EXPECT_GT(reports[0].cycles, 0u);
    EXPECT_GT(reports[0].occupancy, 1);
    EXPECT_GT(kernel.report.longs()[1], kernel.report.longs()[0]);
}

TEST_P(AmdgpuDispatch, GroupsThatAreNotWholeHaveFewerItems) {
    Stream words = stream();
    value(words, Reg::num_thread_x) |= num_thread::partial(37);
    dispatch_word(words, 3) |= initiator::partial_tg_en(1);
    ASSERT_EQ(client.run(words), 0) << client.faults();
    const std::uint32_t there = (groups - 1) * 64 + 37;
    EXPECT_EQ(out.words()[there - 1], there);
    EXPECT_EQ(out.words()[there], 0u);
    // The same in threads.
    dispatch_word(words, 0) = there;
    dispatch_word(words, 3) |= initiator::use_thread_dimensions(1);
    out.words()[there - 1] = 0;
    ASSERT_EQ(client.run(words), 0) << client.faults();
    EXPECT_EQ(out.words()[there - 1], there);
    EXPECT_EQ(out.words()[there], 0u);
    dispatch_word(words, 0) = there + 1;
    expect_fault(words, "leave a group of 38, but COMPUTE_NUM_THREAD_X says 37");
}

TEST_P(AmdgpuDispatch, WithoutForceStartTheNumbersAreEnds) {
    Stream words = stream();
    dispatch_word(words, 3) &= ~initiator::force_start_at_000.mask();
    value(words, Reg::start_x) = 2;
    ASSERT_EQ(client.run(words), 0) << client.faults();
    EXPECT_EQ(out.words()[2 * 64 - 1], 0u);
    EXPECT_EQ(out.words()[2 * 64], 2u * 64 + 1);
    value(words, Reg::start_x) = groups;
    expect_fault(words, "COMPUTE_START_X is 5, but the groups end at 5");
}

TEST_P(AmdgpuDispatch, RegistersThatWereForgottenAreNamed) {
    Stream words = stream();
    erase_packets(words, client.chip, [&](const Packet& packet) {
        const auto* set = packet.as<SetRegisters>();
        return set && set->writes.front().space == Space::sh &&
               set->writes.front().offset == offset(Reg::pgm_rsrc1);
    });
    expect_fault(words, "COMPUTE_PGM_RSRC1 (offset 0x212) was never written on this ring");
}

TEST_P(AmdgpuDispatch, TheGroupHasToFit) {
    Stream words = stream();
    value(words, Reg::num_thread_x) = 1025;
    expect_fault(words, "a workgroup of 1025 x 1 x 1 work-items; there are at most 1024");
}

TEST_P(AmdgpuDispatch, RegistersBeyondTheAllocationAreAFault) {
    Stream words = stream();
    // A lane has 16 words at hand; the least that can be allocated is 4 or 8 registers.
    const std::string ir = R"(
define amdgpu_kernel void @many(ptr addrspace(1) noalias %in, ptr addrspace(1) noalias %out) #0 {
  %i = call i32 @item(i32 1)
  %x = zext i32 %i to i64
  %from = getelementptr <16 x i32>, ptr addrspace(1) %in, i64 0
  %place = getelementptr i32, ptr addrspace(1) %from, i64 %x
  %v = load <16 x i32>, ptr addrspace(1) %place, align 4
  %w = add <16 x i32> %v, %v
  store <16 x i32> %w, ptr addrspace(1) %out, align 4
  ret void
})";
    const ClientKernel many(client, ir, "many");
    words = many.submission(arguments.address, {1});
    ASSERT_EQ(client.run(words), 0) << client.faults();
    value(words, Reg::pgm_rsrc1) &= ~rsrc1::vgprs.mask();
    expect_fault(words, "VGPRs, the launch allocates");
}

TEST_P(AmdgpuDispatch, ComputeUnitsThatAreOffNeverRun) {
    Stream words = stream();
    value(words, Reg::static_thread_mgmt_se0) = 0;
    ASSERT_EQ(client.run(words), 0) << client.faults();  // the second engine does it
    for (const Packet& packet : decode(Stream(words), client.chip))
        if (const auto* set = packet.as<SetRegisters>())
            for (const RegisterWrite& write : set->writes)
                if (write.space == Space::sh && write.offset == offset(Reg::static_thread_mgmt_se0) + 1)
                    words[write.position] = 0;
    expect_fault(words, "enable no compute unit");
}

TEST_P(AmdgpuDispatch, TheOrderOfGroupsDoesNotMatter) {
    amdgpu::emulator::KernelOptions options;
    options.order_seed = 5;
    Client other(GetParam(), options);
    const ClientBuffer from = other.allocate(items * 4), to = other.allocate(items * 4),
                       pointers = other.allocate(4096);
    const ClientKernel same(other, increment_ir, "increment");
    pointers.longs()[0] = from.address;
    pointers.longs()[1] = to.address;
    ASSERT_EQ(other.run(same.submission(pointers.address, {groups})), 0) << other.faults();
    for (std::uint32_t n = 0; n < items; ++n) ASSERT_EQ(to.words()[n], 1u);
}

INSTANTIATE_TEST_SUITE_P(Chips, AmdgpuDispatch,
                         ::testing::Values("gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"),
                         [](const auto& info) { return std::string(info.param); });

TEST(AmdgpuDispatchGfx9, HasTheScalarRegistersThatAreAllocated) {
    Client client("gfx906");
    const ClientBuffer memory = client.allocate(4096), arguments = client.allocate(4096);
    // Sixteen words from one scalar load, behind the registers that are filled at the start.
    const ClientKernel kernel(client, R"(
define amdgpu_kernel void @many(ptr addrspace(4) %in, ptr addrspace(1) %out) #0 {
  %v = load <16 x i32>, ptr addrspace(4) %in, align 64
  store <16 x i32> %v, ptr addrspace(1) %out, align 64
  ret void
})",
                              "many");
    arguments.longs()[0] = arguments.longs()[1] = memory.address;
    Stream words = kernel.submission(arguments.address, {1});
    ASSERT_EQ(client.run(words), 0) << client.faults();
    const std::size_t at = find_packet(words, client.chip, [&](const Packet& p) {
        const auto* set = p.as<SetRegisters>();
        return set && set->writes.front().offset == offset_of(client.chip.generation, Reg::pgm_rsrc1);
    });
    words[at + 2] &= ~rsrc1::sgprs.mask();
    EXPECT_EQ(client.run(words), -ETIME);
    EXPECT_FAULT(client, "COMPUTE_PGM_RSRC1.SGPRS allocates 16");
}

TEST(AmdgpuDispatchGfx9, HasNoWavesOf32Lanes) {
    Client client("gfx906");
    const ClientBuffer memory = client.allocate(4096);
    const ClientKernel kernel(client, increment_ir, "increment");
    Stream words = kernel.submission(memory.address, {1});
    words[find_packet(words, client.chip, [](const Packet& p) { return p.as<DispatchDirect>() != nullptr; }) +
          4] |= 1u << 15;
    EXPECT_EQ(client.run(words), -ETIME);
    EXPECT_FAULT(client, "DISPATCH_DIRECT");
    EXPECT_FAULT(client, "0x8000");
}

}  // namespace
}  // namespace sporkle::testing
