#include "targets/spirv/interface/adapt.hpp"

#include <map>
#include <set>

#include "targets/spirv/interface/hidden_operands.hpp"
#include "targets/spirv/interface/id_set.hpp"
#include "targets/spirv/interface/instructions.hpp"
#include "targets/spirv/interface/pushed_words.hpp"
#include "targets/spirv/interface/repair_calls.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;
using Words = std::vector<std::uint32_t>;
using Id = std::uint32_t;

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

/// Leaves out functions that nothing calls and declarations that nothing uses, and does not ask for what the
/// device refuses or the module no longer needs. Facts become constants.
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
        find_facts();
        for (std::size_t n = 0; n < list_.size(); ++n)
            if (kept[n] && grants(list_[n], has_f64)) write(list_[n], words);
    }

  private:
    static bool is_annotation(const Instruction& x) {
        return is(x, Op::OpName) || is(x, Op::OpMemberName) || is(x, Op::OpDecorate) ||
               is(x, Op::OpDecorateString) || is(x, Op::OpMemberDecorate);
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
        if (dropped_[n] || is(x, Op::OpDecorateString)) return false;
        if (is_annotation(x)) return used_.contains(x.words[1]);
        return n >= first_function_ || x.result() == 0 || used_.contains(x.result());
    }

    void find_facts() {
        for (const Instruction& x : list_) {
            if (!is(x, Op::OpName)) continue;
            const std::string name = text_at(x, 2);
            if (name == fact_flushes) flushes_ = x.words[1];
            if (name == fact_sign) sign_ = x.words[1];
        }
    }

    void write(const Instruction& x, Words& words) const {
        const std::size_t first = words.size();
        append(words, x.words);
        Op op = Op(x.opcode());
        if (op == Op::OpSpecConstantFalse && x.result() == flushes_)
            op = device_.fma_f32 == Exactness::flushes ? Op::OpConstantTrue : Op::OpConstantFalse;
        if (op == Op::OpSpecConstant && x.result() == sign_) op = Op::OpConstant;
        words[first] = (words[first] & 0xffff0000u) | static_cast<std::uint32_t>(op);
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
    Id flushes_ = 0, sign_ = 0;
};

/// Whether there is nothing to replace: as it should be, and the shortest way to a pipeline.
bool is_exact(const DeviceFacts& d) {
    return d.fma_f32 == Exactness::exact && d.fused_fma_f64 && d.exact_comparison_f32 && d.exact_widening &&
           d.exact_sign_f32 && d.exact_division_f32 && d.exact_division_f64 && d.exact_sqrt_f32 &&
           d.exact_sqrt_f64 && d.exact_folding && d.subgroup_shuffle;
}

}  // namespace

std::vector<std::uint32_t> adapted(std::span<const std::uint32_t> module, const DeviceFacts& device) {
    Words words(module.begin(), module.end());
    if (!is_exact(device)) {
        const std::vector<Instruction> original = instructions_of(module);
        words.resize(header_words);
        append(words, with_repairs_called(original, device));
        if (!device.exact_folding) words = with_hidden_operands(words);
    }
    const std::vector<Instruction> list = instructions_of(words);
    Words result;
    result.reserve(words.size());
    result.assign(words.begin(), words.begin() + header_words);
    Pruning(list, device).append_to(result);
    return device.pushed_words == 0 ? result : with_pushed_words(result, device.pushed_words);
}

}  // namespace sporkle::spirv
