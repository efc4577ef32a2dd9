// Loads, stores, fragments, and what orders them and moves values between members. A mask that is constant is
// resolved here, and a strided or indexed access that is in truth a plain one becomes plain.
#include "codegen/ir/builder.hpp"
#include "codegen/ir/builder_state.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::tile {
namespace {

constexpr Type index_type{DType::i64, 1};

const Buffer& buffer_of(const Builder::State& state, Op op, int buffer) {
    if (buffer < 0 || static_cast<std::size_t>(buffer) >= state.kernel.buffers.size())
        state.fail(op, "there is no buffer " + std::to_string(buffer));
    return state.kernel.buffers[static_cast<std::size_t>(buffer)];
}

enum class Lanes { all, none, masked };

/// Checks the mask, spreads a scalar one and says which lanes take part. Drops a mask that is all true.
Lanes resolve_mask(Builder& builder, const Builder::State& state, Op op, Value& mask, int lanes) {
    if (!mask) return Lanes::all;
    if (state.type(op, mask).lanes == 1) mask = builder.splat(mask, lanes);
    state.expect(op, mask, {DType::boolean, static_cast<std::uint16_t>(lanes)}, "the mask");
    const auto constant = state.constant(mask);
    if (!constant) return Lanes::masked;
    mask = {};
    return *constant != 0 ? Lanes::all : Lanes::none;
}

Instruction access(Op op, int buffer, std::vector<Value> operands, Value mask) {
    Instruction instruction;
    instruction.op = op;
    instruction.operands = std::move(operands);
    instruction.buffer = buffer;
    if (mask) {
        instruction.operands.push_back(mask);
        instruction.masked = true;
    }
    return instruction;
}

Value finish_value(Builder::State& state, Instruction instruction, Type type) {
    const Value result = state.new_value(type, state.innermost_depth());
    instruction.results = {result};
    state.append(std::move(instruction));
    return result;
}

void check_alignment(const Builder::State& state, Op op, int alignment) {
    state.require(alignment >= 0 && (alignment & (alignment - 1)) == 0, op,
                  "the alignment is not a power of two");
}

/// Says of a gather or scatter that its elements lie in runs.
void set_run(const Builder::State& state, Instruction& instruction, int run, int alignment, int lanes) {
    check_alignment(state, instruction.op, alignment);
    state.require(run > 0 && (run & (run - 1)) == 0 && lanes % run == 0, instruction.op,
                  "a run is a power of two that divides the lanes");
    if (run == 1) return;
    instruction.imm = run;
    instruction.alignment = alignment;
}

/// Checks what all stores have in common. False when nothing is to be stored.
bool begin_store(Builder& builder, const Builder::State& state, Op op, int buffer, Value value, Value& mask) {
    const Buffer& target = buffer_of(state, op, buffer);
    const Type type = state.type(op, value);
    if (!target.writable) state.fail(op, "buffer '" + target.name + "' is read-only");
    state.expect(op, value, type.with(target.dtype), "the stored value");
    return resolve_mask(builder, state, op, mask, type.lanes) != Lanes::none;
}

}  // namespace

int Builder::add_buffer(Buffer buffer) {
    state_->kernel.buffers.push_back(std::move(buffer));
    return static_cast<int>(state_->kernel.buffers.size()) - 1;
}

Value Builder::load(int buffer, Value element, int lanes, Value mask, int alignment) {
    state_->innermost(Op::load);
    const Type type{buffer_of(*state_, Op::load, buffer).dtype, static_cast<std::uint16_t>(lanes)};
    state_->require(lanes > 0, Op::load, "there are no lanes");
    state_->expect(Op::load, element, index_type, "the element number");
    check_alignment(*state_, Op::load, alignment);
    if (resolve_mask(*this, *state_, Op::load, mask, lanes) == Lanes::none) return constant_bits(type, 0);
    Instruction instruction = access(Op::load, buffer, {element}, mask);
    instruction.alignment = alignment;
    return finish_value(*state_, std::move(instruction), type);
}

