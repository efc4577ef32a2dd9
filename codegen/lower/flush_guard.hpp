// Sums of products of f32 on machines whose own fma takes and gives subnormals as zeros (tile::Op::flushes).
// Where no subnormal can occur, that fma is exact as well, and it is enough to know this of the factors:
//
//   A nonzero f32 of magnitude at least 2^e, e ≥ -126, is a multiple of 2^(e-23). If all nonzero factors a
//   are at least 2^ea in magnitude and all b at least 2^eb, every product is a multiple of 2^(ea+eb-46).
//   Where ea + eb ≥ -80 that is a multiple of 2^-126, and so is every sum of products that begins at 0, exact
//   or rounded. A multiple of 2^-126 is zero or normal. Infinities and NaN are no subnormals either.
//
// So the sums are computed with fma that are marked flush-safe, while every staged factor is looked at: two
// instructions an element keep the least of the nonzero magnitudes. At the end the members of the task agree
// on the least of all. Where it is too small the marks were wrong, the sums may be too, and they are thrown
// away: the caller computes them again, with fma that are not marked. All this depends on Op::flushes; where
// that is a constant false nothing of it is left.
//
// Factors whose type says enough are not looked at: a converted f16 is a multiple of 2^-24, an integer of 1.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

/// An e of -63 at least such that every finite value of an expression in f32 is a multiple of 2^e, where its
/// types and constants tell of one.
std::optional<int> known_unit(const Program& program, int node);

/// Of each lane 2·bits(x) as u32, for an x of f32: it loses the sign and ascends with the magnitude.
tile::Value twice_bits(tile::Builder& b, tile::Value x);
/// 2·bits(x) - 1, so that zeros are greatest.
tile::Value magnitude_key(tile::Builder& b, tile::Value x);
/// The least of a vector's lanes.
tile::Value least_lane(tile::Builder& b, tile::Value vector);

class FlushGuard {
  public:
    using Values = std::vector<tile::Value>;

    /// Whether the stage's contraction wants one: then all its fma are to be marked flush-safe.
    static bool is_needed(const StageWriter& writer, const Stage& stage);
    /// Of a contraction both of whose factors are staged.
    FlushGuard(StageWriter& writer, const Stage& stage)
        : FlushGuard(writer, stage.factor_a, stage.factor_b) {}
    /// Of any sum of the products of two nodes.
    FlushGuard(StageWriter& writer, int factor_a, int factor_b);

    /// What is carried while blocks are staged in vectors of so many lanes: of each factor that is looked at
    /// the least key so far, lane by lane.
    Values initial(int lanes_a, int lanes_b) const;
    /// The same after these values of both factors were staged.
    Values with(std::span<const tile::Value> least, const Values& staged_a, const Values& staged_b) const;
    /// Whether the marks were wrong: a scalar, the same in all members. Has a barrier where they are several.
    tile::Value were_wrong(std::span<const tile::Value> least, int members) const;

  private:
    struct Factor {
        bool checked = false;  ///< else known to be a multiple of 2^unit
        int unit = 0;
    };
    tile::Value least_exponent(tile::Value key) const;

    tile::Builder& b;
    Factor factors_[2];
};

/// Bytes of shared memory that it takes, at most.
constexpr std::int64_t flush_guard_bytes(int members) { return 2 * 4 * ((members + 3) / 4 * 4); }

}  // namespace sporkle::codegen
