// Memory operations that have been issued and that no s_waitcnt has covered yet.
//
// The emulator moves data when an instruction is issued; hardware does so later. A program is right on
// hardware only if nothing touches a register before the wait that makes it valid, and that is what is
// checked here.
//
// Rules, from the manuals' sections on data dependency and LLVM's memory model of AMDGPU: a counter whose
// operations return in order is satisfied by "at most n left"; scalar memory returns out of order, and so do
// flat accesses on both counters that they raise: with one of these outstanding only 0 tells anything. A
// second load of the same kind may overwrite a register that the first one is still to write: they return in
// order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sporkle::amdgpu::emulator {

/// Counters of all generations. gfx9: vector loads and stores share `load`; gfx9 to gfx11: LDS, scalar memory
/// and messages share one counter, gfx12: LDS `lds`, scalar memory `scalar`.
enum class Counter : std::uint8_t { load, store, lds, scalar, exports };
constexpr int counter_kinds = 5;

constexpr std::uint8_t bit_of(Counter counter) {
    return static_cast<std::uint8_t>(1u << static_cast<int>(counter));
}

/// 160 slots, padded to 256; 256 VGPRs; 256 AGPRs.
constexpr int hazard_registers = 768;

/// Operations of one kind return in the order of their issue, but for the last.
enum class OperationKind : std::uint8_t { vector_memory, lds, unordered };

struct Operation {
    std::uint8_t counters = 0;  ///< bits of the counters that are still raised
    OperationKind kind = OperationKind::unordered;
    std::uint8_t count = 0;       ///< registers it will write
    std::uint16_t first = 0;      ///< in the numbering of RegisterRange
    std::uint64_t completes = 0;  ///< time in the issue model
};

class Outstanding {
  public:
    bool none() const { return operations_.empty(); }
    /// Whether an operation is going to write the register.
    bool pending(int reg) const { return pending_[static_cast<std::size_t>(reg)] != 0; }
    /// Whether one is going to write any of 1 to 64 registers.
    bool any_pending(int first, int count) const {
        const auto word = static_cast<std::size_t>(first) / 64, shift = static_cast<std::size_t>(first) % 64;
        std::uint64_t bits = bits_[word] >> shift;
        if (shift != 0) bits |= bits_[word + 1] << (64 - shift);
        return (bits & ~std::uint64_t{0} >> (64 - count)) != 0;
    }
    /// Whether all that is going to write the register returns before a new operation of that kind does.
    bool ordered_behind(int reg, OperationKind kind) const;

    void issue(const Operation& operation);
    /// Keeps at most `left` operations on the counter; returns the latest completion among those that ended.
    std::uint64_t wait(Counter counter, unsigned left);
    int count(OperationKind kind) const;

  private:
    std::vector<Operation> operations_;  ///< in order of issue
    std::array<std::uint8_t, hazard_registers> pending_{};
    std::array<std::uint64_t, hazard_registers / 64 + 1>
        bits_{};  ///< the same, one bit each, and a word behind
};

}  // namespace sporkle::amdgpu::emulator
