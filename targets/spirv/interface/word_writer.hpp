// Writes SPIR-V words by hand, for the few small modules that the driver itself needs.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include <spirv/unified1/spirv.hpp11>

namespace sporkle::spirv {

class WordWriter {
  public:
    using Id = std::uint32_t;

    Id new_id() { return next_++; }

    /// An instruction without a result.
    void write(spv::Op op, std::initializer_list<std::uint32_t> operands) {
        write(op, std::span(operands.begin(), operands.size()));
    }
    void write(spv::Op op, std::span<const std::uint32_t> operands) {
        words_.push_back(static_cast<std::uint32_t>(operands.size() + 1) << 16 |
                         static_cast<std::uint32_t>(op));
        words_.insert(words_.end(), operands.begin(), operands.end());
    }
    /// One whose first operand is its result: types, labels.
    Id define(spv::Op op, std::initializer_list<std::uint32_t> operands) {
        const Id id = new_id();
        std::vector<std::uint32_t> all{id};
        all.insert(all.end(), operands);
        write(op, all);
        return id;
    }
    /// One with a type and a result.
    Id compute(spv::Op op, Id type, std::initializer_list<std::uint32_t> operands) {
        const Id id = new_id();
        std::vector<std::uint32_t> all{type, id};
        all.insert(all.end(), operands);
        write(op, all);
        return id;
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
        words_[3] = next_;
        return std::move(words_);
    }

  private:
    static constexpr std::uint32_t version_1_5 = 0x00010500;

    Id next_ = 1;
    std::vector<std::uint32_t> words_{spv::MagicNumber, version_1_5, 0, 0, 0};
};

}  // namespace sporkle::spirv
