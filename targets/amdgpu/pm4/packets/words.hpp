// A finished packet of fixed length: header and body, at most eight words, made at compile time where all is
// constant.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace sporkle::amdgpu::pm4 {

class Words {
  public:
    constexpr Words() = default;
    template <class... Values>
    constexpr explicit Words(Values... values)
        : words_{static_cast<std::uint32_t>(values)...}, size_(sizeof...(values)) {
        static_assert(sizeof...(values) <= 8);
    }
    constexpr std::size_t size() const { return size_; }
    constexpr std::uint32_t operator[](std::size_t i) const { return words_[i]; }
    constexpr const std::uint32_t* begin() const { return words_.data(); }
    constexpr const std::uint32_t* end() const { return words_.data() + size_; }
    constexpr operator std::span<const std::uint32_t>() const { return {words_.data(), size_}; }

  private:
    std::array<std::uint32_t, 8> words_{};
    std::size_t size_ = 0;
};

/// A stream under construction.
using Stream = std::vector<std::uint32_t>;
inline void append(Stream& stream, std::span<const std::uint32_t> words) {
    stream.insert(stream.end(), words.begin(), words.end());
}

constexpr std::uint32_t low_word(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high_word(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
constexpr std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
    return static_cast<std::uint64_t>(high) << 32 | low;
}

}  // namespace sporkle::amdgpu::pm4
