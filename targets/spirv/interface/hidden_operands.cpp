#include "targets/spirv/interface/hidden_operands.hpp"

#include <spirv/unified1/GLSL.std.450.h>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "targets/spirv/interface/instructions.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;
using Words = std::vector<std::uint32_t>;
using Id = std::uint32_t;

/// The last instruction of a block that others follow, or the merge instruction that stands before it.
bool ends_block(const Instruction& x) {
    switch (Op(x.opcode())) {
        case Op::OpSelectionMerge:
        case Op::OpLoopMerge:
        case Op::OpBranch:
        case Op::OpBranchConditional:
        case Op::OpSwitch:
            return true;
        default:
            return false;
    }
}

class Hiding {
  public:
    explicit Hiding(std::span<const std::uint32_t> module)
        : list_(instructions_of(module)),
          words_(module.begin(), module.begin() + header_words),
          next_(module[3]) {}

    Words run() {
        find_functions();
        for (const Instruction& x : list_) {
            enter(x);
            classify(x);
        }
        for (const Instruction& x : list_) {
            enter(x);
            reserve_entries(x);
        }
        for (const Instruction& x : list_) {
            enter(x);
            write(x);
        }
        words_[3] = next_;
        return std::move(words_);
    }

  private:
    /// A type of arithmetic and the functions that hide its values.
    struct Format {
        Id type = 0, operand = 0, subtrahend = 0;
    };
    /// A value that a phi takes from a block, hidden at the block's end.
    struct Entry {
        const Format* format = nullptr;
        Id hidden = 0;
    };

    void find_functions() {
        std::map<std::string, Id> names;
        for (const Instruction& x : list_) {
            if (is(x, Op::OpName)) names[text_at(x, 2)] = x.words[1];
            if (is(x, Op::OpTypeInt) && x.words.size() == 4 && x.words[2] == 64) i64_ = x.words[1];
            if (!is(x, Op::OpTypeFloat)) continue;
            if (x.words[2] == 32) f32_.type = x.words[1];
            if (x.words[2] == 64) f64_.type = x.words[1];
        }
        for (const auto& [name, id] : names)
            if (name.starts_with("repair.")) repairs_.insert(id);
        f32_.operand = names["repair.operand.f32"];
        f64_.operand = names["repair.operand.f64"];
        f32_.subtrahend = names["repair.subtrahend.f32"];
        f64_.subtrahend = names["repair.subtrahend.f64"];
        extended_ = names["repair.extended.i64"];
        conversion_ = names["repair.convert.f64"];
    }

    /// Keeps account of whether the instruction is in a repair.
    void enter(const Instruction& x) {
        if (is(x, Op::OpFunction)) in_repair_ = repairs_.contains(x.result());
    }

    /// Where the operands of +, -, ·, /, fma and repairs begin; 0 for everything else.
    std::size_t first_operand(const Instruction& x) const {
        const auto& w = x.words;
        switch (Op(x.opcode())) {
            case Op::OpFAdd:
            case Op::OpFSub:
            case Op::OpFMul:
            case Op::OpFDiv:
                return w.size() == 5 ? 3 : 0;
            case Op::OpExtInst:
                return w[4] == GLSLstd450Fma && w.size() == 8 ? 5 : 0;
            case Op::OpFunctionCall:
                return w.size() > 4 && repairs_.contains(w[3]) && w[3] != conversion_ ? 4 : 0;
            default:
                return 0;
        }
    }

    /// Null where there is nothing to hide values of that type with, and in repairs.
    const Format* format_of(Id type) const {
        if (in_repair_) return nullptr;
        for (const Format* format : {&f32_, &f64_})
            if (type != 0 && format->type == type && format->operand != 0) return format;
        return nullptr;
    }

    /// Finds the constants that do no harm, and what no compiler knows once operands are hidden.
    void classify(const Instruction& x) {
        if (format_of(x.type()) == nullptr) return;
        const auto& w = x.words;
        if (is(x, Op::OpConstant) && is_harmless(x)) harmless_.insert(x.result());
        if (is(x, Op::OpPhi)) unknown_.insert(x.result());
        if (is(x, Op::OpSelect) && w.size() == 6 && unknown_.contains(w[4]) && unknown_.contains(w[5]))
            unknown_.insert(x.result());
        if (const std::size_t first = first_operand(x); first != 0)
            for (std::size_t n = first; n < w.size(); ++n)
                if (!harmless_.contains(w[n])) unknown_.insert(x.result());
    }

