#include "targets/spirv/interface/repair_calls.hpp"

#include <spirv/unified1/GLSL.std.450.h>
#include <array>
#include <cstring>
#include <map>
#include <string>
#include <unordered_map>

#include <sporkle/error.hpp>

#include "targets/spirv/interface/id_set.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;
using Words = std::vector<std::uint32_t>;
using Id = std::uint32_t;

struct Comparison {
    Op op;
    const char* repair;
};
constexpr Comparison comparisons[] = {
    {Op::OpFOrdLessThan, "repair.less.f32"},       {Op::OpFOrdLessThanEqual, "repair.less_equal.f32"},
    {Op::OpFOrdGreaterThan, "repair.greater.f32"}, {Op::OpFOrdGreaterThanEqual, "repair.greater_equal.f32"},
    {Op::OpFOrdEqual, "repair.equal.f32"},         {Op::OpFUnordNotEqual, "repair.not_equal.f32"}};

void append(Words& words, std::span<const std::uint32_t> more) {
    words.insert(words.end(), more.begin(), more.end());
}

void append(Words& words, Op op, std::initializer_list<std::uint32_t> operands) {
    words.push_back(static_cast<std::uint32_t>((operands.size() + 1) << 16) | static_cast<std::uint32_t>(op));
    words.insert(words.end(), operands.begin(), operands.end());
}

class RepairCalls {
  public:
    RepairCalls(std::span<const Instruction> list, const DeviceFacts& device) : list_(list), device_(device) {
        for (const Instruction& x : list_) note(x);
        for (const auto& [name, id] : names_)
            if (name.starts_with("repair.")) repairs_.insert(id);
        flushed_fma_ = named("repair.flushed_fma.f32");
        sign_ = named(fact_sign);
    }

    Words run() {
        calls_.reserve(list_.size());
        for (const Instruction& x : list_) {
            enter(x);
            calls_.push_back(repair_for(x));
        }
        find_long_loops();
        Words words;
        if (!list_.empty())
            words.reserve(static_cast<std::size_t>(list_.back().words.data() - list_.front().words.data()));
        for (std::size_t n = 0; n < list_.size();) {
            const std::size_t first = n;
            while (n < list_.size() && stays(n)) ++n;
            if (n > first)  // at once
                append(words,
                       {list_[first].words.data(), list_[n - 1].words.data() + list_[n - 1].words.size()});
            if (n < list_.size()) write(n++, words);
        }
        return words;
    }

  private:
    /// A repair that an instruction is to call, or none (0), and where its operands begin.
    struct Call {
        Id function = 0;
        std::size_t operands = 3;
        bool is_long = false;
    };

    /// Gathers what is known of ids: names, types, constants, and which comparisons choose between their
    /// operands, or one of them unless that is said to be harmless: drivers make minima and maxima of such,
    /// which may flush what they choose.
    void note(const Instruction& x) {
        const auto& w = x.words;
        if (is(x, Op::OpName)) names_[text_at(x, 2)] = w[1];
        if (is(x, Op::OpDecorateString) && spv::Decoration(w[2]) == spv::Decoration::UserSemantic &&
            w.subspan(3).size_bytes() >= sizeof flush_safe &&
            std::memcmp(w.data() + 3, flush_safe, sizeof flush_safe) == 0)
            flush_safe_.insert(w[1]);
        if (is(x, Op::OpTypeFloat) && w[2] == 32) f32_ = w[1];
        if (is(x, Op::OpTypeFloat) && w[2] == 64) f64_ = w[1];
        if (is(x, Op::OpTypeInt) && w.size() == 4 && w[2] == 64) i64_ = w[1];
        if (f32_ != 0 && x.type() == f32_) {
            numbers_.insert(x.result());
            constexpr std::uint32_t least_normal = 0x00800000u, magnitude = 0x7fffffffu;
            if (is(x, Op::OpConstant) && w.size() == 4 && (w[3] & magnitude) >= least_normal)
                normal_.insert(x.result());
        }
        if (device_.exact_comparison_f32) return;
        if (comparison_of(x) != nullptr) {
            compared_[x.result()] = {w[3], w[4]};
            said_by_[x.result()] = {x.result()};
        }
        if ((is(x, Op::OpLogicalOr) || is(x, Op::OpLogicalAnd)) && w.size() == 5)
            join(x.result(), {w[3], w[4]});
        if (is(x, Op::OpLogicalNot) && w.size() == 4) join(x.result(), {w[3]});
        if (!is(x, Op::OpSelect) || w.size() != 6 || flush_safe_.contains(x.result())) return;
        const auto found = said_by_.find(w[3]);
        if (found == said_by_.end()) return;
        for (const Id comparison : found->second) {
            const auto& of = compared_[comparison];
            const auto is_compared = [&](Id id) { return id == of[0] || id == of[1]; };
            const bool first = is_compared(w[4]), second = is_compared(w[5]);
            if ((first && second) || ((first || second) && !flush_safe_.contains(comparison)))
                choosing_.insert(comparison);
        }
    }

