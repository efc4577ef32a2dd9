// Accumulator: the arithmetic of a reduction: identity, taking an element, combining partial results, final
// value. For argmax and argmin an accumulator is a pair (value, element number); for all others it is one
// value.
#pragma once

#include <vector>

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
    State take(const State& acc, const Point& point, tile::Value number, tile::Value mask);
    /// Two partial results, the one with the lower numbered elements first.
    State combine(const State& first, const State& second);
    /// The reduction's value.
    tile::Value result(const State& acc);

  private:
    State keep_better(const State& acc, const State& other, bool prefer_lower_number);

    StageWriter& w;
    tile::Builder& b;
    const Stage& stage_;
    DType dtype_;  ///< of the body
    int parts_ = 1;
    bool fused_ = false;
};

}  // namespace sporkle::codegen
