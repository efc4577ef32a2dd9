// Which schedules are worth having, best guess first. The analytic model is small on purpose, because the
// runtime measures: it prunes what cannot be good (accumulators that do not fit the registers, panels that do
// not fit the caches) and orders the rest so that the first one whose preconditions hold is a sound choice
// without measuring.
#include <algorithm>
#include <string>

#include "codegen/lower/axis.hpp"
#include "codegen/lower/enumerate_spread.hpp"
#include "codegen/lower/fusion.hpp"
#include "codegen/lower/normalize.hpp"
#include "codegen/lower/stage_lowering.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {
namespace {

constexpr std::int64_t row_task = 4096;      ///< outputs along the axis of one map or reduction task
constexpr std::int64_t linear_task = 65536;  ///< elements of one task of a flat map: some µs of work

/// Vector widths worth trying, widest first.
std::vector<int> widths(const Machine& machine) {
    std::vector<int> result{machine.vector_bits};
    if (machine.vector_bits > 256) result.push_back(256);
    return result;
}

std::string width_suffix(int bits) { return "-v" + std::to_string(bits); }

class Enumerator {
  public:
    Enumerator(const Program& program, const Machine& machine)
        : p_(normalize(program)), stages_(stages_of(p_)), machine_(machine) {}

    std::vector<Schedule> run() {
        const bool contraction =
            std::any_of(stages_.begin(), stages_.end(), [](const Stage& s) { return s.is_contraction; });
        if (run_in_lockstep(p_, stages_)) {
            maps();
        } else if (stages_.size() == 1) {
            if (!contraction) reductions(stages_.front());
        } else {
            const bool rows_in_common = fusible_indices(p_, stages_) != 0;
            if (rows_in_common && !contraction) fused();
            if (!contraction) separate();
            if (!rows_in_common && !contraction) fused();
        }
        if (contraction) contractions();
        fallback();
        return std::move(result_);
    }

  private:
    Schedule& add(Schedule schedule, const std::string& name) {
        schedule.name = name;
        result_.push_back(std::move(schedule));
        return result_.back();
    }

    void maps() {
        Schedule s;
        s.task_elements = row_task;
        if (is_linear_map(p_, stages_)) {
            Schedule linear = s;
            linear.linear = true;
            linear.task_elements = linear_task;
            linear.unroll = 4;
            for (const int bits : widths(machine_)) {
                linear.vector_bits = bits;
                add(linear, "linear" + width_suffix(bits));
            }
            linear.vector_bits = machine_.vector_bits;
            linear.nontemporal = true;
            add(linear, "linear-stream");
        }
        s.unroll = 2;
        for (const int bits : widths(machine_)) {
            s.vector_bits = bits;
            add(s, "rows" + width_suffix(bits));
        }
    }

    /// Whether the innermost free index is known to fill less than a quarter of a vector, like the channels
    /// of a pixel: element by element is faster then.
    bool has_short_rows(const Stage& stage) const {
        const int inner = innermost_index(p_, stage);
        const std::int64_t extent = inner >= 0 ? p_.indices[inner].extent : 0;
        return extent > 0 && extent * 4 <= machine_.lanes(widest_element(p_, stage));
    }

    void reductions(const Stage& stage) {
        Schedule s;
        s.lowering = Lowering::reduction;
        s.vector_bits = machine_.vector_bits;
        const bool registers = reduces_in_registers(stage);
        const bool linear = stage.reduction.order == Order::lanes && stage.reduction.count > 1 &&
                            is_linear_reduction(p_, stage);
        const Axis first = preferred_axis(p_, stage, 0);
        const auto along_free = [&] {
            s.task_elements = 512;
            if (stage.reduction.order == Order::chain && has_short_rows(stage)) {
                s.axis = Axis::scalar;
                add(s, "points");
            }
            s.axis = Axis::free;
            for (const int unroll : {4, 1}) {
                s.unroll = unroll;
                add(s, "columns-x" + std::to_string(unroll));
                if (stage.reduction.order != Order::chain) break;
            }
        };
        const auto along_reduction = [&] {
            s.axis = Axis::reduction;
            s.task_elements = 4;
            s.unroll = 1;
            for (const int bits : widths(machine_)) {
                s.vector_bits = bits;
                s.linear = linear;
                add(s, (linear ? "flat" : "lanes") + width_suffix(bits));
            }
            s.vector_bits = machine_.vector_bits;
            s.split_reduction = true;
            add(s, linear ? "flat-split" : "lanes-split");
            s.split_reduction = false;
            s.linear = false;
        };
        if (linear) along_reduction();
        if (registers && first == Axis::reduction) along_reduction();
        if (innermost_index(p_, stage) >= 0) along_free();
        if (registers && first != Axis::reduction) along_reduction();
    }

    Schedule several() const {
        Schedule s;
        s.lowering = Lowering::reduction;
        s.vector_bits = machine_.vector_bits;
        s.unroll = 2;
        s.task_elements = 1024;
        return s;
    }

    void fused() {
        Schedule s = several();
        s.fused = true;
        for (const int bits : widths(machine_)) {
            s.vector_bits = bits;
            add(s, "fused" + width_suffix(bits));
        }
    }

