// Builder: appends instructions to a Kernel, with types inferred, constants folded and repeated pure
// expressions of a region shared (local value numbering), so that lowerings can be written without regard to
// either.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

class Builder {
  public:
    explicit Builder(std::string kernel_name, int parameter_words);

    /// Adds a buffer and returns its number.
    int add_buffer(Buffer buffer);

    // constants: `lanes` copies
    Value constant_bits(Type type, std::uint64_t bits);
    Value integer(std::int64_t value, Type type = {});  ///< type: any integer type or boolean
    Value floating(double value, Type type);            ///< value must be exact in type
    Value lane_ids(Type type);

    Value parameter(int word, DType type = DType::i64);
    Value grid_id(int dim);

    Value splat(Value scalar, int lanes);  ///< lanes == 1 returns the scalar itself
    Value extract(Value vector, int lane);
    Value slice(Value vector, int first, int lanes);
    Value concat(std::span<const Value> parts);

    Value unary(Op op, Value a);
    Value binary(Op op, Value a, Value b);  ///< a scalar operand is splat to the other's lanes
    Value add(Value a, Value b) { return binary(Op::add, a, b); }
    Value sub(Value a, Value b) { return binary(Op::sub, a, b); }
    Value mul(Value a, Value b) { return binary(Op::mul, a, b); }
    Value fma(Value a, Value b, Value c);
    Value compare(Op op, Value a, Value b) { return binary(op, a, b); }
    Value select(Value condition, Value then, Value otherwise);
    Value convert(Value a, DType to);
    Value bitcast(Value a, DType to);

    Value load(int buffer, Value element, int lanes, Value mask = {}, int alignment = 0);
    Value load_strided(int buffer, Value element, Value stride, int lanes, Value mask = {});
    Value gather(int buffer, Value elements, Value mask = {});
    void store(int buffer, Value value, Value element, Value mask = {}, bool nontemporal = false,
               int alignment = 0);
    void store_strided(int buffer, Value value, Value element, Value stride, Value mask = {});
    void scatter(int buffer, Value value, Value elements, Value mask = {});
    void prefetch(int buffer, Value element, int level);
    void fence();

    /// for (iv = low; iv < high; iv += step) carried = body(iv, carried). Returns the carried values' final
    /// state.
    using LoopBody = std::function<std::vector<Value>(Value iv, std::span<const Value> carried)>;
    std::vector<Value> for_loop(Value low, Value high, Value step, std::span<const Value> initial,
                                const LoopBody& body, int unroll = 0);
    /// A loop that carries nothing.
    void for_each(Value low, Value high, Value step, const std::function<void(Value iv)>& body,
                  int unroll = 0);

    using Branch = std::function<std::vector<Value>()>;
    std::vector<Value> if_else(Value condition, const Branch& then, const Branch& otherwise);
    void if_then(Value condition, const std::function<void()>& then);

    Type type_of(Value v) const { return kernel_.type_of(v); }
    /// The value's constant, if it is an integer constant (of every lane).
    bool is_constant(Value v, std::int64_t* value = nullptr) const;

    Kernel finish();

  private:
    struct Scope;
    Value new_value(Type type);
    Value pure(Instruction instruction, Type type);
    Instruction& append(Instruction instruction);

    Kernel kernel_;
    std::vector<Region*> open_;
    // value numbering and constants: see builder.cpp
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace sporkle::tile
