// The header comes later here: what it includes must know that its utilities are wanted.
#define SPV_ENABLE_UTILITY_CODE  // HasResultAndType
#include <spirv/unified1/spirv.hpp11>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include <sporkle/error.hpp>

#include "targets/spirv/interface/cooperative_matrix.hpp"
#include "targets/spirv/interface/instructions.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;

/// Words of an instruction before its operands: which of them are type and result.
struct Layout {
    bool type = false, result = false;
};

Layout layout_of(Op op) {
    const auto matrix = cooperative_matrix::form_of(static_cast<std::uint32_t>(op));
    if (matrix.known) return {matrix.has_type, matrix.has_result};
    Layout layout;
    bool has_result = false, has_type = false;
    spv::HasResultAndType(op, &has_result, &has_type);
    layout.type = has_type;
    layout.result = has_result;
    return layout;
}

/// Operands, after type and result, from which on there are only literals; and single literals among ids.
struct Literals {
    std::size_t from = ~std::size_t{0};
    std::size_t single = ~std::size_t{0};
};

Literals literals_of(Op op) {
    switch (op) {
        case Op::OpSource:
        case Op::OpString:
        case Op::OpExtension:
        case Op::OpExtInstImport:
        case Op::OpMemoryModel:
        case Op::OpCapability:
        case Op::OpTypeInt:
        case Op::OpTypeFloat:
        case Op::OpConstant:
        case Op::OpSpecConstant:
            return {.from = 0};
        case Op::OpName:
        case Op::OpMemberName:
        case Op::OpDecorate:
        case Op::OpDecorateString:
        case Op::OpMemberDecorate:
        case Op::OpExecutionMode:
        case Op::OpSelectionMerge:
        case Op::OpLoad:
        case Op::OpCompositeExtract:
            return {.from = 1};
        case Op::OpStore:
        case Op::OpLoopMerge:
        case Op::OpCompositeInsert:
        case Op::OpVectorShuffle:
            return {.from = 2};
        case Op::OpTypeVector:
            return {.from = 1};
        case Op::OpTypePointer:
        case Op::OpVariable:
        case Op::OpFunction:
        case Op::OpSpecConstantOp:
            return {.single = 0};
        case Op::OpExtInst:
            return {.single = 1};
        case Op::OpBranchConditional:
            return {.from = 3};
        default:
            return {};
    }
}

/// Words that every reader of this folder may rely on.
std::size_t least_words(Op op, Layout layout) {
    switch (op) {
        case Op::OpName:
        case Op::OpMemberName:
        case Op::OpDecorate:
        case Op::OpDecorateString:
        case Op::OpExecutionMode:
        case Op::OpTypeFloat:
            return 3;
        case Op::OpEntryPoint:
        case Op::OpLoopMerge:
        case Op::OpMemberDecorate:
            return 4;
        case Op::OpExtInst:
        case Op::OpFDiv:
        case Op::OpFunction:
            return 5;
        case Op::OpGroupNonUniformShuffle:
            return 6;
        case Op::OpCapability:
            return 2;
        default:
            return 1 + (layout.type ? 1u : 0u) + (layout.result ? 1u : 0u);
    }
}

/// All of this about an opcode in one place, as large as one load.
struct alignas(8) Form {
    std::uint8_t least_words;   ///< 0 in a form that nobody has asked for
    std::uint8_t type, result;  ///< 1 where there is one
    std::uint8_t ids, literal;  ///< of the operands: where ids end, and which before is none
};

Form find_form(Op op) {
    const auto byte = [](std::size_t n) { return static_cast<std::uint8_t>(std::min<std::size_t>(n, 255)); };
    const Layout layout = layout_of(op);
    const Literals literals = literals_of(op);
    return {byte(least_words(op, layout)), byte(layout.type), byte(layout.result), byte(literals.from),
            byte(literals.single)};
}

/// Remembered, since it is asked for several times for every instruction of every module.
Form form_of(std::uint32_t opcode) {
    constexpr std::size_t opcodes = 8192;  // beyond those that modules hold
    static std::array<std::atomic<Form>, opcodes> forms;
    if (opcode >= opcodes) return find_form(Op(opcode));
    Form form = forms[opcode].load(std::memory_order_relaxed);
    if (form.least_words == 0) {
        form = find_form(Op(opcode));
        forms[opcode].store(form, std::memory_order_relaxed);
    }
    return form;
}

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_bundle, "this is no SPIR-V module: " + what);
}

}  // namespace

std::string text_at(const Instruction& x, std::size_t word) {
    const auto words = x.words.subspan(std::min(word, x.words.size()));
    std::string text(words.size_bytes(), '\0');
    if (!words.empty()) std::memcpy(text.data(), words.data(), words.size_bytes());
    return text.substr(0, text.find('\0'));
}

std::vector<Instruction> instructions_of(std::span<const std::uint32_t> module) {
    if (module.size() < header_words) refuse("it is shorter than the header");
    if (module[0] != spv::MagicNumber) refuse("the magic number is wrong");
    std::vector<Instruction> list;
    constexpr std::size_t common_length = 4;
    list.reserve(module.size() / common_length);
    for (std::size_t at = header_words; at < module.size();) {
        const std::size_t length = module[at] >> 16;
        if (length == 0 || length > module.size() - at)
            refuse("the instruction at word " + std::to_string(at) + " has the length " +
                   std::to_string(length));
        const Form form = form_of(module[at] & 0xffff);
        list.emplace_back(module.subspan(at, length), form.type != 0, form.result != 0);
        if (length < form.least_words)
            refuse("the instruction at word " + std::to_string(at) + " is cut short");
        at += length;
    }
    return list;
}

void find_used_ids(const Instruction& instruction, std::vector<std::uint32_t>& ids) {
    const Form form = form_of(instruction.opcode());
    ids.clear();
    if (form.type != 0) ids.push_back(instruction.words[1]);
    const auto operands = instruction.words.subspan(1u + form.type + form.result);
    const std::size_t end = std::min<std::size_t>(operands.size(), form.ids);
    for (std::size_t n = 0; n < end; ++n)
        if (n != form.literal) ids.push_back(operands[n]);
}

}  // namespace sporkle::spirv
