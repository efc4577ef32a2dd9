#include "targets/spirv/interface/adapt.hpp"

#include <map>

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

void append(Words& words, std::span<const std::uint32_t> more) {
    words.insert(words.end(), more.begin(), more.end());
}

/// Leaves out functions that nothing calls and declarations that nothing uses, and does not ask for what the
/// device refuses or the module no longer needs. Facts become constants.
class Pruning {
  public:
    Pruning(std::span<const Instruction> list, const DeviceFacts& device) : list_(list), device_(device) {}

    void append_to(Words& words) {
        find_functions();
        find_used();
        find_facts();
        bool has_f64 = false;
        for (const Instruction& x : declarations_)
            if (is(x, Op::OpTypeFloat) && x.words[2] == 64) has_f64 = used_.contains(x.words[1]);
        for (const Instruction& x : declarations_)
            if (keeps(x) && grants(x, has_f64)) write(x, words);
        for (const Function& function : functions_)
            if (function.is_reached)
                append(words, {function.body.front().words.data(),
                               function.body.back().words.data() + function.body.back().words.size()});
    }

  private:
    struct Function {
        std::span<const Instruction> body;
        bool is_reached = false;
    };

    static bool is_annotation(const Instruction& x) {
        return is(x, Op::OpName) || is(x, Op::OpMemberName) || is(x, Op::OpDecorate) ||
               is(x, Op::OpMemberDecorate);
    }

    /// Which there are, and which are reached from the entry points.
    void find_functions() {
        std::size_t first = 0;
        while (first < list_.size() && !is(list_[first], Op::OpFunction)) ++first;
        declarations_ = list_.first(first);
        std::map<Id, Function*> named;
        while (first < list_.size()) {
            std::size_t end = first + 1;
            while (end < list_.size() && !is(list_[end], Op::OpFunction)) ++end;
            functions_.push_back({list_.subspan(first, end - first)});
            first = end;
        }
        for (Function& function : functions_) named.emplace(function.body.front().result(), &function);
        std::vector<Function*> waiting;
        const auto reach = [&](Id id) {
            const auto function = named.find(id);
            if (function == named.end() || function->second->is_reached) return;
            function->second->is_reached = true;
            waiting.push_back(function->second);
        };
        for (const Instruction& x : declarations_)
            if (is(x, Op::OpEntryPoint)) reach(x.words[2]);
        while (!waiting.empty()) {
            const Function& next = *waiting.back();
            waiting.pop_back();
            for (const Instruction& x : next.body)
                if (is(x, Op::OpFunctionCall) && x.words.size() > 3) reach(x.words[3]);
        }
    }

    /// Backwards, since every declaration stands before its uses; function bodies count whole.
    void find_used() {
        std::vector<Id> ids;
        const auto use = [&](const Instruction& x) {
            if (x.result() != 0) used_.insert(x.result());
            find_used_ids(x, ids);
            for (const Id id : ids) used_.insert(id);
        };
        for (const Function& function : functions_)
            if (function.is_reached)
                for (const Instruction& x : function.body) use(x);
        for (const Instruction& x : declarations_)
            if (is(x, Op::OpEntryPoint)) use_entry_point(x);
        for (std::size_t n = declarations_.size(); n-- > 0;) {
            const Instruction& x = declarations_[n];
            if (is(x, Op::OpEntryPoint) || is(x, Op::OpDecorateString) || is_annotation(x)) continue;
            if (x.result() == 0 || used_.contains(x.result())) use(x);
        }
    }

    /// Function and interface; between them stands the name, which ends in the word with a zero byte.
    void use_entry_point(const Instruction& x) {
        used_.insert(x.words[2]);
        std::size_t at = 3;
        while (at < x.words.size() && x.words[at] >> 24 != 0) ++at;
        for (++at; at < x.words.size(); ++at) used_.insert(x.words[at]);
    }

    bool keeps(const Instruction& declared) const {
        if (is(declared, Op::OpDecorateString)) return false;
        if (is_annotation(declared)) return used_.contains(declared.words[1]);
        return declared.result() == 0 || used_.contains(declared.result());
    }

    void find_facts() {
        for (const Instruction& x : declarations_) {
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
        for (const Instruction& x : declarations_)
            if (is(x, Op::OpExecutionMode) && spv::ExecutionMode(x.words[2]) == mode && grants(x, has_f64))
                return true;
        return false;
    }

    const std::span<const Instruction> list_;
    const DeviceFacts& device_;
    std::span<const Instruction> declarations_;
    std::vector<Function> functions_;
    IdSet used_;
    Id flushes_ = 0, sign_ = 0;
};

/// Whether there is nothing to replace: as it should be, and the shortest way to a pipeline.
bool is_exact(const DeviceFacts& d) {
    return d.fma_f32 == Exactness::exact && d.fused_fma_f64 && d.exact_comparison_f32 && d.exact_widening &&
           d.exact_sign_f32 && d.exact_division_f32 && d.exact_division_f64 && d.exact_division_i64 &&
           d.exact_sqrt_f32 && d.exact_sqrt_f64 && d.exact_folding && d.subgroup_shuffle;
}

}  // namespace

std::vector<std::uint32_t> adapted(std::span<const std::uint32_t> module, const DeviceFacts& device) {
    Words words;
    if (!is_exact(device)) {
        const std::vector<Instruction> original = instructions_of(module);
        words.assign(module.begin(), module.begin() + header_words);
        append(words, with_repairs_called(original, device));
        if (!device.exact_folding) words = with_hidden_operands(words);
        module = words;
    }
    const std::vector<Instruction> list = instructions_of(module);
    Words result;
    result.reserve(module.size());
    result.assign(module.begin(), module.begin() + header_words);
    Pruning(list, device).append_to(result);
    return device.pushed_words == 0 ? result : with_pushed_words(result, device.pushed_words);
}

}  // namespace sporkle::spirv
