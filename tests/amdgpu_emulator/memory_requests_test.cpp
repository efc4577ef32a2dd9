// Buffers, their mappings for GPU and CPU, and lists of them.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>

#include <sys/mman.h>
#include <unistd.h>

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "tests/amdgpu_emulator/client.hpp"

namespace sporkle::testing {
namespace {

constexpr std::uint64_t page = 4096, gib = std::uint64_t{1} << 30, base = 0x10'0000'0000;

#define EXPECT_FAULT(client, words) \
    EXPECT_NE((client).faults().find(words), std::string::npos) << (client).faults()

class AmdgpuMemoryRequests : public ::testing::Test {
  protected:
    Client client{"gfx1100"};
    std::uint32_t handle = 0;
    void SetUp() override { ASSERT_EQ(client.create(4 * page, AMDGPU_GEM_DOMAIN_VRAM, 0, handle), 0); }
    int mmap(std::uint32_t of, std::size_t bytes, void** at, int flags = MAP_SHARED) {
        drm_amdgpu_gem_mmap place{};
        place.in.handle = of;
        if (const int error = client.request(DRM_IOCTL_AMDGPU_GEM_MMAP, &place); error < 0) return error;
        return client.kernel.mmap(bytes, PROT_READ | PROT_WRITE, flags, client.fd,
                                  static_cast<std::int64_t>(place.out.addr_ptr), at);
    }
};

TEST_F(AmdgpuMemoryRequests, FlagsAndDomainsAreAWhitelist) {
    std::uint32_t made = 0;
    EXPECT_EQ(client.create(page, AMDGPU_GEM_DOMAIN_VRAM, AMDGPU_GEM_CREATE_VRAM_CONTIGUOUS, made), -EINVAL);
    EXPECT_FAULT(client, "bits 0x20, which programs may not set");
    EXPECT_EQ(client.create(page, AMDGPU_GEM_DOMAIN_VRAM, std::uint64_t{1} << 40, made), -EINVAL);
    EXPECT_EQ(client.create(page, 0x80, 0, made), -EINVAL);
    EXPECT_EQ(client.create(page, AMDGPU_GEM_DOMAIN_VRAM, AMDGPU_GEM_CREATE_ENCRYPTED, made), -EINVAL);
    EXPECT_EQ(client.create(0, AMDGPU_GEM_DOMAIN_VRAM, 0, made), -EINVAL);
    EXPECT_EQ(client.create(page, AMDGPU_GEM_DOMAIN_VRAM | AMDGPU_GEM_DOMAIN_GTT,
                            AMDGPU_GEM_CREATE_VM_ALWAYS_VALID | AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED, made),
              0);
}

TEST_F(AmdgpuMemoryRequests, MemoryEnds) {
    std::uint32_t one = 0, two = 0;
    EXPECT_EQ(client.create(9 * gib, AMDGPU_GEM_DOMAIN_VRAM, 0, one), -ENOMEM);
    EXPECT_EQ(client.create(5 * gib, AMDGPU_GEM_DOMAIN_GTT, 0, one), 0);
    EXPECT_EQ(client.create(5 * gib, AMDGPU_GEM_DOMAIN_GTT, 0, two), -ENOMEM);
    drm_gem_close close{one, 0};
    EXPECT_EQ(client.request(DRM_IOCTL_GEM_CLOSE, &close), 0);
    EXPECT_EQ(client.create(5 * gib, AMDGPU_GEM_DOMAIN_GTT, 0, two), 0);
}

TEST_F(AmdgpuMemoryRequests, OnlyWhatWasClearedIsZero) {
    for (const std::uint64_t flags : {std::uint64_t{0}, std::uint64_t{AMDGPU_GEM_CREATE_VRAM_CLEARED}}) {
        std::uint32_t made = 0;
        ASSERT_EQ(client.create(page, AMDGPU_GEM_DOMAIN_VRAM, flags, made), 0);
        void* at = nullptr;
        ASSERT_EQ(mmap(made, page, &at), 0);
        EXPECT_EQ(*static_cast<std::uint32_t*>(at) == 0, flags != 0);
        EXPECT_EQ(client.kernel.munmap(at, page), 0);
    }
}

TEST_F(AmdgpuMemoryRequests, TheCpuSeesWhatItMayInItsBounds) {
    void* at = nullptr;
    EXPECT_EQ(mmap(handle, 5 * page, &at), -EINVAL);
    EXPECT_FAULT(client, "which has 16384");
    EXPECT_EQ(mmap(handle, page, &at, MAP_PRIVATE), -EINVAL);
    EXPECT_EQ(mmap(99, page, &at), -ENOENT);
    ASSERT_EQ(mmap(handle, 4 * page, &at), 0);
    EXPECT_EQ(client.kernel.munmap(at, page), -EINVAL);
    EXPECT_EQ(client.kernel.munmap(at, 4 * page), 0);
    std::uint32_t hidden = 0;
    ASSERT_EQ(client.create(page, AMDGPU_GEM_DOMAIN_VRAM, AMDGPU_GEM_CREATE_NO_CPU_ACCESS, hidden), 0);
    EXPECT_EQ(mmap(hidden, page, &at), -EPERM);
    EXPECT_EQ(client.kernel.mmap(page, PROT_READ, MAP_SHARED, client.fd, 12345 * 4096, &at), -EINVAL);
}

TEST_F(AmdgpuMemoryRequests, AMappingOutlivesTheHandle) {
    void* at = nullptr;
    ASSERT_EQ(mmap(handle, 4 * page, &at), 0);
    drm_gem_close close{handle, 0};
    EXPECT_EQ(client.request(DRM_IOCTL_GEM_CLOSE, &close), 0);
    EXPECT_EQ(client.request(DRM_IOCTL_GEM_CLOSE, &close), -EINVAL);
    static_cast<std::uint32_t*>(at)[0] = 42;
    EXPECT_EQ(static_cast<std::uint32_t*>(at)[0], 42u);
    EXPECT_EQ(client.kernel.munmap(at, 4 * page), 0);
}

TEST_F(AmdgpuMemoryRequests, AddressesAreChecked) {
    EXPECT_EQ(client.map(handle, 0x8000, page), -EINVAL);
    EXPECT_FAULT(client, "is below 0x10000");
    EXPECT_EQ(client.map(handle, std::uint64_t{1} << 47, page), -EINVAL);
    EXPECT_FAULT(client, "lies in the hole");
    EXPECT_EQ(client.map(handle, 0xffff'ffff'ffff'0000, page), -EINVAL);
    EXPECT_FAULT(client, "reserved at the top");
    EXPECT_EQ(client.map(handle, base + 1, page), -EINVAL);
    EXPECT_EQ(client.map(handle, base, page + 1), -EINVAL);
    EXPECT_EQ(client.map(handle, base, 0), -EINVAL);
    EXPECT_EQ(client.map(handle, base, 5 * page), -EINVAL);
    EXPECT_FAULT(client, "reach beyond the buffer's");
    EXPECT_EQ(client.map(handle, base, 2 * page, Client::rw, AMDGPU_VA_OP_MAP, 3 * page), -EINVAL);
    EXPECT_EQ(client.map(handle, base, page, Client::rw | 1u << 20), -EINVAL);
    EXPECT_FAULT(client, "flags 0x100006");
    EXPECT_EQ(client.map(handle, base, page, Client::rw, 9), -EINVAL);
    EXPECT_EQ(client.map(99, base, page), -ENOENT);
    EXPECT_EQ(client.map(handle, 0xffff'8000'0000'0000 + 16 * page, page), 0);
    EXPECT_EQ(client.map(handle, base, page), 0);
}

TEST_F(AmdgpuMemoryRequests, MappingsMayNotOverlap) {
    ASSERT_EQ(client.map(handle, base, 2 * page), 0);
    for (const std::uint64_t at : {base - page, base, base + page}) {
        EXPECT_EQ(client.map(handle, at, 2 * page), -EINVAL);
        EXPECT_FAULT(client, "overlaps what is mapped already");
        client.kernel.clear_faults();
    }
    EXPECT_EQ(client.map(handle, base + 2 * page, 2 * page), 0);
    EXPECT_EQ(client.map(handle, base - page, page), 0);
}

TEST_F(AmdgpuMemoryRequests, UnmapClearAndReplace) {
    ASSERT_EQ(client.map(handle, base, 4 * page), 0);
    EXPECT_EQ(client.map(handle, base + page, page, 0, AMDGPU_VA_OP_UNMAP), -ENOENT);
    EXPECT_EQ(client.map(0, base + page, page, 0, AMDGPU_VA_OP_CLEAR), 0);
    EXPECT_EQ(client.map(handle, base + page, page), 0);  // into the gap
    EXPECT_EQ(client.map(handle, base + 2 * page, page), -EINVAL);
    EXPECT_EQ(client.map(handle, base, 4 * page, Client::rw, AMDGPU_VA_OP_REPLACE), 0);
    EXPECT_EQ(client.map(handle, base, 4 * page, 0, AMDGPU_VA_OP_UNMAP), 0);
    EXPECT_EQ(client.map(handle, base, 4 * page, 0, AMDGPU_VA_OP_UNMAP), -ENOENT);
}

TEST_F(AmdgpuMemoryRequests, ListsNameBuffersThatThereAre) {
    drm_amdgpu_bo_list_entry entries[2] = {{handle, 0}, {99, 0}};
    drm_amdgpu_bo_list request{};
    const auto ask = [&](std::uint32_t operation, std::uint32_t list, std::uint32_t number) {
        request = {};
        request.in.operation = operation;
        request.in.list_handle = list;
        request.in.bo_number = number;
        request.in.bo_info_size = sizeof(entries[0]);
        request.in.bo_info_ptr = reinterpret_cast<std::uintptr_t>(entries);
        return client.request(DRM_IOCTL_AMDGPU_BO_LIST, &request);
    };
    EXPECT_EQ(ask(AMDGPU_BO_LIST_OP_CREATE, 0, 2), -ENOENT);
    EXPECT_FAULT(client, "entry 1: handle 99 is unknown");
    EXPECT_EQ(ask(AMDGPU_BO_LIST_OP_CREATE, 0, 200'000), -EINVAL);
    ASSERT_EQ(ask(AMDGPU_BO_LIST_OP_CREATE, 0, 1), 0);
    const std::uint32_t list = request.out.list_handle;
    EXPECT_NE(list, 0u);
    EXPECT_EQ(ask(AMDGPU_BO_LIST_OP_UPDATE, list, 1), 0);
    EXPECT_EQ(ask(AMDGPU_BO_LIST_OP_UPDATE, list + 1, 1), -ENOENT);
    EXPECT_EQ(ask(7, list, 1), -EINVAL);
    EXPECT_EQ(ask(AMDGPU_BO_LIST_OP_DESTROY, list, 0), 0);
    EXPECT_EQ(ask(AMDGPU_BO_LIST_OP_UPDATE, list, 1), -ENOENT);
}

TEST_F(AmdgpuMemoryRequests, TheProgramsOwnMemory) {
    alignas(4096) static char memory[4096];
    drm_amdgpu_gem_userptr request{};
    request.addr = reinterpret_cast<std::uintptr_t>(memory) + 4;
    request.size = page;
    request.flags = AMDGPU_GEM_USERPTR_REGISTER;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_GEM_USERPTR, &request), -EINVAL);
    request.addr -= 4;
    request.flags = 0;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_GEM_USERPTR, &request), -EACCES);
    request.flags = 1u << 9;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_GEM_USERPTR, &request), -EINVAL);
    request.flags = AMDGPU_GEM_USERPTR_REGISTER | AMDGPU_GEM_USERPTR_ANONONLY;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_GEM_USERPTR, &request), 0);
    EXPECT_EQ(client.map(request.handle, base, page), 0);
    drm_amdgpu_gem_mmap place{};
    place.in.handle = request.handle;
    EXPECT_EQ(client.request(DRM_IOCTL_AMDGPU_GEM_MMAP, &place), -EPERM);
}

