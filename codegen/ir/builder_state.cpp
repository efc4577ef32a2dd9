#include "codegen/ir/builder_state.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "codegen/ir/rules.hpp"

namespace sporkle::tile {

bool Expression::operator<(const Expression& other) const {
    const auto key = [](const Expression& e) {
        return std::tuple(e.op, e.type.scalar, e.type.lanes, e.type.fragment, e.type.rows, e.type.columns,
                          e.imm, e.bits, e.operands.size());
    };
    if (key(*this) != key(other)) return key(*this) < key(other);
    for (std::size_t i = 0; i < operands.size(); ++i)
        if (operands[i] != other.operands[i]) return operands[i].id < other.operands[i].id;
    return false;
}

void Builder::State::fail(Op op, const std::string& message) const {
    throw std::logic_error("tile builder, kernel '" + kernel.name + "', " + std::string(name_of(op)) + ": " +
                           message);
}

Type Builder::State::type(Op user, Value v) const {
    if (!v) fail(user, "an operand is missing");
    if (v.id >= kernel.types.size()) fail(user, "an operand is not a value of this kernel");
    if (closed[v.id]) fail(user, "an operand belongs to a region that is closed");
    return kernel.types[v.id];
}

void Builder::State::expect(Op user, Value v, Type expected, const char* role) const {
    const Type actual = type(user, v);
    if (actual != expected)
        fail(user, std::string(role) + " must be " + name_of(expected) + ", not " + name_of(actual));
}

std::optional<std::uint64_t> Builder::State::constant(Value v) const {
    const Expression& e = definition(v);
    if (e.op != Op::constant) return std::nullopt;
    return e.bits;
}

Region& Builder::State::innermost(Op user) {
    if (scopes.empty()) fail(user, "the kernel is finished");
    return *scopes.back().region;
}

Value Builder::State::new_value(Type type, std::size_t scope_depth) {
    const Value v{static_cast<std::uint32_t>(kernel.types.size())};
    kernel.types.push_back(type);
    definitions.push_back({Op::yield, type, {}, 0, 0});
    closed.push_back(false);
    depth.push_back(scope_depth);
    scopes[scope_depth].defined.push_back(v);
    return v;
}

namespace {

/// What is appended to an enclosing region now comes before the regions that are open inside it, since their
/// instructions are appended when they are complete.
Value place(Builder::State& state, std::size_t scope_depth, Expression expression) {
    Builder::State::Scope& scope = state.scopes[scope_depth];
    const Value v = state.new_value(expression.type, scope_depth);
    Instruction instruction;
    instruction.op = expression.op;
    instruction.operands = expression.operands;
    instruction.results = {v};
    instruction.imm = expression.imm;
    instruction.bits = expression.bits;
    scope.region->body.push_back(std::move(instruction));
    state.definitions[v.id] = expression;
    scope.numbers.emplace(std::move(expression), v);
    return v;
}

}  // namespace

Value Builder::State::pure(Expression expression) {
    innermost(expression.op);
    // A value of an enclosing region is defined before everything in this one.
    for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope)
        if (const auto found = scope->numbers.find(expression); found != scope->numbers.end())
            return found->second;
    std::size_t target = innermost_depth();
    std::size_t operands = 0;
    for (Value v : expression.operands) operands = std::max(operands, depth[v.id]);
    while (target > operands && scopes[target].is_loop) --target;
    return place(*this, target, std::move(expression));
}

Value Builder::State::leaf(Expression expression) {
    innermost(expression.op);
    const Scope& outermost = scopes.front();
    if (const auto found = outermost.numbers.find(expression); found != outermost.numbers.end())
        return found->second;
    return place(*this, 0, std::move(expression));
}

Value Builder::State::constant_bits(Type type, std::uint64_t bits) {
    return leaf({Op::constant, type, {}, 0, normalized_bits(type.scalar, bits)});
}

Value Builder::State::evaluate(Expression expression) {
    for (const Value v : expression.operands)
        if (kernel.types[v.id].is_fragment())
            fail(expression.op, "it does not take " + name_of(kernel.types[v.id]));
    if (const Value known = simplified(expression)) return known;
    return pure(std::move(expression));
}

Instruction& Builder::State::append(Instruction instruction) {
    Region& region = innermost(instruction.op);
    region.body.push_back(std::move(instruction));
    return region.body.back();
}

void Builder::State::close(const std::vector<Value>& results) {
    Instruction end;
    end.op = Op::yield;
    end.operands = results;
    append(std::move(end));
    for (Value v : scopes.back().defined) closed[v.id] = true;
    scopes.pop_back();
}

}  // namespace sporkle::tile
