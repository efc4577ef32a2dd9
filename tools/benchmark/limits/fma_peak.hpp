// The most f32 arithmetic that one core, or all of them, can do: independent fused multiply-adds in
// registers.
#pragma once

#include <string>
#include <vector>

#include "tools/benchmark/measure/team.hpp"

namespace sporkle::bench {

/// One way to spend arithmetic: a microarchitecture level and its widest multiply-add.
struct FmaLoop {
    std::string level;           ///< "x86-64-v4"
    double flops_per_iteration;  ///< a multiply-add counts as two
    void (*run)(long iterations);
};

/// The loops that this CPU can run, widest last. x86-64-v2 has no FMA: its loop multiplies and adds.
std::vector<FmaLoop> fma_loops();

/// FLOP/s of the team over about `seconds`, now: the sum of what each thread reached.
double fma_rate(const FmaLoop& loop, Team& team, double seconds = 0.4e-3);

}  // namespace sporkle::bench
