// The rules of tile.hpp that concern a kernel as a whole: declarations, single definition, dominance, the
// shape of regions, accesses at constant places, and the places of what members do together. What concerns
// one instruction is in type_rules.cpp.
#include <algorithm>
#include <optional>

#include "codegen/ir/printer.hpp"
#include "codegen/ir/rules.hpp"
#include "codegen/ir/type_rules.hpp"
#include "codegen/ir/uniformity.hpp"

namespace sporkle::tile {
namespace {

struct Fault {
    std::string text;
};

void require(bool condition, const std::string& message) {
    if (!condition) throw Fault{message};
}

class Verifier {
  public:
    explicit Verifier(const Kernel& kernel)
        : k_(kernel),
          defined_(kernel.types.size()),
          visible_(kernel.types.size()),
          constants_(kernel.types.size()) {}

    void check() {
        declarations();
        require(k_.body.parameters.empty(), "the body has parameters");
        region(k_.body);
        require(k_.body.body.back().operands.empty(), "the body yields values");
        if (k_.members > 1) collective_operations();
    }

    /// The instruction that was being looked at.
    std::string place() const { return current_ != nullptr ? print(k_, *current_) : std::string(); }

  private:
    void declarations() const {
        require(k_.parameter_words >= 0, "the parameter block has a negative size");
        const std::string team = team_fault(k_.members, k_.threads, k_.shuffle_width);
        require(team.empty(), team);
        require(!k_.types.empty(), "the table of types lacks its unused entry 0");
        for (std::size_t id = 1; id < k_.types.size(); ++id)
            require(is_valid(k_.types[id]), "value %" + std::to_string(id) + " has no valid type");
        require(k_.threads == 1 || k_.shuffle_width == 1 ||
                    std::none_of(k_.types.begin(), k_.types.end(), [](Type t) { return t.is_fragment(); }),
                "where threads hold fragments together, members cannot shuffle");
        for (std::size_t n = 0; n < k_.buffers.size(); ++n) {
            const Buffer& b = k_.buffers[n];
            const std::string name = "buffer " + std::to_string(n) + " '" + b.name + "': ";
            require(static_cast<int>(b.dtype) < dtype_count, name + "it has no valid element type");
            require(b.space <= Space::private_, name + "it has no valid space");
            if (b.space == Space::global || b.space == Space::task)
                require(b.word >= 0 && b.word < k_.parameter_words, name + "there is no such parameter word");
            else
                require(b.size > 0, name + "its size must be positive");
            require(!b.explicit_barriers || b.space == Space::shared,
                    name + "only a shared one has barriers of its own");
        }
    }

    static bool is_valid(Type type) {
        if (static_cast<int>(type.scalar) >= dtype_count || type.lanes == 0) return false;
        if (type.fragment == Fragment::none) return type.rows == 0 && type.columns == 0;
        return type.fragment <= Fragment::accumulator && type.lanes == 1 && type.rows > 0 &&
               type.columns > 0 && type.rows <= tile::Type::longest_side &&
               type.columns <= tile::Type::longest_side;
    }

    void define(Value v, std::vector<Value>& scope) {
        require(v.id > 0 && v.id < k_.types.size(), "%" + std::to_string(v.id) + " is not a value");
        require(!defined_[v.id], "%" + std::to_string(v.id) + " is defined twice");
        const int lanes = k_.type_of(v).lanes;
        require(lanes == 1 || lanes % k_.threads == 0 || k_.threads % lanes == 0,
                "%" + std::to_string(v.id) + " has " + std::to_string(lanes) +
                    " lanes, which cannot be spread over " + std::to_string(k_.threads) + " threads");
        defined_[v.id] = visible_[v.id] = true;
        scope.push_back(v);
    }

    /// Leaves the values of the region invisible, but for the operands of its yield, which were checked.
    void region(const Region& r) {
        std::vector<Value> scope;
        require(!r.body.empty(), "a region is empty");
        for (Value v : r.parameters) define(v, scope);
        for (const Instruction& i : r.body) {
            current_ = &i;
            require((i.op == Op::yield) == (&i == &r.body.back()), "yield must be what ends a region");
            instruction(i, scope);
        }
        for (Value v : scope) visible_[v.id] = false;
    }

    void instruction(const Instruction& i, std::vector<Value>& scope) {
        require(i.op <= Op::yield, "this is no operation");
        for (Value v : i.operands) {
            require(v.id > 0 && v.id < k_.types.size(), "%" + std::to_string(v.id) + " is not a value");
            require(visible_[v.id], "%" + std::to_string(v.id) + " is not defined before its use");
        }
        for (const Region& r : i.regions) {
            region(r);
            current_ = &i;
        }
        for (Value v : i.results) define(v, scope);
        const std::string fault = type_fault(k_, i);
        require(fault.empty(), fault);
        if (i.op == Op::constant && !is_float(k_.type_of(i.results[0]).scalar))
            constants_[i.results[0].id] = static_cast<std::int64_t>(i.bits);
        if (i.op == Op::for_)
            require(constants_[i.operands[2].id].value_or(1) > 0, "the step must be positive");
        if (is_load(i.op) || is_store(i.op)) constant_bounds(i);
    }

    /// Accesses to shared and private buffers whose place is known here.
    void constant_bounds(const Instruction& i) const {
        const Buffer& buffer = k_.buffers[static_cast<std::size_t>(i.buffer)];
        if (i.masked || buffer.space == Space::global || buffer.space == Space::task) return;
        const std::size_t where = is_store(i.op) ? 1 : 0;
        const Type value = k_.type_of(is_store(i.op) ? i.operands[0] : i.results[0]);
        const auto first = constants_[i.operands[where].id];
        if (!first) return;
        // A gather or scatter at a constant touches that one element in every lane.
        std::int64_t stride = i.op == Op::load || i.op == Op::store ? 1 : 0;
        if (i.op == Op::load_strided || i.op == Op::store_strided)
            stride = constants_[i.operands[where + 1].id].value_or(0);
        const auto inside = [&](std::int64_t element) { return element >= 0 && element < buffer.size; };
        std::int64_t span = 0, last = 0;
        const bool overflows = __builtin_mul_overflow(stride, std::int64_t{value.lanes} - 1, &span) ||
                               __builtin_add_overflow(*first, span, &last);
        require(!overflows && inside(*first) && inside(last),
                "it reaches outside '" + buffer.name + "' of " + std::to_string(buffer.size) + " elements");
    }

    void collective_operations() {
        current_ = Uniformity(k_).misplaced();
        require(current_ == nullptr, "its members may not all get here");
        const bool fragments =
            std::any_of(k_.types.begin(), k_.types.end(), [](Type type) { return type.is_fragment(); });
        if (!fragments || k_.threads > 1) return;
        current_ = Uniformity(k_, k_.shuffle_width).misplaced_fragment();
        require(current_ == nullptr, "the members that hold its fragments may not all get here");
    }

    const Kernel& k_;
    std::vector<bool> defined_, visible_;
    std::vector<std::optional<std::int64_t>> constants_;  ///< by value id, where integer and constant
    const Instruction* current_ = nullptr;
};

}  // namespace

std::string verify(const Kernel& kernel) {
    Verifier verifier(kernel);
    try {
        verifier.check();
        return {};
    } catch (const Fault& fault) {
        const std::string place = verifier.place();
        return "kernel '" + kernel.name + "': " + fault.text + (place.empty() ? "" : "\n  in: " + place);
    }
}

}  // namespace sporkle::tile
