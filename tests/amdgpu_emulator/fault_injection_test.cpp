// Faults that a driver may have, one by one. Each is detected, the submission is ended as a kernel ends it,
// and the log names what was wrong.
#include <gtest/gtest.h>

#include <cerrno>

#include "targets/amdgpu/pm4/packets/set_registers.hpp"
#include "tests/amdgpu_emulator/client_kernel.hpp"

namespace sporkle::testing {
namespace {

using namespace amdgpu::pm4;
using amdgpu::emulator::KernelOptions;

constexpr std::uint32_t groups = 4, items = groups * 64;

class AmdgpuFaults : public ::testing::TestWithParam<const char*> {
  protected:
    static KernelOptions options() {
        KernelOptions changed;
        changed.instruction_limit = 100'000;
        changed.poll_limit_seconds = 0.05;
        return changed;
    }
    Client client{GetParam(), options()};
    ClientBuffer in = client.allocate(items * 4), out = client.allocate(items * 4),
                 arguments = client.allocate(4096);
    ClientKernel kernel{client, increment_ir, "increment"};

    void SetUp() override {
        arguments.longs()[0] = in.address;
        arguments.longs()[1] = out.address;
    }
    Stream stream() const { return kernel.submission(arguments.address, {groups}); }
    void expect_fault(const Stream& words, const std::string& text) {
        EXPECT_EQ(client.run(words), -ETIME);
        EXPECT_NE(client.faults().find(text), std::string::npos) << client.faults() << "\nexpected: " << text;
    }
    std::uint64_t state() {
        drm_amdgpu_ctx request{};
        request.in.op = AMDGPU_CTX_OP_QUERY_STATE2;
        request.in.ctx_id = client.context;
        EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_CTX, &request), 0);
        return request.out.state.flags;
    }
};

TEST_P(AmdgpuFaults, ABadHeader) {
    Stream words = stream();
    words[0] &= 0x3fffffff;
    expect_fault(words, "is a packet of type 0, which this generation does not take");
}

TEST_P(AmdgpuFaults, AnOpcodeThatWasNotShifted) {
    Stream words = stream();
    const std::size_t at =
        find_packet(words, client.chip, [](const Packet& p) { return p.as<DispatchDirect>() != nullptr; });
    words[at] = 0xC0030000u | static_cast<std::uint32_t>(Opcode::dispatch_direct);
    expect_fault(words, "DISPATCH_DIRECT) stands unshifted in bits [7:0]");
}

TEST_P(AmdgpuFaults, ARegistersAddressInPlaceOfItsOffset) {
    Stream words = stream();
    const std::size_t at = find_packet(words, client.chip, [&](const Packet& p) {
        const auto* set = p.as<SetRegisters>();
        return set && set->writes.front().offset == offset_of(client.chip.generation, Reg::pgm_lo);
    });
    words[at + 1] += 0x2C00;
    expect_fault(words, "it is the dword index of COMPUTE_PGM_LO, whose offset is 0x20c");
}

TEST_P(AmdgpuFaults, ARegisterThatIsNone) {
    Stream words = stream();
    const std::size_t at = find_packet(words, client.chip, [&](const Packet& p) {
        const auto* set = p.as<SetRegisters>();
        return set && set->writes.front().offset == offset_of(client.chip.generation, Reg::user_data_0);
    });
    words[at + 1] = 0x3F0;
    expect_fault(words, "is no compute register");
}

TEST_P(AmdgpuFaults, APageThatIsNotMapped) {
    arguments.longs()[1] = 0x7777'0000'0000;
    expect_fault(stream(), "page not mapped (address 0x777700000000)");
    EXPECT_NE(client.faults().find("wave 0 at 0x"), std::string::npos);
    EXPECT_NE(client.faults().find("store"), std::string::npos);
    EXPECT_EQ(state(), std::uint64_t{AMDGPU_CTX_QUERY2_FLAGS_RESET | AMDGPU_CTX_QUERY2_FLAGS_GUILTY});
    // The context stays dead, a new one works.
    arguments.longs()[1] = out.address;
    EXPECT_EQ(client.run(stream()), -ECANCELED);
    ASSERT_EQ(client.make_context(client.context), 0);
    EXPECT_EQ(state(), 0u);
    EXPECT_EQ(client.run(stream()), 0);
    EXPECT_EQ(out.words()[items - 1], 1u);
}

TEST_P(AmdgpuFaults, AnArrayThatIsTooShort) {
    const ClientBuffer page = client.allocate(4096);
    arguments.longs()[1] = page.address;
    expect_fault(kernel.submission(arguments.address, {4096 / 4 / 64 + 1}), "page not mapped (address 0x");
}

TEST_P(AmdgpuFaults, AConstantThatIsWritten) {
    const ClientBuffer fixed = client.allocate(items * 4, AMDGPU_VM_PAGE_READABLE);
    arguments.longs()[1] = fixed.address;
    expect_fault(stream(), "page not writable (mapped R)");
}

