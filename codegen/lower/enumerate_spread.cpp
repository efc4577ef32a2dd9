// The limits that decide here: memory wants many loads in flight (bandwidth × latency, about 30 KiB for each
// compute unit), so vectors are as wide as a thread's 16-byte access allows and workgroups are many; the 64
// partials of Order::lanes are the 64 threads of a small workgroup, of which many run at once.
#include "codegen/lower/enumerate_spread.hpp"

#include <algorithm>
#include <string>

#include "codegen/lower/axis.hpp"
#include "codegen/lower/enumerate_matrix.hpp"
#include "codegen/lower/enumerate_rows.hpp"
#include "codegen/lower/fusion.hpp"
#include "codegen/lower/reduction_columns.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

class SpreadEnumerator {
  public:
    SpreadEnumerator(const Program& program, const std::vector<Stage>& stages, const Machine& machine)
        : p_(program), stages_(stages), machine_(machine) {}

    std::vector<Schedule> run() {
        const bool contraction =
            std::any_of(stages_.begin(), stages_.end(), [](const Stage& s) { return s.is_contraction; });
        if (contraction) enumerate_matrix(p_, stages_, machine_, result_);
        if (machine_.matrix_only) return std::move(result_);
        if (contraction) contractions();
        if (run_in_lockstep(p_, stages_)) {
            maps();
        } else if (stages_.size() == 1) {
            reductions(stages_.front());
        } else {
            // A task that keeps planes would be one of few, and slow.
            const IndexSet fixed = fusible_indices(p_, stages_);
            const bool may_fuse = fixed != 0 && !contraction && keeps_rows(p_, fixed);
            if (!may_fuse || !fused(fixed)) separate();
        }
        fallback();
        return std::move(result_);
    }

  private:
    void add(Schedule schedule, const std::string& name) {
        schedule.name = name;
        result_.push_back(std::move(schedule));
    }

    int map_threads() const { return std::min(machine_.threads_per_workgroup, 256); }

    void maps() {
        int widest = 1;
        for (const Stage& stage : stages_) widest = std::max(widest, widest_element(p_, stage));
        Schedule s;
        s.threads = map_threads();
        const auto shape = [&](int of_thread, int vectors) {
            s.lanes = s.threads * of_thread;
            s.task_elements = static_cast<std::int64_t>(s.lanes) * vectors;
            s.aligned = of_thread > 1;
        };
        const int wide = std::clamp(access_bytes / widest, 1, 4);
        for (const bool linear : {true, false}) {
            if (linear && !is_linear_map(p_, stages_)) continue;
            s.linear = linear;
            const std::string name = linear ? "linear" : "rows";
            if (wide > 1) {
                shape(wide, 1);
                add(s, name + "-x" + std::to_string(wide));
                shape(wide, 2);
                add(s, name + "-x" + std::to_string(wide) + "-2");
            }
            shape(1, 4);
            add(s, name);
        }
        Schedule apart = flat(true);
        apart.threads = apart.lanes = map_threads();
        apart.unroll = 4;
        add(apart, "flat");
    }

    void reductions(const Stage& stage) {
        const bool linear = stage.reduction.order == Order::lanes && stage.reduction.count > 1 &&
                            is_linear_reduction(p_, stage);
        const bool along = linear || reduces_in_registers(stage);
        const Schedule columns = flat(true);
        if (reduces_columns(p_, stage)) column_reductions(stage);
        const bool columns_first = preferred_axis(p_, stage, 0) == Axis::free;
        if (columns_first) add(columns, "columns");
        if (!along) return;
        if (const IndexSet rows = fusible_indices(p_, stages_); rows != 0 && !linear && !columns_first) {
            enumerate_rows(p_, stages_, machine_, rows, result_);
        }
        Schedule s = row_reduction(subgroup_threads(machine_));
        s.linear = linear;
        const std::string name = linear ? "flat" : "lanes";
        add(s, name);
        s.split_reduction = true;
        s.group = s.members = std::min(reduction_group, machine_.threads_per_workgroup / s.threads);
        add(s, name + "-split");
    }

    /// Neighbouring outputs in the lanes, as narrow as memory allows, and their partials over members, so
    /// that few outputs have many threads. Where memory is contiguous a thread loads 16 bytes at a time.
    void column_reductions(const Stage& stage) {
        constexpr int outputs = 32, threads = 256, loads_in_flight = 8;
        Schedule s;
        s.lowering = Lowering::reduction;
        s.narrow = true;
        s.lanes = outputs;
        const auto shape = [&](int of_thread, int loads) {
            s.threads = outputs / of_thread;
            s.members =
                std::min({threads, machine_.threads_per_workgroup, lanes_partials * s.threads}) / s.threads;
            s.unroll = std::max(loads * s.members / lanes_partials, 1);
            s.aligned = of_thread > 1;
        };
        const int wide = std::clamp(access_bytes / widest_element(p_, stage), 1, 4);
        if (wide > 1) {
            shape(wide, loads_in_flight);
            add(s, "partials-x" + std::to_string(wide));
        }
        shape(1, 2 * loads_in_flight);
        add(s, "partials");
        s.split_reduction = true;
        add(s, "partials-split");
    }

