// SPIR-V modules written by hand, for tests of the driver alone, and what is needed to load them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/bundle/bundle.hpp"
#include "runtime/device.hpp"

namespace sporkle::testing {

/// What a module is made of, to be changed by tests that want a wrong one.
struct KernelOptions {
    std::uint32_t local_size = 32;
    std::vector<std::uint32_t> more_capabilities = {};
    std::uint32_t shared_words = 0;    ///< size of an array in shared memory
    bool takes_subgroup_size = false;  ///< and adds it to what is written
    std::uint32_t base = 10;
};

/// words: address of u32 elements, grid[0], grid[1], value. Task t, invocation i writes
///     element[t · local_size + i] = element[…] · base + value
/// with t counted over the whole grid.
std::vector<std::uint32_t> digits_kernel(const KernelOptions& options = {});

/// words: address of u32 elements, grid[0], grid[1], turns. Task t leaves in element[t] the result of `turns`
/// steps x → 1664525 · x + 1013904223 from t on, which it computes in its arena.
std::vector<std::uint32_t> arena_kernel();

/// A bundle of one variant whose dispatches are these modules.
struct HandMade {
    std::vector<std::byte> bytes;
    bundle::Bundle bundle;
    const bundle::Variant& variant() const { return bundle.kernels[0].variants[0]; }

    explicit HandMade(const std::vector<std::vector<std::uint32_t>>& modules);
};

}  // namespace sporkle::testing
