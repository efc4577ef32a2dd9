#include "codegen/ir/type_rules.hpp"

#include "codegen/ir/rules.hpp"

namespace sporkle::tile {
namespace {

constexpr Type index_type{DType::i64, 1};

struct Fault {
    std::string text;
};

class Rules {
  public:
    Rules(const Kernel& kernel, const Instruction& instruction) : k_(kernel), i_(instruction) {}

    void check() const {
        attributes();
        fragments();
        if (is_matrix(i_.op))
            matrix();
        else if (is_load(i_.op) || is_store(i_.op) || i_.op == Op::prefetch)
            memory();
        else if (is_unary(i_.op) || is_binary(i_.op) || i_.op == Op::fma || is_comparison(i_.op))
            arithmetic();
        else if (i_.op == Op::for_)
            loop();
        else if (i_.op == Op::if_)
            branch();
        else if (i_.op < Op::neg)
            source_or_move();
        else
            other();
    }

  private:
    static void require(bool condition, const std::string& message) {
        if (!condition) throw Fault{message};
    }
    Type operand(std::size_t n) const { return k_.type_of(i_.operands[n]); }
    Type result() const { return k_.type_of(i_.results[0]); }

    void counts(std::size_t operands, std::size_t results) const {
        require(i_.operands.size() == operands, "it takes " + std::to_string(operands) + " operands, not " +
                                                    std::to_string(i_.operands.size()));
        require(i_.results.size() == results,
                "it has " + std::to_string(results) + " results, not " + std::to_string(i_.results.size()));
    }
    static void same(Type actual, Type expected, const std::string& what) {
        require(actual == expected, what + " is " + name_of(actual) + " and must be " + name_of(expected));
    }

    void attributes() const {
        const bool moves = is_load(i_.op) || is_store(i_.op);
        const bool moves_fragment = i_.op == Op::matrix_load || i_.op == Op::matrix_store;
        require(i_.buffer == -1 || moves || moves_fragment || i_.op == Op::prefetch, "it has a buffer");
        require(!i_.masked || moves, "it has a mask");
        require(!i_.nontemporal || (i_.op == Op::store && !i_.masked),
                "only an unmasked store can be non-temporal");
        const bool scattered = i_.op == Op::gather || i_.op == Op::scatter;
        require(i_.alignment == 0 || i_.op == Op::load || i_.op == Op::store || (scattered && i_.imm > 1),
                "it has an alignment");
        require(i_.alignment >= 0 && (i_.alignment & (i_.alignment - 1)) == 0,
                "the alignment is not a power of two");
        require(i_.unroll == 0 || (i_.op == Op::for_ && i_.unroll > 0), "it has an unroll factor");
        const std::size_t regions = i_.op == Op::for_ ? 1 : i_.op == Op::if_ ? 2 : 0;
        require(i_.regions.size() == regions, "it must have " + std::to_string(regions) + " regions");
    }

    void fragments() const {
        if (takes_fragments(i_.op)) return;
        for (const std::vector<Value>* values : {&i_.operands, &i_.results})
            for (const Value v : *values)
                require(!k_.type_of(v).is_fragment(), "it does not take " + name_of(k_.type_of(v)));
    }

    void matrix() const {
        if (i_.op == Op::matrix_multiply_add) {
            counts(3, 1);
            const Type left = operand(0), right = operand(1), sum = operand(2);
            require(left.fragment == Fragment::left && right.fragment == Fragment::right &&
                        sum.fragment == Fragment::accumulator,
                    "it takes a left factor, a right one and an accumulator");
            require(left.rows == sum.rows && left.columns == right.rows && right.columns == sum.columns,
                    "the shapes of " + name_of(left) + ", " + name_of(right) + " and " + name_of(sum) +
                        " do not fit each other");
            require(
                left.scalar == right.scalar && multiplies(left.scalar, sum.scalar),
                "it does not multiply " + name_of(left) + " and " + name_of(right) + " into " + name_of(sum));
            return same(result(), sum, "the result");
        }
        if (i_.op == Op::matrix_convert) {
            counts(1, 1);
            Type from = operand(0);
            require(from.fragment == Fragment::accumulator && from.scalar == DType::f32,
                    "it converts accumulators of f32, not " + name_of(from));
            from.scalar = DType::f16;
            return same(result(), from, "the result");
        }
        const bool stores = i_.op == Op::matrix_store;
        counts(stores ? 3 : 2, stores ? 0 : 1);
        require(i_.buffer >= 0 && static_cast<std::size_t>(i_.buffer) < k_.buffers.size(),
                "there is no such buffer");
        const Buffer& buffer = k_.buffers[static_cast<std::size_t>(i_.buffer)];
        const Type value = stores ? operand(0) : result();
        require(value.is_fragment() && value.scalar == buffer.dtype,
                "the value moved is " + name_of(value) + " and must be a fragment of the buffer's elements");
        require(buffer.space != Space::private_, "a fragment does not fit in private memory");
        require(!stores || buffer.writable, "buffer '" + buffer.name + "' is read-only");
        require(i_.imm == 0 || i_.imm == 1, "the order is 0 (by rows) or 1 (by columns)");
        same(operand(stores ? 1 : 0), index_type, "the element number");
        same(operand(stores ? 2 : 1), index_type, "the pitch");
    }

