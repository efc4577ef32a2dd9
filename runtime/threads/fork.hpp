// Noticing that this process is a fork of the one in which an object was made.
#pragma once

#include <cstdint>

namespace sporkle::runtime {

/// How many forks lie between the first process that asked and this one. Costs one load.
std::uint64_t fork_generation();

class Device;
/// A device with memory of its own does not come along to a child process. Throws Error(device_failure) when
/// `generation` is not the present one.
void expect_same_process(const Device& device, std::uint64_t generation);

}  // namespace sporkle::runtime
