// Where the elements of a row lie that stays in registers (register_rows.hpp): which vectors a member has of
// it, where they are read, which of their lanes are its own.
//
// A member has Schedule::register_elements / Schedule::row_members elements of a row, from that multiple on.
// An extent that is known at run time only leaves vectors without elements. Loads stand outside of branches,
// since compilers keep them in order around branches, so such vectors read existing elements; what is done
// with them is branched around a piece of several vectors at a time. There are three ways:
//   whole    a row is whole pieces of row_piece elements (Schedule::aligned, a precondition)
//   tail     it has more than one piece: all but the last one are whole, with addresses a constant apart.
//            The last one begins at a place of its own, and each of its lanes stands at the last element
//            where it has none
//   lanes    short rows: each lane of each vector does so, and no vector is left out
#pragma once

#include <cstdint>

#include "codegen/lower/writer.hpp"
#include "codegen/schedule.hpp"

namespace sporkle::codegen {

constexpr std::int64_t row_piece = 256;  ///< elements

/// Elements of a row that each of its members has at most.
inline std::int64_t row_share(const Schedule& schedule) {
    return schedule.register_elements / schedule.row_members;
}
class RowPlaces {
  public:
    /// The row along an index, at a point that binds the others. What is relied on becomes preconditions.
    RowPlaces(StageWriter& writer, const Schedule& schedule, const Point& at, int index);

    int index() const { return index_; }
    std::size_t vectors() const { return vectors_; }
    std::size_t piece_vectors() const { return piece_; }
    /// Whether a piece's vectors may be without elements.
    bool may_be_absent(std::size_t first_vector) const;
    /// Whether the piece that begins with a vector has elements of its own: scalar, the same in a member.
    tile::Value is_present(std::size_t first_vector);
    /// Existing elements for all lanes, with the mask of those that are vector number v's own.
    Point at(std::size_t v);
    /// The lanes' numbers in the row.
    tile::Value numbers(std::size_t v);

  private:
    enum class Cut { known, whole, tail, lanes };

    bool is_tail(std::size_t v) const { return cut_ == Cut::tail && v / piece_ == (vectors_ - 1) / piece_; }
    tile::Value start(std::size_t v);

    StageWriter& w;
    tile::Builder& b;
    const Schedule& s_;
    Point at_;
    int index_;
    Cut cut_ = Cut::known;
    std::int64_t most_ = 0;  ///< elements of a member
    std::size_t vectors_ = 0, piece_ = 0;
    tile::Value first_, tail_;  ///< elements where the member's share and its last piece begin
};

}  // namespace sporkle::codegen
