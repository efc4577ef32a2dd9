// Text as a template argument: the names that an author gives are part of the types of the notation.
#pragma once

#include <cstddef>
#include <string_view>

#include <sporkle/program.hpp>

namespace sporkle::notation {

/// Characters with the closing NUL. Compilers print it as text in their diagnostics.
template <std::size_t size>
struct FixedString {
    char text[size] = {};

    constexpr FixedString() = default;
    constexpr FixedString(const char (&from)[size]) {
        for (std::size_t i = 0; i < size; ++i) text[i] = from[i];
    }
    constexpr std::string_view view() const { return {text, size - 1}; }
};

/// A Name out of a constant as a template argument. `length` is that of the name.
template <std::size_t length>
constexpr FixedString<length + 1> fixed_string(const Name& name) {
    FixedString<length + 1> result;
    for (std::size_t i = 0; i < length; ++i) result.text[i] = name.text[i];
    return result;
}

constexpr Name make_name(std::string_view text) {
    Name name;
    name.assign(text);
    return name;
}

}  // namespace sporkle::notation
