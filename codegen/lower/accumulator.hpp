// Accumulator: the arithmetic of a reduction: identity, taking an element, combining partial results, final
// value. For argmax and argmin an accumulator is a pair (value, element number); for all others it is one
// value.
#pragma once

#include <optional>
#include <vector>

#include "codegen/lower/flush_guard.hpp"
#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

class Accumulator {
  public:
    using State = std::vector<tile::Value>;  ///< value [, number]

    Accumulator(StageWriter& writer, const Stage& stage);

    int parts() const { return parts_; }
    /// Types of the parts of a state with the given lanes.
    tile::Type type(int part, int lanes) const;
    State identity(int lanes);
    /// acc combined with the body at `point`; `number` is the element's number (scalar or vector), used by
    /// argmax and argmin. Lanes that the point's mask leaves out keep their state.
    State take(const State& acc, const Point& point, tile::Value number, tile::Value mask) {
        return take(acc, body_at(point, lanes_of(acc)), number, mask);
    }
    /// The same in two steps: what is taken at a point, as `lanes` lanes: the body, or the factors of one
    /// that is multiplied and added in one step; and taking it.
    using Body = std::vector<tile::Value>;
    Body body_at(const Point& point, int lanes);
    int factors() const { return fused_ ? 2 : 1; }
    /// Whether a machine's fma that flushes could not do what `take` does as it is; and whether it gives the
    /// same for these vectors of bodies: a scalar. All are zeros or have magnitudes of 2^-40 or more: then
    /// products are multiples of 2^-126, and so are their sums, which are never subnormal then. Squares have
    /// no sums that cancel, and need 2^-62 only.
    bool may_flush() const;
    tile::Value is_flush_safe(const std::vector<tile::Value>& bodies);
    void set_flush_safe(bool safe) { flush_safe_ = safe; }
    Body body_zeros(int lanes) const { return Body(fused_ ? 2 : 1, b.constant_bits(type(0, lanes), 0)); }
    State take(const State& acc, const Body& body, tile::Value number, tile::Value mask);
    /// A guard where the reduction is a sum of products whose fma want one: if it finds nothing, they may be
    /// taken as flush-safe.
    std::optional<FlushGuard> guard();
    /// Two partial results, the one with the lower numbered elements first.
    State combine(const State& first, const State& second);
    /// The reduction's value.
    tile::Value result(const State& acc);

  private:
    int lanes_of(const State& acc) const { return b.type_of(acc[0]).lanes; }
    bool is_identity(const State& acc);
    tile::Op extreme_op() const;
    State keep_better(const State& acc, const State& other, bool prefer_lower_number);

    StageWriter& w;
    tile::Builder& b;
    const Stage& stage_;
    DType dtype_;  ///< of the body
    int parts_ = 1;
    bool fused_ = false;
    bool flush_safe_ = false;
};

}  // namespace sporkle::codegen
