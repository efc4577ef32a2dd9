# cmake -DOUTPUT=<header> "-DSOURCES=<file>;…" -P adapter_version.cmake: a header with a hash of the sources, which is
# written only where it changes.
cmake_minimum_required(VERSION 3.20)
set(all "")
foreach(source IN LISTS SOURCES)
  file(SHA256 "${source}" hash)
  string(APPEND all "${hash}\n")
endforeach()
string(SHA256 all "${all}")
string(SUBSTRING "${all}" 0 16 version)
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "// Of the code that adapts modules: files that another version made are not found.
#pragma once

#include <cstdint>

namespace sporkle::spirv::vulkan {

inline constexpr std::uint64_t adapter_version = 0x@version@;

}  // namespace sporkle::spirv::vulkan
" @ONLY)
