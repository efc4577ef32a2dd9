// The way out when no compiled variant will do.
#pragma once

#include "runtime/call/call.hpp"

namespace sporkle::runtime {

/// Runs a call on the reference evaluator, under default floating-point arithmetic. What lies in the memory
/// of a device is brought to the process and back. Throws Error(out_of_memory), Error(device_failure).
void run_reference(const Call& call);

}  // namespace sporkle::runtime
