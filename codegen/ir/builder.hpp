// Builder: appends instructions to a Kernel, with types inferred, constants folded, repeated pure expressions
// shared (value numbering) and moved out of the loops on which they do not depend, so that lowerings can be
// written without regard to any of this. Constants, parameters, grid ids and lane ids are placed in the
// kernel's outermost region, whatever region is open, so that all regions share them. Loads are never shared
// and stay where they are built.
//
// Misuse (operands of the wrong type, an operand whose region is closed, a store to a read-only buffer) is a
// fault of the lowering, not of the user: it throws std::logic_error that names the kernel and the operation.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

class Builder {
  public:
    explicit Builder(std::string kernel_name, int parameter_words);
    ~Builder();
    Builder(const Builder&) = delete;  // regions under construction point into the kernel
    Builder& operator=(const Builder&) = delete;

    /// Who runs a task: see Kernel::members, threads and shuffle_width.
    void set_team(int members, int threads, int shuffle_width = 1);

    /// Adds a buffer and returns its number.
    int add_buffer(Buffer buffer);

    // constants: `lanes` copies
    Value constant_bits(Type type, std::uint64_t bits);
    Value integer(std::int64_t value, Type type = {});  ///< type: any integer type or boolean that holds it
    Value floating(double value, Type type);            ///< value must be exact in type
    Value lane_ids(Type type);

    Value parameter(int word, DType type = DType::i64);
    Value grid_id(int dim);
    Value member_id();
    Value flushes();

    Value splat(Value scalar, int lanes);  ///< lanes == 1 returns the scalar itself
    Value extract(Value vector, int lane);
    Value slice(Value vector, int first, int lanes);
    Value concat(std::span<const Value> parts);

    Value unary(Op op, Value a);
    /// A scalar operand is splat to the other's lanes. flush_safe: of comparisons, minima and maxima.
    Value binary(Op op, Value a, Value b, bool flush_safe = false);
    Value add(Value a, Value b) { return binary(Op::add, a, b); }
    Value sub(Value a, Value b) { return binary(Op::sub, a, b); }
    Value mul(Value a, Value b) { return binary(Op::mul, a, b); }
    Value fma(Value a, Value b, Value c, bool flush_safe = false);
    Value compare(Op op, Value a, Value b, bool flush_safe = false) { return binary(op, a, b, flush_safe); }
    Value select(Value condition, Value then, Value otherwise);
    Value convert(Value a, DType to);
    Value bitcast(Value a, DType to);

    Value load(int buffer, Value element, int lanes, Value mask = {}, int alignment = 0);
    Value load_strided(int buffer, Value element, Value stride, int lanes, Value mask = {});
    /// run, alignment: see Op::gather.
    Value gather(int buffer, Value elements, Value mask = {}, int run = 1, int alignment = 0);
    /// A non-temporal store takes no mask.
    void store(int buffer, Value value, Value element, Value mask = {}, bool nontemporal = false,
               int alignment = 0);
    void store_strided(int buffer, Value value, Value element, Value stride, Value mask = {});
    void scatter(int buffer, Value value, Value elements, Value mask = {}, int run = 1, int alignment = 0);
    void prefetch(int buffer, Value element, int level);
    void fence();
    void barrier();
    Value shuffle(Value value, Value source);
    /// `type` is a fragment's; by_columns: element (r, c) lies at element + c·pitch + r.
    Value matrix_load(int buffer, Type type, Value element, Value pitch, bool by_columns = false);
    void matrix_store(int buffer, Value fragment, Value element, Value pitch, bool by_columns = false);
    Value matrix_convert(Value accumulator, DType to);
    Value matrix_multiply_add(Value left, Value right, Value accumulator);

    /// for (iv = low; iv < high; iv += step) carried = body(iv, carried). Returns the carried values' final
    /// state. low, high and step are i64. A loop with constant bounds that runs at most once becomes straight
    /// code.
    using LoopBody = std::function<std::vector<Value>(Value iv, std::span<const Value> carried)>;
    std::vector<Value> for_loop(Value low, Value high, Value step, std::span<const Value> initial,
                                const LoopBody& body, int unroll = 0);
    /// A loop that carries nothing.
    void for_each(Value low, Value high, Value step, const std::function<void(Value iv)>& body,
                  int unroll = 0);

    /// `then` and `otherwise` return as many values of the same types. A constant condition leaves one of
    /// them.
    using Branch = std::function<std::vector<Value>()>;
    std::vector<Value> if_else(Value condition, const Branch& then, const Branch& otherwise);
    void if_then(Value condition, const std::function<void()>& then);

    Type type_of(Value v) const;
    /// How many regions enclose the value's definition: what is defined further out changes less often.
    int depth(Value v) const;
    /// The value's constant, if it is an integer constant (of every lane).
    bool is_constant(Value v, std::int64_t* value = nullptr) const;

    /// Hands the kernel out, without what it computes and never uses; the builder can then add nothing more.
    Kernel finish();

    struct State;  ///< builder_state.hpp; for the builder's own files

  private:
    std::unique_ptr<State> state_;
};

}  // namespace sporkle::tile
