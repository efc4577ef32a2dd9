#include "targets/spirv/run/setting.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <sporkle/error.hpp>

namespace sporkle::spirv::vulkan {

std::string_view setting(const char* variable, std::initializer_list<std::string_view> words) {
    const char* value = std::getenv(variable);
    const std::string_view word = value == nullptr ? "" : value;
    if (word.empty() || std::find(words.begin(), words.end(), word) != words.end()) return word;
    std::string known;
    for (const std::string_view one : words) known += (known.empty() ? "" : " or ") + std::string(one);
    throw Error(ErrorCode::invalid_argument,
                std::string(variable) + " is '" + std::string(word) + "'; expected " + known);
}

}  // namespace sporkle::spirv::vulkan
