// Submissions: what CS refuses, and that jobs run later, in order, and are waited for.
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>

#include "targets/amdgpu/pm4/packets/write_data.hpp"
#include "tests/amdgpu_emulator/client.hpp"

namespace sporkle::testing {
namespace {

using amdgpu::pm4::Stream;

#define EXPECT_FAULT(client, words) \
    EXPECT_NE((client).faults().find(words), std::string::npos) << (client).faults()

/// Packets that write a word to memory.
Stream write_word(std::uint64_t address, std::uint32_t value) {
    Stream stream;
    stream.reserve(8);
    amdgpu::pm4::WriteData packet;
    packet.destination = static_cast<std::uint8_t>(amdgpu::pm4::WriteDestination::memory);
    packet.confirm = true;
    packet.address = address;
    packet.data = {&value, 1};
    append_write_data(stream, packet);
    return stream;
}

std::uint64_t soon() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()) +
           1'000'000;
}

class AmdgpuSubmission : public ::testing::Test {
  protected:
    Client client{"gfx1100"};
    ClientBuffer target = client.allocate(4096);
    Client::Submission submission;
    std::uint64_t number = 0;
    void SetUp() override {
        submission.address = client.packets(write_word(target.address, 7), submission.bytes).address;
        submission.handles = client.handles();
    }
};

TEST_F(AmdgpuSubmission, RunsAndIsWaitedFor) {
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(number, 1u);
    EXPECT_EQ(client.wait(number), 0);
    EXPECT_EQ(target.words()[0], 7u);
    EXPECT_EQ(client.faults(), "");
}

TEST_F(AmdgpuSubmission, SizesAndAddressesOfBuffersAreChecked) {
    const auto with = [&](std::uint64_t address, std::uint32_t bytes) {
        Client::Submission changed = submission;
        changed.address = address;
        changed.bytes = bytes;
        return client.submit(changed, number);
    };
    EXPECT_EQ(with(submission.address, 0), -EINVAL);
    EXPECT_FAULT(client, "an IB of 0 bytes");
    EXPECT_EQ(with(submission.address, 20), -EINVAL);
    EXPECT_FAULT(client, "an IB of 20 bytes, which is no multiple of 32");
    EXPECT_EQ(with(submission.address + 4, 32), -EINVAL);
    EXPECT_FAULT(client, "which is no multiple of 32");
    EXPECT_EQ(with(submission.address, 0x400020), -EINVAL);
    EXPECT_FAULT(client, "there are at most 1048575");
}

TEST_F(AmdgpuSubmission, RingsContextsAndListsAreChecked) {
    Client::Submission changed = submission;
    changed.ring = 4;
    EXPECT_EQ(client.submit(changed, number), -EINVAL);
    EXPECT_FAULT(client, "ring 4; there are 4");
    changed = submission;
    changed.context = 77;
    EXPECT_EQ(client.submit(changed, number), -EINVAL);
    changed = submission;
    changed.handles.push_back(99);
    EXPECT_EQ(client.submit(changed, number), -ENOENT);
    changed = submission;
    changed.flags = 1u << 30;
    EXPECT_EQ(client.submit(changed, number), -EINVAL);
    EXPECT_FAULT(client, "IB flags 0x40000000");
}

TEST_F(AmdgpuSubmission, ChunksAreAnArrayOfPointers) {
    drm_amdgpu_cs request{};
    request.in.ctx_id = client.context;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_CS, &request), -EINVAL);
    EXPECT_FAULT(client, "no chunks");
    request.in.num_chunks = 1;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_CS, &request), -EFAULT);
    std::uint64_t pointers[1] = {0};
    request.in.chunks = reinterpret_cast<std::uintptr_t>(pointers);
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_CS, &request), -EFAULT);
    drm_amdgpu_cs_chunk chunk{0x55, 8, reinterpret_cast<std::uintptr_t>(&request)};
    pointers[0] = reinterpret_cast<std::uintptr_t>(&chunk);
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_CS, &request), -EINVAL);
    EXPECT_FAULT(client, "chunk 0x55 is unknown");
    chunk = {AMDGPU_CHUNK_ID_IB, 4, reinterpret_cast<std::uintptr_t>(&request)};
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_CS, &request), -EINVAL);
    EXPECT_FAULT(client, "chunk IB of 16 bytes; an entry has 32");
    request.in.bo_list_handle = 5;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_CS, &request), -ENOENT);
}

TEST_F(AmdgpuSubmission, OneListOnly) {
    drm_amdgpu_bo_list_in list{~0u, ~0u, 0, 8, 0};
    submission.more.push_back(
        {AMDGPU_CHUNK_ID_BO_HANDLES, sizeof(list) / 4, reinterpret_cast<std::uintptr_t>(&list)});
    EXPECT_EQ(client.submit(submission, number), -EINVAL);
    EXPECT_FAULT(client, "BO_HANDLES in a submission that has a buffer list already");
}

