// The reference: evaluates a Program naively and exactly as program.hpp says. It is the oracle of all tests
// and the fallback when no compiled variant fits the machine.
//
// It works statement by statement and reduction by reduction, on batches of up to 64 points (reference/).
// Memory: temporaries, and for every reduction 8 bytes per combination of values of its free indices.
//
// Inputs that share memory with an output are copied first, so a call means: all inputs are read, then the
// outputs are written. Outputs that share elements with each other have no defined result.
//
// Rounding mode and flushing of subnormals must be the default ones of IEEE 754. The bits do not depend on
// -ffp-contract or on the presence of a fused multiply-add; -ffast-math is refused.
#pragma once

#include <sporkle/posix_index.hpp>  // before <cstring>

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <sporkle/error.hpp>
#include <sporkle/extents.hpp>
#include <sporkle/reference/aliases.hpp>
#include <sporkle/reference/loop.hpp>
#include <sporkle/reference/reduce.hpp>

namespace sporkle {

namespace evaluation {

/// Evaluates the reductions that node n needs, innermost first, where that has not been done. Their values
/// are the same for all statements: what they read is assigned once.
inline void evaluate_reductions(Memory& memory, int n, std::vector<bool>& done) {
    if (done[static_cast<std::size_t>(n)]) return;
    done[static_cast<std::size_t>(n)] = true;
    const Node& x = memory.program.nodes[n];
    const std::uint16_t uses[3] = {x.a, x.b, x.c};
    for (int o = 0; o < operand_count(x.op); ++o) evaluate_reductions(memory, uses[o], done);
    if (x.op == Op::reduce) evaluate_reduction(memory, n);
}

inline void evaluate_statement(Memory& memory, const Statement& statement) {
    std::vector<int> left;
    const int rank = memory.program.tensors[statement.target.tensor].rank;
    for (int d = 0; d < rank; ++d) {
        const LeftSubscript s = left_subscript(memory.program, statement.target.subscripts[d]);
        left.push_back(s.index);
        if (s.phase >= 0) left.push_back(s.phase);
    }
    Space space(memory.extents, left);
    Loop loop(memory, {statement.value});
    Locator target(memory.program, statement.target, memory.extents, memory.tensors[statement.target.tensor]);
    Points points;
    for (std::int64_t done = 0; done < space.size(); done += points.count) {
        points.count = static_cast<int>(std::min<std::int64_t>(batch_size, space.size() - done));
        space.next(points, points.count);
        loop.evaluate(points);
        target.locate(points);
        store(target, loop.values(statement.value), points.count);
    }
}

/// Gives a temporary dense memory.
inline void allocate(const Memory& memory, int tensor, TensorView& view, std::vector<std::byte>& bytes) {
    std::int64_t elements = 1;
    for (int d = memory.program.tensors[tensor].rank - 1; d >= 0; --d) {
        view.extents[d] = memory.extents.tensor[tensor][d];
        view.strides[d] = elements;
        elements *= view.extents[d];
    }
    bytes.resize(static_cast<std::size_t>(elements * size_of(memory.program.tensors[tensor].dtype)));
    view.data = bytes.data();
}

inline void evaluate(const Program& p, std::span<const CallArgument> arguments) {
    const Extents extents = resolve_extents(p, arguments);
    Memory memory{p, extents};
    for (int a = 0; a < p.argument_count; ++a) {
        const CallArgument& argument = arguments[static_cast<std::size_t>(a)];
        if (p.arguments[a].is_scalar)
            memory.scalars[p.arguments[a].number] = argument.scalar;
        else
            memory.tensors[p.arguments[a].number] = argument.tensor;
    }
    std::vector<std::byte> storage[max_tensors];
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role == Role::temporary) allocate(memory, t, memory.tensors[t], storage[t]);
        if (p.tensors[t].role == Role::input && shares_memory_with_output(p, memory.tensors, t))
            copy_dense(p.tensors[t], memory.tensors[t], storage[t]);
    }
    std::vector<bool> done(max_nodes);
    for (int s = 0; s < p.statement_count; ++s) {
        evaluate_reductions(memory, p.statements[s].value, done);
        evaluate_statement(memory, p.statements[s]);
    }
}

}  // namespace evaluation

/// Evaluates a valid Program. Arguments come in the order of Program::arguments. Throws
/// Error(invalid_argument) when they do not fit, Error(out_of_memory) when there is too little memory; no
/// output has been written when it throws the former.
inline void reference(const Program& program, std::span<const CallArgument> arguments) {
    const auto no_memory = [&] {
        return Error(ErrorCode::out_of_memory, "kernel '" + std::string(program.name.view()) +
                                                   "': the reference has not enough memory");
    };
    try {
        evaluation::evaluate(program, arguments);
    } catch (const std::bad_alloc&) {
        throw no_memory();
    } catch (const std::length_error&) {
        throw no_memory();
    }
}

}  // namespace sporkle
