// The factors of a contraction on their way to the microkernel (contraction.cpp): staged as panels in the
// order in which it reads them, factor a [tile of rows][step][tile_m], factor b [tile of
// columns][step][tile_n].
#pragma once

#include <vector>

#include "codegen/lower/contraction_block.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {

class ContractionPanels : protected ContractionBlock {
  public:
    /// Schedule::ahead_a, first dispatch: all panels of factor a, a tile of rows a task.
    void write_ahead(Formula grid[3]);

  protected:
    ContractionPanels(StageWriter& writer, const Stage& stage, const Schedule& schedule,
                      std::vector<Scratch>& scratch);

    /// The panels that the schedule packs, for a block of outputs and a block of steps.
    void declare_panels();
    int add_task_buffer(const char* name, DType dtype, Formula bytes);
    /// Fills those of them that are not packed ahead.
    void stage(const Point& at);

    /// First element of the panel of a tile, at the block's first step.
    tile::Value row_origin(const Point& at, tile::Value row, tile::Value row_tile);
    tile::Value column_origin(tile::Value column_tile);
    /// What a panel has for a step, by its number in the block: of one row, and of a vector of columns.
    tile::Value load_row(tile::Value origin, tile::Value step, int i);
    tile::Value load_columns(tile::Value origin, tile::Value step, int vector);

  private:
    int add_buffer(const char* name, DType dtype, tile::Space space, int word);
    /// Adds scratch to the variant and returns its parameter word.
    int next_scratch(const char* name, bool per_task, Formula bytes);
    /// Bytes of a panel buffer with `width` outputs: width · block_k · the extents of the inner reduction
    /// indices.
    Formula panel_bytes(std::int64_t width, int size) const;

    /// Row-major number of the point's values of outer_of_a_.
    tile::Value number_of_a(const Point& at);
    /// First element of the panel packed ahead for the tile that begins at `row`.
    tile::Value origin_ahead(tile::Value number, tile::Value row);
    /// Elements of one tile's panel: width times the steps of a whole block of k.
    tile::Value panel_size(int width);

    void stage_a(const Point& at);
    void stage_b(const Point& at);
    /// One tile of rows of factor a: [k][tile_m] from element `origin` of the panel on.
    void stage_rows(const Point& at, tile::Value row, tile::Value origin);

    std::vector<Scratch>& scratch_;
    /// The outer indices on which factor a depends: it has panels for each of their values.
    std::vector<int> outer_of_a_;
    int panel_a_ = -1, panel_b_ = -1;
};

}  // namespace sporkle::codegen
