// Every compile-time error of the notation, each with its message in one place.
//
// Errors that follow from the types of an expression are class templates whose instantiation fails; the
// compiler prints their template arguments, and so the names that the author wrote. Errors that depend on
// numbers (coefficients, literals) are functions that a constant expression may not call: the compiler prints
// the line with the message and, again, the template arguments.
#pragma once

#include <cstdint>

#include <sporkle/dsl/fixed_string.hpp>
#include <sporkle/program.hpp>

namespace sporkle::notation::errors {

/// False, but only once the template is instantiated. Compilers print the arguments.
template <FixedString...>
inline constexpr bool never = false;
template <DType...>
inline constexpr bool never_dtypes = false;
template <class...>
inline constexpr bool no_type = false;

// --- symbols ---

template <FixedString name>
struct BadName {
    static_assert(name.view().size() > 0, "sporkle: a name is empty");
    static_assert(name.view().size() < max_name, "sporkle: a name is longer than 47 characters");
    static_assert(
        [] {
            for (const char c : name.view())
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
            return true;
        }(),
        "sporkle: a name holds a control character");
};

template <FixedString index, std::int64_t... extent>
struct BadExtent {
    static_assert(sizeof...(extent) <= 1, "sporkle: an index has one compile-time extent at most");
    static_assert(((extent > 0) && ...), "sporkle: the compile-time extent of an index must be positive");
    static_assert(((extent <= max_static_extent) && ...),
                  "sporkle: the compile-time extent of an index is beyond 2^40");
};

template <FixedString tensor, int rank>
struct BadRank {
    static_assert(rank >= 0 && rank <= max_rank, "sporkle: the rank of a tensor must be from 0 to 8");
};

// --- subscripts ---

template <FixedString tensor, int rank, int given>
struct WrongSubscriptCount {
    static_assert(rank == given, "sporkle: wrong number of subscripts: a tensor takes as many as its rank");
};

template <FixedString tensor>
struct SubscriptIsNoIndex {
    static_assert(never<tensor>,
                  "sporkle: a subscript is not affine: only indices, integer constants and their sums and "
                  "integer multiples may stand there, no computed values");
};

template <class Left, class Right>
struct ProductOfIndices {
    static_assert(no_type<Left, Right>, "sporkle: a subscript is not affine: it multiplies two indices");
};

template <class Subscript, Op op>
struct IndexIsNoValue {
    static_assert(no_type<Subscript>,
                  "sporkle: this operation on an index is not affine, so it can be no subscript; to compute "
                  "with the index's number write value(i)");
};

template <class Argument>
struct ValueTakesAnIndex {
    static_assert(no_type<Argument>,
                  "sporkle: value(…) takes a single index; write value(y) * 2 + 1, not value(y * 2 + 1)");
};

template <FixedString tensor, class... Right>
struct TensorWithoutSubscripts {
    static_assert(no_type<Right...>,
                  "sporkle: a tensor stands without subscripts; one of rank 0 is written with empty "
                  "parentheses: s()");
};

template <FixedString tensor>
constexpr void coefficient_is_zero() {
    throw "sporkle: an index has the coefficient 0 in a subscript";
}
template <FixedString tensor>
constexpr void subscript_out_of_range() {
    throw "sporkle: a coefficient or constant of a subscript does not fit 32 bits";
}
template <FixedString tensor>
constexpr void too_many_terms() {
    throw "sporkle: a subscript has more than 4 indices";
}

// --- values ---

template <Op op, DType one, DType other>
struct MixedTypes {
    static_assert(never_dtypes<one, other>,
                  "sporkle: mixed dtypes without cast: write cast<…>(…) around one of them");
};

template <Op op, DType operand>
struct WrongOperandType {
    static_assert(never_dtypes<operand>, "sporkle: an operation does not take operands of this dtype");
};

template <DType given>
struct ConditionIsNoBoolean {
    static_assert(never_dtypes<given>, "sporkle: the condition of select must be boolean");
};

template <class Given, DType wanted>
struct LiteralType {
    static_assert(no_type<Given>,
                  "sporkle: mixed dtypes without cast: the literal's type does not go with the other dtype");
};

template <DType wanted>
struct DoubleLiteral {
    static_assert(never_dtypes<wanted>,
                  "sporkle: mixed dtypes without cast: a literal of type double does not narrow to f32; "
                  "write 0.1f, or cast<f64>(…) around the other operand");
};

/// The literal is an integer constant that the dtype cannot hold exactly.
template <DType wanted>
constexpr void literal_not_representable() {
    throw "sporkle: an integer literal is not exactly representable in the dtype of the other operand";
}

template <class Given>
struct NotAValue {
    static_assert(no_type<Given>, "sporkle: an operand is neither a value of the notation nor a literal");
};

// --- reductions ---

template <Reduce kind, class Given>
struct ReductionIndexExpected {
    static_assert(no_type<Given>,
                  "sporkle: a reduction names its indices first and its body last: sum(k, A(i, k))");
};

template <Reduce kind, int count>
struct TooManyReductionIndices {
    static_assert(count <= max_rank, "sporkle: a reduction has more than 8 indices");
};

template <FixedString kernel, FixedString index>
struct IndexReducedTwice {
    static_assert(never<kernel, index>,
                  "sporkle: an index is reduced twice: in one list, or again inside its own reduction");
};

template <FixedString kernel, FixedString index>
struct ReductionIndexEscapes {
    static_assert(never<kernel, index>,
                  "sporkle: a reduction index escapes: it is used outside of its reduction in one statement");
};

// --- statements ---

template <class Given>
struct NotAStatement {
    static_assert(no_type<Given>, "sporkle: a kernel consists of assignments: C(i, j) = …");
};

template <FixedString kernel>
struct NoStatement {
    static_assert(never<kernel>, "sporkle: a kernel has no statement");
};

template <FixedString tensor, DType stored, DType assigned>
struct MixedTypesInAssignment {
    static_assert(never<tensor>,
                  "sporkle: mixed dtypes without cast: a tensor is assigned a value of another dtype");
};

template <FixedString kernel, FixedString index>
struct FreeIndexMissing {
    static_assert(never<kernel, index>,
                  "sporkle: a free index of the right-hand side is missing on the left of its statement");
};

template <FixedString kernel, FixedString index>
struct IndexRepeatedOnTheLeft {
    static_assert(never<kernel, index>, "sporkle: an index stands twice on the left of a statement");
};

template <FixedString kernel, FixedString tensor>
struct LeftSubscriptForm {
    static_assert(never<kernel, tensor>,
                  "sporkle: a subscript on the left is neither an index nor of the form S*i + p with p a "
                  "compile-time index of extent S");
};
template <FixedString tensor>
constexpr void left_subscript_numbers() {
    throw "sporkle: a subscript on the left is not of the form S*i + p with p a compile-time index of extent S";
}

template <FixedString kernel, FixedString tensor>
struct InputAssigned {
    static_assert(never<kernel, tensor>,
                  "sporkle: assignment to an input: the tensor is read before it is assigned");
};

template <FixedString scalar, class Right>
struct ScalarAssigned {
    static_assert(no_type<Right>, "sporkle: assignment to an input: a scalar is given at the call");
};

template <FixedString tensor, class Right>
struct CompoundAssignment {
    static_assert(
        no_type<Right>,
        "sporkle: a tensor is assigned once, with =; write sum(k, …) or an input of its own instead");
};

template <FixedString kernel, FixedString tensor>
struct AssignedTwice {
    static_assert(never<kernel, tensor>, "sporkle: a tensor is assigned twice");
};

template <FixedString kernel, FixedString temporary>
struct ReadBeforeAssigned {
    static_assert(never<kernel, temporary>, "sporkle: a temporary is read before it is assigned");
};

template <FixedString kernel, FixedString temporary>
struct NeverAssigned {
    static_assert(never<kernel, temporary>, "sporkle: unknown name: a temporary is read but never assigned");
};

template <FixedString kernel, FixedString index>
constexpr void index_unbound() {
    throw "sporkle: unknown extent: nothing binds an index: it has no compile-time extent and no tensor has it as a plain subscript";
}

// --- kernels ---

template <FixedString kernel, FixedString name>
struct DuplicateName {
    static_assert(never<kernel, name>, "sporkle: duplicate name: two different things in a kernel share it");
};

template <FixedString kernel, FixedString tensor>
struct TwoBoundaries {
    static_assert(never<kernel, tensor>, "sporkle: a tensor has two boundary rules in one kernel");
};

template <FixedString kernel, FixedString index>
struct TwoExtents {
    static_assert(never<kernel, index>, "sporkle: an index is bound to two compile-time extents");
};

/// What there is too much of is named by its limit in program.hpp.
template <FixedString kernel, FixedString limit>
struct CapacityExceeded {
    static_assert(never<kernel, limit>, "sporkle: a kernel is too large: it exceeds a limit of program.hpp");
};
template <FixedString kernel>
constexpr void too_many_accesses() {
    throw "sporkle: a kernel is too large: it exceeds max_accesses of program.hpp";
}

}  // namespace sporkle::notation::errors
