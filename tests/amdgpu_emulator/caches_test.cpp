// Caches: what a program did not ask to be forgotten or written back is stale.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/amdgpu_emulator/client_kernel.hpp"

namespace sporkle::testing {
namespace {

using namespace amdgpu::pm4;

constexpr std::uint32_t groups = 32;  // some for every compute unit
constexpr std::uint32_t items = groups * 64;

bool is_acquire(const Packet& packet) { return packet.as<AcquireMem>() != nullptr; }

class AmdgpuCaches : public ::testing::TestWithParam<const char*> {
  protected:
    Client client{GetParam()};
    ClientBuffer in = client.allocate(items * 4), out = client.allocate(items * 4),
                 arguments = client.allocate(4096);

    void set_arguments(const ClientBuffer& from, const ClientBuffer& to) {
        arguments.longs()[0] = from.address;
        arguments.longs()[1] = to.address;
    }
    std::uint32_t wrong(const ClientBuffer& buffer, std::uint32_t expected) {
        std::uint32_t count = 0;
        for (std::uint32_t n = 0; n < items; ++n) count += buffer.words()[n] != expected;
        return count;
    }
    void fill(const ClientBuffer& buffer, std::uint32_t value) {
        for (std::uint32_t n = 0; n < items; ++n) buffer.words()[n] = value;
    }
};

TEST_P(AmdgpuCaches, TheDriversPacketsMissNothing) {
    const ClientKernel kernel(client, increment_ir, "increment");
    set_arguments(in, out);
    for (std::uint32_t round = 0; round < 3; ++round) {
        fill(in, round);
        ASSERT_EQ(client.run(kernel.submission(arguments.address, {groups})), 0) << client.faults();
        EXPECT_EQ(wrong(out, round + 1), 0u) << "round " << round;
    }
}

/// What the CPU wrote since is not seen without an invalidation at the beginning. (The kernel's fence
/// invalidates vector L1 and L2 on gfx9, so there the scalar cache keeps what was.)
TEST_P(AmdgpuCaches, AMissingAcquireShowsTheOldValue) {
    const ClientKernel kernel(client, broadcast_ir, "broadcast");
    set_arguments(in, out);
    fill(in, 1);
    ASSERT_EQ(client.run(kernel.submission(arguments.address, {groups})), 0) << client.faults();
    ASSERT_EQ(wrong(out, 1), 0u);
    fill(in, 2);
    Stream stream = kernel.submission(arguments.address, {groups});
    erase_packets(stream, client.chip, is_acquire);
    ASSERT_EQ(client.run(stream), 0) << client.faults();
    EXPECT_EQ(wrong(out, 1), 0u) << "the old value was expected";
    // The kernel can do it instead.
    ASSERT_EQ(client.run(stream, AMDGPU_IB_FLAG_EMIT_MEM_SYNC), 0) << client.faults();
    EXPECT_EQ(wrong(out, 2), 0u);
}

/// One dispatch caches a value in all units, a second changes it, a third reads it.
TEST_P(AmdgpuCaches, WhatAnotherUnitWroteIsSeenAfterAnAcquireOnly) {
    const ClientKernel reader(client, broadcast_ir, "broadcast"), writer(client, increment_ir, "increment");
    const ClientBuffer to_read = client.allocate(4096), to_write = client.allocate(4096),
                       source = client.allocate(4096);
    to_read.longs()[0] = to_write.longs()[1] = in.address;
    to_read.longs()[1] = out.address;
    to_write.longs()[0] = source.address;
    for (const bool acquires : {true, false}) {
        fill(in, 0);
        fill(out, 77);
        source.words()[0] = 4;
        Stream stream;
        stream.reserve(4096);
        append(stream, encode(acquire_everything(client.chip.generation), client.chip.generation));
        const auto dispatch = [&](const ClientKernel& kernel, std::uint64_t at, std::uint32_t n) {
            append(stream, kernel.dispatches(at, {n}));
            append(stream, encode(cs_partial_flush));
            if (acquires)
                append(stream,
                       encode(acquire_between_dispatches(client.chip.generation), client.chip.generation));
        };
        dispatch(reader, to_read.address, groups);
        dispatch(writer, to_write.address, 1);
        dispatch(reader, to_read.address, groups);
        ASSERT_EQ(client.run(stream), 0) << client.faults();
        EXPECT_EQ(in.words()[0], 5u);
        if (acquires)
            EXPECT_EQ(wrong(out, 5), 0u);
        else
            EXPECT_EQ(wrong(out, 0), 0u) << "the old value was expected";
    }
}

/// Each work-item reads what one of the other half writes later, and reads it again behind a barrier.
std::string exchange_ir(bool acquires, bool cu_mode) {
    return R"(
declare void @llvm.amdgcn.s.barrier()
define amdgpu_kernel void @exchange(ptr addrspace(1) %in, ptr addrspace(1) %out) #1 {
  %t = call i32 @llvm.amdgcn.workitem.id.x()
  %mine = getelementptr i32, ptr addrspace(1) %in, i32 %t
  %o = xor i32 %t, 32
  %other = getelementptr i32, ptr addrspace(1) %in, i32 %o
  %before = load i32, ptr addrspace(1) %other
  fence syncscope("workgroup") release
  call void @llvm.amdgcn.s.barrier()
  %w = add i32 %before, 5
  store i32 %w, ptr addrspace(1) %mine
  fence syncscope("workgroup") release
  call void @llvm.amdgcn.s.barrier()
)" + std::string(acquires ? "  fence syncscope(\"workgroup\") acquire\n" : "") +
           R"(  %after = load i32, ptr addrspace(1) %other
  %to = getelementptr i32, ptr addrspace(1) %out, i32 %t
  store i32 %after, ptr addrspace(1) %to
  ret void
}
attributes #1 = { nounwind "amdgpu-flat-work-group-size"="64,64" "amdgpu-no-dispatch-ptr" "amdgpu-no-queue-ptr"
  "amdgpu-no-dispatch-id" "amdgpu-no-implicitarg-ptr" "amdgpu-no-workitem-id-y" "amdgpu-no-workitem-id-z"
  "amdgpu-no-workgroup-id-y" "amdgpu-no-workgroup-id-z" )" +
           (cu_mode ? "\"target-features\"=\"+cumode\"" : "") + " }\n";
}

