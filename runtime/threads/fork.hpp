// Noticing that this process is a fork of the one in which an object was made.
#pragma once

#include <cstdint>

namespace sporkle::runtime {

/// How many forks lie between the first process that asked and this one. Costs one load.
std::uint64_t fork_generation();

}  // namespace sporkle::runtime
