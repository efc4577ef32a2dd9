// What a Builder knows while it builds: the open regions, how each value was defined, and which pure
// expressions exist already.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codegen/ir/builder.hpp"

namespace sporkle::tile {

/// A pure instruction; two equal ones compute the same value.
struct Expression {
    Op op = Op::yield;  ///< yield: not an expression (a load, a loop counter, …)
    Type type;
    std::vector<Value> operands;
    std::int64_t imm = 0;
    std::uint64_t bits = 0;
    bool operator<(const Expression& other) const;
};

struct Builder::State {
    /// A region under construction. Nested ones live on the stack of the function that builds them, since
    /// the enclosing region's instructions move when it grows.
    struct Scope {
        Region* region = nullptr;
        bool is_loop = false;
        std::map<Expression, Value> numbers;
        std::vector<Value> defined;
    };

    Kernel kernel;
    std::vector<Scope> scopes;            ///< outermost first; empty after finish()
    std::vector<Expression> definitions;  ///< by value id
    std::vector<bool> closed;             ///< by value id: its region is finished
    std::vector<std::size_t> depth;       ///< by value id: which of the scopes defines it

    [[noreturn]] void fail(Op op, const std::string& message) const;
    void require(bool condition, Op op, const char* message) const {
        if (!condition) fail(op, message);
    }

    /// The type of a value that may be used now; throws when there is none.
    Type type(Op user, Value v) const;
    /// Throws unless the value has that type.
    void expect(Op user, Value v, Type type, const char* role) const;
    /// The constant's bits, when the value is one (in every lane).
    std::optional<std::uint64_t> constant(Value v) const;
    const Expression& definition(Value v) const { return definitions[v.id]; }

    Value constant_bits(Type type, std::uint64_t bits);
    /// The value of a pure expression: simplified, or shared, or new.
    Value evaluate(Expression expression);
    /// What the expression is known to equal without computing it (builder_simplify.cpp): constants fold, and
    /// identities of integers, selections and moves of lanes apply. No value when nothing is known; the
    /// expression may have become a simpler one.
    Value simplified(Expression& expression);
    /// An expression, unless an open region has it already. It leaves every loop that defines none of its
    /// operands, but no branch: what may not be needed is not computed ahead.
    Value pure(Expression expression);
    /// One without operands, placed in the outermost region.
    Value leaf(Expression expression);
    /// An instruction that is not shared.
    Instruction& append(Instruction instruction);
    /// A value that the scope of that depth defines.
    Value new_value(Type type, std::size_t scope_depth);
    std::size_t innermost_depth() const { return scopes.size() - 1; }

    void open(Region& region, bool is_loop) { scopes.push_back({&region, is_loop, {}, {}}); }
    /// Ends the innermost region with a yield of `results`.
    void close(const std::vector<Value>& results);
    Region& innermost(Op user);

    /// Runs `fill` with `region`, one of the control operation `user`, as the innermost open one, and closes
    /// it with what it returns, whose types are returned.
    template <class Fill>
    std::vector<Type> build(Op user, Region& region, Fill&& fill) {
        open(region, user == Op::for_);
        const std::vector<Value> results = fill();
        std::vector<Type> types;
        for (Value v : results) types.push_back(type(user, v));
        close(results);
        return types;
    }
};

}  // namespace sporkle::tile
