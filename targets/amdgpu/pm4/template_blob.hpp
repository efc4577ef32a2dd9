// Templates as bytes, for the bundle. 32-bit little-endian words:
//
//   magic "PM4T", format version, chip's name (16 bytes, zeros behind), scratch bytes of a wave,
//   number of words W, of patches P, of dispatches D,
//   3 + D segments (prologue, barrier, epilogue, dispatches): first and last word, first and last patch,
//   P patches: kind in [31:24], word in [23:0],
//   W words
//
// A bundle's bytes may come from anywhere, so reading checks everything: sizes before anything is allocated,
// that segments follow each other without gaps, that every packet is free of faults, and that every patch
// stands at the register or field that its kind is for, once in each segment that has to have it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "targets/amdgpu/pm4/dispatch_template.hpp"

namespace sporkle::amdgpu::pm4 {

std::vector<std::byte> serialize(const Template& from);

/// Bytes may follow. Throws Error(invalid_bundle) that says what is wrong.
Template parse_template(std::span<const std::byte> bytes);
/// How many bytes the template at the beginning of `bytes` has. Throws as parse_template.
std::size_t template_bytes(std::span<const std::byte> bytes);

/// The last step of parse_template, for templates from elsewhere.
void verify(const Template& t);

}  // namespace sporkle::amdgpu::pm4
