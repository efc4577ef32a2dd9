// The GPU's virtual addresses of one open file: ranges of pages and the buffers that lie there.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "targets/amdgpu/emulator/gpu/buffer.hpp"

namespace sporkle::amdgpu::emulator {

inline constexpr std::uint64_t page_bytes = 4096;

struct Mapping {
    std::uint64_t begin = 0, end = 0;  ///< whole pages
    std::shared_ptr<Buffer> buffer;    ///< null: partially resident without memory (PRT)
    std::uint64_t offset = 0;          ///< in the buffer
    bool readable = false, writable = false, executable = false;
    bool cached = true;  ///< by the L2 (memory type other than UC and CC)
};

/// Thread-safe. Addresses have 48 bits here; canonical() makes them.
class PageTable {
  public:
    explicit PageTable(std::uint64_t number) : number_(number) {}

    /// Identifies the table among all of the process.
    std::uint64_t number() const { return number_; }
    /// Changes whenever a translation may have.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    /// What lies in the range already, for a message; empty: nothing.
    std::string overlap(std::uint64_t begin, std::uint64_t end) const;
    void map(Mapping mapping);
    /// The mapping of a buffer that begins at an address. False where there is none.
    bool unmap(const Buffer* buffer, std::uint64_t begin);
    void unmap_all(const Buffer* buffer);
    /// Whatever lies in a range, parts of mappings too.
    void clear(std::uint64_t begin, std::uint64_t end);

    /// The mapping of an address; buffer null and begin == end where there is none.
    Mapping find(std::uint64_t address) const;
    /// "unmapped 3 mappings ago: buffer 7": what a missing page was, if it once was there.
    std::string history(std::uint64_t address) const;

    /// Low 48 bits where the upper ones repeat bit 47; ~0 else.
    static std::uint64_t canonical(std::uint64_t address) {
        const std::uint64_t top = address >> 47;
        return top == 0 || top == 0x1ffff ? address & 0xffff'ffff'ffff : ~std::uint64_t{0};
    }

  private:
    void forget(const Mapping& mapping);

    const std::uint64_t number_;
    std::atomic<std::uint64_t> version_{1};
    mutable std::mutex mutex_;
    std::map<std::uint64_t, Mapping> mappings_;  ///< by beginning
    struct Past {
        std::uint64_t begin, end;
        std::uint32_t buffer;
    };
    std::deque<Past> past_;
};

}  // namespace sporkle::amdgpu::emulator
