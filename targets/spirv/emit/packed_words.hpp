// Elements of 8 and 16 bits in 32-bit words, lowest first: how memory moves them fastest. What is only moved
// never leaves its words: elements that are packed again as they came are the word they came from.
#pragma once

#include <map>
#include <span>
#include <vector>

#include <sporkle/dtype.hpp>

#include "targets/spirv/emit/code.hpp"

namespace sporkle::spirv {

class PackedWords {
  public:
    explicit PackedWords(Code& code) : code_(code) {}

    /// Register forms of the first `count` elements. Those that nobody uses Code leaves out.
    std::vector<Id> unpacked(std::span<const Id> words, DType type, int count);
    std::vector<Id> packed(std::span<const Id> values, DType type);

  private:
    struct Origin {
        Id word = 0;
        std::size_t place = 0;
    };
    /// The word whose elements these are, all of them in order; else 0.
    Id whole_word(std::span<const Id> values, std::size_t in_word) const;

    Code& code_;
    std::map<Id, Origin> origins_;  ///< of unpacked elements
};

}  // namespace sporkle::spirv
