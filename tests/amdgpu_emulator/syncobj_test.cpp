// DRM synchronization objects, binary ones and timelines, and file descriptors of fences.
#include <gtest/gtest.h>

#include <cerrno>

#include <poll.h>

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "tests/amdgpu_emulator/client.hpp"

namespace sporkle::testing {
namespace {

#define EXPECT_FAULT(client, words) \
    EXPECT_NE((client).faults().find(words), std::string::npos) << (client).faults()

class AmdgpuSyncobj : public ::testing::Test {
  protected:
    Client client{"gfx1201"};
    Client::Submission submission;
    std::uint64_t number = 0;

    void SetUp() override {
        const std::uint32_t nothing[8] = {amdgpu::pm4::nop_word, amdgpu::pm4::nop_word};
        submission.address = client.packets({nothing, 2}, submission.bytes).address;
        submission.handles = client.handles();
    }
    std::uint32_t create(std::uint32_t flags = 0) {
        drm_syncobj_create request{0, flags};
        EXPECT_EQ(client.request(DRM_IOCTL_SYNCOBJ_CREATE, &request), 0);
        return request.handle;
    }
    int wait(std::uint32_t handle, std::uint32_t flags = 0, std::int64_t timeout = 0) {
        drm_syncobj_wait request{};
        request.handles = reinterpret_cast<std::uintptr_t>(&handle);
        request.count_handles = 1;
        request.flags = flags;
        request.timeout_nsec = timeout;
        return client.request(DRM_IOCTL_SYNCOBJ_WAIT, &request);
    }
    int wait_point(std::uint32_t handle, std::uint64_t point, std::uint32_t flags = 0,
                   std::int64_t timeout = 0) {
        drm_syncobj_timeline_wait request{};
        request.handles = reinterpret_cast<std::uintptr_t>(&handle);
        request.points = reinterpret_cast<std::uintptr_t>(&point);
        request.count_handles = 1;
        request.flags = flags;
        request.timeout_nsec = timeout;
        return client.request(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &request);
    }
    std::uint64_t query(std::uint32_t handle, std::uint32_t flags = 0) {
        std::uint64_t point = ~std::uint64_t{0};
        drm_syncobj_timeline_array request{reinterpret_cast<std::uintptr_t>(&handle),
                                           reinterpret_cast<std::uintptr_t>(&point), 1, flags};
        EXPECT_EQ(client.request(DRM_IOCTL_SYNCOBJ_QUERY, &request), 0);
        return point;
    }
    int on_array(unsigned long what, std::uint32_t handle) {
        drm_syncobj_array request{reinterpret_cast<std::uintptr_t>(&handle), 1, 0};
        return client.request(what, &request);
    }
};

TEST_F(AmdgpuSyncobj, IsSignaledResetAndDestroyed) {
    const std::uint32_t object = create(DRM_SYNCOBJ_CREATE_SIGNALED);
    EXPECT_EQ(wait(object), 0);
    EXPECT_EQ(on_array(DRM_IOCTL_SYNCOBJ_RESET, object), 0);
    EXPECT_EQ(wait(object), -EINVAL);
    EXPECT_FAULT(client, "has no fence");
    EXPECT_EQ(wait(object, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT), -ETIME);
    EXPECT_EQ(on_array(DRM_IOCTL_SYNCOBJ_SIGNAL, object), 0);
    EXPECT_EQ(wait(object), 0);
    EXPECT_EQ(wait(object, 1u << 9), -EINVAL);
    drm_syncobj_destroy destroy{object, 0};
    EXPECT_EQ(client.request(DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), 0);
    EXPECT_EQ(client.request(DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), -EINVAL);
    EXPECT_EQ(wait(object), -ENOENT);
    drm_syncobj_create bad{0, 8};
    EXPECT_EQ(client.request(DRM_IOCTL_SYNCOBJ_CREATE, &bad), -EINVAL);
}

TEST_F(AmdgpuSyncobj, StructuresOfNewerHeadersAreTaken) {
    struct {
        drm_syncobj_wait wait{};
        std::uint64_t deadline_nsec = 0;
    } request;
    std::uint32_t object = create(DRM_SYNCOBJ_CREATE_SIGNALED);
    request.wait.handles = reinterpret_cast<std::uintptr_t>(&object);
    request.wait.count_handles = 1;
    static_assert(sizeof(request) == 40);
    EXPECT_EQ(client.request(DRM_IOWR(0xC3, char[40]), &request), 0);
}

TEST_F(AmdgpuSyncobj, SubmissionsSignalAndWait) {
    const std::uint32_t out = create(), gate = create();
    drm_amdgpu_cs_chunk_sem signal{out};
    submission.more = {{AMDGPU_CHUNK_ID_SYNCOBJ_OUT, 1, reinterpret_cast<std::uintptr_t>(&signal)}};
    client.kernel.hold_jobs(0, true);
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(wait(out), -ETIME);
    client.kernel.hold_jobs(0, false);
    EXPECT_EQ(wait(out, 0, INT64_MAX), 0);

    drm_amdgpu_cs_chunk_sem in{gate};
    submission.more = {{AMDGPU_CHUNK_ID_SYNCOBJ_IN, 1, reinterpret_cast<std::uintptr_t>(&in)}};
    EXPECT_EQ(client.submit(submission, number), -EINVAL);  // no fence yet
    in.handle = 99;
    EXPECT_EQ(client.submit(submission, number), -ENOENT);
    in.handle = out;
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(client.wait(number), 0);
}

TEST_F(AmdgpuSyncobj, TimelinesHavePoints) {
    const std::uint32_t line = create();
    EXPECT_EQ(wait_point(line, 1), -EINVAL);
    drm_amdgpu_cs_chunk_syncobj signal{line, 0, 5};
    submission.more = {
        {AMDGPU_CHUNK_ID_SYNCOBJ_TIMELINE_SIGNAL, 4, reinterpret_cast<std::uintptr_t>(&signal)}};
    client.kernel.hold_jobs(0, true);
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(query(line), 0u);
    EXPECT_EQ(query(line, DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED), 5u);
    EXPECT_EQ(wait_point(line, 3), -ETIME);
    EXPECT_EQ(wait_point(line, 3, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE), 0);
    EXPECT_EQ(wait_point(line, 6), -EINVAL);
    EXPECT_EQ(wait_point(line, 6, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT), -ETIME);

    // A second submission that waits for point 8, which the CPU signals.
    std::uint64_t point = 8;
    std::uint32_t handle = line;
    drm_syncobj_timeline_array by_cpu{reinterpret_cast<std::uintptr_t>(&handle),
                                      reinterpret_cast<std::uintptr_t>(&point), 1, 0};
    ASSERT_EQ(client.request(DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &by_cpu), 0);
    drm_amdgpu_cs_chunk_syncobj in{line, 0, 8};
    submission.more = {{AMDGPU_CHUNK_ID_SYNCOBJ_TIMELINE_WAIT, 4, reinterpret_cast<std::uintptr_t>(&in)}};
    ASSERT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(query(line), 0u);  // point 5 is still under way
    client.kernel.hold_jobs(0, false);
    EXPECT_EQ(client.wait(number), 0);
    EXPECT_EQ(query(line), 8u);

    const std::uint32_t copy = create();
    drm_syncobj_transfer transfer{line, copy, 8, 0, 0, 0};
    EXPECT_EQ(client.request(DRM_IOCTL_SYNCOBJ_TRANSFER, &transfer), 0);
    EXPECT_EQ(wait(copy), 0);
    transfer.src_point = 100;
    EXPECT_EQ(client.request(DRM_IOCTL_SYNCOBJ_TRANSFER, &transfer), -EINVAL);
}

TEST_F(AmdgpuSyncobj, FencesBecomeDescriptorsThatCanBePolled) {
    client.kernel.hold_jobs(0, true);
    ASSERT_EQ(client.submit(submission, number), 0);
    drm_amdgpu_fence_to_handle request{};
    request.in.fence = {client.context, AMDGPU_HW_IP_COMPUTE, 0, 0, number};
    request.in.what = AMDGPU_FENCE_TO_HANDLE_GET_SYNC_FILE_FD;
    const auto asked = request;
    ASSERT_EQ(client.request(DRM_IOCTL_AMDGPU_FENCE_TO_HANDLE, &request), 0);
    const int file = static_cast<int>(request.out.handle);
    EXPECT_EQ(client.kernel.poll(file, POLLIN, 1), 0);
    drm_syncobj_handle import{create(), DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE, file, 0};
    EXPECT_EQ(client.request(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &import), 0);
    EXPECT_EQ(wait(import.handle), -ETIME);
    client.kernel.hold_jobs(0, false);
    EXPECT_EQ(client.kernel.poll(file, POLLIN, -1), 1);
    EXPECT_EQ(wait(import.handle), 0);
    EXPECT_EQ(client.kernel.close(file), 0);
    EXPECT_EQ(client.kernel.poll(file, POLLIN, 0), -EBADF);

    request = asked;
    request.in.what = AMDGPU_FENCE_TO_HANDLE_GET_SYNCOBJ;
    ASSERT_EQ(client.request(DRM_IOCTL_AMDGPU_FENCE_TO_HANDLE, &request), 0);
    EXPECT_EQ(wait(request.out.handle), 0);
    drm_syncobj_handle shared{request.out.handle, 0, -1, 0};
    ASSERT_EQ(client.request(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &shared), 0);
    drm_syncobj_handle again{0, 0, shared.fd, 0};
    ASSERT_EQ(client.request(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &again), 0);
    EXPECT_EQ(on_array(DRM_IOCTL_SYNCOBJ_RESET, again.handle), 0);
    EXPECT_EQ(wait(request.out.handle), -EINVAL);  // one object under two handles
    request = asked;
    request.in.what = 17;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_FENCE_TO_HANDLE, &request), -EINVAL);
}

}  // namespace
}  // namespace sporkle::testing
