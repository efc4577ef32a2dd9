#include "targets/amdgpu/emulator/gpu/physical_memory.hpp"

#include <cerrno>
#include <cstring>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu::emulator {

PhysicalMemory::PhysicalMemory(std::uint64_t vram_bytes, std::uint64_t gtt_bytes)
    : bytes_(vram_bytes + gtt_bytes) {
    const auto fail = [&](const char* what) {
        const std::string text =
            std::string("the AMD emulator's memory: ") + what + ": " + std::strerror(errno);
        if (file_ >= 0) ::close(file_);
        throw Error(ErrorCode::out_of_memory, text);
    };
    file_ = ::memfd_create("sporkle-amdgpu-emulated", MFD_CLOEXEC);
    if (file_ < 0) fail("memfd_create");
    if (::ftruncate(file_, static_cast<off_t>(bytes_)) != 0) fail("ftruncate");
    void* const view = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_, 0);
    if (view == MAP_FAILED) fail("mmap");
    view_ = static_cast<std::byte*>(view);
    free_[0][0] = vram_bytes;
    free_[1][vram_bytes] = bytes_;
}

PhysicalMemory::~PhysicalMemory() {
    ::munmap(view_, bytes_);
    ::close(file_);
}

std::optional<std::uint64_t> PhysicalMemory::allocate(Heap heap, std::uint64_t bytes,
                                                      std::uint64_t alignment) {
    auto& free = free_[static_cast<int>(heap)];
    for (auto range = free.begin(); range != free.end(); ++range) {
        const auto [begin, end] = *range;
        const std::uint64_t at = (begin + alignment - 1) / alignment * alignment;
        if (at > end || end - at < bytes) continue;
        free.erase(range);
        if (begin < at) free[begin] = at;
        if (at + bytes < end) free[at + bytes] = end;
        used_[static_cast<int>(heap)] += bytes;
        return at;
    }
    return std::nullopt;
}

void PhysicalMemory::free(Heap heap, std::uint64_t offset, std::uint64_t bytes) {
    // What is freed reads as 0 when it is given out again, and takes no memory until then.
    if (::fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                    static_cast<off_t>(bytes)) != 0)
        std::memset(at(offset), 0, bytes);
    auto& free = free_[static_cast<int>(heap)];
    used_[static_cast<int>(heap)] -= bytes;
    std::uint64_t begin = offset, end = offset + bytes;
    auto next = free.lower_bound(begin);
    if (next != free.end() && next->first == end) {
        end = next->second;
        next = free.erase(next);
    }
    if (next != free.begin()) {
        const auto before = std::prev(next);
        if (before->second == begin) {
            before->second = end;
            return;
        }
    }
    free[begin] = end;
}

}  // namespace sporkle::amdgpu::emulator
