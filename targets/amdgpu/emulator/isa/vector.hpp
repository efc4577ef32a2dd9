// Vector arithmetic on a wave: operands into rows, an operation's loop over them, results back under EXEC.
#pragma once

#include <cstdint>
#include <string>

#include "targets/amdgpu/emulator/isa/lanes.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {

/// One value a lane, 32 or 64 bits wide.
union RowBuffer {
    alignas(64) std::uint32_t words[max_lanes];
    std::uint64_t doubles[max_lanes];
};

constexpr bool is_64_bits(Kind kind) {
    return kind == Kind::b64 || kind == Kind::f64 || kind == Kind::pf32 || kind == Kind::pb32;
}
constexpr bool is_16_bits(Kind kind) { return kind == Kind::b16 || kind == Kind::f16; }
constexpr bool is_float(Kind kind) {
    return kind == Kind::f32 || kind == Kind::f64 || kind == Kind::f16 || kind == Kind::pf16 ||
           kind == Kind::pf32;
}

/// The values of source k with all modifiers; a row of the wave itself where nothing changes them, else
/// `buffer`.
const void* fetch_source(Wave& wave, const Instruction& i, int k, Kind kind, RowBuffer& buffer);

/// Applies DPP's row and bank masks and bounds to the lanes that are written.
std::uint64_t data_parallel_mask(const Wave& wave, const Instruction& i);
/// Moves a row by the instruction's DPP control; lanes without a source get 0.
void data_parallel_move(const Wave& wave, const Instruction& i, const std::uint32_t* from, std::uint32_t* to);

/// row = mask ? values : row.
void write_row(std::uint32_t* row, const std::uint32_t* values, std::uint64_t mask, int lanes);

/// Clamp, output scale, flushing, halves and SDWA, then the registers under `mask`.
void write_result(Wave& wave, const Instruction& i, const Operand& target, Kind kind, std::uint16_t flags,
                  RowBuffer& values, std::uint64_t mask);

/// A lane mask to a scalar destination.
inline void write_lane_mask(Wave& wave, const Operand& target, std::uint64_t mask) {
    wave.write_mask(target.index, mask);
}

/// nullptr where no table has the name.
const VectorOperation* find_vector_operation(const std::string& name);

}  // namespace sporkle::amdgpu::emulator
