// Candidates: what might run the calls of a workload.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sporkle/report.hpp>

#include "runtime/call/arrangement.hpp"
#include "runtime/call/scratch.hpp"
#include "runtime/select/kernel.hpp"

namespace sporkle::runtime {

class Devices;

/// A variant with a number of threads; without a variant it is the reference.
struct Candidate {
    LoadedVariant* variant = nullptr;
    int threads = 1;
    Sizes sizes;
    const Arrangement* arrangement = nullptr;
};

struct Candidates {
    /// The model's order: the best guess of every device, first of that to which the least has to be moved;
    /// then the second of each; and so on.
    std::vector<Candidate> list;
    std::vector<std::unique_ptr<const Arrangement>> arrangements;  ///< to which the list points
    std::string fingerprint;                                       ///< of their devices
    /// Whether all are on one device that has a clock and needs nothing moved, so that its own times tell
    /// them apart best.
    bool by_device_clock = false;
};

/// `device` confines the choice to one device, null does not. A pin leaves at most one candidate, and none
/// when it is the reference or fits nothing.
Candidates find_candidates(Kernel& kernel, const Call& call, Device* device, const std::optional<Choice>& pin,
                           Devices& devices);

}  // namespace sporkle::runtime
