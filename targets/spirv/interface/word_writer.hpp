// Writes SPIR-V words by hand: the few small modules that the driver itself needs, and what it adds to
// others.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include <spirv/unified1/spirv.hpp11>

#include "targets/spirv/interface/instructions.hpp"

namespace sporkle::spirv {

class WordWriter {
  public:
    using Id = std::uint32_t;

    /// A new module.
    WordWriter() = default;
    /// One that begins with the header of another, and whose new ids follow on that one's.
    explicit WordWriter(std::span<const std::uint32_t> module)
        : next_(module[bound]), words_(module.begin(), module.begin() + header_words) {}

    void reserve(std::size_t words) { words_.reserve(words); }
    /// Words of whole instructions, as they are.
    void copy(std::span<const std::uint32_t> words) {
        words_.insert(words_.end(), words.begin(), words.end());
    }

    Id new_id() { return next_++; }

    /// An instruction without a result.
    void write(spv::Op op, std::initializer_list<std::uint32_t> operands) {
        write(op, std::span(operands.begin(), operands.size()));
    }
    void write(spv::Op op, std::span<const std::uint32_t> operands) {
        begin(op, operands.size());
        copy(operands);
    }
    /// One whose first operand is its result: types, labels.
    Id define(spv::Op op, std::initializer_list<std::uint32_t> operands) {
        begin(op, operands.size() + 1);
        words_.push_back(next_);
        words_.insert(words_.end(), operands);
        return next_++;
    }
    /// One with a type and a result.
    Id compute(spv::Op op, Id type, std::initializer_list<std::uint32_t> operands) {
        begin(op, operands.size() + 2);
        words_.insert(words_.end(), {type, next_});
        words_.insert(words_.end(), operands);
        return next_++;
    }
    /// The words of a text: its bytes, the last word filled up with zeros.
    static std::vector<std::uint32_t> text(std::string_view characters) {
        std::vector<std::uint32_t> words(characters.size() / 4 + 1);
        for (std::size_t n = 0; n < characters.size(); ++n)
            words[n / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(characters[n]))
                            << (n % 4 * 8);
        return words;
    }

    /// The whole module; nothing may be written after it.
    std::vector<std::uint32_t> finish() {
        words_[bound] = next_;
        return std::move(words_);
    }

  private:
    void begin(spv::Op op, std::size_t operands) {
        words_.push_back(static_cast<std::uint32_t>(operands + 1) << 16 | static_cast<std::uint32_t>(op));
    }

    static constexpr std::size_t bound = 3;  ///< word of the header
    static constexpr std::uint32_t version_1_5 = 0x00010500;

    Id next_ = 1;
    std::vector<std::uint32_t> words_{spv::MagicNumber, version_1_5, 0, 0, 0};
};

}  // namespace sporkle::spirv
