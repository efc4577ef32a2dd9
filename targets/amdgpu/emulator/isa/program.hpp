// Machine code at a GPU address, decoded once.
//
// Decoding follows the control flow from an entry point: straight on and to branch targets, through
// Memory::fetch. What only s_setpc or s_swappc reaches is decoded when they first go there. Bytes that are no
// instruction and instructions without semantics become instructions that fail when they are executed, with
// name and encoding.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "targets/amdgpu/emulator/isa/chip.hpp"
#include "targets/amdgpu/emulator/isa/instruction.hpp"

namespace sporkle::amdgpu::emulator {

class Decoder;

class Program {
  public:
    /// `wave_size` 32 or 64 selects how mask operands decode. `code` is asked for bytes while this
    /// constructor runs and whenever a new address is reached; it must outlive the program.
    Program(const Chip& chip, int wave_size, Memory& code, std::uint64_t entry);
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    const Chip& chip() const { return chip_; }
    int wave_size() const { return wave_size_; }
    std::uint64_t entry() const { return entry_; }

    /// Index of the instruction at an address, decoded now if it has not been. Safe from several threads.
    std::uint32_t index_of(std::uint64_t address);
    /// Valid for indices that index_of gave, and what follows them until control leaves.
    const Instruction& operator[](std::uint32_t index) const { return *table_[index]; }
    const Instruction* const* table() const { return table_.get(); }

    std::string text(const Instruction& instruction) const;  ///< assembly

    int vector_registers() const { return vector_registers_; }  ///< one more than the highest VGPR named
    int accumulators() const { return accumulators_; }
    /// One more than the highest SGPR named, the special ones (VCC, FLAT_SCRATCH, …) left out.
    int scalar_registers() const { return scalar_registers_; }

    /// "name encoding" of every decoded instruction that cannot be executed.
    std::vector<std::string> unimplemented() const;

  private:
    void decode_from(std::uint64_t address);
    std::uint32_t append(std::unique_ptr<Instruction> instruction);
    void note_registers(const Instruction& instruction);

    const Chip& chip_;
    int wave_size_;
    Memory& code_;
    std::uint64_t entry_;
    std::unique_ptr<Decoder> decoder_;
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::uint32_t> index_;
    std::vector<std::unique_ptr<Instruction>> instructions_;
    /// A fixed table of pointers, so that waves of other threads read on while the program grows.
    std::unique_ptr<const Instruction*[]> table_;
    int vector_registers_ = 0;
    int accumulators_ = 0;
    int scalar_registers_ = 0;
};

/// Instructions that a program may have: 8 MiB of code.
constexpr std::uint32_t max_instructions = 1u << 20;

}  // namespace sporkle::amdgpu::emulator
