#include "codegen/lower/contraction_panels.hpp"

#include <algorithm>

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

ContractionPanels::ContractionPanels(StageWriter& writer, const Stage& stage, const Schedule& schedule,
                                     std::vector<Scratch>& scratch)
    : ContractionBlock(writer, stage, schedule), scratch_(scratch) {
    const std::array<IndexSet, max_nodes> free = free_indices(p);
    for (const int i : outer_)
        if (contains(free[static_cast<std::size_t>(stage_.factor_a)], i)) outer_of_a_.push_back(i);
}

void ContractionPanels::write_ahead(Formula grid[3]) {
    const DType type = p.nodes[stage_.factor_a].dtype;
    Formula bytes = {{{static_cast<std::int64_t>(s_.tile_m) * size_of(type),
                       {extent_product(w.block(), {stage_.axis_m}, s_.tile_m),
                        extent_product(w.block(), reduced_), extent_product(w.block(), outer_of_a_)}}}};
    panel_a_ =
        add_buffer("panel_a", type, tile::Space::global, next_scratch("panel_a", false, std::move(bytes)));
    grid[0] = {{{1, {extent_product(w.block(), {stage_.axis_m}, s_.tile_m)}}}};
    Point at;
    Value number = w.integer(0);
    if (!outer_of_a_.empty()) {
        grid[1] = {{{1, {extent_product(w.block(), outer_of_a_)}}}};
        number = b.grid_id(1);
        w.bind_flat(number, outer_of_a_, at);
    }
    m_low_ = w.integer(0), m_high_ = w.extent(stage_.axis_m);
    k_low_ = w.integer(0), k_high_ = w.extent(reduced_[0]);
    const Value row = b.mul(b.grid_id(0), w.integer(s_.tile_m));
    stage_rows(at, row, origin_ahead(number, row));
}

void ContractionPanels::declare_panels() {
    const auto round_up = [](std::int64_t x, std::int64_t unit) { return (x + unit - 1) / unit * unit; };
    const DType type_a = p.nodes[stage_.factor_a].dtype, type_b = p.nodes[stage_.factor_b].dtype;
    const std::int64_t rows = round_up(s_.block_m, s_.tile_m), columns = round_up(s_.block_n, s_.tile_n);
    if (s_.ahead_a)  // the dispatch before this one has left them in the scratch added last
        panel_a_ = add_buffer("panel_a", type_a, tile::Space::global,
                              w.block().scratch(static_cast<int>(scratch_.size()) - 1));
    else if (s_.pack_a)
        panel_a_ = add_task_buffer("panel_a", type_a, panel_bytes(rows, size_of(type_a)));
    if (s_.pack_b) panel_b_ = add_task_buffer("panel_b", type_b, panel_bytes(columns, size_of(type_b)));
}

int ContractionPanels::add_buffer(const char* name, DType dtype, tile::Space space, int word) {
    tile::Buffer buffer;
    buffer.name = name;
    buffer.space = space;
    buffer.dtype = dtype;
    buffer.word = word;
    buffer.writable = true;
    return b.add_buffer(buffer);
}

int ContractionPanels::next_scratch(const char* name, bool per_task, Formula bytes) {
    scratch_.push_back({name, per_task, std::move(bytes)});
    return w.block().scratch(static_cast<int>(scratch_.size()) - 1);
}

int ContractionPanels::add_task_buffer(const char* name, DType dtype, Formula bytes) {
    return add_buffer(name, dtype, tile::Space::task, next_scratch(name, true, std::move(bytes)));
}

Formula ContractionPanels::panel_bytes(std::int64_t width, int size) const {
    const std::vector<int> inner(reduced_.begin() + 1, reduced_.end());
    Formula::Term term{width * size * std::max<std::int64_t>(s_.block_k, 1), {}};
    if (s_.block_k == 0)
        term.factors.push_back(extent_product(w.block(), reduced_));
    else if (!inner.empty())
        term.factors.push_back(extent_product(w.block(), inner));
    return {{term}};
}

