// How long a process takes to make its kernels ready, measured inside that process.
#pragma once

#include <string>

namespace sporkle::bench {

/// Opens the device and makes the model's first variant of each of fifty kernels ready, one after the other.
/// Prints the seconds that this took, and those of opening before, and returns the exit status.
int gpu_start_once(const std::string& device);

}  // namespace sporkle::bench
