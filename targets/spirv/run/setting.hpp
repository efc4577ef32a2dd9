// Environment variables that may have certain words.
#pragma once

#include <initializer_list>
#include <string_view>

namespace sporkle::spirv::vulkan {

/// The word that `variable` has, empty where it is unset or empty. Throws Error(invalid_argument) for one
/// that is not among `words`.
std::string_view setting(const char* variable, std::initializer_list<std::string_view> words);

}  // namespace sporkle::spirv::vulkan
