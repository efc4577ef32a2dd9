#include "codegen/text/expression.hpp"

#include <bit>
#include <charconv>
#include <iterator>
#include <type_traits>

#include <sporkle/analysis.hpp>

namespace sporkle::codegen {
namespace {

using POp = sporkle::Op;

struct OpText {
    std::string_view name;
    std::string_view symbol;  ///< empty: written as a call
    int precedence;
};

// Precedences of C++, the higher the tighter.
constexpr int primary = 12, prefix = 11;
constexpr OpText op_texts[] = {
    {"literal", "", primary},
    {"scalar", "", primary},
    {"access", "", primary},
    {"index", "", primary},
    {"cast", "", primary},
    {"neg", "-", prefix},
    {"abs", "", primary},
    {"sqrt", "", primary},
    {"floor", "", primary},
    {"ceil", "", primary},
    {"trunc", "", primary},
    {"round_even", "", primary},
    {"logical_not", "!", prefix},
    {"bit_not", "~", prefix},
    {"exp", "", primary},
    {"log", "", primary},
    {"tanh", "", primary},
    {"sigmoid", "", primary},
    {"rsqrt", "", primary},
    {"add", "+", 9},
    {"sub", "-", 9},
    {"mul", "*", 10},
    {"div", "/", 10},
    {"rem", "%", 10},
    {"min", "", primary},
    {"max", "", primary},
    {"bit_and", "&", 5},
    {"bit_or", "|", 3},
    {"bit_xor", "^", 4},
    {"shl", "<<", 8},
    {"shr", ">>", 8},
    {"logical_and", "&&", 2},
    {"logical_or", "||", 1},
    {"less", "<", 7},
    {"less_equal", "<=", 7},
    {"greater", ">", 7},
    {"greater_equal", ">=", 7},
    {"equal", "==", 6},
    {"not_equal", "!=", 6},
    {"select", "", primary},
    {"fma", "", primary},
    {"reduce", "", primary},
};
static_assert(std::size(op_texts) == op_count);

const OpText& op_text(POp op) { return op_texts[static_cast<std::size_t>(op)]; }

template <class Number>
std::string shortest(Number value) {
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

template <class Float>
std::string text_of_float(Float value, std::uint64_t bits, std::string_view suffix) {
    if (value != value) {
        char text[32];
        return "nan(0x" + std::string(text, std::to_chars(text, text + sizeof text, bits, 16).ptr) + ")" +
               std::string(suffix);
    }
    std::string text = shortest(value);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text + std::string(suffix);
}

std::string index_name(const Program& p, int index) { return std::string(p.indices[index].name.view()); }

}  // namespace

std::string_view name_of(POp op) { return op_text(op).name; }

std::string_view name_of(Reduce kind) {
    constexpr std::string_view names[] = {"sum", "prod", "max", "min", "argmax", "argmin"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Order order) {
    constexpr std::string_view names[] = {"chain", "lanes", "any"};
    return names[static_cast<std::size_t>(order)];
}

std::string text_of(const Program& p, const Affine& s) {
    std::string text;
    for (int t = 0; t < s.count; ++t) {
        const std::int64_t coefficient = s.terms[t].coefficient, magnitude = std::abs(coefficient);
        if (t > 0) text += coefficient < 0 ? " - " : " + ";
        if (t == 0 && coefficient < 0) text += "-";
        text += index_name(p, s.terms[t].index);
        if (magnitude != 1) text += "*" + std::to_string(magnitude);
    }
    const std::int64_t constant = s.constant;
    if (s.count == 0) return std::to_string(constant);
    if (constant != 0) text += (constant < 0 ? " - " : " + ") + std::to_string(std::abs(constant));
    return text;
}

std::string text_of(const Program& p, const Access& a) {
    const Tensor& tensor = p.tensors[a.tensor];
    std::string text = std::string(tensor.name.view()) + "(";
    for (int d = 0; d < tensor.rank; ++d) text += (d > 0 ? ", " : "") + text_of(p, a.subscripts[d]);
    return text + ")";
}

std::string text_of_literal(DType type, std::uint64_t bits) {
    switch (type) {
        case DType::f64:
            return text_of_float(std::bit_cast<double>(bits), bits, "");
        case DType::f32:
            return text_of_float(std::bit_cast<float>(static_cast<std::uint32_t>(bits)), bits, "f");
        case DType::boolean:
            return bits != 0 ? "true" : "false";
        case DType::i32:
            return shortest(static_cast<std::int64_t>(bits));
        default:
            break;
    }
    const std::string number = is_signed(type) ? shortest(static_cast<std::int64_t>(bits)) : shortest(bits);
    return std::string(sporkle::name_of(type)) + "(" + number + ")";
}

std::string ExpressionText::operand(int node, int least_precedence) const {
    if (has_name(node)) return names_[static_cast<std::size_t>(node)];
    Text inner = write(node);
    return inner.precedence < least_precedence ? "(" + inner.text + ")" : std::move(inner.text);
}

std::string ExpressionText::call(const std::string& function, const Node& node, int operands) const {
    const std::uint16_t uses[3] = {node.a, node.b, node.c};
    std::string text = function + "(";
    for (int o = 0; o < operands; ++o) text += (o > 0 ? ", " : "") + operand(uses[o], 0);
    return text + ")";
}

ExpressionText::Text ExpressionText::write(int number) const {
    const Node& node = p_.nodes[number];
    const OpText& op = op_text(node.op);
    const auto whole = [](std::string text) { return Text{std::move(text), primary}; };
    switch (node.op) {
        case POp::literal:
            return whole(text_of_literal(node.dtype, node.bits));
        case POp::scalar:
            return whole(std::string(p_.scalars[node.ref].name.view()));
        case POp::access:
            return whole(codegen::text_of(p_, p_.accesses[node.ref]));
        case POp::index_value:
            return whole(index_name(p_, node.ref));
        case POp::cast: {
            const std::string_view to = sporkle::name_of(static_cast<DType>(node.ref));
            return whole(call("cast<" + std::string(to) + ">", node, 1));
        }
        case POp::reduce: {
            const Reduction& reduction = p_.reductions[node.ref];
            std::string text = std::string(name_of(reduction.kind)) + "(";
            for (int i = 0; i < reduction.count; ++i) text += index_name(p_, reduction.indices[i]) + ", ";
            return whole(text + operand(node.a, 0) + ")");
        }
        default:
            break;
    }
    if (op.symbol.empty()) return whole(call(std::string(op.name), node, operand_count(node.op)));
    const std::string symbol(op.symbol);
    if (operand_count(node.op) == 1) return {symbol + operand(node.a, prefix + 1), prefix};
    // Operators group to the left: the right operand needs parentheses even at equal precedence.
    return {operand(node.a, op.precedence) + " " + symbol + " " + operand(node.b, op.precedence + 1),
            op.precedence};
}

}  // namespace sporkle::codegen
