// A compute unit's (on RDNA a workgroup processor's) own caches in front of the L2: scalar, vector L0 or L1,
// and the GL1 that it shares with the others of its shader array.
//
//   GCN, CDNA   vector L1 and scalar cache -> L2
//   RDNA        a vector L0 for each of the two compute units, one scalar cache -> GL1 -> L2
//
// Stores go through to the L2. They change the unit's own copy of a line; copies of other units, and of the
// other L0 of a workgroup processor, become stale and stay so until these are told to forget them. Atomics
// happen in the L2.
//
// Sources: LLVM "User Guide for AMDGPU Backend", memory models of GFX90a, GFX942, GFX10-GFX11 and GFX12; AMD
// RDNA whitepaper.
#pragma once

#include <array>
#include <memory>

#include "targets/amdgpu/emulator/gpu/gpu_memory.hpp"
#include "targets/amdgpu/emulator/gpu/model.hpp"

namespace sporkle::amdgpu::emulator {

/// Copies that are only read; no line of it is ever dirty.
class ReadCache {
  public:
    struct Line {
        bool valid = false;
        alignas(64) std::array<std::byte, line_bytes_of_cache> bytes;
    };
    Line* find(const std::byte* home) {
        Line* line = lines_.find(home);
        return line && line->valid ? line : nullptr;
    }
    /// An invalid line at that place.
    Line& make(const std::byte* home) {
        Line* line = lines_.find(home);
        return line ? *line : (lines_.insert(home).valid = false, *lines_.find(home));
    }
    void drop(const std::byte* home) {
        if (Line* line = lines_.find(home)) line->valid = false;
    }
    void clear() { lines_.clear(); }

  private:
    LineTable<Line> lines_;
};

class CodeCache;

class ComputeUnit final : public Memory {
  public:
    /// All outlive the unit. `gl1` null: there is none.
    ComputeUnit(const GpuModel& model, GpuMemory& memory, std::shared_ptr<ReadCache> gl1, CodeCache& code)
        : model_(model), memory_(memory), gl1_(std::move(gl1)), code_(code) {}

    AccessResult load(const VectorAccess& access, std::byte* data) override;
    AccessResult store(const VectorAccess& access, const std::byte* data) override;
    AccessResult atomic(const VectorAccess& access, AtomicOperation op, const std::byte* operands,
                        std::byte* before) override;
    AccessResult scalar_load(std::uint64_t address, int bytes, CachePolicy policy, std::byte* data) override;
    AccessResult fetch(std::uint64_t address, int bytes, std::byte* data) override;
    AccessResult control(CacheOperation operation, CachePolicy policy, int compute_unit) override;

    void invalidate_vector() {
        for (ReadCache& cache : vector_) cache.clear();
    }
    void invalidate_scalar() { scalar_.clear(); }
    void invalidate_gl1() {
        if (gl1_) gl1_->clear();
    }

  private:
    enum class Level : std::uint8_t { own, gl1, l2 };  ///< the first cache that is asked
    Level level_of(const CachePolicy& policy) const;
    ReadCache& vector_of(int compute_unit) { return vector_[static_cast<std::size_t>(compute_unit)]; }
    const std::byte* line_through(ReadCache* first, Level level, const Page& page, std::byte* home);
    AccessResult read(ReadCache& own, Level level, Access access, std::uint64_t address, std::uint64_t bytes,
                      std::byte* to);

    const GpuModel& model_;
    GpuMemory& memory_;
    std::shared_ptr<ReadCache> gl1_;
    CodeCache& code_;
    std::array<ReadCache, 2> vector_;  ///< by VectorAccess::compute_unit; the second one of RDNA only
    ReadCache scalar_;
};

}  // namespace sporkle::amdgpu::emulator
