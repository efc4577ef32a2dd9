#include "tests/support/executable_blob.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <string>

#include <sporkle/error.hpp>

namespace sporkle::test {

ExecutableBlob::ExecutableBlob(std::span<const std::byte> bytes)
    : size_(std::max<std::size_t>(bytes.size(), 1)) {
    void* const memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw Error(ErrorCode::out_of_memory, "no memory for " + std::to_string(size_) + " bytes of code");
    memory_ = static_cast<std::byte*>(memory);
    if (!bytes.empty()) std::memcpy(memory_, bytes.data(), bytes.size());
    if (mprotect(memory_, size_, PROT_READ | PROT_EXEC) != 0) {
        munmap(memory_, size_);
        throw Error(ErrorCode::out_of_memory, "the system refuses executable memory");
    }
}

ExecutableBlob::~ExecutableBlob() { munmap(memory_, size_); }

bundle::EntryPoint ExecutableBlob::entry(std::uint64_t offset) const {
    if (offset >= size_)
        throw Error(ErrorCode::invalid_argument, "no code at offset " + std::to_string(offset));
    return reinterpret_cast<bundle::EntryPoint>(memory_ + offset);
}

}  // namespace sporkle::test
