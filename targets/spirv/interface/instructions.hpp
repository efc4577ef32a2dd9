// A SPIR-V module as a list of instructions over its words: all that passes over finished modules need. Knows
// the operand layouts of those instructions that Sporkle's modules hold.
#pragma once

#include <cstdint>
#include <span>
#include <spirv/unified1/spirv.hpp11>
#include <string>
#include <vector>

namespace sporkle::spirv {

inline constexpr std::size_t header_words = 5;

/// One instruction's words; the first holds length and opcode.
class Instruction {
  public:
    Instruction(std::span<const std::uint32_t> all, bool has_type, bool has_result)
        : words(all), has_type_(has_type), has_result_(has_result) {}

    std::span<const std::uint32_t> words;
    std::uint32_t opcode() const { return words[0] & 0xffff; }
    /// 0 where the instruction defines nothing.
    std::uint32_t result() const { return has_result_ ? words[has_type_ ? 2 : 1] : 0; }
    /// 0 where it has no type.
    std::uint32_t type() const { return has_type_ ? words[1] : 0; }

  private:
    bool has_type_, has_result_;
};

inline bool is(const Instruction& x, spv::Op op) { return spv::Op(x.opcode()) == op; }

/// The text at the end of an instruction, from a word on.
std::string text_at(const Instruction& x, std::size_t word);

/// Throws Error(invalid_bundle) where magic number or instruction lengths are wrong, or an instruction is
/// shorter than this program reads.
std::vector<Instruction> instructions_of(std::span<const std::uint32_t> module);

/// Puts the ids that an instruction uses, its own result left out, into `ids`, which is cleared first. A
/// literal may be taken for an id in instructions that Sporkle does not emit.
void find_used_ids(const Instruction& instruction, std::vector<std::uint32_t>& ids);

}  // namespace sporkle::spirv
