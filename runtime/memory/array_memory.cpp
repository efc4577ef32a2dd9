#include "runtime/memory/array_memory.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>

namespace sporkle::runtime {
namespace {

constexpr std::size_t huge_page = std::size_t(2) << 20;
// Pieces begin at pages: where arrays that a kernel walks together lie at equal places of their pages, a
// store never looks like a load that is to come, which would wait for it (the low twelve bits of their
// addresses decide).
constexpr std::size_t page = 4096;
constexpr std::size_t smallest_piece = std::size_t(128) << 10, largest_piece = std::size_t(1) << 20;

// The address sanitizer finds accesses beyond an array only where each array is an allocation of its own.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool share_chunks = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool share_chunks = false;
#else
constexpr bool share_chunks = true;
#endif
#else
constexpr bool share_chunks = true;
#endif

std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

void* ordinary(std::size_t bytes, std::size_t alignment) {
    void* memory = std::aligned_alloc(alignment, round_up(bytes + 1, alignment));
    if (memory != nullptr && alignment == huge_page)
        static_cast<void>(madvise(memory, round_up(bytes + 1, alignment), MADV_HUGEPAGE));  // a hint
    return memory;
}

/// The shared chunks. Pieces are cut off one after another from the newest chunk.
class Chunks {
  public:
    /// Null where there is no memory for a chunk or its bookkeeping.
    void* allocate(std::size_t bytes) {
        const std::size_t size = round_up(bytes, page);
        const std::lock_guard lock(mutex_);
        if (newest_ == nullptr || newest_->second.used + size > huge_page) {
            void* memory = ordinary(huge_page - 1, huge_page);
            if (memory == nullptr) return nullptr;
            try {
                newest_ = &*chunks_.emplace(reinterpret_cast<std::uintptr_t>(memory), Chunk{}).first;
            } catch (const std::bad_alloc&) {
                std::free(memory);
                return nullptr;
            }
        }
        void* piece = reinterpret_cast<std::byte*>(newest_->first) + newest_->second.used;
        newest_->second.used += size;
        ++newest_->second.pieces;
        return piece;
    }

    /// Whether the memory was a piece of a chunk; it is given back then.
    bool release(void* memory) noexcept {
        const std::lock_guard lock(mutex_);
        const auto found = chunks_.find(reinterpret_cast<std::uintptr_t>(memory) / huge_page * huge_page);
        if (found == chunks_.end()) return false;
        if (--found->second.pieces == 0) {
            if (newest_ == &*found) newest_ = nullptr;
            std::free(reinterpret_cast<void*>(found->first));
            chunks_.erase(found);
        }
        return true;
    }

  private:
    struct Chunk {
        std::size_t used = 0;
        int pieces = 0;
    };
    std::mutex mutex_;
    std::map<std::uintptr_t, Chunk> chunks_;  ///< by address
    std::map<std::uintptr_t, Chunk>::value_type* newest_ = nullptr;
};

/// Never destroyed: arrays of static lifetime may be the last to go.
Chunks& chunks() {
    static Chunks* const all = new Chunks;
    return *all;
}

}  // namespace

void* allocate_array(std::size_t bytes) {
    if (share_chunks && bytes >= smallest_piece && bytes <= largest_piece)
        if (void* piece = chunks().allocate(bytes)) return piece;
    return ordinary(bytes, bytes >= 2 * huge_page ? huge_page : array_alignment);
}

void release_array(void* memory) noexcept {
    if (memory != nullptr && !(share_chunks && chunks().release(memory))) std::free(memory);
}

}  // namespace sporkle::runtime
