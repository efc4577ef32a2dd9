#include "targets/spirv/interface/adapt.hpp"

#include <spirv/unified1/GLSL.std.450.h>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <spirv/unified1/spirv.hpp11>
#include <string>

#include "targets/spirv/interface/hidden_operands.hpp"
#include "targets/spirv/interface/instructions.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;
using Words = std::vector<std::uint32_t>;
using Id = std::uint32_t;

std::string text_of(std::span<const std::uint32_t> words) {
    std::string text(words.size() * sizeof(std::uint32_t), '\0');
    if (!words.empty()) std::memcpy(text.data(), words.data(), text.size());
    return text.substr(0, text.find('\0'));
}

bool is(const Instruction& instruction, Op op) { return Op(instruction.opcode()) == op; }

/// Ids of a module; those that no module can have count as not in it.
class IdSet {
  public:
    void insert(Id id) {
        if (id > largest) return;
        if (id >= has_.size()) has_.resize(std::max<std::size_t>(id + 1, 2 * has_.size()));
        has_[id] = 1;
    }
    bool contains(Id id) const { return id < has_.size() && has_[id] != 0; }

  private:
    static constexpr Id largest = 0x3fffff;  ///< SPIR-V specification, 2.17 "Universal Limits"
    std::vector<std::uint8_t> has_;
};

/// Which functions call which, and what is reached from the entry points.
std::set<Id> reached_functions(const std::vector<Instruction>& list) {
    std::set<Id> reached;
    std::vector<Id> waiting;
    std::multimap<Id, Id> calls;
    Id function = 0;
    for (const Instruction& x : list) {
        if (is(x, Op::OpEntryPoint)) waiting.push_back(x.words[2]);
        if (is(x, Op::OpFunction)) function = x.result();
        if (is(x, Op::OpFunctionCall) && x.words.size() > 3) calls.emplace(function, x.words[3]);
    }
    while (!waiting.empty()) {
        const Id next = waiting.back();
        waiting.pop_back();
        if (!reached.insert(next).second) continue;
        const auto [first, last] = calls.equal_range(next);
        for (auto call = first; call != last; ++call) waiting.push_back(call->second);
    }
    return reached;
}

void append(Words& words, std::span<const std::uint32_t> more) {
    words.insert(words.end(), more.begin(), more.end());
}

void append(Words& words, Op op, std::initializer_list<std::uint32_t> operands) {
    words.push_back(static_cast<std::uint32_t>((operands.size() + 1) << 16) | static_cast<std::uint32_t>(op));
    words.insert(words.end(), operands.begin(), operands.end());
}

/// Operations that the device does not do exactly become calls of their repairs.
class Replacement {
  public:
    Replacement(const std::vector<Instruction>& list, const DeviceFacts& device)
        : list_(list), device_(device) {
        for (const Instruction& x : list_) {
            if (is(x, Op::OpName)) names_[text_of(x.words.subspan(2))] = x.words[1];
            if (is(x, Op::OpTypeFloat))
                (x.words[2] == 64 ? f64_ : x.words[2] == 32 ? f32_ : other_) = x.words[1];
        }
    }

    Words run() {
        for (const Instruction& x : list_) {
            enter(x);
            has_repairs_ = has_repairs_ || (!in_repair_ && repair_for(x) != 0);
        }
        Words words;
        for (const Instruction& x : list_) {
            enter(x);
            write(x, words);
        }
        return words;
    }

  private:
    Id repair_of(const char* operation, Id type) const {
        const auto found = names_.find(std::string("repair.") + operation + (type == f32_ ? ".f32" : ".f64"));
        return found == names_.end() ? 0 : found->second;
    }

    /// The repair of an operation of that type that the device does inexactly, else 0.
    Id wanted(const char* operation, Id type, bool exact_f32, bool exact_f64) const {
        if ((type == f32_ && exact_f32) || (type == f64_ && exact_f64)) return 0;
        return type == f32_ || type == f64_ ? repair_of(operation, type) : 0;
    }

    /// Keeps account of the function that the instruction is in.
    void enter(const Instruction& x) {
        if (!is(x, Op::OpFunction)) return;
        function_ = x.result();
        in_repair_ = false;
        for (const auto& [name, id] : names_)
            in_repair_ = in_repair_ || (id == function_ && name.starts_with("repair."));
    }