    /// Large blocks and tiles read less memory, shared memory included; small ones give many compute units
    /// something to do. Where blocks are whole, rows, columns and steps are one index each and fill them:
    /// nothing is clamped, columns are staged and stored 16 bytes at a time, and registers suffice for larger
    /// tiles and more steps.
    void contractions() {
        struct Shape {
            int block_m, block_n, tile_m, threads, vectors;
            int whole_steps, steps;  ///< of a block, where blocks are whole and where not; 0: not offered
            bool trailing = false;   ///< for sums of one word: two steps' factors lie in registers
            int of_thread = 4;       ///< neighbouring columns
            int members = 0;         ///< more than there are tiles: a stream for few rows
        };
        for (const Shape& shape :
             {Shape{64, 256, 16, 32, 2, 8, 0}, Shape{64, 128, 8, 16, 2, 16, 8},
              Shape{64, 128, 8, 8, 2, 16, 0, true}, Shape{128, 64, 16, 16, 1, 0, 8},
              Shape{32, 64, 4, 16, 1, 32, 16}, Shape{8, 32, 4, 32, 1, 0, 128, false, 1, 8},
              Shape{32, 32, 4, 8, 1, 0, 64, false, 4, 32}}) {
            Schedule s;
            s.lowering = Lowering::contraction;
            s.threads = shape.threads;
            s.narrow = true;
            s.lanes = s.threads * shape.of_thread;
            s.tile_n = s.lanes * shape.vectors;
            s.tile_m = shape.tile_m;
            s.block_m = shape.block_m;
            s.block_n = shape.block_n;
            s.members =
                std::max(static_cast<int>(s.block_m / s.tile_m * (s.block_n / s.tile_n)), shape.members);
            bool plain = true, linear = false, one_index = true;
            std::int64_t sum_words = 0;
            for (const Stage& stage : stages_) {
                if (!stage.is_contraction) continue;
                sum_words = std::max<std::int64_t>(sum_words, size_of(p_.nodes[stage.reduce].dtype) / 4);
                plain = plain && is_plain_product(p_, stage);
                one_index = one_index && stage.reduction.count == 1;
                linear =
                    linear || (stage.reduction.count > 1 && (has_linear_steps(p_, stage, stage.factor_a) ||
                                                             has_linear_steps(p_, stage, stage.factor_b)));
            }
            constexpr std::int64_t most_accumulators = 128;  ///< words in a thread, half of its registers
            if (s.members * s.threads > machine_.threads_per_workgroup ||
                s.tile_m * s.tile_n / s.threads * sum_words > most_accumulators ||
                (shape.trailing && sum_words > 1))
                continue;
            if (shape.members > 0 && !one_index) continue;
            const std::string name = (shape.members > 0 ? "stream-" : "block-") + std::to_string(s.block_m) +
                                     "x" + std::to_string(s.block_n);
            if (plain && shape.whole_steps > 0 && fit_steps(shape.whole_steps, s)) {
                s.aligned = true;
                s.trailing = shape.trailing;
                add(s, name + (shape.trailing ? "-trailing" : "-whole"));
                s.aligned = s.trailing = false;
            }
            if (shape.steps == 0 || !fit_steps(shape.steps, s)) continue;
            s.unit_stride = false;
            if (linear) {
                s.linear = true;
                add(s, name + "-dense");
                s.linear = false;
            }
            add(s, name);
        }
    }

    /// Gives blocks so many steps, or as many as shared memory has room for, if that is worth it.
    bool fit_steps(int steps, Schedule& s) const {
        constexpr int fewest = 4;
        const auto fits = [&](const Stage& stage) {
            return !stage.is_contraction || spread_contraction_bytes(p_, stage, s) <= machine_.shared_bytes;
        };
        for (s.block_k = steps; s.block_k >= fewest; s.block_k /= 2)
            if (std::all_of(stages_.begin(), stages_.end(), fits)) return true;
        return false;
    }

    /// All stages in one dispatch. Rows in registers, or read again, are better than temporaries in memory.
    /// Returns whether that is so for all lengths, and stages of their own are not worth a try.
    bool fused(IndexSet fixed) {
        if (enumerate_rows(p_, stages_, machine_, fixed, result_)) return true;
        Schedule s = row_reduction(reduction_threads(machine_));
        s.fused = true;
        s.unroll = 4;
        constexpr std::int64_t exchanged_bytes = 2048;  ///< room for what threads give each other
        for (const std::int64_t limit : {1024, 4096, 8192}) {
            if (shared_bytes(p_, fixed, limit) + exchanged_bytes > machine_.shared_bytes) break;
            s.shared_elements = limit;
            add(s, "fused-" + std::to_string(limit));
        }
        s.shared_elements = 0;
        add(s, "fused");
        return false;
    }

    /// Every stage a dispatch; reductions over rows in lanes, all else an output a lane.
    void separate() {
        Schedule s = row_reduction(reduction_threads(machine_));
        s.flat = s.narrow = true;
        add(s, "separate");
    }

    /// An output a lane, wherever it lies. Without a precondition, or fast where numbers are small.
    Schedule flat(bool unit_stride) const {
        Schedule s;
        s.lowering = stages_.front().reduce >= 0 || stages_.size() > 1 ? Lowering::reduction : Lowering::map;
        s.flat = true;
        s.unit_stride = unit_stride;
        s.narrow = unit_stride;
        s.threads = s.lanes = reduction_threads(machine_);
        return s;
    }

    /// Runs everywhere: no preconditions.
    void fallback() { add(flat(false), "strided"); }

    const Program& p_;
    const std::vector<Stage>& stages_;
    const Machine& machine_;
    std::vector<Schedule> result_;
};

}  // namespace

std::vector<Schedule> enumerate_spread(const Program& normalized, const std::vector<Stage>& stages,
                                       const Machine& machine) {
    return SpreadEnumerator(normalized, stages, machine).run();
}

}  // namespace sporkle::codegen
