#include "targets/x86/emit/level.hpp"

#include <vector>

#include <sporkle/error.hpp>

namespace sporkle::x86 {
namespace {

using codegen::Machine;

// Caches are those of common CPUs of each generation: per core for the first two, a core's fair share of the
// third. They steer blocking only; a wrong guess costs speed and nothing else.

/// Nehalem (2008) and later: SSE4.2, no FMA.
Level v2() {
    Machine m;
    m.target = "x86";
    m.architecture = "x86-64-v2";
    m.vector_bits = 128;
    m.vector_registers = 16;
    m.has_fma = false;
    m.has_masks = false;
    m.fma_per_cycle = 1;
    m.fma_latency = 8;  // a multiplication and an addition
    m.l1_bytes = 32 << 10;
    m.l2_bytes = 256 << 10;
    m.l3_bytes = 2 << 20;
    return {.machine = m};
}

/// Haswell (2013), Zen (2017) and later: AVX2, FMA, F16C.
Level v3() {
    Machine m = v2().machine;
    m.architecture = "x86-64-v3";
    m.vector_bits = 256;
    m.has_fma = true;
    m.fma_per_cycle = 2;
    m.fma_latency = 4;
    m.l2_bytes = 512 << 10;
    m.l3_bytes = 4 << 20;
    return {.machine = m, .has_f16c = true, .masks_words = true};
}

/// Skylake-SP (2017), Zen 4 (2022) and later: AVX-512 F, BW, CD, DQ, VL.
Level v4() {
    Machine m = v3().machine;
    m.architecture = "x86-64-v4";
    m.vector_bits = 512;
    m.vector_registers = 32;
    m.has_masks = true;
    m.l2_bytes = 1 << 20;
    return {.machine = m, .has_f16c = true, .masks_words = true, .masks_bytes = true, .gathers = true};
}

}  // namespace

std::span<const Level> levels() {
    static const std::vector<Level> all{v2(), v3(), v4()};
    return all;
}

const Level& level_of(const std::string& architecture) {
    std::string known;
    for (const Level& level : levels()) {
        if (level.machine.architecture == architecture) return level;
        known += " " + level.machine.architecture;
    }
    throw Error(ErrorCode::unsupported,
                "x86: unknown architecture '" + architecture + "'; known ones are" + known);
}

}  // namespace sporkle::x86
