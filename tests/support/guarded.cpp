#include "tests/support/guarded.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace sporkle::test {

GuardedMemory::GuardedMemory(std::size_t bytes, Side side) : size_(bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t inside = (bytes + page - 1) / page * page;
    mapped_ = inside + 2 * page;
    mapping_ = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping_ == MAP_FAILED) throw std::bad_alloc();
    auto* const first = static_cast<std::byte*>(mapping_) + page;
    if (inside > 0 && mprotect(first, inside, PROT_READ | PROT_WRITE) != 0) {
        munmap(mapping_, mapped_);
        throw std::bad_alloc();
    }
    data_ = side == Side::low ? first : first + (inside - bytes);
}

GuardedMemory::~GuardedMemory() { munmap(mapping_, mapped_); }

}  // namespace sporkle::test
