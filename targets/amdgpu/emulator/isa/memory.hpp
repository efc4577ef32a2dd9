// What the instruction emulator needs of the memory behind it. The caches, the page table and their faults
// are the implementer's; local data share (LDS) is not: it belongs to the workgroup.
//
// A wave's vector access is one call with all its lanes, so that an implementation can see what coalesces.
// The data of lane l are `bytes` bytes at data + l * bytes, little endian. Lanes outside `mask` are neither
// read nor written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "targets/amdgpu/emulator/isa/atomic.hpp"

namespace sporkle::amdgpu::emulator {

/// The cache bits of a memory instruction, as its encoding has them; which are meant depends on the chip.
struct CachePolicy {
    bool glc = false;                ///< gfx9 to gfx11; on gfx942 this is sc0
    bool slc = false;                ///< gfx9 to gfx11; on gfx942 this is nt
    bool dlc = false;                ///< gfx10, gfx11
    bool scc = false;                ///< gfx90a; on gfx942 this is sc1
    std::uint8_t scope = 0;          ///< gfx12: 0 CU, 1 SE, 2 device, 3 system
    std::uint8_t temporal_hint = 0;  ///< gfx12: TH, 3 bits; bit 0 of an atomic is "returns the value"
};

/// Why an access failed. The emulator adds wave, program counter and instruction.
struct AccessFault {
    std::uint64_t address = 0;
    std::string reason;  ///< such as "page not mapped", "page not writable"
};
using AccessResult = std::optional<AccessFault>;  ///< nothing: it went well

constexpr int max_lanes = 64;

struct VectorAccess {
    std::array<std::uint64_t, max_lanes> addresses;  ///< bytes, of active lanes
    std::uint64_t mask = 0;                          ///< active lanes
    int consecutive = 0;  ///< so many lanes are active, the first ones, each behind the one before; else 0
    int bytes = 0;        ///< of each lane: 1, 2, 4, 8, 12 or 16
    CachePolicy policy;
    int compute_unit = 0;  ///< the wave's, WaveStart::compute_unit
    bool scratch =
        false;  ///< private memory: scratch_* instructions and flat addresses in the private aperture
};

/// Cache instructions. Those of a generation that lacks one never occur.
enum class CacheOperation {
    scalar_invalidate,       ///< s_dcache_inv
    scalar_write_back,       ///< s_dcache_wb
    instruction_invalidate,  ///< s_icache_inv
    vector_l1_invalidate,    ///< buffer_wbinvl1, buffer_wbinvl1_vol, buffer_gl0_inv
    gl1_invalidate,          ///< buffer_gl1_inv
    write_back_l2,           ///< buffer_wbl2 (gfx90a: no bits; gfx942: by sc bits)
    invalidate_l2,           ///< buffer_invl2 (gfx90a)
    invalidate,              ///< buffer_inv (gfx942, by sc bits), global_inv (gfx12, by scope)
    write_back,              ///< global_wb (gfx12, by scope)
    write_back_invalidate,   ///< global_wbinv (gfx12, by scope)
};

class Memory {
  public:
    virtual ~Memory() = default;

    virtual AccessResult load(const VectorAccess& access, std::byte* data) = 0;
    virtual AccessResult store(const VectorAccess& access, const std::byte* data) = 0;
    /// Lane by lane in ascending order: memory becomes apply_atomic(op, …); `before`, if not null, receives
    /// the old values. `operands` holds atomic_operand_bytes(op) bytes a lane (cmpswap: new value, then the
    /// compared one).
    virtual AccessResult atomic(const VectorAccess& access, AtomicOperation op, const std::byte* operands,
                                std::byte* before) = 0;

    /// Through the scalar cache. `bytes` is 1, 2 or a multiple of 4; the address has its alignment.
    virtual AccessResult scalar_load(std::uint64_t address, int bytes, CachePolicy policy,
                                     std::byte* data) = 0;
    /// Through the instruction cache, when a program is decoded. Bytes behind the end of the mapping are a
    /// fault.
    virtual AccessResult fetch(std::uint64_t address, int bytes, std::byte* data) = 0;

    /// Of a wave on that compute unit (WaveStart::compute_unit).
    virtual AccessResult control(CacheOperation operation, CachePolicy policy, int compute_unit) = 0;
};

}  // namespace sporkle::amdgpu::emulator
