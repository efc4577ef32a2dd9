// A simple model of time: how long a wave's instructions take to issue, and memory to answer, in shader
// cycles.
//
// A wave issues in order, one instruction after the other: a vector instruction takes the chip's cycles for a
// wave (4 on gfx9: 64 lanes on 16; 1 or 2 on RDNA: 32 lanes a cycle), transcendental ones four times that. A
// memory instruction takes the cycles of its transactions and completes after its latency; s_waitcnt waits
// for that. Waves of one SIMD share its issue: a workgroup lasts as long as its slowest wave, and at least as
// long as its busiest SIMD's issue cycles. Latencies are round figures of the right order, for ranking
// variants; they are no measurement.
#pragma once

#include "targets/amdgpu/emulator/isa/chip.hpp"
#include "targets/amdgpu/emulator/isa/counters.hpp"

namespace sporkle::amdgpu::emulator::issue_model {

constexpr int scalar_memory_latency = 100;
constexpr int vector_memory_latency = 400;
constexpr int lds_latency = 64;
constexpr int transaction_cycles = 4;  ///< of one 64-byte segment

/// Cycles of a wave's issue slot; memory instructions add their transactions themselves.
constexpr int issue_cycles(const Chip& chip, InstructionClass kind, int lanes) {
    const int vector = chip.generation == Generation::gfx9 ? chip.cycles_per_vector_instruction : lanes / 32;
    switch (kind) {
        case InstructionClass::valu:
        case InstructionClass::fma:
        case InstructionClass::vmem:
        case InstructionClass::lds:
            return vector;
        case InstructionClass::transcendental:
            return 4 * vector;
        case InstructionClass::matrix:
            return 16;
        case InstructionClass::salu:
        case InstructionClass::branch:
        case InstructionClass::smem:
            return chip.generation == Generation::gfx9 ? 4 : 1;
    }
    return 1;
}

}  // namespace sporkle::amdgpu::emulator::issue_model