TEST_P(AmdgpuFaults, CodeThatMayNotBeExecuted) {
    ASSERT_EQ(client.map(kernel.code.handle, kernel.code.address, kernel.code.bytes, Client::rw,
                         AMDGPU_VA_OP_REPLACE),
              0);
    expect_fault(stream(), "page not executable (mapped R W)");
}

TEST_P(AmdgpuFaults, ABufferThatIsNotInTheList) {
    Client::Submission submission;
    submission.address = client.packets(stream(), submission.bytes).address;
    for (const std::uint32_t handle : client.handles())
        if (handle != out.handle) submission.handles.push_back(handle);
    std::uint64_t number = 0;
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(client.wait(number), -ETIME);
    EXPECT_NE(client.faults().find("neither in the submission's buffer list nor always valid"),
              std::string::npos)
        << client.faults();
}

TEST_P(AmdgpuFaults, MemoryThatWasFreedTooEarly) {
    Client::Submission submission;
    submission.address = client.packets(stream(), submission.bytes).address;
    submission.handles = client.handles();
    std::uint64_t number = 0;
    client.kernel.hold_jobs(0, true);
    ASSERT_EQ(client.submit(submission, number), 0);
    drm_gem_close close{out.handle, 0};
    EXPECT_EQ(client.request(DRM_IOCTL_GEM_CLOSE, &close), 0);
    client.kernel.hold_jobs(0, false);
    EXPECT_EQ(client.wait(number), -ETIME);
    EXPECT_NE(client.faults().find("and has been unmapped or freed"), std::string::npos) << client.faults();
}

TEST_P(AmdgpuFaults, AKernelWithoutAnEnd) {
    const ClientKernel endless(client, R"(
define amdgpu_kernel void @endless(ptr addrspace(1) %in, ptr addrspace(1) %out) #0 {
entry:
  br label %again
again:
  store volatile i32 1, ptr addrspace(1) %out
  br label %again
})",
                               "endless");
    expect_fault(endless.submission(arguments.address, {1}), "taken for a hang");
}

TEST_P(AmdgpuFaults, APollThatNeverEnds) {
    Stream words;
    append(words, encode(WaitRegMem{.function = static_cast<std::uint8_t>(WaitFunction::equal),
                                    .mem_space = 1,
                                    .address = in.address,
                                    .reference = 1,
                                    .mask = ~0u}));
    expect_fault(words, "the ring hangs in WAIT_REG_MEM");
}

TEST_P(AmdgpuFaults, JobsBehindTheOneThatFailedAreCancelled) {
    Client::Submission submission;
    submission.address = client.packets(stream(), submission.bytes).address;
    submission.handles = client.handles();
    arguments.longs()[1] = 0x7777'0000'0000;
    std::uint64_t first = 0, second = 0;
    client.kernel.hold_jobs(0, true);
    ASSERT_EQ(client.submit(submission, first), 0);
    ASSERT_EQ(client.submit(submission, second), 0);
    client.kernel.hold_jobs(0, false);
    EXPECT_EQ(client.wait(first), -ETIME);
    EXPECT_EQ(client.wait(second), -ECANCELED);
}

INSTANTIATE_TEST_SUITE_P(Chips, AmdgpuFaults,
                         ::testing::Values("gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"),
                         [](const auto& info) { return std::string(info.param); });

TEST(AmdgpuReset, MayLoseMemory) {
    KernelOptions options;
    options.reset_loses_vram = true;
    Client client("gfx1100", options);
    std::uint32_t innocent = 0;
    ASSERT_EQ(client.make_context(innocent), 0);
    EXPECT_EQ(client.run(encode(begin_timestamp(0x7000'0000))), -ETIME);
    drm_amdgpu_ctx request{};
    request.in.op = AMDGPU_CTX_OP_QUERY_STATE2;
    request.in.ctx_id = innocent;
    ASSERT_EQ(client.request(DRM_IOCTL_AMDGPU_CTX, &request), 0);
    EXPECT_EQ(request.out.state.flags,
              std::uint64_t{AMDGPU_CTX_QUERY2_FLAGS_RESET | AMDGPU_CTX_QUERY2_FLAGS_VRAMLOST});
    client.context = innocent;
    EXPECT_EQ(client.run(encode(cs_partial_flush)), -ECANCELED);
}

TEST(AmdgpuReset, SoftRecoveryEndsTheJobOnly) {
    KernelOptions options;
    options.soft_recovery = true;
    Client client("gfx906", options);
    EXPECT_EQ(client.run(encode(begin_timestamp(0x7000'0000))), -ENODATA);
    EXPECT_EQ(client.run(encode(cs_partial_flush)), 0);
}

}  // namespace
}  // namespace sporkle::testing
