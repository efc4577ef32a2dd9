// Packet streams, registers and templates as text, a line for each packet and each word that has something to
// say.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "targets/amdgpu/pm4/decode.hpp"
#include "targets/amdgpu/pm4/dispatch_template.hpp"

namespace sporkle::amdgpu::pm4 {

/// Every packet with its fields, registers and faults ("! …"). Runs of padding take one line.
std::string text_of(std::span<const std::uint32_t> stream, const Chip& chip);
std::string text_of(const Packet& packet, const Chip& chip);

/// "COMPUTE_PGM_RSRC2 = 0x00000086: USER_SGPR 3, TGID_X_EN 1": fields that are 0 are left out.
std::string text_of(const RegisterWrite& write);

/// A sound template by its segments, with "<- kernarg" where words are patched.
std::string text_of(const Template& t);

}  // namespace sporkle::amdgpu::pm4
