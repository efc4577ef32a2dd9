// The memory that a variant's code needs beyond the caller's: scratch that all tasks share, and arenas, of
// which each task that runs has one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/bundle/bundle.hpp"
#include "runtime/call/arrangement.hpp"
#include "runtime/device.hpp"
#include "runtime/memory/aligned_bytes.hpp"
#include "runtime/memory/spares.hpp"

namespace sporkle::runtime {

/// How large a variant's dispatches and scratch buffers are for one workload.
struct Sizes {
    std::vector<Grid> grids;
    std::vector<std::int64_t> scratch;  ///< bytes, in the variant's order
};

/// Nothing when a formula has no value for this call, or a grid more than 2^62 tasks.
std::optional<Sizes> sizes_of(const bundle::Variant& variant, const Call& call,
                              const Arrangement& arrangement);

struct ScratchNeed {
    std::size_t shared_bytes = 0;
    std::size_t arena_bytes = 0;
    int arenas = 1;

    std::size_t bytes() const { return shared_bytes + arena_bytes * static_cast<std::size_t>(arenas); }
};

/// With one arena for each of `threads` threads, or, on a device with memory of its own, as many as that has
/// use for within a bound. Throws Error(out_of_memory) for what no machine has.
ScratchNeed scratch_need(const bundle::Variant& variant, const Sizes& sizes, Device& device, int threads);

class ScratchMemory {
  public:
    /// Of the device, or of the process. Throws Error(out_of_memory).
    ScratchMemory(Device& device, std::size_t bytes);

    std::uint64_t address() const;
    std::size_t bytes() const { return bytes_; }

  private:
    std::unique_ptr<DeviceBuffer> buffer_;
    AlignedBytes memory_;
    std::size_t bytes_;
};

/// Memory for the need. Where there is too little on a device what is kept there is given back, and then the
/// need reduced to fewer arenas. Throws Error(out_of_memory) when there is too little even for one.
std::shared_ptr<const ScratchMemory> allocate_scratch(Device& device, ScratchNeed& need, SpareKeeper& spares);

/// A buffer's bytes rounded up to whole cache lines, so that buffers begin aligned and threads share none.
std::size_t padded_scratch(std::int64_t bytes);

}  // namespace sporkle::runtime
