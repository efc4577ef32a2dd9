// Memory as the whole GPU has it: translation of a job's addresses, and the L2. What single compute units
// keep beyond that is in compute_unit.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "targets/amdgpu/emulator/gpu/page_table.hpp"
#include "targets/amdgpu/emulator/gpu/second_level.hpp"
#include "targets/amdgpu/emulator/isa/memory.hpp"

namespace sporkle::amdgpu::emulator {

/// Buffers that a job may touch: those of its list and those that are always valid. They live as long as it.
using Residency = std::set<std::shared_ptr<Buffer>>;

enum class Access : std::uint8_t { read = 1, write = 2, execute = 4 };

struct Page {
    std::byte* host = nullptr;  ///< of its first byte
    std::uint8_t rights = 0;    ///< Access bits
    bool cached = true;
    bool has(Access access) const { return rights & static_cast<std::uint8_t>(access); }
};

/// For one thread.
class GpuMemory {
  public:
    SecondLevel l2;

    /// Addresses are those of this table from now on; both outlive the job.
    void enter(const PageTable& table, const Residency& residency);
    const PageTable& table() const { return *table_; }

    /// Where an address lies; null with the reason in `fault` if the job may not do that there.
    const Page* translate(std::uint64_t address, Access access, AccessFault& fault) {
        if (version_ != table_->version()) flush();
        const std::uint64_t number = address / page_bytes;
        Entry& entry = entries_[number % entries_.size()];
        if (entry.number == number && entry.page.has(access)) return &entry.page;
        return walk(address, access, entry, fault);
    }

    /// What the command processor does: through the L2. Any alignment and size.
    AccessResult read(std::uint64_t address, void* to, std::uint64_t bytes);
    /// `through`: memory gets it as well.
    AccessResult write(std::uint64_t address, const void* from, std::uint64_t bytes, bool through);
    /// Packets: what the L2 holds unwritten, else memory itself.
    AccessResult read_packets(std::uint64_t address, void* to, std::uint64_t bytes);

  private:
    struct Entry {
        std::uint64_t number = ~std::uint64_t{0};
        Page page;
    };
    void flush();
    const Page* walk(std::uint64_t address, Access access, Entry& entry, AccessFault& fault);
    template <class Piece>
    AccessResult by_lines(std::uint64_t address, std::uint64_t bytes, Access access, Piece&& piece);

    const PageTable* table_ = nullptr;
    const Residency* residency_ = nullptr;
    std::uint64_t version_ = 0;
    std::array<Entry, 4096> entries_;  ///< a translation buffer, by the page's number
};

}  // namespace sporkle::amdgpu::emulator
