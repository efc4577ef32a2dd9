// What a run of a workgroup counted, and what the issue model made of it.
#pragma once

#include <array>
#include <cstdint>

namespace sporkle::amdgpu::emulator {

enum class InstructionClass : std::uint8_t {
    salu,            ///< scalar arithmetic, moves, compares, waits and hints
    branch,          ///< s_branch, s_cbranch_*, s_setpc, s_swappc, s_endpgm, s_barrier
    smem,            ///< scalar memory
    valu,            ///< vector arithmetic other than the next three
    fma,             ///< fused and unfused multiply-add of any float type, dot products
    transcendental,  ///< rcp, rsq, sqrt, exp, log, sin, cos: a quarter of the rate
    matrix,          ///< MFMA, WMMA
    vmem,            ///< global, flat, scratch and buffer memory
    lds,             ///< local data share
};
constexpr int instruction_classes = 9;
const char* name_of(InstructionClass);

struct Counters {
    std::array<std::uint64_t, instruction_classes> instructions{};  ///< of waves, by class
    std::uint64_t fma_lanes = 0;  ///< multiply-adds done by active lanes (packed and dot forms count each)
    std::uint64_t matrix_multiply_adds = 0;
    std::uint64_t load_transactions = 0;   ///< 64-byte segments that vector loads of global memory touch
    std::uint64_t store_transactions = 0;  ///< likewise stores and atomics
    std::uint64_t load_bytes = 0;          ///< asked for by active lanes
    std::uint64_t store_bytes = 0;
    std::uint64_t scratch_transactions = 0;  ///< 64-byte segments of private memory, either way
    std::uint64_t scalar_load_bytes = 0;
    std::uint64_t lds_bytes = 0;
    std::uint64_t lds_bank_conflicts =
        0;                           ///< cycles beyond the first ones that an access without conflict takes
    std::uint64_t barriers = 0;      ///< that waves reached
    std::uint64_t stall_cycles = 0;  ///< of waves, in s_waitcnt
    std::uint64_t cycles = 0;        ///< of the issue model (issue_model.hpp), summed over workgroups

    std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const std::uint64_t n : instructions) sum += n;
        return sum;
    }
    Counters& operator+=(const Counters& other);
};

}  // namespace sporkle::amdgpu::emulator