/// Pages are looked at when the program asks for it, and again with each submission that lists them.
TEST_F(AmdgpuMemoryRequests, PagesOfTheProgramAreLookedAt) {
    constexpr std::uint32_t all =
        AMDGPU_GEM_USERPTR_REGISTER | AMDGPU_GEM_USERPTR_ANONONLY | AMDGPU_GEM_USERPTR_VALIDATE;
    const auto show = [&](void* memory, std::uint64_t bytes, std::uint32_t flags, std::uint32_t* made) {
        drm_amdgpu_gem_userptr request{};
        request.addr = reinterpret_cast<std::uintptr_t>(memory);
        request.size = bytes;
        request.flags = flags;
        const int result = client.request(DRM_IOCTL_AMDGPU_GEM_USERPTR, &request);
        if (result == 0 && made != nullptr) *made = request.handle;
        return result;
    };
    // Two pages, of which the second goes.
    void* const memory =
        ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    char* const second = static_cast<char*>(memory) + page;
    std::uint32_t made = 0;
    EXPECT_EQ(show(memory, 2 * page, AMDGPU_GEM_USERPTR_READONLY | AMDGPU_GEM_USERPTR_VALIDATE, nullptr),
              -EFAULT);
    EXPECT_EQ(show(memory, 2 * page, all, &made), 0);
    Client::Submission submission;
    std::uint32_t bytes = 0;
    const std::uint32_t nothing[] = {amdgpu::pm4::nop_word};
    const ClientBuffer packets = client.packets(nothing, bytes);
    submission.handles = {packets.handle, made};
    submission.address = packets.address;
    submission.bytes = bytes;
    std::uint64_t number = 0;
    EXPECT_EQ(client.submit(submission, number), 0);
    EXPECT_EQ(client.wait(number), 0);
    ASSERT_EQ(::munmap(second, page), 0);
    EXPECT_EQ(client.submit(submission, number), -EFAULT);
    EXPECT_FAULT(client, "memory that the program has given back");
    EXPECT_EQ(show(memory, 2 * page, all, nullptr), -EFAULT);
    ASSERT_EQ(::mprotect(memory, page, PROT_READ), 0);
    EXPECT_EQ(show(memory, page, all, nullptr), -EFAULT);
    EXPECT_EQ(show(memory, page, all | AMDGPU_GEM_USERPTR_READONLY, nullptr), 0);
    ::munmap(memory, page);
    std::FILE* const file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(::ftruncate(::fileno(file), page), 0);
    void* const of_file = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, ::fileno(file), 0);
    ASSERT_NE(of_file, MAP_FAILED);
    EXPECT_EQ(show(of_file, page, all, nullptr), -EPERM);
    EXPECT_EQ(show(of_file, page, all & ~AMDGPU_GEM_USERPTR_ANONONLY, nullptr), 0);
    ::munmap(of_file, page);
    std::fclose(file);
}

