// The architectural state of a wave, and what of its surroundings instructions reach.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "targets/amdgpu/emulator/isa/chip.hpp"
#include "targets/amdgpu/emulator/isa/counters.hpp"
#include "targets/amdgpu/emulator/isa/execution_error.hpp"
#include "targets/amdgpu/emulator/isa/instruction.hpp"
#include "targets/amdgpu/emulator/isa/lds_order.hpp"
#include "targets/amdgpu/emulator/isa/memory.hpp"
#include "targets/amdgpu/emulator/isa/outstanding.hpp"
#include "targets/amdgpu/emulator/isa/wait_states.hpp"

namespace sporkle::amdgpu::emulator {

class Program;

/// MODE register bits.
namespace mode {
constexpr std::uint32_t rounding = 0xf;
constexpr std::uint32_t keep_subnormals_32 = 3u << 4;
constexpr std::uint32_t keep_subnormals_16_64 = 3u << 6;
constexpr std::uint32_t dx10_clamp = 1u << 8;
constexpr std::uint32_t ieee = 1u << 9;
}  // namespace mode

enum class WaveStatus : std::uint8_t { running, at_barrier, sleeping, ended };

class Wave {
  public:
    Wave(const Chip& chip, int lanes, int vgprs, int accumulators)
        : chip(chip),
          lanes(lanes),
          all_lanes(lanes == 64 ? ~std::uint64_t{0} : 0xffffffffu),
          vgprs(vgprs),
          accumulators(accumulators),
          vector_(static_cast<std::size_t>(vgprs) * lanes, 0x7fa5a5a5u),
          accumulator_(static_cast<std::size_t>(accumulators) * lanes, 0x7fa5a5a5u) {}

    const Chip& chip;
    const int lanes;
    const std::uint64_t all_lanes;
    const int vgprs, accumulators;

    alignas(64) std::array<std::uint32_t, slot::count> scalar{};
    bool scc = false;
    std::uint32_t mode = 0x3f0;
    std::uint64_t scratch = 0;
    std::uint32_t scratch_bytes_per_lane = 0;
    bool approximate = true;
    bool register_indexing = false;  ///< gfx9: s_set_gpr_idx_on

    std::uint32_t next = 0;  ///< index of the instruction to execute
    WaveStatus status = WaveStatus::running;
    std::uint32_t barriers_signalled = 0, barriers_waited = 0;  ///< gfx12 splits the barrier
    int number = 0;                                             ///< in the workgroup
    int compute_unit = 0;                                       ///< WaveStart::compute_unit
    std::uint64_t issued = 0;                                   ///< cycles of its SIMD's issue that it took
    std::uint64_t time = 0;                                     ///< cycles of the issue model

    IssueHistory history;
    Outstanding outstanding;  ///< memory operations that no s_waitcnt has covered yet

    Program* program = nullptr;
    Memory* memory = nullptr;
    std::vector<std::byte>* lds = nullptr;
    LdsOrder* lds_order = nullptr;
    std::uint32_t lds_operations = 0;  ///< DS instructions issued
    std::vector<std::uint32_t>
        lds_done_at_barrier;  ///< of these, how many it had waited for at each barrier signalled
    Counters* counters = nullptr;

    std::uint32_t* row(int vgpr) { return vector_.data() + static_cast<std::size_t>(vgpr) * lanes; }
    std::uint32_t* accumulator_row(int agpr) {
        return accumulator_.data() + static_cast<std::size_t>(agpr) * lanes;
    }
    std::uint32_t* row(const Operand& operand, int word = 0) {
        return operand.unit == Unit::accumulator ? accumulator_row(operand.index + word)
                                                 : row(operand.index + word);
    }

    std::uint64_t read64(int index) const {
        return scalar[index] | static_cast<std::uint64_t>(scalar[index + 1]) << 32;
    }
    void write64(int index, std::uint64_t value) {
        scalar[index] = static_cast<std::uint32_t>(value);
        scalar[index + 1] = static_cast<std::uint32_t>(value >> 32);
    }
    /// A mask of this wave's lanes: one register or two.
    std::uint64_t read_mask(int index) const { return lanes == 64 ? read64(index) : scalar[index]; }
    void write_mask(int index, std::uint64_t value) {
        if (lanes == 64)
            write64(index, value);
        else
            scalar[index] = static_cast<std::uint32_t>(value);
    }
    std::uint64_t exec() const { return read_mask(slot::exec); }

    /// The value of a scalar operand or constant, 32 or 64 bits by its width.
    std::uint64_t read(const Operand& operand) const {
        if (operand.unit == Unit::constant) return operand.value;
        if (operand.index >= slot::scc) return read_status(operand.index);
        return operand.words == 2 && operand.index != slot::null ? read64(operand.index)
                                                                 : scalar[operand.index];
    }
    std::uint32_t read32(const Operand& operand) const { return static_cast<std::uint32_t>(read(operand)); }
    void write(const Operand& operand, std::uint64_t value) {
        scalar[operand.index] = static_cast<std::uint32_t>(value);
        if (operand.words == 2) scalar[operand.index + 1] = static_cast<std::uint32_t>(value >> 32);
    }

    bool flushes_32() const { return (mode & mode::keep_subnormals_32) != mode::keep_subnormals_32; }
    bool flushes_16_64() const { return (mode & mode::keep_subnormals_16_64) != mode::keep_subnormals_16_64; }

  private:
    std::uint64_t read_status(int index) const {
        if (index == slot::scc) return scc;
        if (index == slot::vccz) return read_mask(slot::vcc) == 0;
        return exec() == 0;
    }
    std::vector<std::uint32_t> vector_, accumulator_;
};

}  // namespace sporkle::amdgpu::emulator
