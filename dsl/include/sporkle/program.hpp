// Program: a kernel as plain data. It is the one contract of the whole project: the DSL computes it in a
// constant expression, code generation lowers it, the reference evaluates it, the bundle stores it byte for
// byte.
//
// A Program has no pointers and a fixed size, so it can be a constant, be read out of an object file's
// section, be built at run time by a fuzzer, and be checked (`validate`) when it comes from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sporkle/dtype.hpp>

namespace sporkle {

inline constexpr int max_rank = 8;         ///< dimensions of one tensor, indices of one reduction
inline constexpr int max_terms = 4;        ///< indices in one affine subscript
inline constexpr int max_tensors = 24;     ///< inputs, outputs and temporaries together
inline constexpr int max_scalars = 16;     ///< runtime scalars
inline constexpr int max_indices = 24;     ///< named indices
inline constexpr int max_accesses = 64;    ///< tensor reads
inline constexpr int max_reductions = 16;  ///< reductions
inline constexpr int max_nodes = 256;      ///< nodes of the expression DAG
inline constexpr int max_statements = 16;  ///< assignments
inline constexpr int max_arguments = max_tensors + max_scalars;
inline constexpr int max_name = 48;  ///< characters of a name, with the closing NUL
inline constexpr std::int64_t max_static_extent = std::int64_t(1) << 40;  ///< largest compile-time extent

/// A bounded, NUL-terminated name. Names serve messages only; they are no part of a kernel's identity.
struct Name {
    char text[max_name] = {};
    constexpr std::string_view view() const {
        std::size_t length = 0;
        while (length < max_name && text[length] != 0) ++length;
        return {text, length};
    }
    constexpr void assign(std::string_view from) {
        for (std::size_t i = 0; i < max_name; ++i)
            text[i] = i + 1 < max_name && i < from.size() ? from[i] : '\0';
    }
};

/// What a read outside a tensor yields, with n the extent of the dimension and x the subscript.
enum class Boundary : std::uint8_t {
    none,     ///< reads outside are an error, found at the call from the extents
    zero,     ///< the value 0
    clamp,    ///< the nearest element: min(max(x, 0), n - 1)
    wrap,     ///< periodic: x modulo n
    reflect,  ///< mirrored about the border elements, which are not repeated (… 2 1 0 1 2 …); n = 1 gives
              ///< element 0
};

enum class Role : std::uint8_t { input, output, temporary };

struct Tensor {
    Name name;
    DType dtype = DType::f32;
    std::uint8_t rank = 0;  ///< 0 … max_rank; rank 0 is a single element
    Role role = Role::input;
    Boundary boundary = Boundary::none;
};

struct Scalar {
    Name name;
    DType dtype = DType::f32;
};

struct Index {
    Name name;
    std::int64_t extent =
        0;  ///< compile-time extent, or 0 when it is bound by a tensor's dimension at the call
};

/// constant + Σ terms coefficient · index. Terms are in ascending order of index, without repeats or zero
/// coefficients.
struct Affine {
    struct Term {
        std::uint8_t index = 0;
        std::int32_t coefficient = 0;
    };
    Term terms[max_terms] = {};
    std::uint8_t count = 0;
    std::int32_t constant = 0;

