#include "targets/spirv/emit/module.hpp"

namespace sporkle::spirv {
namespace {

constexpr std::uint32_t version_1_5 = 0x00010500;

void append_instruction(Words& words, spv::Op op, std::initializer_list<std::uint32_t> operands) {
    spirv::append_instruction(words, op, std::span(operands.begin(), operands.size()));
}

void append(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

}  // namespace

void append_instruction(Words& words, spv::Op op, std::span<const std::uint32_t> operands) {
    words.push_back(static_cast<std::uint32_t>((operands.size() + 1) << 16) | static_cast<std::uint32_t>(op));
    words.insert(words.end(), operands.begin(), operands.end());
}

Words string_words(std::string_view text) {
    Words words(text.size() / 4 + 1);
    for (std::size_t n = 0; n < text.size(); ++n)
        words[n / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[n])) << (n % 4 * 8);
    return words;
}

void Module::add_execution_mode(spv::ExecutionMode mode, std::initializer_list<std::uint32_t> literals) {
    execution_modes_.emplace_back(mode, Words(literals));
}

void Module::name(Id id, std::string_view text) {
    Words operands{id};
    append(operands, string_words(text));
    append_instruction(names_, spv::Op::OpName, std::span<const std::uint32_t>(operands));
}

void Module::decorate(Id id, spv::Decoration decoration, std::initializer_list<std::uint32_t> literals) {
    Words operands{id, static_cast<std::uint32_t>(decoration)};
    operands.insert(operands.end(), literals);
    append_instruction(decorations_, spv::Op::OpDecorate, std::span<const std::uint32_t>(operands));
}

void Module::decorate(Id id, std::string_view semantic) {
    Words operands{id, static_cast<std::uint32_t>(spv::Decoration::UserSemantic)};
    append(operands, string_words(semantic));
    append_instruction(decorations_, spv::Op::OpDecorateString, std::span<const std::uint32_t>(operands));
}

void Module::decorate_member(Id type, std::uint32_t member, spv::Decoration decoration,
                             std::initializer_list<std::uint32_t> literals) {
    Words operands{type, member, static_cast<std::uint32_t>(decoration)};
    operands.insert(operands.end(), literals);
    append_instruction(decorations_, spv::Op::OpMemberDecorate, std::span<const std::uint32_t>(operands));
}

Id Module::declare(spv::Op op, Id type, std::span<const std::uint32_t> operands) {
    Words key{static_cast<std::uint32_t>(op), type};
    key.insert(key.end(), operands.begin(), operands.end());
    const auto [place, is_new] = declared_.try_emplace(key, 0);
    if (!is_new) return place->second;
    place->second = new_id();
    Words words;
    if (type != 0) words.push_back(type);
    words.push_back(place->second);
    words.insert(words.end(), operands.begin(), operands.end());
    append_instruction(declarations_, op, std::span<const std::uint32_t>(words));
    return place->second;
}

Id Module::declare_new(spv::Op op, Id type, std::initializer_list<std::uint32_t> operands) {
    const Id id = new_id();
    Words words;
    if (type != 0) words.push_back(type);
    words.push_back(id);
    words.insert(words.end(), operands);
    append_instruction(declarations_, op, std::span<const std::uint32_t>(words));
    return id;
}

Id Module::declare_variable(Id pointer_type, spv::StorageClass storage) {
    const Id id = declare_new(spv::Op::OpVariable, pointer_type, {static_cast<std::uint32_t>(storage)});
    interface_.push_back(id);
    return id;
}

Id Module::glsl() {
    if (glsl_ == 0) glsl_ = new_id();
    return glsl_;
}

void Module::add_function(const Words& words) { append(functions_, words); }

Words Module::finish(Id main, std::uint32_t members) const {
    Words words{spv::MagicNumber, version_1_5, 0, next_id_, 0};
    for (const spv::Capability capability : capabilities_)
        append_instruction(words, spv::Op::OpCapability, {static_cast<std::uint32_t>(capability)});
    for (const std::string& extension : extensions_)
        append_instruction(words, spv::Op::OpExtension,
                           std::span<const std::uint32_t>(string_words(extension)));
    if (glsl_ != 0) {
        Words operands{glsl_};
        append(operands, string_words("GLSL.std.450"));
        append_instruction(words, spv::Op::OpExtInstImport, std::span<const std::uint32_t>(operands));
    }
    append_instruction(words, spv::Op::OpMemoryModel,
                       {static_cast<std::uint32_t>(spv::AddressingModel::PhysicalStorageBuffer64),
                        static_cast<std::uint32_t>(memory_model_)});
    Words entry{static_cast<std::uint32_t>(spv::ExecutionModel::GLCompute), main};
    append(entry, string_words("main"));
    append(entry, interface_);
    append_instruction(words, spv::Op::OpEntryPoint, std::span<const std::uint32_t>(entry));
    append_instruction(words, spv::Op::OpExecutionMode,
                       {main, static_cast<std::uint32_t>(spv::ExecutionMode::LocalSize), members, 1, 1});
    for (const auto& [mode, literals] : execution_modes_) {
        Words operands{main, static_cast<std::uint32_t>(mode)};
        append(operands, literals);
        append_instruction(words, spv::Op::OpExecutionMode, std::span<const std::uint32_t>(operands));
    }
    append(words, names_);
    append(words, decorations_);
    append(words, declarations_);
    append(words, functions_);
    return words;
}

}  // namespace sporkle::spirv