/// RDNA's workgroups have two compute units in WGP mode, whose L0 caches know nothing of each other's stores.
TEST_P(AmdgpuCaches, TheOtherHalfOfAWorkgroupHasItsOwnL0) {
    const bool is_rdna = std::string(GetParam()).starts_with("gfx1");
    for (const bool cu_mode : {false, true}) {
        if (cu_mode && !is_rdna) continue;
        for (const bool acquires : {true, false}) {
            const ClientKernel kernel(client, exchange_ir(acquires, cu_mode), "exchange");
            set_arguments(in, out);
            fill(in, 1);
            fill(out, 0);
            ASSERT_EQ(client.run(kernel.submission(arguments.address, {1})), 0) << client.faults();
            const std::uint32_t expected = is_rdna && !cu_mode && !acquires ? 1 : 6;
            for (std::uint32_t n = 0; n < 64; ++n)
                ASSERT_EQ(out.words()[n], expected)
                    << "work-item " << n << (acquires ? "" : ", no acquire") << (cu_mode ? ", CU mode" : "");
        }
    }
}

/// Dispatches without a wait between them run in whatever order.
TEST_P(AmdgpuCaches, AMissingWaitChangesTheOrder) {
    const ClientKernel kernel(client, increment_ir, "increment");
    const ClientBuffer middle = client.allocate(items * 4), second = client.allocate(4096);
    set_arguments(in, middle);
    second.longs()[0] = middle.address;
    second.longs()[1] = out.address;
    for (const bool waits : {true, false}) {
        fill(in, 0);
        fill(middle, 0);
        Stream stream;
        stream.reserve(4096);
        const auto acquire = encode(acquire_everything(client.chip.generation), client.chip.generation);
        append(stream, acquire);
        append(stream, kernel.dispatches(arguments.address, {groups}));
        if (waits) append(stream, encode(cs_partial_flush));
        append(stream, acquire);
        append(stream, kernel.dispatches(second.address, {groups}));
        ASSERT_EQ(client.run(stream), 0) << client.faults();
        EXPECT_EQ(wrong(out, waits ? 2 : 1), 0u);
    }
}