    /// The repair that the instruction is to call, else 0.
    Id repair_for(const Instruction& x) const {
        const auto& w = x.words;
        if (is(x, Op::OpExtInst) && w[4] == GLSLstd450Fma && w.size() == 8) {
            const Id repair = wanted("fma", x.type(), device_.fused_fma_f32, device_.fused_fma_f64);
            return repair == function_ ? 0 : repair;
        }
        if (in_repair_) return 0;  // its divisions and square roots are first guesses
        if (is(x, Op::OpExtInst) && w[4] == GLSLstd450Sqrt && w.size() == 6)
            return wanted("sqrt", x.type(), device_.exact_sqrt_f32, device_.exact_sqrt_f64);
        if (is(x, Op::OpFDiv) && w.size() == 5)
            return wanted("div", x.type(), device_.exact_division_f32, device_.exact_division_f64);
        return 0;
    }

    void write(const Instruction& x, Words& words) const {
        const Op op = Op(x.opcode());
        const Id type = x.type();
        const auto& w = x.words;
        if (const Id repair = repair_for(x); repair != 0) {
            const auto operands = w.subspan(op == Op::OpExtInst ? 5 : 3);
            words.push_back(static_cast<std::uint32_t>((operands.size() + 4) << 16) |
                            static_cast<std::uint32_t>(Op::OpFunctionCall));
            append(words, std::array{type, w[2], repair});
            return append(words, operands);
        }
        // Where operations have become calls, copies of a loop's body are too much code.
        if (op == Op::OpLoopMerge && has_repairs_)
            return append(words, op,
                          {w[1], w[2], static_cast<std::uint32_t>(spv::LoopControlMask::DontUnroll)});
        // Behind a branch on the subgroup's size that is never taken then.
        if (op == Op::OpGroupNonUniformShuffle && !device_.subgroup_shuffle)
            return append(words, Op::OpCopyObject, {type, w[2], w[4]});
        append(words, w);
    }

    const std::vector<Instruction>& list_;
    const DeviceFacts& device_;
    std::map<std::string, Id> names_;
    Id f32_ = 0, f64_ = 0, other_ = 0;
    Id function_ = 0;
    bool in_repair_ = false;
    bool has_repairs_ = false;  ///< some operation outside of repairs becomes a call
};

/// Leaves out functions that nothing calls and declarations that nothing uses, and does not ask for what the
/// device refuses or the module no longer needs.
class Pruning {
  public:
    Pruning(const std::vector<Instruction>& list, const DeviceFacts& device) : list_(list), device_(device) {}

    void append_to(Words& words) {
        find_used();
        std::vector<std::uint8_t> kept(list_.size());
        for (std::size_t n = 0; n < list_.size(); ++n) kept[n] = keeps_declared(n);
        bool has_f64 = false;
        for (std::size_t n = 0; n < list_.size(); ++n)
            if (kept[n] && is(list_[n], Op::OpTypeFloat)) has_f64 = has_f64 || list_[n].words[2] == 64;
        for (std::size_t n = 0; n < list_.size(); ++n)
            if (kept[n] && grants(list_[n], has_f64)) append(words, list_[n].words);
    }

  private:
    static bool is_annotation(const Instruction& x) {
        return is(x, Op::OpName) || is(x, Op::OpMemberName) || is(x, Op::OpDecorate) ||
               is(x, Op::OpMemberDecorate);
    }

    /// Backwards, since every declaration stands before its uses; function bodies count whole.
    void find_used() {
        const std::set<Id> reached = reached_functions(list_);
        dropped_.resize(list_.size());
        bool in_dropped = false, in_function = false;
        for (std::size_t n = 0; n < list_.size(); ++n) {
            const Instruction& x = list_[n];
            if (is(x, Op::OpFunction)) {
                in_function = true;
                in_dropped = !reached.contains(x.result());
            }
            if (in_function) first_function_ = std::min(first_function_, n);
            dropped_[n] = in_function && in_dropped;
            if (is(x, Op::OpFunctionEnd)) in_function = false;
        }
        for (const Instruction& x : list_)
            if (is(x, Op::OpEntryPoint)) use_entry_point(x);
        std::vector<Id> ids;
        for (std::size_t n = list_.size(); n-- > 0;) {
            const Instruction& x = list_[n];
            if (is(x, Op::OpEntryPoint)) continue;
            if (dropped_[n] || is_annotation(x)) continue;
            const bool declaration = n < first_function_ && x.result() != 0;
            if (declaration && !used_.contains(x.result())) continue;
            if (x.result() != 0) used_.insert(x.result());
            find_used_ids(x, ids);
            for (const Id id : ids) used_.insert(id);
        }
    }

