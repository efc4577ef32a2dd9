// Loops and branches.
#include <algorithm>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/builder_state.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::tile {
namespace {

constexpr Type index_type{DType::i64, 1};

/// Number of iterations that a loop is known to make, if that is none or one.
enum class Trips { none, one, unknown };

Trips trips(const Builder& builder, Value low, Value high, Value step) {
    std::int64_t first = 0, end = 0, stride = 0;
    if (low == high) return Trips::none;
    if (!builder.is_constant(low, &first) || !builder.is_constant(high, &end)) return Trips::unknown;
    if (first >= end) return Trips::none;
    const std::uint64_t distance = static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(first);
    if (builder.is_constant(step, &stride) && static_cast<std::uint64_t>(stride) >= distance)
        return Trips::one;
    return Trips::unknown;
}

/// Appends a control instruction with results of the given types.
std::vector<Value> finish_control(Builder::State& state, Instruction instruction,
                                  const std::vector<Type>& types) {
    for (Type type : types) instruction.results.push_back(state.new_value(type, state.innermost_depth()));
    return state.append(std::move(instruction)).results;
}

bool is_empty(const Region& region) { return region.body.size() == 1; }

}  // namespace

std::vector<Value> Builder::for_loop(Value low, Value high, Value step, std::span<const Value> initial,
                                     const LoopBody& body, int unroll) {
    state_->innermost(Op::for_);
    state_->expect(Op::for_, low, index_type, "the lower bound");
    state_->expect(Op::for_, high, index_type, "the upper bound");
    state_->expect(Op::for_, step, index_type, "the step");
    state_->require(unroll >= 0, Op::for_, "the unroll factor is negative");
    std::int64_t stride = 1;
    if (is_constant(step, &stride)) state_->require(stride > 0, Op::for_, "the step must be positive");
    std::vector<Type> types;
    for (Value v : initial) types.push_back(state_->type(Op::for_, v));
    const auto check = [&](const std::vector<Type>& carried) {
        state_->require(carried == types, Op::for_, "the body returns other types than it is given");
    };

    switch (trips(*this, low, high, step)) {
        case Trips::none:
            return {initial.begin(), initial.end()};
        case Trips::one: {
            const std::vector<Value> results = body(low, initial);
            std::vector<Type> carried;
            for (Value v : results) carried.push_back(state_->type(Op::for_, v));
            check(carried);
            return results;
        }
        case Trips::unknown:
            break;
    }

    Instruction loop;
    loop.op = Op::for_;
    loop.operands = {low, high, step};
    loop.operands.insert(loop.operands.end(), initial.begin(), initial.end());
    loop.unroll = unroll;
    Region region;
    check(state_->build(Op::for_, region, [&] {
        const std::size_t depth = state_->innermost_depth();
        region.parameters.push_back(state_->new_value(index_type, depth));
        for (Type type : types) region.parameters.push_back(state_->new_value(type, depth));
        const std::vector<Value> parameters = region.parameters;
        return body(parameters[0], std::span(parameters).subspan(1));
    }));
    loop.regions.push_back(std::move(region));
    return finish_control(*state_, std::move(loop), types);
}

void Builder::for_each(Value low, Value high, Value step, const std::function<void(Value iv)>& body,
                       int unroll) {
    for_loop(
        low, high, step, {},
        [&](Value iv, std::span<const Value>) {
            body(iv);
            return std::vector<Value>{};
        },
        unroll);
}

std::vector<Value> Builder::if_else(Value condition, const Branch& then, const Branch& otherwise) {
    state_->innermost(Op::if_);
    state_->expect(Op::if_, condition, {DType::boolean, 1}, "the condition");
    if (const auto constant = state_->constant(condition)) return *constant != 0 ? then() : otherwise();

    Instruction branch;
    branch.op = Op::if_;
    branch.operands = {condition};
    Region regions[2];
    const std::vector<Type> types = state_->build(Op::if_, regions[0], then);
    const std::vector<Type> other = state_->build(Op::if_, regions[1], otherwise);
    state_->require(types == other, Op::if_, "the two branches return different types");
    const bool selectable = std::none_of(types.begin(), types.end(), [](Type t) { return t.is_fragment(); });
    if (selectable && is_empty(regions[0]) &&
        is_empty(regions[1])) {  // only a choice between values that exist
        const Instruction &x = regions[0].body.back(), &y = regions[1].body.back();
        std::vector<Value> chosen;
        for (std::size_t i = 0; i < types.size(); ++i)
            chosen.push_back(select(condition, x.operands[i], y.operands[i]));
        return chosen;
    }
    for (Region& region : regions) branch.regions.push_back(std::move(region));
    return finish_control(*state_, std::move(branch), types);
}

void Builder::if_then(Value condition, const std::function<void()>& then) {
    if_else(
        condition,
        [&] {
            then();
            return std::vector<Value>{};
        },
        [] { return std::vector<Value>{}; });
}

}  // namespace sporkle::tile
