// The devices of this machine, as the runtime finds them. Those of a target are opened when they are first
// asked for, once for the process.
#pragma once

#include <string>
#include <vector>

#include <sporkle/program.hpp>

#include "codegen/target.hpp"
#include "runtime/device.hpp"

namespace sporkle::testing {

/// From now on the tests see this device only. Throws Error(unknown_device) with the names of those there
/// are, or why they are not there.
void confine_to_device(const std::string& name);

/// The devices that run the target's code and whose arithmetic serves a kernel of the class.
std::vector<runtime::Device*> devices_for(const codegen::EmitTarget& target, Numerics numerics);

/// Whether a target's code is only emulated here, which takes a thousand times as long.
bool is_emulated(const codegen::EmitTarget& target);

/// Why devices_for found none.
std::string why_no_device(const codegen::EmitTarget& target, Numerics numerics);

/// Those of the target's architectures that some of the devices run, lowest first.
std::vector<std::string> architectures_of(const codegen::EmitTarget& target,
                                          const std::vector<runtime::Device*>& devices);

}  // namespace sporkle::testing