TEST(AmdgpuSmallWindow, HoldsWhatTheCpuHasToSee) {
    amdgpu::emulator::KernelOptions options;
    options.visible_vram_bytes = 8 * page;
    Client client("gfx1100", options);
    std::uint32_t first = 0, second = 0;
    constexpr std::uint64_t seen = AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED;
    EXPECT_EQ(client.create(9 * page, AMDGPU_GEM_DOMAIN_VRAM, 0, first), 0);
    EXPECT_EQ(client.create(9 * page, AMDGPU_GEM_DOMAIN_VRAM, seen, first), -ENOMEM);
    EXPECT_EQ(client.create(5 * page, AMDGPU_GEM_DOMAIN_VRAM, seen, first), 0);
    EXPECT_EQ(client.create(5 * page, AMDGPU_GEM_DOMAIN_VRAM, seen, second), -ENOMEM);
    drm_gem_close close{first, 0};
    EXPECT_EQ(client.request(DRM_IOCTL_GEM_CLOSE, &close), 0);
    EXPECT_EQ(client.create(5 * page, AMDGPU_GEM_DOMAIN_VRAM, seen, second), 0);
}

TEST_F(AmdgpuMemoryRequests, HandlesOfAnotherFileAreUnknown) {
    const int other = client.kernel.open("/dev/dri/renderD128", 2);
    drm_amdgpu_gem_mmap place{};
    place.in.handle = handle;
    ASSERT_EQ(client.request(DRM_IOCTL_AMDGPU_GEM_MMAP, &place), 0);
    void* at = nullptr;
    EXPECT_EQ(client.kernel.mmap(page, PROT_READ, MAP_SHARED, other,
                                 static_cast<std::int64_t>(place.out.addr_ptr), &at),
              -EINVAL);
    EXPECT_EQ(client.kernel.close(other), 0);
}

}  // namespace
}  // namespace sporkle::testing
