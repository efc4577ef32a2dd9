// From a manifest's bytes to plain data.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "runtime/bundle/bundle.hpp"

namespace sporkle::bundle {

/// The sections that a manifest describes, Markers included.
struct Contents {
    std::span<const std::byte> manifest;  ///< begins at a multiple of 8 bytes
    std::span<const std::byte> code, data;
};

/// Fills producer, kernels and blobs of a bundle whose origin is set. Verifies the FlatBuffers structure,
/// bounds every number by what it counts, validates every Program and checks every blob's hash. Throws
/// Error(invalid_bundle).
void parse_manifest(const Contents& contents, Bundle& bundle);

}  // namespace sporkle::bundle
