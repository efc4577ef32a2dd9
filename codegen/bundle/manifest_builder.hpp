// The FlatBuffers manifest of a bundle (runtime/bundle/manifest.fbs), and the two sections of blobs that it
// refers to.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "codegen/bundle/writer.hpp"

namespace sporkle::codegen {

/// A function in a section, for the symbol table.
struct PlacedFunction {
    std::string name;
    std::uint64_t offset = 0, size = 0;  ///< bytes, from the beginning of the section
};

/// Constants in the code section, told apart from instructions for disassemblers.
struct PlacedData {
    std::uint64_t offset = 0, size = 0;
};

struct BundleContents {
    std::vector<std::byte> manifest;
    std::vector<std::byte> code, data;  ///< beginning with room for a Marker; empty where there are no blobs
    std::vector<PlacedFunction> functions;  ///< in the code section, ascending
    std::vector<PlacedData> constants;      ///< likewise
};

BundleContents build_manifest(std::span<const CompiledKernel> kernels);

}  // namespace sporkle::codegen