TEST_F(AmdgpuSubmission, IsAsynchronousAndWaitsUntilAnAbsoluteTime) {
    client.kernel.hold_jobs(0, true);
    ASSERT_EQ(client.submit(submission, number), 0);
    bool busy = false;
    EXPECT_EQ(client.wait(number, soon(), &busy), 0);
    EXPECT_TRUE(busy);
    EXPECT_EQ(client.wait(number, 0, &busy), 0);
    EXPECT_TRUE(busy);
    EXPECT_EQ(target.words()[0], 0u);
    drm_amdgpu_gem_wait_idle idle{};
    idle.in.handle = target.handle;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_GEM_WAIT_IDLE, &idle), 0);
    EXPECT_EQ(idle.out.status, 1u);
    client.kernel.hold_jobs(0, false);
    EXPECT_EQ(client.wait(number, ~std::uint64_t{0}, &busy), 0);
    EXPECT_FALSE(busy);
    EXPECT_EQ(target.words()[0], 7u);
    idle = {};
    idle.in.handle = target.handle;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_GEM_WAIT_IDLE, &idle), 0);
    EXPECT_EQ(idle.out.status, 0u);
}

TEST_F(AmdgpuSubmission, NumbersThatWereNotGivenCannotBeWaitedFor) {
    EXPECT_EQ(client.wait(1), -EINVAL);
    EXPECT_FAULT(client, "submission 1 has not been made");
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(client.wait(~std::uint64_t{0}), 0);
    EXPECT_EQ(client.wait(2), -EINVAL);
    EXPECT_EQ(client.wait(number, 0, nullptr, 1), -EINVAL);  // each ring counts for itself
    for (int n = 0; n < 40; ++n) ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(client.wait(1), 0);  // forgotten, so ended
    EXPECT_EQ(client.wait(number), 0);
}

TEST_F(AmdgpuSubmission, DependenciesOfAnotherContextAreWaitedFor) {
    std::uint32_t other = 0;
    ASSERT_EQ(client.make_context(other), 0);
    client.kernel.hold_jobs(0, true);
    ASSERT_EQ(client.submit(submission, number), 0);
    drm_amdgpu_cs_chunk_dep dependency{AMDGPU_HW_IP_COMPUTE, 0, 0, client.context, number};
    Client::Submission second = submission;
    second.context = other;
    second.address = client.packets(write_word(target.address, 8), second.bytes).address;
    second.handles = client.handles();
    second.more.push_back({AMDGPU_CHUNK_ID_DEPENDENCIES, sizeof(dependency) / 4,
                           reinterpret_cast<std::uintptr_t>(&dependency)});
    std::uint64_t second_number = 0;
    ASSERT_EQ(client.submit(second, second_number), 0);
    dependency.handle = 99;
    EXPECT_EQ(client.submit(second, second_number), -EINVAL);
    client.kernel.hold_jobs(0, false);
    EXPECT_EQ(client.wait(1, ~std::uint64_t{0}, nullptr, 0, other), 0);
    EXPECT_EQ(target.words()[0], 8u);
}

TEST_F(AmdgpuSubmission, TheUserFenceGetsTheNumber) {
    const ClientBuffer fence = client.allocate(4096), large = client.allocate(8192);
    drm_amdgpu_cs_chunk_fence chunk{fence.handle, 64};
    submission.more.push_back(
        {AMDGPU_CHUNK_ID_FENCE, sizeof(chunk) / 4, reinterpret_cast<std::uintptr_t>(&chunk)});
    ASSERT_EQ(client.submit(submission, number), 0);
    ASSERT_EQ(client.wait(number), 0);
    EXPECT_EQ(fence.longs()[8], number);
    chunk.offset = 4092;
    EXPECT_EQ(client.submit(submission, number), -EINVAL);
    chunk = {large.handle, 0};
    EXPECT_EQ(client.submit(submission, number), -EINVAL);
    EXPECT_FAULT(client, "it has to be one page");
}

TEST_F(AmdgpuSubmission, SeveralFencesAreWaitedForTogether) {
    client.kernel.hold_jobs(0, true);
    ASSERT_EQ(client.submit(submission, number), 0);
    drm_amdgpu_fence fences[1] = {{client.context, AMDGPU_HW_IP_COMPUTE, 0, 0, number}};
    drm_amdgpu_wait_fences request{};
    const auto ask = [&](std::uint64_t timeout) {
        request = {};
        request.in.fences = reinterpret_cast<std::uintptr_t>(fences);
        request.in.fence_count = 1;
        request.in.wait_all = 1;
        request.in.timeout_ns = timeout;
        return client.request(DRM_IOCTL_AMDGPU_WAIT_FENCES, &request);
    };
    EXPECT_EQ(ask(soon()), 0);
    EXPECT_EQ(request.out.status, 0u);
    client.kernel.hold_jobs(0, false);
    EXPECT_EQ(ask(~std::uint64_t{0}), 0);
    EXPECT_EQ(request.out.status, 1u);
    request = {};
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_WAIT_FENCES, &request), -EINVAL);
}

TEST_F(AmdgpuSubmission, PacketsOutsideOfTheListAreAFault) {
    submission.handles = {target.handle};  // not the packets' own buffer
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(client.wait(number), -ETIME);
    EXPECT_FAULT(client, "neither in the submission's buffer list nor always valid");
    EXPECT_EQ(client.submit(submission, number), -ECANCELED);
    EXPECT_FAULT(client, "context 1 caused a reset of the GPU");
}

TEST_F(AmdgpuSubmission, BuffersThatAreAlwaysValidNeedNoList) {
    const ClientBuffer valid = client.allocate(4096, Client::rw, AMDGPU_GEM_CREATE_VM_ALWAYS_VALID);
    submission.address = client.packets(write_word(valid.address, 9), submission.bytes).address;
    submission.handles = {client.handles().back()};
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(client.wait(number), 0);
    EXPECT_EQ(valid.words()[0], 9u);
}

}  // namespace
}  // namespace sporkle::testing
