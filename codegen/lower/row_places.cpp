#include "codegen/lower/row_places.hpp"

#include <algorithm>

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

RowPlaces::RowPlaces(StageWriter& writer, const Schedule& schedule, const Point& at, int index)
    : w(writer), b(writer.builder()), s_(schedule), at_(at), index_(index), first_(w.integer(0)) {
    const std::int64_t known = w.program().indices[index].extent, share = row_share(s_);
    const Value extent = w.extent(index);
    if (known > 0 && s_.row_members == 1) {
        most_ = known;
    } else {
        most_ = share;
        cut_ = s_.aligned ? Cut::whole : share > row_piece ? Cut::tail : Cut::lanes;
        if (known == 0) {
            w.assume_extent_at_most(index, s_.register_elements);
            w.assume_not_empty(index);
            if (s_.least_elements > 1) w.assume_extent_at_least(index, s_.least_elements);
            if (s_.aligned) w.assume_extent_multiple(index, row_piece);
        }
    }
    vectors_ = static_cast<std::size_t>((most_ + s_.lanes - 1) / s_.lanes);
    const bool in_pieces = cut_ == Cut::whole || cut_ == Cut::tail;
    piece_ = in_pieces ? static_cast<std::size_t>(row_piece / s_.lanes) : vectors_;
    if (cut_ != Cut::tail) return;
    const Value one = w.integer(1);
    Value own = extent;  // elements; 1 where there is none
    if (s_.row_members > 1) {
        first_ = b.mul(w.narrow(b.member_id()), w.integer(share));
        own = b.binary(TileOp::max, b.binary(TileOp::min, b.sub(extent, first_), w.integer(share)), one);
    }
    tail_ = b.add(first_, b.binary(TileOp::bit_and, b.sub(own, one), w.integer(-row_piece)));
}

bool RowPlaces::may_be_absent(std::size_t first) const {
    if (cut_ == Cut::known || is_tail(first)) return false;
    return first > 0 || s_.row_members > 1;
}

Value RowPlaces::is_present(std::size_t first) {
    // Where the last piece has a place of its own, the others are those before it.
    const std::size_t v = cut_ == Cut::tail ? first + piece_ : first;
    const Value begin = b.add(first_, w.integer(static_cast<std::int64_t>(v) * s_.lanes));
    return b.compare(TileOp::less, begin, w.extent(index_));
}

/// The element at which a vector begins that is present.
Value RowPlaces::start(std::size_t v) {
    if (!is_tail(v)) return b.add(first_, w.integer(static_cast<std::int64_t>(v) * s_.lanes));
    return b.add(tail_, w.integer(static_cast<std::int64_t>(v % piece_) * s_.lanes));
}

Value RowPlaces::numbers(std::size_t v) { return b.add(w.lane_numbers(s_.lanes), start(v)); }

Point RowPlaces::at(std::size_t v) {
    Point point = at_;
    const auto lane = static_cast<std::int64_t>(v) * s_.lanes;
    const bool cut = cut_ == Cut::lanes || is_tail(v) || (cut_ == Cut::known && lane + s_.lanes > most_);
    if (cut) {
        w.bind_lanes(start(v), w.extent(index_), s_.lanes, {index_}, point);
        return point;
    }
    Value begin = start(v);
    if (may_be_absent(v / piece_ * piece_)) {
        const Value last_piece = b.sub(w.extent(index_), w.integer(row_piece));
        const auto in_piece = static_cast<std::int64_t>(v % piece_) * s_.lanes;
        begin = b.add(b.binary(TileOp::min, start(v / piece_ * piece_), last_piece), w.integer(in_piece));
    }
    point.base[index_] = begin;
    point.axis = index_;
    point.lanes = s_.lanes;
    return point;
}

}  // namespace sporkle::codegen
