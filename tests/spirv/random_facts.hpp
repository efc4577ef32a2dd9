// Devices as nobody has made them yet: facts drawn at random, and modules as their drivers would run them.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::test {

/// A device: what is not exact, and whether its driver ends loops early, so that modules are guarded.
struct Pretended {
    spirv::DeviceFacts facts;
    bool guards_loops = false;
    bool needs_float_controls = false;  ///< its driver rounds and flushes as modules say, so they must say it

    /// "fma flushes, no division f32, 3 words pushed, …"
    std::string text() const;
};

/// What can be pretended on a device: less than that has, since nothing makes an inexact operation exact.
/// Software devices are taken for exact but for fma and what they know of operands (as lavapipe is), others
/// for ones that flush.
Pretended least_pretended(bool is_software);

/// One at random that has no more than `least`.
Pretended random_device(std::mt19937& random, const Pretended& least);

/// Those that lack just one thing more than `least`, or push another number of words.
std::vector<Pretended> single_faults(const Pretended& least);

/// The devices that have one thing back that `least` has, for finding out what is at fault.
std::vector<Pretended> mended(const Pretended& device, const Pretended& least);

/// The module adapted to that device, with what its driver then does wrongly. It is for a device that is
/// taken for exact.
std::vector<std::uint32_t> as_run_on(const Pretended& device, std::span<const std::uint32_t> module);

}  // namespace sporkle::test
