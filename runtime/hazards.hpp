// Hazards: which launches of a recording have to wait for those before them.
//
// Two launches may run at the same time unless one writes a byte that the other reads or writes. A barrier
// makes everything behind it wait for everything before it.
#pragma once

#include <span>
#include <vector>

#include "runtime/device.hpp"

namespace sporkle::runtime {

class Hazards {
  public:
    /// Whether a barrier is due before the next launch, which touches this memory (nothing: unknown, so any).
    /// If so it counts as placed.
    bool demand_barrier(std::span<const Touched> memory);

  private:
    std::vector<Touched> since_;  ///< the last barrier
};

}  // namespace sporkle::runtime
