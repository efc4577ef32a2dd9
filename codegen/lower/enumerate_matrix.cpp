#include "codegen/lower/enumerate_matrix.hpp"

#include <algorithm>
#include <string>

#include "codegen/lower/channel_copy.hpp"
#include "codegen/lower/contraction_direct.hpp"
#include "codegen/lower/enumerate_rows.hpp"
#include "codegen/lower/stage_lowering.hpp"
#include "codegen/lower/tap_staging.hpp"

namespace sporkle::codegen {
namespace {

class MatrixEnumerator {
  public:
    MatrixEnumerator(const Program& program, const std::vector<Stage>& stages, const Machine& machine,
                     std::vector<Schedule>& result)
        : p_(program), stages_(stages), machine_(machine), result_(result) {}

    void run() {
        direct_contractions();
        matrix_contractions();
    }

  private:
    void add(Schedule schedule, const std::string& name) {
        schedule.name = name;
        result_.push_back(std::move(schedule));
    }

    /// What matrix units make of floats depends on the unit, of integers nothing does.
    bool allows_matrices(const MatrixShape& shape) const {
        return p_.numerics == Numerics::fast || is_integer(shape.accumulator);
    }

    /// The machine's shapes that all contractions of the kernel have factors for.
    std::vector<const MatrixShape*> common_shapes() const {
        std::vector<const MatrixShape*> shapes;
        for (const MatrixShape& shape : machine_.matrix_shapes)
            if (allows_matrices(shape)) shapes.push_back(&shape);
        for (const Stage& stage : stages_) {
            if (!stage.is_contraction) continue;
            const auto own = matrix_shapes_of(p_, stage, machine_);
            std::erase_if(shapes, [&](const MatrixShape* shape) {
                return std::find(own.begin(), own.end(), shape) == own.end();
            });
        }
        return shapes;
    }

    /// The best shape of which a member's tile has several fragments: products into one and the same would
    /// wait for each other.
    static const MatrixShape& shape_for(const std::vector<const MatrixShape*>& shapes, const Schedule& s) {
        constexpr std::int64_t several = 4;
        for (const MatrixShape* shape : shapes)
            if (std::int64_t{s.tile_m / shape->rows} * (s.tile_n / shape->columns) >= several) return *shape;
        return *shapes.back();
    }

