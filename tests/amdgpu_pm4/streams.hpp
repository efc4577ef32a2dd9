// Descriptors, launches and helpers that the tests of packets share.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "targets/amdgpu/pm4/command_writer.hpp"
#include "targets/amdgpu/pm4/decode.hpp"
#include "targets/amdgpu/pm4/dispatch_template.hpp"

namespace sporkle::amdgpu::pm4::testing {

/// The chips that Sporkle emits code for.
inline constexpr const char* emitted_chips[] = {"gfx906",  "gfx90a",  "gfx942",
                                                "gfx1030", "gfx1100", "gfx1201"};

/// The descriptor's numbers that LLVM 19 writes for a small kernel of two arguments without scratch.
KernelDescriptor small_kernel(const Chip& chip);
/// The same with `bytes` of scratch for a lane.
KernelDescriptor scratch_kernel(const Chip& chip, std::uint32_t bytes);
/// The 64 bytes of a descriptor.
std::vector<std::byte> bytes_of(const KernelDescriptor& descriptor);

SubmissionValues some_submission();
DispatchValues some_dispatch();

/// All faults of a submitted buffer, a line each.
std::string faults_of(std::span<const std::uint32_t> stream, const Chip& chip);
/// The stream as hexadecimal words, eight a line, for comparisons that a person can read.
std::string hex(std::span<const std::uint32_t> words);

/// The value that a register has at the stream's last dispatch. Throws where nothing has set it.
std::uint32_t register_at_dispatch(std::span<const std::uint32_t> stream, const Chip& chip,
                                   const std::string& name);

/// A seed from the environment (SPORKLE_TEST_SEED) or a fixed one; the test prints it when it fails.
std::uint64_t test_seed();

}  // namespace sporkle::amdgpu::pm4::testing