    /// A condition made of others: drivers see through x < y || (x == y && …), too. Of many comparisons all
    /// count as choosing, so that this takes no time that grows with the square of the module.
    void join(Id result, std::initializer_list<Id> conditions) {
        constexpr std::size_t most = 8;
        std::vector<Id> all;
        for (const Id condition : conditions)
            if (const auto found = said_by_.find(condition); found != said_by_.end())
                all.insert(all.end(), found->second.begin(), found->second.end());
        if (all.size() > most) {
            for (const Id comparison : all) choosing_.insert(comparison);
            all.clear();
        }
        if (!all.empty()) said_by_[result] = std::move(all);
    }

    const Comparison* comparison_of(const Instruction& x) const {
        if (x.words.size() != 5 || !numbers_.contains(x.words[3])) return nullptr;
        for (const Comparison& comparison : comparisons)
            if (is(x, comparison.op)) return &comparison;
        return nullptr;
    }

    Id named(const std::string& name) const {
        const auto found = names_.find(name);
        return found == names_.end() ? 0 : found->second;
    }

    /// Where a repair is missing the operation cannot stay: it would be wrong without a word.
    Id repair(const std::string& name) const {
        if (const Id id = named(name); id != 0) return id;
        throw Error(ErrorCode::invalid_bundle,
                    "this device needs the function '" + name + "', which the module lacks");
    }

    /// Keeps account of the function that the instruction is in.
    void enter(const Instruction& x) {
        if (!is(x, Op::OpFunction)) return;
        function_ = x.result();
        in_repair_ = repairs_.contains(function_);
    }

    /// A repair for operations of that type, unless that is exact.
    Id wanted(const std::string& operation, Id type, bool exact_f32, bool exact_f64) const {
        if (type == 0 || (type == f32_ && exact_f32) || (type == f64_ && exact_f64)) return 0;
        if (type != f32_ && type != f64_) return 0;
        return repair("repair." + operation + (type == f32_ ? ".f32" : ".f64"));
    }

    Id fma_repair(const Instruction& x) const {
        if (x.type() != f32_ || device_.fma_f32 != Exactness::flushes)
            return wanted("fma", x.type(), device_.fma_f32 == Exactness::exact, device_.fused_fma_f64);
        if (flush_safe_.contains(x.result())) return 0;
        const bool in_its_repair = flushed_fma_ != 0 && function_ == flushed_fma_;
        return repair(in_its_repair ? "repair.fma.f32" : "repair.flushed_fma.f32");
    }

    /// Flushing changes nothing where it is said so, where an operand is no subnormal for sure, or both are
    /// the same one.
    Id comparison_repair(const Instruction& x) const {
        const Comparison* const comparison = device_.exact_comparison_f32 ? nullptr : comparison_of(x);
        if (comparison == nullptr || x.words[3] == x.words[4]) return 0;
        const bool is_safe =
            flush_safe_.contains(x.result()) || normal_.contains(x.words[3]) || normal_.contains(x.words[4]);
        return is_safe && !choosing_.contains(x.result()) ? 0 : repair(comparison->repair);
    }