    /// Whether a constant is finite and not 0.
    bool is_harmless(const Instruction& constant) const {
        const std::uint32_t high = constant.words.back() & 0x7fffffffu;
        const std::uint32_t infinity = constant.type() == f64_.type ? 0x7ff00000u : 0x7f800000u;
        const bool is_zero = high == 0 && (constant.words.size() < 5 || constant.words[3] == 0);
        return !is_zero && high < infinity;
    }

    void reserve_entries(const Instruction& x) {
        const Format* const format = is(x, Op::OpPhi) ? format_of(x.type()) : nullptr;
        if (format == nullptr) return;
        for (std::size_t n = 3; n + 1 < x.words.size(); n += 2) {
            if (unknown_.contains(x.words[n])) continue;
            Entry& entry = entries_[x.words[n + 1]][x.words[n]];
            if (entry.hidden == 0) entry = {format, next_++};
        }
    }

    void write(const Instruction& x) {
        if (is(x, Op::OpLabel)) {
            block_ = x.result();
            hidden_.clear();
            is_ended_ = false;
        }
        if (ends_block(x) && !is_ended_) {
            is_ended_ = true;
            if (const auto found = entries_.find(block_); found != entries_.end())
                for (const auto& [value, entry] : found->second)
                    call(entry.format->operand, entry.format->type, value, entry.hidden);
        }
        Words copy(x.words.begin(), x.words.end());
        if (const Format* const format = format_of(x.type()); format != nullptr) {
            if (is(x, Op::OpPhi)) take_entries(copy);
            if (const std::size_t first = first_operand(x); first != 0)
                for (std::size_t n = first; n < copy.size(); ++n)
                    copy[n] = hidden(*format, copy[n], is(x, Op::OpFSub) && n > first);
        }
        const bool is_extension = is(x, Op::OpSConvert) && x.type() == i64_ && extended_ != 0;
        if (is_extension) copy[2] = next_++;
        words_.insert(words_.end(), copy.begin(), copy.end());
        if (is_extension) call(extended_, i64_, copy[2], x.result());
    }

    void take_entries(Words& phi) const {
        for (std::size_t n = 3; n + 1 < phi.size(); n += 2)
            if (const auto block = entries_.find(phi[n + 1]); block != entries_.end())
                if (const auto entry = block->second.find(phi[n]); entry != block->second.end())
                    phi[n] = entry->second.hidden;
    }

    /// An operand as arithmetic takes it; once in a block.
    Id hidden(const Format& format, Id value, bool is_subtrahend) {
        if (harmless_.contains(value) || (!is_subtrahend && unknown_.contains(value))) return value;
        const Id function = is_subtrahend ? format.subtrahend : format.operand;
        Id& result = hidden_[{function, value}];
        if (result == 0) {
            result = next_++;
            call(function, format.type, value, result);
        }
        return result;
    }

    void call(Id function, Id type, Id value, Id result) {
        constexpr std::uint32_t length = 5;
        const auto op = static_cast<std::uint32_t>(Op::OpFunctionCall);
        words_.insert(words_.end(), {length << 16 | op, type, result, function, value});
    }

    const std::vector<Instruction> list_;
    Words words_;
    Id next_ = 0;
    Format f32_, f64_;
    Id i64_ = 0, extended_ = 0;
    Id conversion_ = 0;               ///< a repair whose operand is of another type than its result
    std::unordered_set<Id> repairs_;  ///< functions
    bool in_repair_ = false;
    std::unordered_set<Id> harmless_, unknown_;
    std::unordered_map<Id, std::map<Id, Entry>> entries_;  ///< by block and value
    Id block_ = 0;
    bool is_ended_ = false;                   ///< the block, up to its last instructions
    std::map<std::pair<Id, Id>, Id> hidden_;  ///< in this block, by function and value
};

}  // namespace

std::vector<std::uint32_t> with_hidden_operands(std::span<const std::uint32_t> module) {
    return Hiding(module).run();
}

}  // namespace sporkle::spirv
