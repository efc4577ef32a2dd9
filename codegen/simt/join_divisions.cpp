// Divisions by one number share its reciprocal. Of these, 1 / b is computed once, and where all operands lie
// far from the limits of the exponent, each quotient takes five operations more (sporkle/math/division.hpp).
// The bits are those of the divisions, which other operands take.
#include <map>
#include <set>

#include <sporkle/math/shared_divisor.hpp>

#include "codegen/ir/rewriter.hpp"
#include "codegen/lower/tile_number.hpp"
#include "codegen/simt/distribute.hpp"

namespace sporkle::codegen {
namespace {

using tile::Instruction;
using tile::Op;
using tile::Region;
using tile::Value;

/// Outside of loops, reciprocal and checks are worth their while from so many quotients on.
constexpr int least_quotients = 4;

class DivisionJoiner final : public tile::Rewriter {
  public:
    explicit DivisionJoiner(const tile::Kernel& kernel)
        : Rewriter(kernel),
          definitions_(kernel.types.size(), nullptr),
          loops_around_(kernel.types.size(), 0) {
        find(kernel.body, 0);
    }

  private:
    using Number = TileNumber<float>;

    /// Divisions of one region, whose dividends are known at the first of them.
    struct Group {
        Value divisor;
        std::vector<const Instruction*> divisions;
    };

    /// Finds the groups of a region within so many loops.
    void find(const Region& region, int loops) {
        for (const Value v : region.parameters) loops_around_[v.id] = loops;
        for (const Instruction& x : region.body)
            for (const Value v : x.results) {
                definitions_[v.id] = &x;
                loops_around_[v.id] = loops;
            }
        std::set<const Instruction*> taken;
        for (std::size_t n = 0; n < region.body.size(); ++n) {
            const Instruction& x = region.body[n];
            if (!taken.contains(&x) && divisor_of(x)) add_group(region, n, loops, taken);
            for (const Region& inner : x.regions) find(inner, loops + (x.op == Op::for_ ? 1 : 0));
        }
    }

    void add_group(const Region& region, std::size_t first, int loops, std::set<const Instruction*>& taken) {
        Group group{divisor_of(region.body[first]), {}};
        std::set<std::uint32_t> unknown;
        int quotients = 0;
        for (std::size_t n = first; n < region.body.size(); ++n) {
            const Instruction& x = region.body[n];
            for (const Value v : x.results) unknown.insert(v.id);
            if (divisor_of(x) != group.divisor || unknown.contains(x.operands[0].id)) continue;
            group.divisions.push_back(&x);
            quotients += old_type(x.results[0]).lanes;
        }
        if (quotients < least_quotients && loops_around_[group.divisor.id] >= loops) return;
        taken.insert(group.divisions.begin(), group.divisions.end());
        groups_.emplace(group.divisions[0], std::move(group));
    }

    /// The one number, known only at run time, by which an f32 or all lanes of a vector are divided; or no
    /// value.
    Value divisor_of(const Instruction& x) const {
        if (x.op != Op::div || old_type(x.results[0]).scalar != DType::f32) return {};
        const Instruction* const definition = definitions_[x.operands[1].id];
        if (definition != nullptr && definition->op == Op::constant) return {};
        if (old_type(x.operands[1]).lanes == 1) return x.operands[1];
        return definition != nullptr && definition->op == Op::splat ? definition->operands[0] : Value{};
    }

    Value value(const Instruction& x, std::span<const Value> operands) override {
        if (const auto group = groups_.find(&x); group != groups_.end()) divide(group->second);
        if (const auto quotient = quotients_.find(&x); quotient != quotients_.end()) return quotient->second;
        return Rewriter::value(x, operands);
    }

    void divide(const Group& group) {
        const Number divisor(builder_, image_[group.divisor.id]), reciprocal = Number(1.0f) / divisor;
        TileNumber<bool> moderate(builder_, builder_.flushes());
        moderate = moderate & math::is_moderate(divisor);
        std::vector<Number> dividends;
        for (const Instruction* x : group.divisions) {
            const Value dividend = image_[x->operands[0].id];
            dividends.emplace_back(builder_, dividend);
            const int lanes = builder_.type_of(dividend).lanes;
            for (int lane = 0; lane < lanes; ++lane)
                moderate = moderate & math::is_moderate(Number(builder_, builder_.extract(dividend, lane)));
        }
        const auto each = [&](const auto& quotient) {
            std::vector<Value> values;
            for (const Number& dividend : dividends) values.push_back(quotient(dividend).value());
            return values;
        };
        const std::vector<Value> quotients = builder_.if_else(
            moderate.value(),
            [&] { return each([&](Number a) { return math::quotient_by(a, divisor, reciprocal); }); },
            [&] { return each([&](Number a) { return a / divisor; }); });
        for (std::size_t n = 0; n < quotients.size(); ++n) quotients_[group.divisions[n]] = quotients[n];
    }

    std::vector<const Instruction*> definitions_;  ///< by value id; null for a region's parameters
    std::vector<int> loops_around_;                ///< by value id
    std::map<const Instruction*, Group> groups_;   ///< by the first division
    std::map<const Instruction*, Value> quotients_;
};

}  // namespace

tile::Kernel join_divisions(const tile::Kernel& kernel) { return DivisionJoiner(kernel).run(); }

}  // namespace sporkle::codegen
