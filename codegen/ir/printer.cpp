#include "codegen/ir/printer.hpp"

#include <charconv>
#include <cmath>
#include <iterator>

#include "codegen/ir/arithmetic.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::tile {
namespace {

constexpr std::string_view op_names[] = {"constant",
                                         "parameter",
                                         "grid_id",
                                         "member_id",
                                         "flushes",
                                         "lane_ids",
                                         "splat",
                                         "extract",
                                         "slice",
                                         "concat",
                                         "neg",
                                         "abs",
                                         "sqrt",
                                         "floor",
                                         "ceil",
                                         "trunc",
                                         "round_even",
                                         "add",
                                         "sub",
                                         "mul",
                                         "div",
                                         "rem",
                                         "fma",
                                         "min",
                                         "max",
                                         "bit_not",
                                         "bit_and",
                                         "bit_or",
                                         "bit_xor",
                                         "shl",
                                         "shr",
                                         "shr_logical",
                                         "less",
                                         "less_equal",
                                         "greater",
                                         "greater_equal",
                                         "equal",
                                         "not_equal",
                                         "select",
                                         "convert",
                                         "bitcast",
                                         "load",
                                         "load_strided",
                                         "gather",
                                         "store",
                                         "store_strided",
                                         "scatter",
                                         "prefetch",
                                         "fence",
                                         "barrier",
                                         "shuffle",
                                         "matrix_load",
                                         "matrix_store",
                                         "matrix_convert",
                                         "matrix_multiply_add",
                                         "for",
                                         "if",
                                         "yield"};
static_assert(std::size(op_names) == static_cast<std::size_t>(Op::yield) + 1);

std::string_view name_of(Space space) {
    switch (space) {
        case Space::global:
            return "global";
        case Space::task:
            return "task";
        case Space::shared:
            return "shared";
        case Space::private_:
            return "private";
    }
    return "invalid";
}

template <class Number>
std::string shortest(Number value) {
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// The value of a constant; a NaN with its bits, since they matter.
std::string text_of_constant(DType type, std::uint64_t bits) {
    if (type == DType::boolean) return bits != 0 ? "true" : "false";
    if (is_integer(type)) return is_signed(type) ? shortest(static_cast<std::int64_t>(bits)) : shortest(bits);
    return with_dtype(type, [&]<DType T>() -> std::string {
        const auto value = converted < T,
                   T == DType::f64 ? DType::f64 : DType::f32 > (element_from_bits<T>(bits));
        if (value == value) return shortest(value);
        char text[32];
        return "nan(0x" + std::string(text, std::to_chars(text, text + sizeof text, bits, 16).ptr) + ")";
    });
}

class Printer {
  public:
    explicit Printer(const Kernel& kernel) : kernel_(kernel), constants_(kernel.types.size()) {
        find_constants(kernel.body);
    }

    std::string kernel() {
        text_ = "kernel " + kernel_.name + " (" + std::to_string(kernel_.parameter_words) +
                " parameter words" + team() + ") {\n";
        for (std::size_t i = 0; i < kernel_.buffers.size(); ++i) declaration(static_cast<int>(i));
        region(kernel_.body, 1);
        return text_ + "}\n";
    }

    /// ", 4 members of 32 threads, shuffles in groups of 2"; nothing of a task that one thread runs.
    std::string team() const {
        std::string text;
        if (kernel_.members != 1 || kernel_.threads != 1)
            text += ", " + std::to_string(kernel_.members) + " members";
        if (kernel_.threads != 1) text += " of " + std::to_string(kernel_.threads) + " threads";
        if (kernel_.shuffle_width != 1)
            text += ", shuffles in groups of " + std::to_string(kernel_.shuffle_width);
        return text;
    }

    std::string head(const Instruction& i) {
        text_.clear();
        line(i);
        return std::move(text_);
    }

  private:
    void find_constants(const Region& region) {
        for (const Instruction& i : region.body) {
            for (const Region& inner : i.regions) find_constants(inner);
            if (i.op != Op::constant || i.results.size() != 1 || i.results[0].id >= constants_.size())
                continue;
            const Type type = kernel_.type_of(i.results[0]);
            const std::string value = text_of_constant(type.scalar, i.bits);
            constants_[i.results[0].id] = type.elements() == 1 ? value : name_of(type) + "(" + value + ")";
        }
    }

    /// "%7"; a constant where it is used by its value: "8", "f32x8(0)".
    std::string use(Value v) const {
        if (v.id < constants_.size() && !constants_[v.id].empty()) return constants_[v.id];
        return name(v);
    }
    static std::string name(Value v) { return "%" + std::to_string(v.id); }

    std::string typed(Value v) const {
        const bool known = v.id < kernel_.types.size();
        return name(v) + ": " + (known ? name_of(kernel_.types[v.id]) : std::string("unknown"));
    }

    std::string list(const std::vector<Value>& values) const {
        std::string text;
        for (Value v : values) text += (text.empty() ? "" : ", ") + use(v);
        return text;
    }

    /// The buffer's name, with its number where several have that name.
    std::string buffer(int number) const {
        const auto n = static_cast<std::size_t>(number);
        if (number < 0 || n >= kernel_.buffers.size()) return "@" + std::to_string(number);
        std::string text = "@" + kernel_.buffers[n].name;
        int same = 0;
        for (const Buffer& other : kernel_.buffers) same += other.name == kernel_.buffers[n].name;
        if (same > 1 || text.size() == 1) text += "." + std::to_string(number);
        return text;
    }

    void declaration(int number) {
        const Buffer& b = kernel_.buffers[static_cast<std::size_t>(number)];
        text_ += "  " + buffer(number) + ": " + std::string(name_of(b.space)) + " " +
                 std::string(sporkle::name_of(b.dtype));
        if (b.space == Space::global || b.space == Space::task)
            text_ += ", word " + std::to_string(b.word);
        else
            text_ += ", " + std::to_string(b.size) + " elements";
        if (b.writable) text_ += ", writable";
        if (b.explicit_barriers) text_ += ", explicit barriers";
        text_ += "\n";
    }

    void region(const Region& r, int depth) {
        for (const Instruction& i : r.body)
            if (i.op != Op::constant) instruction(i, depth);
    }

    void instruction(const Instruction& i, int depth) {
        const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
        text_ += indent;
        line(i);
        text_ += "\n";
        for (std::size_t r = 0; r < i.regions.size(); ++r) {
            if (r > 0) text_ += indent + "} else {\n";
            region(i.regions[r], depth + 1);
        }
        if (!i.regions.empty()) text_ += indent + "}\n";
    }

    void line(const Instruction& i) {
        for (std::size_t r = 0; r < i.results.size(); ++r) text_ += (r > 0 ? ", " : "") + typed(i.results[r]);
        if (!i.results.empty()) text_ += " = ";
        text_ += name_of(i.op);
        if (is_load(i.op) || is_store(i.op) || i.op == Op::prefetch)
            access(i);
        else if (i.op == Op::matrix_load || i.op == Op::matrix_store)
            matrix_access(i);
        else if (i.op == Op::for_)
            loop(i);
        else
            plain(i);
    }

    void plain(const Instruction& i) {
        switch (i.op) {
            case Op::constant:
                if (!i.results.empty() && i.results[0].id < kernel_.types.size())
                    text_ += " " + text_of_constant(kernel_.type_of(i.results[0]).scalar, i.bits);
                break;
            case Op::parameter:
            case Op::grid_id:
                text_ += " " + std::to_string(i.imm);
                break;
            case Op::extract:
            case Op::slice:
                text_ += " " + list(i.operands) + " from " + std::to_string(i.imm);
                break;
            case Op::if_:
                text_ += " " + list(i.operands) + " {";
                break;
            default:
                if (!i.operands.empty()) text_ += " " + list(i.operands);
                if (can_be_flush_safe(i.op) && i.imm != 0) text_ += " flush-safe";
        }
    }

    /// store @y[%3] = %4 mask %5; the bracket holds everything that says where.
    void access(const Instruction& i) {
        std::size_t first = is_store(i.op) ? 1 : 0, end = i.operands.size();
        if (i.masked && end > first) --end;
        text_ += " " + buffer(i.buffer) + "[";
        for (std::size_t k = first; k < end; ++k) text_ += (k > first ? " stride " : "") + use(i.operands[k]);
        text_ += "]";
        if (first == 1 && !i.operands.empty()) text_ += " = " + use(i.operands[0]);
        if (i.masked && end < i.operands.size()) text_ += " mask " + use(i.operands[end]);
        if (i.op == Op::prefetch) text_ += i.imm == 0 ? " into L1" : " into L2";
        if (i.nontemporal) text_ += " nontemporal";
        if ((i.op == Op::gather || i.op == Op::scatter) && i.imm > 1)
            text_ += " in runs of " + std::to_string(i.imm);
        if (i.alignment != 0) text_ += " align " + std::to_string(i.alignment);
    }

    /// matrix_store @y[%3 pitch %4] = %5 by columns
    void matrix_access(const Instruction& i) {
        const std::size_t first = i.op == Op::matrix_store ? 1 : 0;
        text_ += " " + buffer(i.buffer) + "[";
        for (std::size_t k = first; k < i.operands.size(); ++k)
            text_ += (k > first ? " pitch " : "") + use(i.operands[k]);
        text_ += "]";
        if (first == 1 && !i.operands.empty()) text_ += " = " + use(i.operands[0]);
        if (i.imm != 0) text_ += " by columns";
    }

    /// for %5: i64 = %1 to %2 step %3, %6: f32 = %4 {
    void loop(const Instruction& i) {
        const auto operand = [&](std::size_t k) {
            return k < i.operands.size() ? use(i.operands[k]) : std::string("missing");
        };
        const auto parameter = [&](std::size_t k) {
            const bool there = !i.regions.empty() && k < i.regions[0].parameters.size();
            return there ? typed(i.regions[0].parameters[k]) : std::string("missing");
        };
        text_ += " " + parameter(0) + " = " + operand(0) + " to " + operand(1) + " step " + operand(2);
        for (std::size_t k = 3; k < i.operands.size(); ++k)
            text_ += ", " + parameter(k - 2) + " = " + operand(k);
        if (i.unroll != 0) text_ += " unroll " + std::to_string(i.unroll);
        text_ += " {";
    }

    const Kernel& kernel_;
    std::vector<std::string> constants_;  ///< by value id, empty for what is none
    std::string text_;
};

}  // namespace

std::string_view name_of(Op op) {
    const auto number = static_cast<std::size_t>(op);
    return number < std::size(op_names) ? op_names[number] : std::string_view("invalid");
}

std::string print(const Kernel& kernel) { return Printer(kernel).kernel(); }

std::string print(const Kernel& kernel, const Instruction& instruction) {
    return Printer(kernel).head(instruction);
}

}  // namespace sporkle::tile
