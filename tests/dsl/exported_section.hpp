// The bytes that SPORKLE_EXPORT put into this program.
#pragma once

#include <cstddef>
#include <span>

// The linker defines these for every section whose name is a C identifier.
extern "C" const std::byte __start_sporkle_programs[];
extern "C" const std::byte __stop_sporkle_programs[];

namespace sporkle::testing {

inline std::span<const std::byte> exported_section() {
    return {__start_sporkle_programs, __stop_sporkle_programs};
}

}  // namespace sporkle::testing