Value Builder::load_strided(int buffer, Value element, Value stride, int lanes, Value mask) {
    state_->expect(Op::load_strided, stride, index_type, "the stride");
    if (lanes == 1 || state_->constant(stride) == 1u) return load(buffer, element, lanes, mask);
    state_->innermost(Op::load_strided);
    const Type type{buffer_of(*state_, Op::load_strided, buffer).dtype, static_cast<std::uint16_t>(lanes)};
    state_->require(lanes > 0, Op::load_strided, "there are no lanes");
    state_->expect(Op::load_strided, element, index_type, "the element number");
    if (resolve_mask(*this, *state_, Op::load_strided, mask, lanes) == Lanes::none)
        return constant_bits(type, 0);
    return finish_value(*state_, access(Op::load_strided, buffer, {element, stride}, mask), type);
}

Value Builder::gather(int buffer, Value elements, Value mask, int run, int alignment) {
    state_->innermost(Op::gather);
    const Type numbers = state_->type(Op::gather, elements);
    if (numbers.lanes == 1) return load(buffer, elements, 1, mask);
    state_->expect(Op::gather, elements, numbers.with(DType::i64), "the element numbers");
    const Type type = numbers.with(buffer_of(*state_, Op::gather, buffer).dtype);
    if (resolve_mask(*this, *state_, Op::gather, mask, type.lanes) == Lanes::none)
        return constant_bits(type, 0);
    Instruction instruction = access(Op::gather, buffer, {elements}, mask);
    set_run(*state_, instruction, run, alignment, type.lanes);
    return finish_value(*state_, std::move(instruction), type);
}

void Builder::store(int buffer, Value value, Value element, Value mask, bool nontemporal, int alignment) {
    state_->expect(Op::store, element, index_type, "the element number");
    check_alignment(*state_, Op::store, alignment);
    if (!begin_store(*this, *state_, Op::store, buffer, value, mask)) return;
    state_->require(!nontemporal || !mask, Op::store, "a non-temporal store takes no mask");
    Instruction instruction = access(Op::store, buffer, {value, element}, mask);
    instruction.nontemporal = nontemporal;
    instruction.alignment = alignment;
    state_->append(std::move(instruction));
}

void Builder::store_strided(int buffer, Value value, Value element, Value stride, Value mask) {
    state_->expect(Op::store_strided, stride, index_type, "the stride");
    if (state_->type(Op::store_strided, value).lanes == 1 || state_->constant(stride) == 1u)
        return store(buffer, value, element, mask);
    state_->expect(Op::store_strided, element, index_type, "the element number");
    if (!begin_store(*this, *state_, Op::store_strided, buffer, value, mask)) return;
    state_->append(access(Op::store_strided, buffer, {value, element, stride}, mask));
}

void Builder::scatter(int buffer, Value value, Value elements, Value mask, int run, int alignment) {
    const Type type = state_->type(Op::scatter, value);
    state_->expect(Op::scatter, elements, type.with(DType::i64), "the element numbers");
    if (type.lanes == 1) return store(buffer, value, elements, mask);
    if (!begin_store(*this, *state_, Op::scatter, buffer, value, mask)) return;
    Instruction instruction = access(Op::scatter, buffer, {value, elements}, mask);
    set_run(*state_, instruction, run, alignment, type.lanes);
    state_->append(std::move(instruction));
}

void Builder::prefetch(int buffer, Value element, int level) {
    buffer_of(*state_, Op::prefetch, buffer);
    state_->expect(Op::prefetch, element, index_type, "the element number");
    state_->require(level == 0 || level == 1, Op::prefetch, "the level is 0 (L1) or 1 (L2)");
    Instruction instruction = access(Op::prefetch, buffer, {element}, {});
    instruction.imm = level;
    state_->append(std::move(instruction));
}

void Builder::fence() {
    Instruction instruction;
    instruction.op = Op::fence;
    state_->append(std::move(instruction));
}

