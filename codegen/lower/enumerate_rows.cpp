// Rows are bound by memory, and memory wants every load of a row on its way at once; what decides is how many
// threads have a row, and which lengths they are meant for.
#include "codegen/lower/enumerate_rows.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "codegen/lower/fusion.hpp"
#include "codegen/lower/inline_temporaries.hpp"
#include "codegen/lower/register_rows.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

constexpr std::int64_t register_row = 1024;  ///< elements: 32 registers of each thread of a subgroup of 32

class RowEnumerator {
  public:
    RowEnumerator(const Program& program, const std::vector<Stage>& stages, const Machine& machine,
                  std::vector<Schedule>& result)
        : p_(program), stages_(stages), machine_(machine), result_(result) {}

    /// Adds schedules with rows in registers: short ones in a few threads each, longer ones in a subgroup,
    /// the longest in several. Vectors that a row leaves empty are loads that are missing, so there is one
    /// for every other length; fewer where a row is read once and no more. Where rows are whole
    /// pieces all addresses are constant distances apart; for others some lanes need each its own, and 32
    /// bits make them cheaper.
    void rows_in_registers(IndexSet fixed) {
        struct Shape {
            std::int64_t most;
            int threads, members, row_members;
            enum { each_element, results, one_result } least_use = each_element;  ///< worth having for
        };
        const int subgroup = subgroup_threads(machine_), all = machine_.threads_per_workgroup;
        const Shape shapes[] = {{16, 4, std::min(all / 4, 64), 1},
                                {32, 8, std::min(all / 8, 32), 1},
                                {64, 8, std::min(all / 8, 32), 1, Shape::one_result},
                                {128, 16, std::min(all / 16, 16), 1},
                                {256, subgroup, std::min(all / subgroup, 8), 1, Shape::one_result},
                                {register_row, subgroup, 1, 1, Shape::one_result},
                                {2 * register_row, subgroup, 2, 2},
                                {4 * register_row, subgroup, 4, 4, Shape::results},
                                {8 * register_row, subgroup, 8, 8, Shape::results}};
        const bool has_results_only = std::all_of(stages_.begin(), stages_.end(), [&](const Stage& stage) {
            return stage.reduce >= 0 || remaining(stage, fixed, -1).empty();
        });
        const auto use = stages_.size() == 1 ? Shape::one_result
                         : has_results_only  ? Shape::results
                                             : Shape::each_element;
        std::int64_t least = 1;
        for (const Shape& shape : shapes) {
            if (shape.least_use < use) continue;
            Schedule s = row_reduction(shape.threads);
            s.fused = true;
            s.unroll = 1;
            s.members = shape.members;
            s.row_members = shape.row_members;
            s.register_elements = shape.most;
            s.least_elements = least;
            if (shape.members * shape.threads > all) continue;
            least = shape.most + 1;
            if (!run_along_rows(p_, stages_, fixed, s.least_elements, shape.most)) continue;
            const std::string name = "registers-" + std::to_string(shape.most);
            const bool varies = has_runtime_rows(p_, stages_, fixed);
            if (varies && shape.most == register_row && use == Shape::each_element) {
                s.aligned = true;
                add(s, name + "-whole");
                s.aligned = false;
            }
            s.narrow = varies || shape.row_members > 1;
            add(s, name);
        }
    }

    /// Rows of any length, several times through the same workgroup: what is read again comes from a cache.
    /// Temporaries are computed again, which costs less than to store them. Of few rows, which are very long,
    /// blocks are tasks. Returns whether there are such schedules.
    bool long_rows() {
        const Program program = recompute_temporaries(p_);
        const auto stages = stages_of(program);
        const IndexSet fixed = fusible_indices(program, stages);
        const bool single = stages.size() == 1;
        if (fixed == 0 ||
            !run_along_rows(program, stages, fixed, register_row, std::numeric_limits<std::int64_t>::max()))
            return false;
        for (const Stage& stage : stages) {
            const bool row_result = stage.reduce >= 0 || remaining(stage, fixed, -1).empty();
            if (!row_result && program.tensors[stage.target].role == Role::temporary) return false;
        }
        Schedule s = row_reduction(subgroup_threads(machine_));
        s.recompute = !single;
        s.fused = true;
        s.members = std::min(reduction_group, machine_.threads_per_workgroup / s.threads);
        s.shared_elements = 1;
        add(s, "rows");
        if (single) return true;  // which has such a schedule
        s.fused = false;
        s.shared_elements = 0;
        s.split_reduction = true;
        s.group = s.members;
        add(s, "rows-split");
        return true;
    }

  private:
    void add(Schedule schedule, const std::string& name) {
        schedule.name = name;
        result_.push_back(std::move(schedule));
    }

    const Program& p_;
    const std::vector<Stage>& stages_;
    const Machine& machine_;
    std::vector<Schedule>& result_;
};

}  // namespace

int reduction_threads(const Machine& machine) {
    return std::min(machine.threads_per_workgroup, lanes_partials);
}

int subgroup_threads(const Machine& machine) {
    const int most = reduction_threads(machine);
    return machine.subgroup_size > 1 ? std::min(machine.subgroup_size, most) : most;
}

Schedule row_reduction(int threads) {
    constexpr int loads_in_flight = 8;  // of one thread
    Schedule s;
    s.lowering = Lowering::reduction;
    s.axis = Axis::reduction;
    s.threads = s.lanes = threads;
    s.task_elements = 1;
    s.unroll = loads_in_flight;
    return s;
}

bool enumerate_rows(const Program& normalized, const std::vector<Stage>& stages, const Machine& machine,
                    IndexSet fixed, std::vector<Schedule>& result) {
    RowEnumerator rows(normalized, stages, machine, result);
    rows.rows_in_registers(fixed);
    return rows.long_rows();
}

}  // namespace sporkle::codegen
