// Tile IR: a small structured SSA form between the lowerings and the targets.
//
// A Kernel is one dispatch: a grid of independent tasks (tasks on a CPU, workgroups on a GPU), each of which
// runs the body. Values are scalars or vectors of a DType. Control is structured: `for` with carried values
// and `if` with results. Memory is reached through declared buffers, by element number.
//
// A task is run by `members` that execute the same body at the same time, each with values and private memory
// of its own, and share the task's other memory. A member is `threads` hardware threads: its scalars are the
// same in all of them and its vectors are spread over them. On a CPU both are 1. simt/distribute.hpp turns a
// kernel with threads > 1 into one whose members are single threads, which is what GPU emitters translate.
//
// Arithmetic is exact in the sense of DESIGN: every operation rounds once, nothing may be reassociated or
// contracted, subnormals are kept, integers wrap. An emitter that cannot honour this must refuse.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sporkle/dtype.hpp>

namespace sporkle::tile {

/// A fragment is a small matrix for a matrix unit, in one of three roles: a factor or the accumulator of
/// matrix_multiply_add. All threads of a member hold it together (where members are single threads: each
/// group of Kernel::shuffle_width members), nobody knows who which element. It can be filled by a constant
/// (the same bits everywhere), loaded, stored, multiplied, carried by loops and be a result of branches, and
/// nothing else. Only where control flow is the same for all who hold it.
enum class Fragment : std::uint8_t { none, left, right, accumulator };

struct Type {
    DType scalar = DType::i64;
    std::uint16_t lanes = 1;  ///< 1 is a scalar
    Fragment fragment = Fragment::none;
    std::uint16_t rows = 0, columns = 0;  ///< of a fragment, whose lanes are 1; up to longest_side
    static constexpr std::uint16_t longest_side = 1024;
    friend bool operator==(const Type&, const Type&) = default;
    static Type matrix(Fragment fragment, DType s, int rows, int columns) {
        return {s, 1, fragment, static_cast<std::uint16_t>(rows), static_cast<std::uint16_t>(columns)};
    }
    bool is_fragment() const { return fragment != Fragment::none; }
    int elements() const { return is_fragment() ? rows * columns : lanes; }
    Type with(DType s) const { return {s, lanes}; }
    Type with_lanes(int n) const { return {scalar, static_cast<std::uint16_t>(n)}; }
};

/// A value's number in its Kernel; 0 is no value.
struct Value {
    std::uint32_t id = 0;
    explicit operator bool() const { return id != 0; }
    friend bool operator==(const Value&, const Value&) = default;
};

enum class Space : std::uint8_t {
    global,  ///< a tensor of the caller, or a scratch buffer shared by all tasks; base address in a parameter
             ///< word
    task,    ///< scratch of the running task, with a size known at the call; uninitialised
    shared,  ///< constant size, shared by the threads of a workgroup; uninitialised
    private_,  ///< constant size, of one thread; uninitialised
};

struct Buffer {
    std::string name;
    Space space = Space::global;
    DType dtype = DType::f32;
    /// global: word of the parameter block that holds the base address. task: word that holds the byte offset
    /// in the task's scratch arena.
    int word = -1;
    /// shared, private_: elements.
    std::int64_t size = 0;
    bool writable = false;
    /// shared: the lowering orders accesses with barriers of its own; distribute adds none for this buffer.
    bool explicit_barriers = false;
};

/// Operations. T is the result's type; operands of arithmetic have type T unless said otherwise.
enum class Op : std::uint8_t {
    constant,   ///< `bits`: bit pattern of every lane (sign-extended for signed integers)
    parameter,  ///< `imm`: word of the parameter block; T is the scalar type in which its low bytes are read
    grid_id,    ///< `imm`: dimension 0, 1, 2 of the task's place in the grid; i64
    member_id,  ///< number of the running member in its task, 0 … members-1; i64
    flushes,    ///< whether the machine's own fma of f32 takes and gives subnormals as 0, so that only
                ///< those that are flush-safe are as fast as it; a boolean scalar
    lane_ids,   ///< <0, 1, … lanes-1> of an integer type
    splat,      ///< (scalar) → vector
    extract,    ///< (vector), `imm` = lane → scalar
    slice,      ///< (vector), `imm` = first lane → the T.lanes lanes from there on
    concat,     ///< (v, w, …) of one type → one vector, first operand in the low lanes
    // arithmetic
    neg,
    abs,
    sqrt,
    floor,
    ceil,
    trunc,
    round_even,
    add,
    sub,
    mul,
    div,  ///< integers: by zero gives 0, lowest / -1 wraps
    rem,  ///< integers only, sign of the dividend: by zero gives 0
    fma,  ///< a * b + c; integers: wraps. `imm` = 1: flush-safe, subnormal operands and results of f32 may
          ///< be taken as zeros of their sign: that changes nothing of what the kernel computes, be it that
          ///< there are none, or that the result is not used then
    min,
    max,  ///< integers: lesser, greater. floats: a < b ? a : b, a > b ? a : b; `imm` = 1: flush-safe, as
          ///< for fma
    bit_not,
    bit_and,
    bit_or,
    bit_xor,      ///< integers and booleans
    shl,          ///< count modulo the width
    shr,          ///< likewise; arithmetic for signed types
    shr_logical,  ///< likewise; zeros come in whatever the type
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,  ///< operands of one type → boolean of as many lanes; `imm` = 1: flush-safe, as for fma
    select,     ///< (boolean, x, y): x where true
    convert,  ///< value conversion: rounds to nearest even once; float → integer saturates, NaN → 0; →
              ///< boolean is x != 0; f16 and bf16 are allowed here, in constants, parameters, loads and
              ///< stores, slice, concat, splat, extract, select, bitcast, as carried values and results of
              ///< regions and nowhere else
    bitcast,  ///< same size of element; neither type is boolean
    // memory; `buffer` is the buffer's number. Masked-off lanes read 0 and write nothing, and touch no
    // memory.
    load,          ///< (element i64 [, mask]): lane l is element + l
    load_strided,  ///< (element i64, stride i64 [, mask]): lane l is element + l·stride
    gather,  ///< (elements <N x i64> [, mask]); `imm` > 1: in each run of so many lanes, a power of two,
             ///< the elements are neighbours, ascending, all of them on or all of them off, and `alignment`
             ///< is that of a run's first
    store,   ///< (value, element [, mask])
    store_strided,  ///< (value, element, stride [, mask])
    scatter,        ///< (value, elements [, mask]); lanes write in ascending order; `imm` as for gather
    prefetch,       ///< (element i64): a hint; `imm` = 0 into L1, 1 into L2; never faults
    fence,          ///< orders non-temporal stores before whatever follows the task
    // members of a task; only where control flow is the same for all of them
    barrier,  ///< every member arrives before one goes on; what was stored before is seen by all after
    shuffle,  ///< (value, source i64): the value that member `source` gives; both scalars or small vectors;
              ///< the source is in the same aligned group of Kernel::shuffle_width members
    // fragments; `imm` 0: element (r, c) is at element + r·pitch + c; 1: at element + c·pitch + r. Never in
    // private memory. To others in a group each access is that of another member.
    matrix_load,          ///< (element i64, pitch i64) → fragment
    matrix_store,         ///< (fragment, element i64, pitch i64)
    matrix_convert,       ///< (f32 accumulator) → f16 accumulator, as convert does
    matrix_multiply_add,  ///< (left m×k, right k×n, accumulator m×n) → accumulator: left · right +
                          ///< accumulator. Integers are exact and wrap; floats in the order and rounding of
                          ///< the machine, so for Numerics::fast only
    // control
    for_,  ///< (low, high, step, carried…): regions[0] has parameters (iv, carried…); low, high, step and iv
           ///< are i64, step > 0, and iv + step never overflows; results: carried…
    if_,  ///< (boolean): regions[0] then, regions[1] else, both without parameters; results: what they yield
    yield,  ///< ends every region; operands are the region's results
};

struct Instruction;

struct Region {
    std::vector<Value> parameters;
    std::vector<Instruction> body;  ///< the last one is `yield`
};

struct Instruction {
    Op op = Op::constant;
    std::vector<Value> operands;
    std::vector<Value> results;
    std::vector<Region> regions;
    std::int64_t imm = 0;
    std::uint64_t bits = 0;
    int buffer = -1;
    bool masked = false;       ///< memory operations: the last operand is a mask
    bool nontemporal = false;  ///< store: bypass the caches; the address is a multiple of the vector's size
    int alignment = 0;  ///< load, store, runs: known alignment of the address in bytes, 0 for the element's
    int unroll = 0;     ///< for_: 0 leaves it to the emitter; 1 forbids; n > 1 asks for n copies
};

struct Kernel {
    std::string name;
    int parameter_words = 0;  ///< size of the parameter block
    int members = 1;          ///< that run a task together
    int threads = 1;          ///< hardware threads of a member; a power of two
    int shuffle_width = 1;    ///< members that may shuffle with each other; a power of two; 1 where threads
                              ///< hold fragments
    std::vector<Buffer> buffers;
    std::vector<Type> types{Type{}};  ///< of each value by id; entry 0 is unused
    Region body;                      ///< no parameters, yields nothing

    Type type_of(Value v) const { return types[v.id]; }
};

/// Text form of a kernel, one instruction a line, constants by their value where they are used; stable, so
/// that it can be compared.
std::string print(const Kernel& kernel);
std::string_view name_of(Op op);

/// Checks every rule of this header: types, operand counts, dominance, buffers, masks, constant bounds of
/// private and shared accesses (rules.hpp says which element types an operation takes). Returns an empty
/// string, or the first fault with the instruction's text.
std::string verify(const Kernel& kernel);

}  // namespace sporkle::tile