    Call repair_for(const Instruction& x) const {
        const auto& w = x.words;
        Call call;
        switch (Op(x.opcode())) {
            case Op::OpExtInst:
                call.operands = 5;
                call.is_long = true;
                if (w[4] == GLSLstd450Fma && w.size() == 8) call.function = fma_repair(x);
                if (w[4] == GLSLstd450Sqrt && w.size() == 6 && !in_repair_)  // there they are first guesses
                    call.function = wanted("sqrt", x.type(), device_.exact_sqrt_f32, device_.exact_sqrt_f64);
                break;
            case Op::OpFDiv:
                call.is_long = true;
                if (w.size() == 5 && !in_repair_)
                    call.function =
                        wanted("div", x.type(), device_.exact_division_f32, device_.exact_division_f64);
                break;
            case Op::OpSDiv:
                call.is_long = true;
                if (w.size() == 5 && x.type() == i64_ && i64_ != 0 && !device_.exact_division_i64)
                    call.function = repair("repair.div.i64");
                break;
            case Op::OpFConvert:
                if (w.size() == 4 && numbers_.contains(w[3]))
                    call.function = wanted("convert", x.type(), true, device_.exact_widening);
                break;
            case Op::OpBitwiseXor:
                if (w.size() == 5 && w[4] == sign_ && !device_.exact_sign_f32)
                    call.function = repair("repair.sign.f32");
                break;
            default:
                call.function = comparison_repair(x);
        }
        if (call.function == function_) call.function = 0;
        return call;
    }

    /// Finds the loops with operations that become calls of long functions, of whose bodies copies are too
    /// much code. A loop's blocks stand between its merge instruction and the block that it names.
    void find_long_loops() {
        struct Loop {
            std::size_t merge;  ///< its merge instruction
            Id end;
        };
        std::vector<Loop> open;
        is_long_loop_.resize(list_.size());
        for (std::size_t n = 0; n < list_.size(); ++n) {
            const Instruction& x = list_[n];
            if (is(x, Op::OpFunction)) open.clear();
            if (is(x, Op::OpLabel))
                while (!open.empty() && open.back().end == x.result()) open.pop_back();
            if (is(x, Op::OpLoopMerge)) open.push_back({n, x.words[1]});
            if (calls_[n].function != 0 && calls_[n].is_long)
                for (const Loop& loop : open) is_long_loop_[loop.merge] = 1;
        }
    }

    bool stays(std::size_t n) const {
        return calls_[n].function == 0 && is_long_loop_[n] == 0 &&
               (device_.subgroup_shuffle || !is(list_[n], Op::OpGroupNonUniformShuffle));
    }

    void write(std::size_t n, Words& words) const {
        const Instruction& x = list_[n];
        const Op op = Op(x.opcode());
        const Id type = x.type();
        const auto& w = x.words;
        if (const Call& call = calls_[n]; call.function != 0) {
            auto operands = w.subspan(call.operands);
            if (op == Op::OpBitwiseXor) operands = operands.first(1);
            words.push_back(static_cast<std::uint32_t>((operands.size() + 4) << 16) |
                            static_cast<std::uint32_t>(Op::OpFunctionCall));
            append(words, std::array{type, w[2], call.function});
            return append(words, operands);
        }
        if (is_long_loop_[n] != 0)
            return append(words, op,
                          {w[1], w[2], static_cast<std::uint32_t>(spv::LoopControlMask::DontUnroll)});
        // Behind a branch on the subgroup's size that is never taken then.
        append(words, Op::OpCopyObject, {type, w[2], w[4]});
    }

    std::span<const Instruction> list_;
    const DeviceFacts& device_;
    std::map<std::string, Id> names_;
    IdSet repairs_;                                       ///< functions
    IdSet flush_safe_;                                    ///< results
    IdSet numbers_;                                       ///< values of f32
    IdSet normal_;                                        ///< constants of f32: normal, infinite or NaN
    std::unordered_map<Id, std::array<Id, 2>> compared_;  ///< comparisons of f32 and their operands
    std::unordered_map<Id, std::vector<Id>> said_by_;     ///< conditions and the comparisons they are made of
    IdSet choosing_;                                      ///< comparisons that choose one of their operands
    Id f32_ = 0, f64_ = 0, i64_ = 0;
    Id flushed_fma_ = 0, sign_ = 0;
    Id function_ = 0;
    bool in_repair_ = false;
    // By place.
    std::vector<Call> calls_;
    std::vector<std::uint8_t> is_long_loop_;
};

}  // namespace

std::vector<std::uint32_t> with_repairs_called(std::span<const Instruction> module,
                                               const DeviceFacts& device) {
    return RepairCalls(module, device).run();
}

}  // namespace sporkle::spirv
