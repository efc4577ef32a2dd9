// The pretended kernel's answers about itself, its contexts, and to requests that are none.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/ioctl.h>

#include <sporkle/error.hpp>

#include "tests/amdgpu_emulator/client.hpp"

namespace sporkle::testing {
namespace {

using amdgpu::emulator::KernelOptions;
using amdgpu::emulator::VirtualKernel;

template <class T>
int info(Client& client, std::uint32_t query, T& result, std::uint32_t type = 0) {
    drm_amdgpu_info request{};
    request.return_pointer = reinterpret_cast<std::uintptr_t>(&result);
    request.return_size = sizeof(T);
    request.query = query;
    request.query_hw_ip.type = type;
    return client.request(DRM_IOCTL_AMDGPU_INFO, &request);
}

#define EXPECT_FAULT(client, words) \
    EXPECT_NE((client).faults().find(words), std::string::npos) << (client).faults()

TEST(AmdgpuRequests, NodesAreThereByNumber) {
    VirtualKernel kernel({"gfx1100", "gfx906"});
    const int first = kernel.open("/dev/dri/renderD128", O_RDWR);
    const int second = kernel.open("/dev/dri/renderD129", O_RDWR);
    EXPECT_GE(first, 0);
    EXPECT_GE(second, 0);
    EXPECT_NE(first, second);
    EXPECT_EQ(kernel.open("/dev/dri/renderD130", O_RDWR), -ENOENT);
    EXPECT_EQ(kernel.open("/etc/passwd", O_RDWR), -ENOENT);
    EXPECT_EQ(kernel.close(first), 0);
    EXPECT_EQ(kernel.close(first), -EBADF);
    EXPECT_EQ(kernel.ioctl(first, DRM_IOCTL_VERSION, nullptr), -EBADF);
    EXPECT_THROW(VirtualKernel({"gfx803"}), Error);
}

TEST(AmdgpuRequests, VersionIsAmdgpu) {
    Client client("gfx1100");
    drm_version version{};
    EXPECT_EQ(client.request(DRM_IOCTL_VERSION, &version), 0);
    EXPECT_EQ(version.version_major, 3);
    EXPECT_EQ(version.name_len, 6u);
    char name[4] = {};
    version = {};
    version.name = name;
    version.name_len = 3;
    EXPECT_EQ(client.request(DRM_IOCTL_VERSION, &version), 0);
    EXPECT_STREQ(name, "amd");
}

TEST(AmdgpuRequests, UnknownRequestsAndDirectionsAreRefusedByName) {
    Client client("gfx1100");
    drm_amdgpu_info request{};
    EXPECT_EQ(client.request(DRM_IOWR(DRM_COMMAND_BASE + DRM_AMDGPU_INFO, drm_amdgpu_info), &request),
              -EINVAL);
    EXPECT_FAULT(client, "INFO: request 0xc0206445 has another direction");
    EXPECT_EQ(client.request(DRM_IO(0x77), &request), -EINVAL);
    EXPECT_FAULT(client, "number 0x77");
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_INFO, nullptr), -EFAULT);
}

TEST(AmdgpuRequests, TheChipIsIdentified) {
    for (const char* name : {"gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"}) {
        for (const bool tells_version : {false, true}) {
            KernelOptions options;
            options.tells_ip_version = tells_version;
            Client client(name, options);
            drm_amdgpu_info_hw_ip ip{};
            drm_amdgpu_info_device device{};
            EXPECT_EQ(info(client, AMDGPU_INFO_HW_IP_INFO, ip, AMDGPU_HW_IP_COMPUTE), 0);
            EXPECT_EQ(info(client, AMDGPU_INFO_DEV_INFO, device), 0);
            std::uint32_t version = 0;
            std::memcpy(&version, reinterpret_cast<const char*>(&ip) + 28, 4);
            EXPECT_EQ(version != 0, tells_version);
            EXPECT_STREQ(amdgpu::identify(device.family, device.external_rev, version).name, name);
            EXPECT_EQ(device.cu_active_number, 8u);
            EXPECT_EQ(ip.ib_start_alignment, 32u);
        }
    }
}

TEST(AmdgpuRequests, AnswersAreCutToTheRoomThereIs) {
    Client client("gfx1100");
    struct {
        std::uint32_t device_id = 0, after = 0x1234;
    } room;
    drm_amdgpu_info request{};
    request.return_pointer = reinterpret_cast<std::uintptr_t>(&room);
    request.return_size = 4;
    request.query = AMDGPU_INFO_DEV_INFO;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_INFO, &request), 0);
    EXPECT_EQ(room.device_id, 0x744cu);
    EXPECT_EQ(room.after, 0x1234u);
    request.return_size = 0;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_INFO, &request), -EINVAL);
}

TEST(AmdgpuRequests, UnknownQueriesAndTypesAreRefused) {
    Client client("gfx1100");
    std::uint64_t value = 0;
    EXPECT_EQ(info(client, 0x77, value), -EINVAL);
    EXPECT_FAULT(client, "query 0x77");
    EXPECT_EQ(info(client, AMDGPU_INFO_HW_IP_INFO, value, 99), -EINVAL);
    EXPECT_FAULT(client, "no IP of type 99");
    drm_amdgpu_info_hw_ip ip{};
    EXPECT_EQ(info(client, AMDGPU_INFO_HW_IP_INFO, ip, AMDGPU_HW_IP_GFX), 0);
    EXPECT_EQ(ip.available_rings, 0u);
}

TEST(AmdgpuRequests, PrioritiesNeedPrivileges) {
    Client client("gfx1100");
    std::uint32_t number = 0;
    EXPECT_EQ(client.make_context(number, AMDGPU_CTX_PRIORITY_LOW), 0);
    EXPECT_EQ(client.make_context(number, AMDGPU_CTX_PRIORITY_HIGH), -EACCES);
    EXPECT_FAULT(client, "CAP_SYS_NICE");
    KernelOptions options;
    options.privileged = true;
    Client other("gfx1100", options);
    EXPECT_EQ(other.make_context(number, AMDGPU_CTX_PRIORITY_HIGH), 0);
}

TEST(AmdgpuRequests, ContextsAreMadeAskedAndFreed) {
    Client client("gfx1100");
    drm_amdgpu_ctx request{};
    const auto ask = [&](std::uint32_t operation, std::uint32_t number) {
        request = {};
        request.in.op = operation;
        request.in.ctx_id = number;
        return client.request(DRM_IOCTL_AMDGPU_CTX, &request);
    };
    EXPECT_EQ(ask(AMDGPU_CTX_OP_QUERY_STATE2, client.context), 0);
    EXPECT_EQ(request.out.state.flags, 0u);
    EXPECT_EQ(ask(AMDGPU_CTX_OP_QUERY_STATE, client.context), 0);
    EXPECT_EQ(request.out.state.reset_status, std::uint32_t{AMDGPU_CTX_NO_RESET});
    EXPECT_EQ(ask(99, client.context), -EINVAL);
    EXPECT_EQ(ask(AMDGPU_CTX_OP_FREE_CTX, client.context), 0);
    EXPECT_EQ(ask(AMDGPU_CTX_OP_FREE_CTX, client.context), -EINVAL);
    EXPECT_FAULT(client, "context 1 is unknown");
}

}  // namespace
}  // namespace sporkle::testing
