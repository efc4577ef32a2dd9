// From bytes, which may be anything, to bundles.
#pragma once

#include <string>
#include <vector>

#include "runtime/bundle/bundle.hpp"
#include "runtime/bundle/format.hpp"

namespace sporkle::bundle {

/// The bundles in a file: an object file, a shared object or an executable that holds one or several. Never
/// empty. Throws Error(input_output) when the file cannot be read, Error(invalid_bundle) when it holds no
/// bundle, or one that is corrupt, truncated or of another format version. Every message names the file.
std::vector<Bundle> read_file(const std::string& path);

/// The same for a file's bytes in memory, which must begin at a multiple of 64 bytes; `storage` keeps them.
std::vector<Bundle> read_bytes(std::span<const std::byte> file, std::shared_ptr<const void> storage,
                               const std::string& origin);

/// A bundle that is linked into this process.
Bundle read_linked(const Anchor& anchor);

}  // namespace sporkle::bundle