    void separate() {
        Schedule s = several();
        s.linear = true;
        add(s, "separate");
    }

    /// A register tile fits when its accumulators, one row of columns and one broadcast do.
    bool fits_registers(int tile_m, int vectors) const {
        return tile_m * vectors + vectors + 1 <= machine_.vector_registers;
    }

    void contractions() {
        int bytes = 4;
        bool floating = false;
        // Compile-time extents of the reduction indices within the blocked one, counted up to a number that
        // leaves one step a block anyway and does not overflow.
        constexpr std::int64_t largest_inner = std::int64_t(1) << 16;
        std::int64_t inner_extent = 1;
        for (const Stage& stage : stages_)
            if (stage.is_contraction) {
                bytes = widest_element(p_, stage);
                floating = floating || is_float(p_.nodes[stage.reduce].dtype);
                for (int i = 1; i < stage.reduction.count; ++i)
                    inner_extent =
                        std::min(inner_extent *
                                     std::max<std::int64_t>(p_.indices[stage.reduction.indices[i]].extent, 1),
                                 largest_inner);
            }
        const int lanes = machine_.lanes(bytes);
        Schedule base;
        base.lowering = Lowering::contraction;
        base.vector_bits = machine_.vector_bits;
        base.task_elements = row_task;
        base.unroll = 2;

        struct Tile {
            int rows, vectors;
        };
        if (floating && !machine_.has_fma) {
            // Every fma is a dozen instructions: they are the limit whatever the tile, and large tiles are
            // only large code.
            Schedule s = base;
            s.tile_m = 2;
            s.tile_n = lanes;
            s.block_m = 64;
            s.block_n = 8 * s.tile_n;
            add(s, "direct-" + std::to_string(s.tile_m) + "x" + std::to_string(s.tile_n));
            return;
        }
        const Tile tiles[] = {{8, 3}, {14, 2}, {6, 4}, {4, 3}, {6, 2}, {12, 1}, {4, 2}, {1, 4}};
        // One register tile: for products so small that loops over tiles would cost more than the arithmetic.
        for (const int bits : widths(machine_)) {
            Schedule s = base;
            s.vector_bits = bits;
            s.single_tile = s.unit_rows = true;
            s.tile_m = s.block_m = 8;
            s.tile_n = bits / 8 / bytes;
            s.block_n = s.tile_n;
            add(s, "tiny-8x" + std::to_string(s.tile_n));
        }
        // Staged: b's panel of block_k × block_n takes half of the second-level cache.
        int staged = 0;
        for (const Tile& tile : tiles) {
            if (!fits_registers(tile.rows, tile.vectors) || staged == 3) continue;
            if (tile.rows * tile.vectors * 2 < machine_.vector_registers)
                continue;  // too small to hide FMA latency
            Schedule s = base;
            s.tile_m = tile.rows;
            s.tile_n = tile.vectors * lanes;
            s.pack_b = true;
            s.block_k = std::max<std::int64_t>(256 / inner_extent, 1);
            const std::int64_t columns = machine_.l2_bytes / 2 / (s.block_k * inner_extent * bytes);
            s.block_n = std::max<std::int64_t>(columns / s.tile_n, 1) * s.tile_n;
            s.block_m = std::int64_t{512} / s.tile_m * s.tile_m;
            const std::string size = std::to_string(s.tile_m) + "x" + std::to_string(s.tile_n);
            s.unit_rows = true;
            add(s, "staged-" + size);
            s.unit_rows = false;
            s.pack_a = true;
            add(s, "staged-both-" + size);
            s.ahead_a = true;
            add(s, "ahead-" + size);
            ++staged;
        }
        // In place: nothing is staged, for small products and few rows.
        for (const Tile& tile : {Tile{8, 1}, Tile{4, 2}, Tile{1, 4}, Tile{8, 3}}) {
            if (!fits_registers(tile.rows, tile.vectors)) continue;
            Schedule s = base;
            s.unit_rows = tile.rows == 8;
            s.tile_m = tile.rows;
            s.tile_n = tile.vectors * lanes;
            s.block_m = 8 * tile.rows;
            s.block_n = 4 * s.tile_n;
            add(s, "direct-" + std::to_string(s.tile_m) + "x" + std::to_string(s.tile_n));
        }
    }

    /// Runs everywhere: no preconditions.
    void fallback() {
        Schedule s = several();
        s.unit_stride = false;
        s.unroll = 1;
        if (run_in_lockstep(p_, stages_)) s.lowering = Lowering::map;
        if (stages_.size() == 1)
            s.axis = innermost_index(p_, stages_.front()) >= 0 ? Axis::free : Axis::scalar;
        add(s, "strided");
    }

    const Program p_;
    const std::vector<Stage> stages_;
    const Machine& machine_;
    std::vector<Schedule> result_;
};

}  // namespace

std::vector<Schedule> enumerate_schedules(const Program& program, const Machine& machine) {
    if (machine.threads_per_workgroup > 1) {
        const Program normalized = normalize(program);
        return enumerate_spread(normalized, stages_of(normalized), machine);
    }
    return Enumerator(program, machine).run();
}

}  // namespace sporkle::codegen
