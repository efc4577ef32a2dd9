// Binding: a variant bound to one call at a time, with the memory that its code needs beyond the caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/bundle/bundle.hpp"
#include "runtime/call/call.hpp"
#include "runtime/device.hpp"
#include "runtime/memory/aligned_bytes.hpp"

namespace sporkle::runtime {

/// How large a variant's dispatches and scratch buffers are for one workload.
struct Sizes {
    std::vector<Grid> grids;
    std::vector<std::int64_t> scratch;  ///< bytes, in the variant's order
};

/// Nothing when a formula has no value for this call, or a grid more than 2^62 tasks.
std::optional<Sizes> sizes_of(const bundle::Variant& variant, const Call& call);

class Binding {
  public:
    /// Allocates scratch for `threads` threads. Throws Error(out_of_memory).
    Binding(const bundle::Variant& variant, const Executable& executable, const Sizes& sizes, int threads,
            const Facts& facts);

    /// Takes the addresses and scalars of a call of the same workload.
    void rebind(const Call& call) { call.write_words(words_.data()); }

    void run() const { executable_->run(launch_); }
    const Executable& executable() const { return *executable_; }
    const Launch& launch() const { return launch_; }

  private:
    const Executable* executable_;
    std::vector<std::uint64_t> words_;
    std::vector<Grid> grids_;
    AlignedBytes shared_, arenas_;
    Launch
        launch_;  ///< points into the members above, whose memory stays where it is when a Binding is moved
};

}  // namespace sporkle::runtime