    /// A subscript that is one index and nothing else. Such subscripts bind the index to the dimension's
    /// extent.
    constexpr bool is_plain() const { return count == 1 && terms[0].coefficient == 1 && constant == 0; }
};

struct Access {
    std::uint8_t tensor = 0;
    Affine subscripts[max_rank] = {};  ///< the tensor's rank of them
};

/// What a node computes. The numbers are part of the bundle format: append, never reorder.
/// Operands are `a`, `b`, `c`: numbers of earlier nodes. `ref` is a table number as said below.
enum class Op : std::uint8_t {
    literal,      ///< `bits`: the value's bit pattern in the low bytes (sign-extended for signed integers)
    scalar,       ///< ref: scalar; the node's dtype is value_type(scalar dtype)
    access,       ///< ref: access; the node's dtype is value_type(tensor dtype)
    index_value,  ///< ref: index; the index's present number, as i64
    cast,         ///< ref: DType to convert `a` to; f16 and bf16 round through that type and yield f32
    // one operand
    neg,
    abs,
    sqrt,
    floor,
    ceil,
    trunc,
    round_even,
    logical_not,
    bit_not,
    exp,
    log,
    tanh,
    sigmoid,
    rsqrt,
    // two operands of one dtype
    add,
    sub,
    mul,
    div,
    rem,
    min,
    max,
    bit_and,
    bit_or,
    bit_xor,
    shl,
    shr,
    logical_and,
    logical_or,
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,  ///< yield boolean; IEEE: only != holds with NaN
    // three operands
    select,  ///< a ? b : c
    fma,     ///< a * b + c, rounded once
    reduce,  ///< ref: reduction; `a` is the body
};

/// One value of the DAG. `dtype` is the type of the value and never f16 or bf16.
struct Node {
    Op op = Op::literal;
    DType dtype = DType::f32;
    std::uint16_t a = 0, b = 0, c = 0;
    std::uint16_t ref = 0;
    std::uint64_t bits = 0;
};

enum class Reduce : std::uint8_t { sum, prod, max, min, argmax, argmin };

/// The order in which a reduction's elements meet; it belongs to the Program so that no schedule can change
/// the bits.
///
/// Elements are numbered in row-major order of the reduction's indices as the kernel names them.
/// chain: one accumulator, from the identity upward: acc = combine(acc, x).
/// lanes: blocks of 4096 consecutive elements. In a block element e goes to partial e mod 64; each partial is
/// a chain.
///        Partials are combined by halving: p[l] = combine(p[l], p[l + w]) for w = 32, 16, … 1. Block results
///        r are combined by a balanced tree: neighbours (0,1), (2,3), … are combined and an odd last one is
///        carried up unchanged, level by level, until one is left.
/// any:   what the default rule gives for the Program: effective_order in analysis.hpp.
/// No element at all gives the identity.
///
/// combine: sum is fma(a, b, acc) when the body is a product a·b (of floating type), else acc + x; prod acc ·
/// x; max acc > x ? acc : x; min acc < x ? acc : x. Partial results are combined by +, ·, max and min with
/// the lower numbered one on the left. argmax keeps (value, number): x wins over acc when x > acc, or when x
/// == acc and its number is lower; a NaN never wins; the result is the number, as i64, and -1 where nothing
/// won. argmin likewise with <. Identities: 0, 1, -∞ or the lowest integer, +∞ or the highest integer; for
/// argmax, argmin the value as for max, min, with the number 2^63 - 1 (reported as -1).
enum class Order : std::uint8_t { chain, lanes, any };

inline constexpr int lanes_block = 4096;   ///< elements of one block in Order::lanes
inline constexpr int lanes_partials = 64;  ///< partials of one block in Order::lanes

struct Reduction {
    Reduce kind = Reduce::sum;
    Order order = Order::chain;
    std::uint8_t count = 0;               ///< reduction indices, 1 … max_rank
    std::uint8_t indices[max_rank] = {};  ///< in the order named: the first is outermost
};

/// target[subscripts] = value, for all values of the free indices. On the left every subscript is either
/// plain or of the form S·i + p with p a compile-time index of extent S (sub-pixel form, for transposed
/// convolution); the dimension's extent must then be S times the extent of i, which it binds.
struct Statement {
    Access target;
    std::uint16_t value = 0;  ///< node
};
/// fast: |sum of n products - exact| ≤ (n + 4)·2^-23·Σ|a·b| + n·2^-126; of f64, 2^-52 and 2^-1022.
enum class Numerics : std::uint8_t { reproducible, fast };

/// One parameter of the kernel's call, in the order in which the caller gives them: inputs and scalars in the
/// order of their first appearance (statements in order, each right-hand side read from left to right), then
/// outputs in the order of their first assignment.
struct Argument {
    bool is_scalar = false;
    std::uint8_t number = 0;  ///< of the tensor or scalar
};

struct Program {
    Name name;
    Numerics numerics = Numerics::reproducible;
    std::uint8_t tensor_count = 0, scalar_count = 0, index_count = 0, access_count = 0, reduction_count = 0,
                 statement_count = 0, argument_count = 0;
    std::uint16_t node_count = 0;
    Tensor tensors[max_tensors] = {};
    Scalar scalars[max_scalars] = {};
    Index indices[max_indices] = {};
    Access accesses[max_accesses] = {};
    Reduction reductions[max_reductions] = {};
    Statement statements[max_statements] = {};
    Argument arguments[max_arguments] = {};
    Node nodes[max_nodes] = {};
};

}  // namespace sporkle
