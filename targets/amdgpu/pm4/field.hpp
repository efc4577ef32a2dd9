// A field of a 32-bit word: bits [low, low + bits). Every register and packet word is described by such
// fields, and everything that makes or reads a word goes through them, so that a value that does not fit its
// field cannot spill into its neighbour: it is a compile error where the value is constant, else an Error.
#pragma once

#include <cstdint>
#include <string>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu::pm4 {

[[noreturn]] inline void refuse_field(const char* name, std::uint64_t value, unsigned bits) {
    throw Error(ErrorCode::invalid_argument, "sporkle: pm4: " + std::to_string(value) + " does not fit " +
                                                 name + ", a field of " + std::to_string(bits) + " bits");
}

struct Field {
    const char* name;  ///< as the public headers spell it
    std::uint8_t low, bits;

    constexpr std::uint32_t largest() const { return bits == 32 ? ~0u : (1u << bits) - 1; }
    constexpr std::uint32_t mask() const { return largest() << low; }
    /// The word that holds `value` in this field and 0 elsewhere.
    constexpr std::uint32_t operator()(std::uint64_t value) const {
        if (value > largest()) refuse_field(name, value, bits);
        return static_cast<std::uint32_t>(value) << low;
    }
    /// The field's value in `word`.
    constexpr std::uint32_t of(std::uint32_t word) const { return word >> low & largest(); }
};

}  // namespace sporkle::amdgpu::pm4
