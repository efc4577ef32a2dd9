// A SPIR-V module under construction: its sections in the order in which the specification wants them
// (SPIR-V 2.4, "Logical Layout of a Module"), ids, and declarations that exist once.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <spirv/unified1/spirv.hpp11>

namespace sporkle::spirv {

using Id = std::uint32_t;
using Words = std::vector<std::uint32_t>;

/// Appends an instruction's words. Result type and result id are operands like others here.
void append_instruction(Words& words, spv::Op op, std::span<const std::uint32_t> operands);

/// A string's words: bytes and a final zero, in little-endian order.
Words string_words(std::string_view text);

class Module {
  public:
    Id new_id() { return next_id_++; }

    void require(spv::Capability capability) { capabilities_.insert(capability); }
    bool requires_capability(spv::Capability capability) const { return capabilities_.contains(capability); }
    void require_extension(std::string_view name) { extensions_.emplace(name); }
    void set_memory_model(spv::MemoryModel model) { memory_model_ = model; }
    void add_execution_mode(spv::ExecutionMode mode, std::initializer_list<std::uint32_t> literals);

    void name(Id id, std::string_view text);
    void decorate(Id id, spv::Decoration decoration, std::initializer_list<std::uint32_t> literals = {});
    /// UserSemantic, which is for programs that read modules.
    void decorate(Id id, std::string_view semantic);
    void decorate_member(Id type, std::uint32_t member, spv::Decoration decoration,
                         std::initializer_list<std::uint32_t> literals);

    /// A type or constant; the same one for the same words. `type` is 0 for types.
    Id declare(spv::Op op, Id type, std::span<const std::uint32_t> operands);
    Id declare(spv::Op op, Id type, std::initializer_list<std::uint32_t> operands) {
        return declare(op, type, std::span(operands.begin(), operands.size()));
    }
    /// A type or specialisation constant that must be one of its own.
    Id declare_new(spv::Op op, Id type, std::initializer_list<std::uint32_t> operands);
    /// A variable outside of functions, which joins the entry point's interface.
    Id declare_variable(Id pointer_type, spv::StorageClass storage);

    /// The extended instruction set GLSL.std.450.
    Id glsl();

    void add_function(const Words& words);

    /// The finished module, whose entry point "main" runs `members` invocations in a workgroup.
    Words finish(Id main, std::uint32_t members) const;

  private:
    Id next_id_ = 1;
    Id glsl_ = 0;
    spv::MemoryModel memory_model_ = spv::MemoryModel::GLSL450;
    std::set<spv::Capability> capabilities_;
    std::set<std::string> extensions_;
    std::vector<std::pair<spv::ExecutionMode, Words>> execution_modes_;
    std::map<Words, Id> declared_;
    Words interface_, names_, decorations_, declarations_, functions_;
};

}  // namespace sporkle::spirv