void Builder::barrier() {
    Instruction instruction;
    instruction.op = Op::barrier;
    state_->append(std::move(instruction));
}

Value Builder::shuffle(Value value, Value source) {
    state_->innermost(Op::shuffle);
    const Type type = state_->type(Op::shuffle, value);
    state_->expect(Op::shuffle, source, index_type, "the source");
    if (state_->constant(value)) return value;  // every member gives the same
    Instruction instruction;
    instruction.op = Op::shuffle;
    instruction.operands = {value, source};
    return finish_value(*state_, std::move(instruction), type);
}

Value Builder::matrix_load(int buffer, Type type, Value element, Value pitch, bool by_columns) {
    state_->innermost(Op::matrix_load);
    state_->expect(Op::matrix_load, element, index_type, "the element number");
    state_->expect(Op::matrix_load, pitch, index_type, "the pitch");
    state_->require(type.is_fragment(), Op::matrix_load, "it gives a fragment");
    state_->require(type.scalar == buffer_of(*state_, Op::matrix_load, buffer).dtype, Op::matrix_load,
                    "the buffer has other elements than the fragment");
    Instruction instruction = access(Op::matrix_load, buffer, {element, pitch}, {});
    instruction.imm = by_columns ? 1 : 0;
    return finish_value(*state_, std::move(instruction), type);
}

void Builder::matrix_store(int buffer, Value fragment, Value element, Value pitch, bool by_columns) {
    const Buffer& target = buffer_of(*state_, Op::matrix_store, buffer);
    const Type type = state_->type(Op::matrix_store, fragment);
    state_->expect(Op::matrix_store, element, index_type, "the element number");
    state_->expect(Op::matrix_store, pitch, index_type, "the pitch");
    state_->require(type.is_fragment(), Op::matrix_store, "it stores a fragment");
    state_->require(type.scalar == target.dtype, Op::matrix_store,
                    "the buffer has other elements than the fragment");
    if (!target.writable) state_->fail(Op::matrix_store, "buffer '" + target.name + "' is read-only");
    Instruction instruction = access(Op::matrix_store, buffer, {fragment, element, pitch}, {});
    instruction.imm = by_columns ? 1 : 0;
    state_->append(std::move(instruction));
}

Value Builder::matrix_convert(Value accumulator, DType to) {
    state_->innermost(Op::matrix_convert);
    Type type = state_->type(Op::matrix_convert, accumulator);
    state_->require(type.fragment == Fragment::accumulator && type.scalar == DType::f32 && to == DType::f16,
                    Op::matrix_convert, "it makes accumulators of f16 from those of f32");
    type.scalar = to;
    Instruction instruction;
    instruction.op = Op::matrix_convert;
    instruction.operands = {accumulator};
    return finish_value(*state_, std::move(instruction), type);
}

Value Builder::matrix_multiply_add(Value left, Value right, Value accumulator) {
    state_->innermost(Op::matrix_multiply_add);
    const Type a = state_->type(Op::matrix_multiply_add, left);
    const Type c = state_->type(Op::matrix_multiply_add, accumulator);
    state_->require(multiplies(a.scalar, c.scalar), Op::matrix_multiply_add,
                    "these types are not multiplied");
    state_->expect(Op::matrix_multiply_add, left, Type::matrix(Fragment::left, a.scalar, c.rows, a.columns),
                   "the left factor");
    state_->expect(Op::matrix_multiply_add, right,
                   Type::matrix(Fragment::right, a.scalar, a.columns, c.columns), "the right factor");
    state_->expect(Op::matrix_multiply_add, accumulator,
                   Type::matrix(Fragment::accumulator, c.scalar, c.rows, c.columns), "the accumulator");
    Instruction instruction;
    instruction.op = Op::matrix_multiply_add;
    instruction.operands = {left, right, accumulator};
    return finish_value(*state_, std::move(instruction), c);
}

}  // namespace sporkle::tile
