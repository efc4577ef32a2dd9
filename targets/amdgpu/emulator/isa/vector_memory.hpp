// What global, scratch and buffer instructions share: registers to bytes and back, the access itself, its
// counters.
#pragma once

#include <array>

#include "targets/amdgpu/emulator/isa/hazard.hpp"
#include "targets/amdgpu/emulator/isa/issue_model.hpp"
#include "targets/amdgpu/emulator/isa/memory_shape.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {

/// 16 bytes a lane, at lane * access.bytes.
struct LaneBytes {
    alignas(64) std::array<std::byte, max_lanes * 16> bytes;
};

/// Registers to bytes, for stores and atomic operands (`size` bytes a lane).
void gather(Wave& wave, const Operand& source, const MemoryShape& shape, int size, std::byte* to);
/// Bytes to registers, for loads and returned values.
void scatter(Wave& wave, const Operand& target, const MemoryShape& shape, const std::byte* from,
             std::uint64_t mask);

/// One access to memory, counted; throws WaveFault on a fault. `data` is read by stores and written by loads.
void transfer(Wave& wave, VectorAccess& access, MemoryShape::Action action, std::byte* data);
void transfer_atomic(Wave& wave, VectorAccess& access, AtomicOperation operation, const std::byte* operands,
                     std::byte* before);

/// Private memory and swizzled buffers: consecutive words of a lane are not consecutive in memory. `address`
/// maps a lane and a byte of its access.
template <class Address>
void transfer_words(Wave& wave, VectorAccess access, MemoryShape::Action action, std::byte* data,
                    bool by_bytes, const Address& address) {
    const int total = access.bytes, piece = by_bytes ? 1 : total < 4 ? total : 4;
    LaneBytes words;
    for (int from = 0; from < total; from += piece) {
        access.bytes = piece;
        for (int l = 0; l < wave.lanes; ++l) {
            if (!(access.mask >> l & 1)) continue;
            access.addresses[static_cast<std::size_t>(l)] = address(l, from);
            if (action == MemoryShape::Action::store)
                std::memcpy(words.bytes.data() + l * piece, data + l * total + from,
                            static_cast<std::size_t>(piece));
        }
        transfer(wave, access, action, words.bytes.data());
        if (action != MemoryShape::Action::load) continue;
        for (int l = 0; l < wave.lanes; ++l)
            if (access.mask >> l & 1)
                std::memcpy(data + l * total + from, words.bytes.data() + l * piece,
                            static_cast<std::size_t>(piece));
    }
}

/// VectorAccess::consecutive of an access.
int consecutive_lanes(const VectorAccess& access);
/// Distinct 64-byte segments of an access.
int segments(const VectorAccess& access, int lanes);

/// LDS, as DS instructions and flat addresses see it. Throws WaveFault outside of the workgroup's allocation.
void lds_load(Wave& wave, std::uint64_t address, int bytes, std::byte* to);
void lds_store(Wave& wave, std::uint64_t address, int bytes, const std::byte* from);
std::uint64_t lds_atomic(Wave& wave, AtomicOperation operation, std::uint64_t address, int bytes,
                         std::uint64_t operand, std::uint64_t second);

}  // namespace sporkle::amdgpu::emulator
