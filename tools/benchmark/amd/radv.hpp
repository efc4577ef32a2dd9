// RADV, Mesa's Vulkan driver for AMD's GPUs, as a compiler: with RADV_FORCE_FAMILY it compiles for any chip
// that it knows, without a GPU, and with RADV_DEBUG=shaders it prints what it made. Both are read when the
// driver is loaded and an unknown chip ends the process, so a process of its own is started for each.
#pragma once

#include <string>

#include "tools/benchmark/amd/isa/listing.hpp"

namespace sporkle::bench::amd {

struct RadvCode {
    Counts loop;         ///< the hottest one
    std::string device;  ///< what the driver calls itself; empty where there is no code
    std::string absent;  ///< why there is none
};

/// What RADV makes of the SPIR-V for the product with a schedule of the chip's. `program` is this program.
RadvCode radv_code(const std::string& program, const std::string& chip, const std::string& schedule);

/// What the started process does: everything is printed to the standard output. Returns its exit code.
int print_radv_code(const std::string& chip, const std::string& schedule);

/// The listing of the shader with the hottest loop in what RADV printed.
Counts hottest_loop_of_shaders(const std::string& text);

}  // namespace sporkle::bench::amd
