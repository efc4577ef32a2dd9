// The bytes of a Program as bundles store them: the layout of the struct, with every byte that is no field's
// (padding) zero, so that equal Programs have equal bytes wherever they came from.
#pragma once

#include <cstddef>
#include <vector>

#include <sporkle/program.hpp>

namespace sporkle::codegen {

std::vector<std::byte> program_bytes(const Program& program);

}  // namespace sporkle::codegen
