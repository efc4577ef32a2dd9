#include "codegen/lower/contraction_block.hpp"

#include <algorithm>

#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

ContractionBlock::ContractionBlock(StageWriter& writer, const Stage& stage, const Schedule& schedule)
    : w(writer), b(writer.builder()), p(writer.program()), stage_(stage), s_(schedule) {
    lanes_ = std::min(lanes_of(p, stage, schedule), s_.tile_n);
    vectors_ = s_.tile_n / lanes_;
    for (int i = 0; i < stage.reduction.count; ++i) reduced_.push_back(stage.reduction.indices[i]);
    for (const int i : remaining(stage_, 0, stage_.axis_n))
        if (i != stage_.axis_m) outer_.push_back(i);
}

Value ContractionBlock::steps_of(Value outermost) {
    for (std::size_t i = 1; i < reduced_.size(); ++i) outermost = b.mul(outermost, w.extent(reduced_[i]));
    return outermost;
}

std::vector<Value> ContractionBlock::reduction_loops(std::size_t depth, Point at, Value low, Value high,
                                                     Value position, std::span<const Value> carried,
                                                     const Step& body) {
    const int index = reduced_[depth];
    const bool innermost = depth + 1 == reduced_.size();
    const std::int64_t fixed = p.indices[index].extent;
    // Copies of a step multiply the addresses of factor a's rows; they stay few only where strides are
    // known.
    const int copies = s_.pack_a || s_.unit_rows ? 4 : 1;
    const int unroll = !innermost ? 1 : fixed > 0 && fixed <= 8 ? static_cast<int>(fixed) : copies;
    return b.for_loop(
        low, high, w.integer(1), carried,
        [&](Value k, std::span<const Value> state) {
            at.base[index] = k;
            const Value step = b.sub(k, depth == 0 ? low : w.integer(0));
            const Value here = b.add(position, step);
            if (innermost) return body(at, here, state);
            const Value inner = w.extent(reduced_[depth + 1]);
            return reduction_loops(depth + 1, at, w.integer(0), inner, b.mul(here, inner), state, body);
        },
        unroll);
}

std::vector<Value> ContractionBlock::over_block(const Point& at, std::span<const Value> carried,
                                                const Step& body) {
    return reduction_loops(0, at, k_low_, k_high_, w.integer(0), carried, body);
}

Point ContractionBlock::column_point(Point at, Value column, int vector, bool masked) {
    at.base[stage_.axis_n] = b.add(column, w.integer(vector * lanes_));
    at.axis = lanes_ > 1 ? stage_.axis_n : -1;
    at.lanes = lanes_;
    if (masked) at.mask = w.tail_mask(at.base[stage_.axis_n], n_high_, lanes_);
    return at;
}

Point ContractionBlock::row_point(Point at, Value row, int i) {
    const Value m = b.add(row, w.integer(i));
    at.base[stage_.axis_m] = i == 0 ? m : b.binary(TileOp::min, m, b.sub(m_high_, w.integer(1)));
    return at;
}

void ContractionBlock::for_tiles(Value low, Value high, int size,
                                 const std::function<void(Value, Value)>& body) {
    if (s_.single_tile) {
        body(low, w.integer(0));
        return;
    }
    b.for_each(
        low, high, w.integer(size),
        [&](Value at) { body(at, b.binary(TileOp::div, b.sub(at, low), w.integer(size))); }, 1);
}

void ContractionBlock::split_columns(Value column, const std::function<void(bool masked)>& body) {
    if (lanes_ == 1 && s_.tile_n == 1) {
        body(false);
        return;
    }
    const Value whole = b.compare(TileOp::less_equal, b.add(column, w.integer(s_.tile_n)), n_high_);
    b.if_else(
        whole,
        [&] {
            body(false);
            return std::vector<Value>{};
        },
        [&] {
            body(true);
            return std::vector<Value>{};
        });
}

}  // namespace sporkle::codegen
