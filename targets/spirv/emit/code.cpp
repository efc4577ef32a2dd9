#include "targets/spirv/emit/code.hpp"

#include <algorithm>
#include <set>

namespace sporkle::spirv {

using spv::Op;

namespace {

bool is_integer_arithmetic(Op op) {
    switch (op) {
        case Op::OpUConvert:
        case Op::OpSConvert:
        case Op::OpIAdd:
        case Op::OpISub:
        case Op::OpIMul:
        case Op::OpShiftLeftLogical:
        case Op::OpShiftRightLogical:
        case Op::OpShiftRightArithmetic:
        case Op::OpBitwiseAnd:
        case Op::OpBitwiseOr:
        case Op::OpBitwiseXor:
        case Op::OpBitFieldUExtract:
        case Op::OpBitFieldSExtract:
            return true;
        default:
            return false;
    }
}

}  // namespace

Code::Code(Module& module, Types& types, Id result_type, std::span<const Id> parameter_types)
    : module_(module), types_(types), function_(module.new_id()) {
    const Id type = types.function(result_type, parameter_types);
    append_instruction(head_, Op::OpFunction, Words{result_type, function_, 0, type});
    for (const Id parameter_type : parameter_types) {
        parameters_.push_back(module.new_id());
        append_instruction(head_, Op::OpFunctionParameter, Words{parameter_type, parameters_.back()});
    }
    block_ = module.new_id();
    append_instruction(head_, Op::OpLabel, Words{block_});
}

Id Code::value(Op op, Id type, std::span<const std::uint32_t> operands) {
    const Id id = module_.new_id();
    Words words{type, id};
    words.insert(words.end(), operands.begin(), operands.end());
    append_instruction(body_, op, words);
    return id;
}

Id Code::arithmetic(Op op, Id type, std::initializer_list<std::uint32_t> operands) {
    const Id id = value(op, type, operands);
    module_.decorate(id, spv::Decoration::NoContraction);
    return id;
}

Id Code::extended(std::uint32_t instruction, Id type, std::initializer_list<std::uint32_t> operands) {
    Words words{module_.glsl(), instruction};
    words.insert(words.end(), operands);
    return value(Op::OpExtInst, type, words);
}

void Code::effect(Op op, std::span<const std::uint32_t> operands) { append_instruction(body_, op, operands); }

Id Code::variable(Id pointer_type) {
    const Id id = module_.new_id();
    append_instruction(variables_, Op::OpVariable,
                       Words{pointer_type, id, static_cast<std::uint32_t>(spv::StorageClass::Function)});
    return id;
}

void Code::begin_block(Id label) {
    effect(Op::OpLabel, {label});
    block_ = label;
}

std::vector<Id> Code::choose(Id condition, std::span<const Id> value_types, const Branch& then,
                             const Branch& otherwise) {
    const Id then_block = module_.new_id(), else_block = module_.new_id(), after = module_.new_id();
    effect(Op::OpSelectionMerge, {after, 0});
    effect(Op::OpBranchConditional, {condition, then_block, else_block});
    begin_block(then_block);
    const std::vector<Id> then_values = then();
    const Id then_end = block_;
    branch(after);
    begin_block(else_block);
    const std::vector<Id> else_values = otherwise();
    const Id else_end = block_;
    branch(after);
    begin_block(after);
    std::vector<Id> chosen;
    for (std::size_t n = 0; n < value_types.size(); ++n)
        chosen.push_back(
            value(Op::OpPhi, value_types[n], {then_values[n], then_end, else_values[n], else_end}));
    return chosen;
}

void Code::when(Id condition, const std::function<void()>& then) {
    const Id then_block = module_.new_id(), after = module_.new_id();
    effect(Op::OpSelectionMerge, {after, 0});
    effect(Op::OpBranchConditional, {condition, then_block, after});
    begin_block(then_block);
    then();
    branch(after);
    begin_block(after);
}

std::vector<Id> Code::loop(const Loop& loop) {
    const Id header = module_.new_id(), first = module_.new_id(), next = module_.new_id(),
             after = module_.new_id();
    const Id before = block_;
    branch(header);
    begin_block(header);
    std::vector<Id> carried;
    std::vector<std::size_t> phis;  // where the value that comes around is still missing
    for (std::size_t n = 0; n < loop.types.size(); ++n) {
        carried.push_back(value(Op::OpPhi, loop.types[n], {loop.initial[n], before, 0, next}));
        phis.push_back(body_.size() - 2);
    }
    const Id condition = loop.condition(carried);
    Words merge{after, next};
    merge.insert(merge.end(), loop.control.begin(), loop.control.end());
    append_instruction(body_, Op::OpLoopMerge, merge);
    effect(Op::OpBranchConditional, {condition, first, after});
    begin_block(first);
    const std::vector<Id> yielded = loop.body(carried);
    branch(next);
    begin_block(next);
    branch(header);
    for (std::size_t n = 0; n < phis.size(); ++n) body_[phis[n]] = yielded[n];
    begin_block(after);
    return carried;
}

/// Leaves out integer arithmetic that nobody uses: elements of words that are only moved (packed_words.hpp),
/// addresses of lanes that another lane's access covers. Any word counts as a use, also a literal that
/// happens to be the same number.
void Code::drop_unused_arithmetic() {
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < body_.size(); at += body_[at] >> 16) starts.push_back(at);
    const auto instruction = [&](std::size_t at) { return std::span(body_).subspan(at, body_[at] >> 16); };
    const auto op_of = [&](std::size_t at) { return static_cast<Op>(body_[at] & 0xffff); };
    std::set<std::uint32_t> used;
    for (const std::size_t at : starts)  // what a loop brings around stands behind its use
        if (op_of(at) == Op::OpPhi)
            used.insert(body_.begin() + static_cast<std::ptrdiff_t>(at) + 3,
                        body_.begin() + static_cast<std::ptrdiff_t>(at + instruction(at).size()));
    Words kept;
    for (auto at = starts.rbegin(); at != starts.rend(); ++at) {
        const auto x = instruction(*at);
        if (is_integer_arithmetic(op_of(*at)) && !used.contains(x[2])) continue;
        used.insert(x.begin() + 1, x.end());
        kept.insert(kept.end(), x.rbegin(), x.rend());
    }
    std::reverse(kept.begin(), kept.end());
    body_ = std::move(kept);
}

void Code::finish(Id returned) {
    if (returned != 0)
        effect(Op::OpReturnValue, {returned});
    else
        effect(Op::OpReturn, {});
    effect(Op::OpFunctionEnd, {});
    drop_unused_arithmetic();
    Words words = std::move(head_);
    words.insert(words.end(), variables_.begin(), variables_.end());
    words.insert(words.end(), body_.begin(), body_.end());
    module_.add_function(words);
}

}  // namespace sporkle::spirv