    /// Blocks like those of threads that multiply. Wide tiles read less shared memory, narrow ones leave
    /// registers for more threads. A tile's accumulators are at most half of a thread's registers.
    void matrix_contractions() {
        const auto shapes = common_shapes();
        if (shapes.empty()) return;
        const int threads = machine_.matrix_threads, factor_bytes = size_of(shapes.front()->factor),
                  sum_bytes = size_of(shapes.front()->accumulator);
        const auto all = [&](const auto& holds) {
            return std::all_of(stages_.begin(), stages_.end(),
                               [&](const Stage& stage) { return !stage.is_contraction || holds(stage); });
        };
        const bool plain = all([&](const Stage& stage) { return is_plain_product(p_, stage); });
        // Factors that are turned on their way are not stored in runs.
        const bool turned = machine_.matrix_along_steps;
        const bool in_runs = !turned && all([&](const Stage& stage) { return channel_of(p_, stage) >= 0; });
        const bool has_copies = !turned && stages_.size() == 1 && copied_channel_of(p_, stages_.front()) >= 0;
        struct Block {
            int m, n, tile_m, tile_n, step_bytes;
            const char* suffix = "";
            int most_threads = 64;  ///< of a group; larger ones get as wide tiles from the others
            /// For which calls. Masks for any call would take registers that wide tiles have not.
            bool whole = true, any = true, taps = true, copied = true;
        };
        std::vector<Schedule> for_any;
        for (const Block& block :
             {Block{128, 128, 64, 32, 64, "", 64, true, true, false, false},
              Block{128, 128, 64, 64, 64, "-wide", 32, true, false, true},
              Block{128, 64, 64, 32, 64, "", 32, false, false, true, false},
              Block{64, 128, 32, 64, 64, "", 32, false, false, false, true},
              Block{128, 256, 64, 64, 32, "", 64, true, true, false, false}, Block{64, 64, 32, 32, 64}}) {
            if (threads > block.most_threads) continue;
            Schedule s;
            s.lowering = Lowering::contraction;
            s.threads = s.lanes = threads;
            s.narrow = true;
            s.rounds = machine_.matrix_rounds;
            s.along_steps = machine_.matrix_along_steps;
            s.block_m = block.m;
            s.block_n = block.n;
            s.tile_m = block.tile_m;
            s.tile_n = block.tile_n;
            const auto members = [&] { return block.m / s.tile_m * (block.n / s.tile_n); };
            while (members() * threads > machine_.threads_per_workgroup && s.tile_n < block.n) s.tile_n *= 2;
            s.members = members();
            constexpr int most_accumulators = 128;
            if (s.members * threads > machine_.threads_per_workgroup ||
                s.tile_m * s.tile_n / threads * sum_bytes / 4 > most_accumulators)
                continue;
            const MatrixShape& shape = shape_for(shapes, s);
            // Threads hold whole lines of small fragments' factors: those of a wide tile leave no registers.
            constexpr int small = 128, widest_of_small = 64;
            if (shape.rows * shape.columns < small && s.tile_n > widest_of_small) continue;
            s.matrix_m = shape.rows;
            s.matrix_n = shape.columns;
            s.matrix_k = shape.steps;
            // All members have an equal share in staging, of whole vectors of 16 bytes a thread.
            const std::int64_t shortest = std::max<std::int64_t>(
                shape.steps, access_bytes / factor_bytes * threads * s.members / std::min(block.m, block.n));
            // Between two barriers a member has as many products whatever its tile.
            const int step_bytes = block.step_bytes * block.tile_n / s.tile_n;
            s.block_k = std::max<std::int64_t>(step_bytes / factor_bytes, shortest);
            const auto fits = [&] {
                return all([&](const Stage& stage) {
                    return matrix_contraction_bytes(p_, stage, shape, s) <= machine_.shared_bytes;
                });
            };
            while (!fits() && s.block_k > shortest) s.block_k /= 2;
            if (!fits()) continue;
            const std::string name =
                "matrix-" + std::to_string(block.m) + "x" + std::to_string(block.n) + block.suffix;
            if (plain && block.whole) {
                s.aligned = true;
                add(s, name + "-whole");
                s.aligned = false;
            }
            if (in_runs && block.taps) {
                s.by_taps = true;
                add(s, name + "-taps");
                s.by_taps = false;
            }
            if (has_copies && block.copied) {
                s.by_taps = s.copied = true;
                if (fits()) add(s, name + "-copied");
                s.folded = stages_.front().reduction.count > 1;
                if (s.folded && fits()) add(s, name + "-folded");
                s.by_taps = s.copied = s.folded = false;
            }
            if (!block.any) continue;
            // Where blocks are not whole, each element is staged through a register of its own, with a mask.
            constexpr std::int64_t most_staged = 32;
            while (s.block_k * (block.m + block.n) / (s.members * threads) > most_staged &&
                   s.block_k > shape.steps)
                s.block_k /= 2;
            s.name = name;
            for_any.push_back(s);
        }
        result_.insert(result_.end(), for_any.begin(), for_any.end());
    }

    /// A block is one fragment, where the kernel is a product and nothing more.
    void direct_contractions() {
        for (const MatrixTile& tile : machine_.matrix_tiles) {
            if (stages_.size() != 1 || !allows_matrices(tile.shape) ||
                !is_direct_product(p_, stages_.front(), tile.shape, machine_.matrix_rounds))
                continue;
            Schedule s;
            s.lowering = Lowering::contraction;
            s.threads = s.lanes = tile.threads;
            s.narrow = s.aligned = s.direct = true;
            s.block_m = s.tile_m = s.matrix_m = tile.shape.rows;
            s.block_n = s.tile_n = s.matrix_n = tile.shape.columns;
            s.block_k = s.matrix_k = tile.shape.steps;
            add(s, "workgroup-" + std::to_string(s.tile_m) + "x" + std::to_string(s.tile_n));
        }
    }

    const Program& p_;
    const std::vector<Stage>& stages_;
    const Machine& machine_;
    std::vector<Schedule>& result_;
};

}  // namespace

void enumerate_matrix(const Program& normalized, const std::vector<Stage>& stages, const Machine& machine,
                      std::vector<Schedule>& result) {
    MatrixEnumerator(normalized, stages, machine, result).run();
}

}  // namespace sporkle::codegen
