#include "targets/x86/run/code_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include <sporkle/error.hpp>

namespace sporkle::x86 {

CodeMemory::CodeMemory(std::span<const std::byte> code) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    bytes_ = (code.size() / page + 1) * page;
    pages_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages_ == MAP_FAILED)
        throw Error(ErrorCode::out_of_memory,
                    "no memory for " + std::to_string(code.size()) + " bytes of kernel code");
    if (!code.empty()) std::memcpy(pages_, code.data(), code.size());
    if (::mprotect(pages_, bytes_, PROT_READ | PROT_EXEC) != 0) {
        const std::string why = std::strerror(errno);
        ::munmap(pages_, bytes_);
        throw Error(ErrorCode::device_failure,
                    "the system does not let kernel code be made executable: " + why +
                        "; link the bundle into the program instead of loading it");
    }
}

CodeMemory::~CodeMemory() { ::munmap(pages_, bytes_); }

}  // namespace sporkle::x86