    /// Function and interface; between them stands the name, which ends in the word with a zero byte.
    void use_entry_point(const Instruction& x) {
        used_.insert(x.words[2]);
        std::size_t at = 3;
        while (at < x.words.size() && x.words[at] >> 24 != 0) ++at;
        for (++at; at < x.words.size(); ++at) used_.insert(x.words[at]);
    }

    bool keeps_declared(std::size_t n) const {
        const Instruction& x = list_[n];
        if (dropped_[n]) return false;
        if (is_annotation(x)) return used_.contains(x.words[1]);
        return n >= first_function_ || x.result() == 0 || used_.contains(x.result());
    }

    const FloatControls& controls(std::uint32_t width) const {
        return width == 16 ? device_.f16 : width == 32 ? device_.f32 : device_.f64;
    }

    bool grants(const Instruction& x, bool has_f64) const {
        if (is(x, Op::OpExecutionMode)) {
            if (x.words.size() < 4) return true;
            const std::uint32_t width = x.words[3];
            const FloatControls& granted = controls(width);
            const bool exists = width != 64 || has_f64;
            switch (spv::ExecutionMode(x.words[2])) {
                case spv::ExecutionMode::DenormPreserve:
                    return exists && granted.denorm_preserve;
                case spv::ExecutionMode::RoundingModeRTE:
                    return exists && granted.rounding_mode_rte;
                case spv::ExecutionMode::SignedZeroInfNanPreserve:
                    return exists && granted.signed_zero_inf_nan_preserve;
                default:
                    return true;
            }
        }
        if (!is(x, Op::OpCapability)) return true;
        switch (spv::Capability(x.words[1])) {
            case spv::Capability::Float64:
                return has_f64;
            case spv::Capability::GroupNonUniformShuffle:
                return device_.subgroup_shuffle;
            case spv::Capability::DenormPreserve:
                return any_mode(spv::ExecutionMode::DenormPreserve, has_f64);
            case spv::Capability::RoundingModeRTE:
                return any_mode(spv::ExecutionMode::RoundingModeRTE, has_f64);
            case spv::Capability::SignedZeroInfNanPreserve:
                return any_mode(spv::ExecutionMode::SignedZeroInfNanPreserve, has_f64);
            default:
                return true;
        }
    }

    bool any_mode(spv::ExecutionMode mode, bool has_f64) const {
        for (const Instruction& x : list_)
            if (is(x, Op::OpExecutionMode) && spv::ExecutionMode(x.words[2]) == mode && grants(x, has_f64))
                return true;
        return false;
    }

    const std::vector<Instruction>& list_;
    const DeviceFacts& device_;
    IdSet used_;
    std::vector<std::uint8_t> dropped_;
    std::size_t first_function_ = ~std::size_t{0};
};

/// Whether there is nothing to replace: as it should be, and the shortest way to a pipeline.
bool is_exact(const DeviceFacts& d) {
    return d.fused_fma_f32 && d.fused_fma_f64 && d.exact_division_f32 && d.exact_division_f64 &&
           d.exact_sqrt_f32 && d.exact_sqrt_f64 && d.exact_folding && d.subgroup_shuffle;
}

}  // namespace

std::vector<std::uint32_t> adapted(std::span<const std::uint32_t> module, const DeviceFacts& device) {
    Words words(module.begin(), module.end());
    if (!is_exact(device)) {
        const std::vector<Instruction> original = instructions_of(module);
        words.resize(header_words);
        append(words, Replacement(original, device).run());
        if (!device.exact_folding) words = with_hidden_operands(words);
    }
    const std::vector<Instruction> list = instructions_of(words);
    Words result(words.begin(), words.begin() + header_words);
    Pruning(list, device).append_to(result);
    return result;
}

}  // namespace sporkle::spirv