Value ContractionPanels::number_of_a(const Point& at) {
    Value number = w.integer(0);
    for (const int i : outer_of_a_) number = b.add(b.mul(number, w.extent(i)), at.base[i]);
    return number;
}

Value ContractionPanels::origin_ahead(Value number, Value row) {
    const Value tile = w.integer(s_.tile_m);
    const Value tiles = b.binary(TileOp::div, b.add(w.extent(stage_.axis_m), w.integer(s_.tile_m - 1)), tile);
    const Value which = b.add(b.mul(number, tiles), b.binary(TileOp::div, row, tile));
    return b.mul(which, steps_of(b.mul(tile, w.extent(reduced_[0]))));
}

Value ContractionPanels::panel_size(int width) {
    const Value size = w.integer(s_.block_k == 0 ? width : width * s_.block_k);
    return steps_of(s_.block_k == 0 ? b.mul(size, w.extent(reduced_[0])) : size);
}

void ContractionPanels::stage(const Point& at) {
    if (s_.pack_b) stage_b(at);
    if (s_.pack_a && !s_.ahead_a) stage_a(at);
}

Value ContractionPanels::row_origin(const Point& at, Value row, Value row_tile) {
    if (!s_.ahead_a) return b.mul(row_tile, panel_size(s_.tile_m));
    const Value skipped = steps_of(b.mul(k_low_, w.integer(s_.tile_m)));
    return b.add(origin_ahead(number_of_a(at), row), skipped);
}

Value ContractionPanels::column_origin(Value column_tile) {
    return b.mul(column_tile, panel_size(s_.tile_n));
}

Value ContractionPanels::load_row(Value origin, Value step, int i) {
    return b.load(panel_a_, b.add(origin, b.add(b.mul(step, w.integer(s_.tile_m)), w.integer(i))), 1);
}

Value ContractionPanels::load_columns(Value origin, Value step, int vector) {
    const Value element = b.add(origin, b.add(b.mul(step, w.integer(s_.tile_n)), w.integer(vector * lanes_)));
    const int bytes = size_of(p.nodes[stage_.factor_b].dtype);
    return b.load(panel_b_, element, lanes_, {}, lanes_ * bytes);
}

void ContractionPanels::stage_b(const Point& at) {
    for_tiles(n_low_, n_high_, s_.tile_n, [&](Value column, Value tile) {
        const Value origin = b.mul(tile, panel_size(s_.tile_n));
        const auto copy = [&](bool masked) {
            over_block(at, {}, [&](const Point& point, Value step, std::span<const Value>) {
                for (int j = 0; j < vectors_; ++j) {
                    const Point here = column_point(point, column, j, masked);
                    auto memo = w.memo();
                    const Value value = w.splat(w.evaluate(stage_.factor_b, here, memo), lanes_);
                    const Value element =
                        b.add(origin, b.add(b.mul(step, w.integer(s_.tile_n)), w.integer(j * lanes_)));
                    b.store(panel_b_, value, element, {}, false, lanes_ * size_of(b.type_of(value).scalar));
                }
                return std::vector<Value>{};
            });
        };
        split_columns(column, copy);
    });
}

void ContractionPanels::stage_rows(const Point& at, Value row, Value origin) {
    over_block(at, {}, [&](const Point& point, Value step, std::span<const Value>) {
        for (int i = 0; i < s_.tile_m; ++i) {
            auto memo = w.memo();
            const Value value = w.evaluate(stage_.factor_a, row_point(point, row, i), memo);
            b.store(panel_a_, value, b.add(origin, b.add(b.mul(step, w.integer(s_.tile_m)), w.integer(i))));
        }
        return std::vector<Value>{};
    });
}

void ContractionPanels::stage_a(const Point& at) {
    for_tiles(m_low_, m_high_, s_.tile_m,
              [&](Value row, Value tile) { stage_rows(at, row, b.mul(tile, panel_size(s_.tile_m))); });
}

}  // namespace sporkle::codegen
