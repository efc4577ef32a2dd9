// Waits that the hardware leaves to the program: some results may be used only a number of instructions
// after the one that makes them, with s_nop where there is nothing better to do. Hardware that is not waited
// for reads what was there before; here it is a fault that names the rule.
//
// A wait state is one instruction of the wave, s_nop n is n + 1. What is counted is the way that the wave
// takes, so code for which a compiler had to think of all ways passes.
//
// Sources: tables of manually inserted wait states in AMD's manuals of "Vega" 7nm, "CDNA 2" and "CDNA 3",
// and the hazards that LLVM's AMDGPU backend guards against, for gfx11 and gfx12 as well. Not looked at:
// instructions that this emulator does not have (GDS, LDS-DMA, interpolation, exports, traps).
#pragma once

#include <array>
#include <cstdint>

#include "targets/amdgpu/emulator/isa/chip.hpp"
#include "targets/amdgpu/emulator/isa/instruction.hpp"

namespace sporkle::amdgpu::emulator {

class Wave;

/// The last instructions of a wave.
class IssueHistory {
  public:
    struct Entry {
        const Instruction* instruction = nullptr;
        std::uint64_t at = 0;  ///< wait states before it
    };
    static constexpr int depth = 32;

    void issue(const Instruction& i) {
        recent_[issued_++ % depth] = {&i, clock_};
        clock_ += i.wait_states;
        if (i.watched_for > 0 && watch_until_ < clock_ + i.watched_for) watch_until_ = clock_ + i.watched_for;
    }
    /// Whether an instruction's rules have to be looked at.
    bool concerns(const Instruction& i) const { return i.waits || clock_ < watch_until_; }

    /// The one before (1), the one before that (2) …; null beyond what is remembered.
    const Instruction* back(int n) const {
        return n <= depth && static_cast<std::uint64_t>(n) <= issued_ ? entry(n).instruction : nullptr;
    }
    /// Wait states between the instruction back(n) and the next one to issue.
    int since(int n) const {
        const Entry& e = entry(n);
        return static_cast<int>(clock_ - e.at) - e.instruction->wait_states;
    }

  private:
    const Entry& entry(int n) const { return recent_[(issued_ - static_cast<std::uint64_t>(n)) % depth]; }

    std::array<Entry, depth> recent_{};
    std::uint64_t issued_ = 0, clock_ = 0, watch_until_ = 0;
};

/// Whether the chip leaves anything to the program.
bool has_wait_state_rules(const Chip& chip);
/// Fills Instruction::wait_states, waits and watched_for of an instruction that is otherwise complete.
void prepare_wait_states(const Chip& chip, Instruction& instruction);
/// Before an instruction issues. Throws WaveFault(hazard) that names the rule and the earlier instruction.
void check_wait_states(const Wave& wave, const Instruction& instruction);

}  // namespace sporkle::amdgpu::emulator
