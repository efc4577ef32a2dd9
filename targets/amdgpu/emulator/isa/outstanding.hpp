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
#include <cstdint>
#include <vector>

namespace sporkle::amdgpu::emulator {

/// Counters of all generations. gfx9: vector loads and stores share `load`; gfx9 to gfx11: LDS, scalar memory
/// and messages share one counter, gfx12: LDS `lds`, scalar memory `scalar`.
enum class Counter : std::uint8_t { load, store, lds, scalar, exports };
constexpr int counter_kinds = 5;

/// 160 slots, padded to 256; 256 VGPRs; 256 AGPRs.
constexpr int hazard_registers = 1024;

struct Operation {
    std::uint8_t counters = 0;  ///< bit set by Counter of the counters that are still raised
    bool out_of_order = false;
    std::uint8_t kind = 0;    ///< operations of one kind return in order among themselves
    std::uint16_t first = 0;  ///< registers it will write
    std::uint8_t count = 0;
    std::uint64_t completes = 0;  ///< time in the issue model
};

class Outstanding {
  public:
    bool none() const { return operations_.empty(); }
    /// Whether an operation is going to write the register.
    bool pending(int reg) const { return pending_[reg] != 0; }
    /// Whether a load of `kind` on counters `counters` may write the register in order behind what is
    /// pending.
    bool ordered_behind(int reg, std::uint8_t counters, std::uint8_t kind) const;

    void issue(const Operation& operation);
    /// Keeps at most `left` operations on the counter; returns the latest completion among those that ended.
    std::uint64_t wait(Counter counter, unsigned left);
    int count(Counter counter) const;

  private:
    void end(std::size_t index);

    std::vector<Operation> operations_;  ///< in order of issue
    std::array<std::uint8_t, hazard_registers> pending_{};
};

}  // namespace sporkle::amdgpu::emulator
