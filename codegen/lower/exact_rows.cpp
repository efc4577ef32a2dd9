#include "codegen/lower/exact_rows.hpp"

#include "codegen/lower/flush_guard.hpp"
#include "codegen/lower/register_tile.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;

constexpr std::int64_t chunk = 32;  ///< steps; an agreement of a member's threads each

using Values = std::vector<Value>;

class ExactRows {
  public:
    ExactRows(StageWriter& writer, const Stage& stage, const std::vector<Point>& points)
        : w(writer), b(writer.builder()), stage_(stage), points_(points), count_(points.size()) {
        for (int i = 0; i < stage.reduction.count; ++i) reduced_.push_back(stage.reduction.indices[i]);
    }

    Values sums(Value steps) {
        const tile::Type type{DType::f32, static_cast<std::uint16_t>(points_[0].lanes)};
        return w.for_loop(
            w.integer(0), steps, w.integer(chunk), Values(count_, b.constant_bits(type, 0)),
            [&](Value low, std::span<const Value> before) {
                const Value high = b.binary(TileOp::min, b.add(low, w.integer(chunk)), steps);
                Values after = guess(low, high, before);
                const Value least = least_lane(b, after.back());
                after.pop_back();
                const Value least_normal = b.integer(2 * 0x00800000 - 1, b.type_of(least));
                return b.if_else(
                    b.compare(TileOp::less, least, least_normal),
                    [&] {
                        return w.for_loop(
                            low, high, w.integer(1), before,
                            [&](Value step, std::span<const Value> now) {
                                return next(now, read(step), false);
                            },
                            1);
                    },
                    [&] { return after; });
            },
            1);
    }

  private:
    /// Each row's factor at a step, and then the columns'.
    Values read(Value step) {
        const auto factor = [&](int node, Point at) {
            w.bind_flat(step, reduced_, at);
            auto memo = w.memo();
            return w.evaluate(node, at, memo);
        };
        Values factors;
        for (const Point& at : points_) factors.push_back(factor(stage_.factor_a, at));
        factors.push_back(w.splat(factor(stage_.factor_b, points_[0]), points_[0].lanes));
        return factors;
    }

    Values next(std::span<const Value> sums, std::span<const Value> factors, bool flush_safe) {
        return outer_product(b, factors.first(count_), factors.subspan(count_), sums, flush_safe);
    }

    /// The sums after the steps [low, high), and the least key of all that must not be subnormal, lane by
    /// lane. While a step is computed the next one's factors are on their way.
    Values guess(Value low, Value high, std::span<const Value> before) {
        Value least = magnitude_key(b, before[0]);
        const auto look = [&](Value key) { least = b.binary(TileOp::min, least, key); };
        for (const Value sum : before.subspan(1)) look(magnitude_key(b, sum));
        Values initial(before.begin(), before.end());
        initial.push_back(least);
        for (const Value factor : read(low)) initial.push_back(factor);
        Values result = w.for_loop(
            low, high, w.integer(1), initial,
            [&](Value step, std::span<const Value> now) {
                const auto factors = now.subspan(count_ + 1);
                Values sums = next(now.first(count_), factors, true);
                least = now[count_];
                for (const Value factor : factors) look(magnitude_key(b, factor));
                // Of a sum, 0 counts as the least of all.
                for (const Value sum : sums) look(twice_bits(b, sum));
                sums.push_back(least);
                const Value last = b.sub(high, w.integer(1));
                for (const Value factor : read(b.binary(TileOp::min, b.add(step, w.integer(1)), last)))
                    sums.push_back(factor);
                return sums;
            },
            1);
        result.resize(count_ + 1);
        return result;
    }

    StageWriter& w;
    tile::Builder& b;
    const Stage& stage_;
    const std::vector<Point>& points_;
    std::size_t count_;
    std::vector<int> reduced_;
};

}  // namespace

std::vector<Value> exact_rows(StageWriter& w, const Stage& stage, const std::vector<Point>& points,
                              Value steps) {
    return ExactRows(w, stage, points).sums(steps);
}

}  // namespace sporkle::codegen
