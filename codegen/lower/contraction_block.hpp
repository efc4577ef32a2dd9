// The block of outputs that a task of a contraction works on (contraction.cpp), on machines that keep it in a
// cache: its bounds, its tiles and its steps.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"
#include "codegen/schedule.hpp"

namespace sporkle::codegen {

class ContractionBlock {
  protected:
    ContractionBlock(StageWriter& writer, const Stage& stage, const Schedule& schedule);

    /// Loops over the block's reduction indices in order, carrying values. `body` gets the point, the flat
    /// number of the step and the carried values.
    using Step =
        std::function<std::vector<tile::Value>(const Point&, tile::Value, std::span<const tile::Value>)>;
    std::vector<tile::Value> over_block(const Point& at, std::span<const tile::Value> carried,
                                        const Step& body);

    /// Steps that `outermost` values of the outermost reduction index make.
    tile::Value steps_of(tile::Value outermost);

    /// A vector of a tile's columns; masked: those past the block's end are off.
    Point column_point(Point at, tile::Value column, int vector, bool masked);
    /// A point on a row; rows past the block's end are read as its last one, and never stored.
    Point row_point(Point at, tile::Value row, int i);

    /// Writes `body` for each tile of `size` from low to high; it gets the tile's first place and number.
    void for_tiles(tile::Value low, tile::Value high, int size,
                   const std::function<void(tile::Value, tile::Value)>& body);
    /// Writes `body` for a whole tile of columns and, masked, for a tile that the block's end cuts.
    void split_columns(tile::Value column, const std::function<void(bool masked)>& body);

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Stage& stage_;
    const Schedule& s_;
    int lanes_ = 1, vectors_ = 1;  ///< of a tile's row
    std::vector<int> reduced_;     ///< the reduction's indices, outermost first
    std::vector<int> outer_;       ///< free indices that a block has one value of
    tile::Value n_low_, n_high_, m_low_, m_high_, k_low_,
        k_high_;  ///< columns, rows, outermost reduction index

  private:
    std::vector<tile::Value> reduction_loops(std::size_t depth, Point at, tile::Value low, tile::Value high,
                                             tile::Value position, std::span<const tile::Value> carried,
                                             const Step& body);
};

}  // namespace sporkle::codegen
