// What a device does with arithmetic, found out by running it: does fma round once, do division and square
// root round correctly, are subnormals kept. What the results mean is in DESIGN: what the emitter can repair
// is repaired when modules are adapted; a device that loses subnormals gets no reproducible kernels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sporkle/device_info.hpp>

#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::spirv::vulkan {

class Engine;

struct Numerics {
    std::uint32_t loop_turns = 0;       ///< after so many the driver ends loops; 0 where it does not
    DeviceFacts facts;                  ///< for adapted()
    DeviceInfo::Arithmetic arithmetic;  ///< with the repairs
    std::vector<std::string> notes;
};

/// Whether nothing is to be run on devices when they are opened, so that a driver can be tried as a compiler
/// where there is no GPU and perhaps no memory: $SPORKLE_VULKAN_PROBE is "distrust" (every repair is in use)
/// or "trust" (none is). No reproducible kernel is offered such a device.
bool probing_is_off();

/// Runs the probe, or takes what it found in an earlier process with the same device and driver. Throws
/// Error(device_failure), Error(out_of_memory).
Numerics probe(Engine& engine);

}  // namespace sporkle::spirv::vulkan
