// Expressions of a Program in the notation of the DSL.
#pragma once

#include <array>
#include <string>

#include <sporkle/program.hpp>

namespace sporkle::codegen {

std::string_view name_of(sporkle::Op op);
std::string_view name_of(Reduce kind);
std::string_view name_of(Order order);

/// "y*2 + r - 1"
std::string text_of(const Program& program, const Affine& subscript);
/// "I(n, y*2 + r - 1)"
std::string text_of(const Program& program, const Access& access);
/// "1.5f", "3", "u8(3)", "true"
std::string text_of_literal(DType type, std::uint64_t bits);

/// Writes the nodes of one Program. Operands that were given a name are written by it.
class ExpressionText {
  public:
    explicit ExpressionText(const Program& program) : p_(program) {}

    /// The node's expression; its own name is not used for it.
    std::string definition(int node) const { return write(node).text; }
    /// The node by its name if it has one, else its expression.
    std::string use(int node) const { return operand(node, 0); }
    void set_name(int node, std::string name) { names_[static_cast<std::size_t>(node)] = std::move(name); }
    bool has_name(int node) const { return !names_[static_cast<std::size_t>(node)].empty(); }

  private:
    /// Text with the precedence of its outermost operator, to know where parentheses are due.
    struct Text {
        std::string text;
        int precedence = 0;
    };
    Text write(int node) const;
    std::string operand(int node, int least_precedence) const;
    std::string call(const std::string& function, const Node& node, int operands) const;

    const Program& p_;
    std::array<std::string, max_nodes> names_;
};

}  // namespace sporkle::codegen