    void arithmetic() const {
        counts(is_unary(i_.op) ? 1 : i_.op == Op::fma ? 3 : 2, 1);
        const Type type = operand(0);
        for (std::size_t n = 1; n < i_.operands.size(); ++n)
            same(operand(n), type, "operand " + std::to_string(n));
        same(result(), is_comparison(i_.op) ? type.with(DType::boolean) : type, "the result");
        require(accepts(i_.op, type.scalar), "it does not take operands of type " + name_of(type));
        require(i_.imm == 0 || (i_.imm == 1 && can_be_flush_safe(i_.op) && type.scalar == DType::f32),
                "only fma, comparisons, min and max of f32 can be flush-safe");
    }

    void source_or_move() const {
        const bool is_source = i_.op < Op::splat;
        if (i_.op == Op::concat)
            require(!i_.operands.empty() && i_.results.size() == 1, "it takes operands and has one result");
        else
            counts(is_source ? 0 : 1, 1);
        const Type type = result();
        switch (i_.op) {
            case Op::constant:
                require(i_.bits == normalized_bits(type.scalar, i_.bits),
                        "its bits are not those of one element");
                return;
            case Op::parameter:
                require(type.lanes == 1, "the result must be a scalar");
                require(i_.imm >= 0 && i_.imm < k_.parameter_words, "there is no such parameter word");
                return;
            case Op::grid_id:
                same(type, index_type, "the result");
                require(i_.imm >= 0 && i_.imm < 3, "the grid has dimensions 0, 1, 2");
                return;
            case Op::member_id:
                same(type, index_type, "the result");
                return;
            case Op::flushes:
                same(type, {DType::boolean, 1}, "the result");
                return;
            case Op::lane_ids:
                require(is_integer(type.scalar) && holds(type.scalar, type.lanes - 1),
                        "the result must be of an integer type that holds every lane's number");
                return;
            case Op::splat:
                same(operand(0), type.with_lanes(1), "the operand");
                return;
            case Op::extract:
            case Op::slice:
                require(i_.op == Op::slice || type.lanes == 1, "the result must be a scalar");
                same(operand(0).with_lanes(1), type.with_lanes(1), "an element of the operand");
                require(i_.imm >= 0 && i_.imm <= operand(0).lanes - type.lanes, "there are no such lanes");
                return;
            default:
                break;
        }
        for (std::size_t n = 1; n < i_.operands.size(); ++n)
            same(operand(n), operand(0), "operand " + std::to_string(n));
        require(type.scalar == operand(0).scalar && type.lanes == operand(0).lanes * i_.operands.size(),
                "the result is " + name_of(type) + ", which is not the operands side by side");
    }

    void other() const {
        switch (i_.op) {
            case Op::select:
                counts(3, 1);
                same(operand(0), result().with(DType::boolean), "the condition");
                same(operand(1), result(), "operand 1");
                same(operand(2), result(), "operand 2");
                return;
            case Op::convert:
                counts(1, 1);
                same(operand(0), result().with(operand(0).scalar), "the operand");
                return;
            case Op::bitcast:
                counts(1, 1);
                same(operand(0), result().with(operand(0).scalar), "the operand");
                require(size_of(operand(0).scalar) == size_of(result().scalar),
                        "the elements differ in size");
                require((operand(0).scalar == DType::boolean) == (result().scalar == DType::boolean),
                        "a boolean has no bit pattern");
                return;
            case Op::fence:
            case Op::barrier:
                counts(0, 0);
                return;
            case Op::shuffle:
                counts(2, 1);
                same(operand(0), result(), "the value given");
                same(operand(1), index_type, "the source");
                return;
            case Op::yield:
                require(i_.results.empty(), "it has results");
                return;
            default:
                require(false, "this is no operation");
        }
    }

