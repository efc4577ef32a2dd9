// A file's bytes in memory of their own, so that later changes of the file cannot reach a reader.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace sporkle::bundle {

struct File {
    std::span<const std::byte> bytes;  ///< begin at a multiple of 64
    std::shared_ptr<const void> storage;
};

/// Reads a regular file of at most 4 GiB. Throws Error(input_output) or Error(out_of_memory); messages begin
/// with `origin`.
File load_file(const std::string& path, const std::string& origin);

}  // namespace sporkle::bundle
