#define SPV_ENABLE_UTILITY_CODE  // HasResultAndType
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <spirv/unified1/spirv.hpp11>

#include "targets/spirv/interface/instructions.hpp"

#include <sporkle/error.hpp>

#include "targets/spirv/interface/cooperative_matrix.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;

/// Words of an instruction before its operands: which of them are type and result.
struct Layout {
    bool type = false, result = false;
};

Layout find_layout(Op op) {
    const auto matrix = cooperative_matrix::form_of(static_cast<std::uint32_t>(op));
    if (matrix.known) return {matrix.has_type, matrix.has_result};
    Layout layout;
    bool has_result = false, has_type = false;
    spv::HasResultAndType(op, &has_result, &has_type);
    layout.type = has_type;
    layout.result = has_result;
    return layout;
}

/// Remembered, since it is asked for several times for every instruction of every module.
Layout layout_of(Op op) {
    constexpr std::size_t opcodes = 8192;  // beyond those that modules hold
    constexpr std::uint8_t is_known = 4, has_type = 2, has_result = 1;
    static std::array<std::atomic<std::uint8_t>, opcodes> layouts{};
    const auto opcode = static_cast<std::size_t>(op);
    if (opcode >= opcodes) return find_layout(op);
    std::uint8_t form = layouts[opcode].load(std::memory_order_relaxed);
    if (form == 0) {
        const Layout layout = find_layout(op);
        form = static_cast<std::uint8_t>(is_known | (layout.type ? has_type : 0) |
                                         (layout.result ? has_result : 0));
        layouts[opcode].store(form, std::memory_order_relaxed);
    }
    return {(form & has_type) != 0, (form & has_result) != 0};
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
std::size_t least_words(Op op) {
    switch (op) {
        case Op::OpName:
        case Op::OpDecorate:
        case Op::OpDecorateString:
        case Op::OpExecutionMode:
        case Op::OpTypeFloat:
            return 3;
        case Op::OpEntryPoint:
        case Op::OpLoopMerge:
            return 4;
        case Op::OpExtInst:
        case Op::OpFDiv:
        case Op::OpFunction:
            return 5;
        case Op::OpGroupNonUniformShuffle:
            return 6;
        case Op::OpCapability:
            return 2;
        default: {
            const Layout layout = layout_of(op);
            return 1 + (layout.type ? 1u : 0u) + (layout.result ? 1u : 0u);
        }
    }
}

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_bundle, "this is no SPIR-V module: " + what);
}

}  // namespace

std::uint32_t Instruction::type() const { return layout_of(Op(opcode())).type ? words[1] : 0; }

std::uint32_t Instruction::result() const {
    const Layout layout = layout_of(Op(opcode()));
    return layout.result ? words[layout.type ? 2 : 1] : 0;
}

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
    for (std::size_t at = header_words; at < module.size();) {
        const std::size_t length = module[at] >> 16;
        if (length == 0 || length > module.size() - at)
            refuse("the instruction at word " + std::to_string(at) + " has the length " +
                   std::to_string(length));
        list.push_back({module.subspan(at, length)});
        if (length < least_words(Op(list.back().opcode())))
            refuse("the instruction at word " + std::to_string(at) + " is cut short");
        at += length;
    }
    return list;
}

void find_used_ids(const Instruction& instruction, std::vector<std::uint32_t>& ids) {
    const Op op = Op(instruction.opcode());
    const Layout layout = layout_of(op);
    ids.clear();
    if (layout.type) ids.push_back(instruction.words[1]);
    const Literals literals = literals_of(op);
    const auto operands = instruction.words.subspan(1 + (layout.type ? 1u : 0u) + (layout.result ? 1u : 0u));
    for (std::size_t n = 0; n < std::min(operands.size(), literals.from); ++n)
        if (n != literals.single) ids.push_back(operands[n]);
}

}  // namespace sporkle::spirv
