// Values: constants, moves of lanes, arithmetic. Memory is in builder_memory.cpp, control in
// builder_control.cpp.
#include "codegen/ir/builder.hpp"

#include "codegen/ir/arithmetic.hpp"
#include "codegen/ir/builder_state.hpp"
#include "codegen/ir/dead_code.hpp"
#include "codegen/ir/rules.hpp"
#include "codegen/ir/type_rules.hpp"

namespace sporkle::tile {
namespace {

/// a and b with a scalar one spread to the other's lanes; two vectors stay what they are.
void match_lanes(Builder& builder, Value& a, Value& b) {
    const int a_lanes = builder.type_of(a).lanes, b_lanes = builder.type_of(b).lanes;
    if (a_lanes == 1) a = builder.splat(a, b_lanes);
    if (b_lanes == 1) b = builder.splat(b, a_lanes);
}

}  // namespace

Builder::Builder(std::string kernel_name, int parameter_words) : state_(std::make_unique<State>()) {
    state_->kernel.name = std::move(kernel_name);
    state_->kernel.parameter_words = parameter_words;
    state_->definitions.resize(1);
    state_->closed.resize(1);
    state_->depth.resize(1);
    state_->open(state_->kernel.body, false);
}

Builder::~Builder() = default;

void Builder::set_team(int members, int threads, int shuffle_width) {
    state_->innermost(Op::member_id);
    const std::string fault = team_fault(members, threads, shuffle_width);
    if (!fault.empty()) state_->fail(Op::member_id, fault);
    state_->kernel.members = members;
    state_->kernel.threads = threads;
    state_->kernel.shuffle_width = shuffle_width;
}

Kernel Builder::finish() {
    state_->innermost(Op::yield);
    state_->require(state_->scopes.size() == 1, Op::yield, "finish() inside a region");
    state_->close({});
    remove_dead_code(state_->kernel);
    return std::move(state_->kernel);
}

Type Builder::type_of(Value v) const { return state_->type(Op::yield, v); }

int Builder::depth(Value v) const {
    state_->type(Op::yield, v);
    return static_cast<int>(state_->depth[v.id]);
}

bool Builder::is_constant(Value v, std::int64_t* value) const {
    const Type type = state_->type(Op::constant, v);
    const auto bits = state_->constant(v);
    if (!bits || is_float(type.scalar)) return false;
    if (value != nullptr) *value = static_cast<std::int64_t>(*bits);
    return true;
}

Value Builder::constant_bits(Type type, std::uint64_t bits) {
    state_->require(type.lanes > 0, Op::constant, "a type has no lanes");
    return state_->constant_bits(type, bits);
}

Value Builder::integer(std::int64_t value, Type type) {
    state_->require(!is_float(type.scalar), Op::constant, "integer() of a floating type");
    if (!holds(type.scalar, value))
        state_->fail(Op::constant, std::to_string(value) + " does not fit " + name_of(type));
    return constant_bits(type, static_cast<std::uint64_t>(value));
}

Value Builder::floating(double value, Type type) {
    state_->require(is_float(type.scalar), Op::constant, "floating() of an integer type");
    const auto bits = with_dtype(type.scalar, [&]<DType T>() -> std::uint64_t {
        const Native<T> element = converted<DType::f64, T>(value);
        const double back = converted<T, DType::f64>(element);
        if (value == value && back != value)
            state_->fail(Op::constant, std::to_string(value) + " is not exact in " + name_of(type));
        return bits_from_element<T>(element);
    });
    return constant_bits(type, bits);
}

Value Builder::lane_ids(Type type) {
    state_->require(is_integer(type.scalar) && type.lanes > 0, Op::lane_ids, "the type must be an integer's");
    if (!holds(type.scalar, type.lanes - 1))
        state_->fail(Op::lane_ids, std::to_string(type.lanes) + " lanes do not fit " + name_of(type));
    return type.lanes == 1 ? integer(0, type) : state_->leaf({Op::lane_ids, type, {}, 0, 0});
}

Value Builder::parameter(int word, DType type) {
    if (word < 0 || word >= state_->kernel.parameter_words)
        state_->fail(Op::parameter, "word " + std::to_string(word) + " of a block of " +
                                        std::to_string(state_->kernel.parameter_words));
    return state_->leaf({Op::parameter, {type, 1}, {}, word, 0});
}

Value Builder::grid_id(int dim) {
    state_->require(dim >= 0 && dim < 3, Op::grid_id, "the grid has dimensions 0, 1, 2");
    return state_->leaf({Op::grid_id, {DType::i64, 1}, {}, dim, 0});
}

Value Builder::member_id() { return state_->leaf({Op::member_id, {DType::i64, 1}, {}, 0, 0}); }

Value Builder::flushes() { return state_->leaf({Op::flushes, {DType::boolean, 1}, {}, 0, 0}); }

Value Builder::splat(Value scalar, int lanes) {
    const Type type = state_->type(Op::splat, scalar);
    if (type.lanes == lanes) return scalar;
    state_->require(type.lanes == 1 && lanes > 1, Op::splat, "only a scalar can be spread over lanes");
    return state_->evaluate({Op::splat, type.with_lanes(lanes), {scalar}, 0, 0});
}

Value Builder::extract(Value vector, int lane) {
    const Type type = state_->type(Op::extract, vector);
    state_->require(lane >= 0 && lane < type.lanes, Op::extract, "there is no such lane");
    return state_->evaluate({Op::extract, type.with_lanes(1), {vector}, lane, 0});
}

Value Builder::slice(Value vector, int first, int lanes) {
    const Type type = state_->type(Op::slice, vector);
    state_->require(first >= 0 && lanes > 0 && first + lanes <= type.lanes, Op::slice,
                    "there are no such lanes");
    if (lanes == 1) return extract(vector, first);
    return state_->evaluate({Op::slice, type.with_lanes(lanes), {vector}, first, 0});
}

Value Builder::concat(std::span<const Value> parts) {
    state_->require(!parts.empty(), Op::concat, "there are no operands");
    const Type type = state_->type(Op::concat, parts[0]);
    for (Value part : parts) state_->expect(Op::concat, part, type, "every operand");
    const auto lanes = static_cast<int>(parts.size()) * type.lanes;
    return state_->evaluate({Op::concat, type.with_lanes(lanes), {parts.begin(), parts.end()}, 0, 0});
}

Value Builder::unary(Op op, Value a) {
    const Type type = state_->type(op, a);
    state_->require(is_unary(op), op, "this is no operation of one operand");
    if (!accepts(op, type.scalar)) state_->fail(op, "it does not take " + name_of(type));
    return state_->evaluate({op, type, {a}, 0, 0});
}

Value Builder::binary(Op op, Value a, Value b, bool flush_safe) {
    state_->require(is_binary(op) || is_comparison(op), op, "this is no operation of two operands");
    state_->type(op, a), state_->type(op, b);
    match_lanes(*this, a, b);
    const Type type = type_of(a);
    state_->expect(op, b, type, "the second operand");
    if (!accepts(op, type.scalar)) state_->fail(op, "it does not take " + name_of(type));
    const bool marked = flush_safe && can_be_flush_safe(op) && type.scalar == DType::f32;
    const Type result = is_comparison(op) ? type.with(DType::boolean) : type;
    return state_->evaluate({op, result, {a, b}, marked ? 1 : 0, 0});
}

Value Builder::fma(Value a, Value b, Value c, bool flush_safe) {
    for (Value v : {a, b, c}) state_->type(Op::fma, v);
    match_lanes(*this, a, b);
    match_lanes(*this, b, c);
    match_lanes(*this, a, b);
    const Type type = type_of(a);
    state_->expect(Op::fma, b, type, "the second operand");
    state_->expect(Op::fma, c, type, "the third operand");
    if (!accepts(Op::fma, type.scalar)) state_->fail(Op::fma, "it does not take " + name_of(type));
    return state_->evaluate({Op::fma, type, {a, b, c}, flush_safe && type.scalar == DType::f32 ? 1 : 0, 0});
}

Value Builder::select(Value condition, Value then, Value otherwise) {
    for (Value v : {condition, then, otherwise}) state_->type(Op::select, v);
    match_lanes(*this, then, otherwise);
    match_lanes(*this, condition, then);
    match_lanes(*this, then, otherwise);
    const Type type = type_of(then);
    state_->expect(Op::select, condition, type.with(DType::boolean), "the condition");
    state_->expect(Op::select, otherwise, type, "the third operand");
    return state_->evaluate({Op::select, type, {condition, then, otherwise}, 0, 0});
}

Value Builder::convert(Value a, DType to) {
    return state_->evaluate({Op::convert, state_->type(Op::convert, a).with(to), {a}, 0, 0});
}

Value Builder::bitcast(Value a, DType to) {
    const Type type = state_->type(Op::bitcast, a);
    state_->require(size_of(type.scalar) == size_of(to), Op::bitcast, "the elements differ in size");
    state_->require((type.scalar == DType::boolean) == (to == DType::boolean), Op::bitcast,
                    "a boolean has no bit pattern");
    return state_->evaluate({Op::bitcast, type.with(to), {a}, 0, 0});
}

}  // namespace sporkle::tile
