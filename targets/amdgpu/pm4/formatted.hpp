// printf into a string, for messages and listings.
#pragma once

#include <string>

namespace sporkle::amdgpu::pm4 {

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
std::string
formatted(const char* format, ...);

}  // namespace sporkle::amdgpu::pm4