    void memory() const {
        const bool indexed = i_.op == Op::gather || i_.op == Op::scatter;
        const bool strided = i_.op == Op::load_strided || i_.op == Op::store_strided;
        const std::size_t stored = is_store(i_.op) ? 1 : 0, mask = i_.masked ? 1 : 0;
        counts(stored + (strided ? 2u : 1u) + mask, is_load(i_.op) ? 1 : 0);
        require(i_.buffer >= 0 && static_cast<std::size_t>(i_.buffer) < k_.buffers.size(),
                "there is no such buffer");
        const Buffer& buffer = k_.buffers[static_cast<std::size_t>(i_.buffer)];
        if (i_.op == Op::prefetch) {
            same(operand(0), index_type, "the element number");
            require(i_.imm == 0 || i_.imm == 1, "the level is 0 (L1) or 1 (L2)");
            return;
        }
        const Type value = stored != 0 ? operand(0) : result();
        same(value, value.with(buffer.dtype), "the value moved");
        require(stored == 0 || buffer.writable, "buffer '" + buffer.name + "' is read-only");
        same(operand(stored), indexed ? value.with(DType::i64) : index_type, "the element number");
        if (strided) same(operand(stored + 1), index_type, "the stride");
        if (indexed && i_.imm != 0)
            require(i_.imm > 1 && (i_.imm & (i_.imm - 1)) == 0 && value.lanes % i_.imm == 0,
                    "a run is a power of two that divides the lanes");
        if (i_.masked) same(operand(i_.operands.size() - 1), value.with(DType::boolean), "the mask");
    }

    void loop() const {
        require(i_.operands.size() >= 3, "it takes low, high and step");
        for (std::size_t n = 0; n < 3; ++n) same(operand(n), index_type, "operand " + std::to_string(n));
        const std::size_t carried = i_.operands.size() - 3;
        require(i_.results.size() == carried, "it must have a result for each carried value");
        const Region& body = i_.regions[0];
        require(body.parameters.size() == carried + 1,
                "its region must have a parameter for the counter and for each carried value");
        same(k_.type_of(body.parameters[0]), index_type, "the counter");
        const std::vector<Value>& yielded = body.body.back().operands;
        require(yielded.size() == carried, "its region must yield each carried value");
        for (std::size_t n = 0; n < carried; ++n) {
            const Type type = operand(n + 3);
            const std::string which = " of carried value " + std::to_string(n);
            same(k_.type_of(body.parameters[n + 1]), type, "the parameter" + which);
            same(k_.type_of(yielded[n]), type, "the yield" + which);
            same(k_.type_of(i_.results[n]), type, "the result" + which);
        }
    }

    void branch() const {
        require(i_.operands.size() == 1, "it takes one operand");
        same(operand(0), {DType::boolean, 1}, "the condition");
        for (const Region& region : i_.regions) {
            require(region.parameters.empty(), "its regions have no parameters");
            const std::vector<Value>& yielded = region.body.back().operands;
            require(yielded.size() == i_.results.size(), "each region must yield a value for each result");
            for (std::size_t n = 0; n < yielded.size(); ++n)
                same(k_.type_of(yielded[n]), k_.type_of(i_.results[n]), "yield " + std::to_string(n));
        }
    }

    const Kernel& k_;
    const Instruction& i_;
};

}  // namespace

std::string type_fault(const Kernel& kernel, const Instruction& instruction) {
    try {
        Rules(kernel, instruction).check();
        return {};
    } catch (const Fault& fault) {
        return fault.text;
    }
}

std::string team_fault(int members, int threads, int shuffle_width) {
    const auto is_power_of_two = [](int n) { return n > 0 && (n & (n - 1)) == 0; };
    const auto fault = [](const char* what, int n) {
        return std::string(what) + " must be a power of two, not " + std::to_string(n);
    };
    if (!is_power_of_two(members)) return fault("the number of members", members);
    if (!is_power_of_two(threads)) return fault("the number of threads of a member", threads);
    if (!is_power_of_two(shuffle_width))
        return fault("the number of members that shuffle with each other", shuffle_width);
    if (shuffle_width > members)
        return std::to_string(shuffle_width) +
               " members that shuffle with each other are more than the task's " + std::to_string(members);
    return {};
}

}  // namespace sporkle::tile