/// The CPU sees results only when the L2 was written back: here it looks while the submission still runs.
TEST_P(AmdgpuCaches, AMissingReleaseLeavesResultsInTheL2) {
    const ClientKernel kernel(client, increment_ir, "increment");
    const ClientBuffer flags = client.allocate(4096, Client::rw | AMDGPU_VM_MTYPE_UC);
    set_arguments(in, out);
    for (const bool releases : {true, false}) {
        fill(in, 7);
        fill(out, 0);
        flags.longs()[0] = flags.longs()[1] = 0;
        Stream stream;
        stream.reserve(4096);
        append(stream, encode(acquire_everything(client.chip.generation), client.chip.generation));
        append(stream, kernel.dispatches(arguments.address, {groups}));
        ReleaseMem release = fence(client.chip.generation, flags.address, 1);
        if (!releases) release.caches = 0;
        append(stream, encode(release));
        append(stream, encode(WaitRegMem{.function = static_cast<std::uint8_t>(WaitFunction::equal),
                                         .mem_space = 1,
                                         .address = flags.address + 8,
                                         .reference = 1,
                                         .mask = ~0u}));
        Client::Submission submission;
        submission.address = client.packets(stream, submission.bytes).address;
        submission.handles = client.handles();
        std::uint64_t number = 0;
        ASSERT_EQ(client.submit(submission, number), 0);
        auto* const fence_word = reinterpret_cast<volatile std::uint64_t*>(flags.host);
        for (int n = 0; n < 100'000 && fence_word[0] == 0; ++n)
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        ASSERT_EQ(fence_word[0], 1u) << client.faults();
        EXPECT_EQ(wrong(out, releases ? 8 : 0), 0u);
        fence_word[1] = 1;
        EXPECT_EQ(client.wait(number), 0) << client.faults();
        EXPECT_EQ(wrong(out, 8), 0u);  // the kernel's own fence writes back
    }
}

/// Code that was overwritten runs as it was until the instruction cache is invalidated.
TEST_P(AmdgpuCaches, CodeIsStaleToo) {
    const ClientKernel kernel(client, increment_ir, "increment");
    std::string ir = increment_ir;
    ir.replace(ir.find("add i32 %v, 1"), 13, "add i32 %v, 2");
    const ClientKernel other(client, ir, "increment");
    ASSERT_EQ(other.code.bytes, kernel.code.bytes);
    set_arguments(in, out);
    fill(in, 10);
    ASSERT_EQ(client.run(kernel.submission(arguments.address, {groups})), 0) << client.faults();
    ASSERT_EQ(wrong(out, 11), 0u);
    std::copy_n(other.code.host, other.code.bytes, kernel.code.host);
    Stream stream = kernel.submission(arguments.address, {groups});
    Stream without = stream;
    erase_packets(without, client.chip, is_acquire);
    ASSERT_EQ(client.run(without), 0) << client.faults();
    EXPECT_EQ(wrong(out, 11), 0u);
    ASSERT_EQ(client.run(stream), 0) << client.faults();
    EXPECT_EQ(wrong(out, 12), 0u);
}

INSTANTIATE_TEST_SUITE_P(Chips, AmdgpuCaches,
                         ::testing::Values("gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace sporkle::testing
