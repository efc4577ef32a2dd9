// The driver: normalises a Program, gives each stage to its lowering and assembles the Variant.
#include <algorithm>
#include <string>

#include <sporkle/error.hpp>

#include "codegen/ir/tile.hpp"
#include "codegen/lower/axis.hpp"
#include "codegen/lower/channel_copy.hpp"
#include "codegen/lower/contraction_direct.hpp"
#include "codegen/lower/fusion.hpp"
#include "codegen/lower/inline_temporaries.hpp"
#include "codegen/lower/normalize.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

void merge_preconditions(const std::vector<Precondition>& from, std::vector<Precondition>& to) {
    for (const Precondition& condition : from)
        if (std::find(to.begin(), to.end(), condition) == to.end()) to.push_back(condition);
}

/// Words of the parameter block up to and including the variant's scratch.
int parameter_words(const ParameterBlock& block, const Variant& variant) {
    return block.scratch(static_cast<int>(variant.scratch.size()));
}

void append_dispatch(const std::string& name, tile::Builder& builder, Formula grid[3], Variant& variant) {
    Dispatch dispatch;
    dispatch.kernel = builder.finish();
    dispatch.kernel.name = name;
    for (int d = 0; d < 3; ++d) dispatch.grid[d] = grid[d];
    variant.dispatches.push_back(std::move(dispatch));
}

void set_machine(StageWriter& w, const Schedule& schedule, const Machine& machine) {
    w.set_fma_may_flush(machine.fma_may_flush);
    if (schedule.threads == 0) return;
    w.builder().set_team(schedule.members, schedule.threads);
    w.set_spread_over_threads(true);
    if (schedule.narrow) w.use_narrow_indices();
}

/// How a schedule that spreads vectors over threads treats one of several stages that is no contraction: rows
/// are reduced by the lanes of a small workgroup, all else is an output a lane.
Schedule spread_part(const Program& p, const Stage& stage, const Schedule& schedule) {
    Schedule part = schedule;
    part.members = 1;
    part.threads = part.lanes = lanes_partials;
    part.linear = part.aligned = false;
    part.task_elements = 1;
    if (stage.reduce < 0) part.unroll = 2;
    part.axis = Axis::free;
    // Rows are read along the reduction only where the schedule may assume that they are dense.
    if (stage.reduce >= 0 && schedule.unit_stride) part.axis = preferred_axis(p, stage, 0);
    part.flat = part.axis != Axis::reduction;
    return part;
}

void write_stage(StageWriter& w, const Stage& stage, const Schedule& schedule, bool single, Variant& variant,
                 Formula grid[3]) {
    const Program& p = w.program();
    if (stage.is_contraction && schedule.lowering == Lowering::contraction) {
        if (schedule.copied) read_channel_copies(w, stage, schedule, variant.scratch);
        if (schedule.direct)
            write_direct_contraction(w, stage, schedule, grid);
        else if (schedule.matrix_m > 0)
            write_matrix_contraction(w, stage, schedule, grid);
        else if (schedule.threads > 0)
            write_spread_contraction(w, stage, schedule, grid);
        else
            write_contraction_dispatch(w, stage, schedule, variant.scratch, grid);
        return;
    }
    Schedule part = schedule;
    if (!single && schedule.threads > 0) {
        part = spread_part(p, stage, schedule);
        w.builder().set_team(part.members, part.threads);
    } else if (!single && stage.reduce >= 0) {
        part.axis = preferred_axis(p, stage, 0);
        part.linear = false;
    }
    if (stage.reduce >= 0) {
        write_reduction_dispatch(w, stage, part, grid);
    } else {
        part.linear = part.linear && is_linear_map(p, {stage});
        write_map_dispatch(w, {stage}, part, grid);
    }
}

/// Rows so long that each needs many tasks: reductions by blocks, all else along the rows.
constexpr std::int64_t shortest_row = 4 * lanes_block;
template <class WriteDispatch>
void write_stage_of_long_rows(const Stage& stage, const Schedule& schedule, const std::string& name,
                              const WriteDispatch& write_dispatch, std::vector<Scratch>& scratch) {
    if (stage.reduce >= 0) {
        for (const bool combine : {false, true})
            write_dispatch(name + (combine ? ".combine" : ".blocks"), [&](StageWriter& w, Formula grid[3]) {
                w.prefer_extent_at_least(stage.reduction.indices[0], shortest_row);
                write_split_reduction_dispatch(w, stage, schedule, combine, scratch, grid);
            });
        return;
    }
    write_dispatch(name, [&](StageWriter& w, Formula grid[3]) {
        constexpr int vectors = 8;
        Schedule part = schedule;
        part.threads = part.lanes = schedule.threads * schedule.members;
        part.members = 1;
        part.task_elements = std::int64_t{vectors} * part.lanes;
        w.builder().set_team(part.members, part.threads);
        write_map_dispatch(w, {stage}, part, grid);
    });
}

}  // namespace

Variant lower(const Program& program, const Schedule& schedule, const Machine& machine) {
    const Program normalized =
        schedule.recompute ? recompute_temporaries(normalize(program)) : normalize(program);
    const auto stages = stages_of(normalized);
    const ParameterBlock block(normalized);
    Variant variant;
    variant.schedule = schedule;
    variant.machine = machine;
    variant.numerics = program.numerics;
    const std::string name = std::string(program.name.view()) + "." + schedule.name;

    if (schedule.fused) {
        tile::Builder builder(name, block.first_scratch);
        StageWriter w(normalized, builder);
        set_machine(w, schedule, machine);
        Formula grid[3] = {Formula::constant(1), Formula::constant(1), Formula::constant(1)};
        write_fused_dispatch(w, stages, schedule, variant.scratch, grid);
        merge_preconditions(w.preconditions(), variant.preconditions);
        append_dispatch(name, builder, grid, variant);
    } else {
        // Temporaries live in scratch that all dispatches share; their words come first. In lockstep they are
        // registers.
        const bool lockstep = schedule.lowering == Lowering::map && run_in_lockstep(normalized, stages);
        std::vector<Place> places(static_cast<std::size_t>(normalized.tensor_count));
        for (const Stage& stage : stages) {
            if (normalized.tensors[stage.target].role != Role::temporary || lockstep) continue;
            Place& place = places[static_cast<std::size_t>(stage.target)];
            place.word = block.scratch(static_cast<int>(variant.scratch.size()));
            variant.scratch.push_back({std::string(normalized.tensors[stage.target].name.view()), false,
                                       temporary_bytes(normalized, stage.target, 0)});
        }
        const bool single = stages.size() == 1;
        const auto write_dispatch = [&](const std::string& kernel, const auto& write) {
            tile::Builder builder(kernel, block.first_scratch);
            StageWriter w(normalized, builder);
            set_machine(w, schedule, machine);
            for (int t = 0; t < normalized.tensor_count; ++t)
                if (normalized.tensors[t].role == Role::temporary)
                    w.place_temporary(t, places[static_cast<std::size_t>(t)]);
            Formula grid[3] = {Formula::constant(1), Formula::constant(1), Formula::constant(1)};
            write(w, grid);
            merge_preconditions(w.preconditions(), variant.preconditions);
            append_dispatch(kernel, builder, grid, variant);
        };
        if (single && schedule.split_reduction) {
            for (const bool combine : {false, true})
                write_dispatch(name + (combine ? ".combine" : ".blocks"), [&](StageWriter& w,
                                                                              Formula grid[3]) {
                    write_split_reduction_dispatch(w, stages[0], schedule, combine, variant.scratch, grid);
                });
        } else if (lockstep) {
            write_dispatch(name, [&](StageWriter& w, Formula grid[3]) {
                write_map_dispatch(w, stages, schedule, grid);
            });
        } else {
            for (std::size_t n = 0; n < stages.size(); ++n) {
                if (schedule.split_reduction) {
                    write_stage_of_long_rows(stages[n], schedule, name + "." + std::to_string(n),
                                             write_dispatch, variant.scratch);
                    continue;
                }
                if (stages[n].is_contraction && schedule.lowering == Lowering::contraction &&
                    schedule.ahead_a)
                    write_dispatch(name + ".pack" + std::to_string(n), [&](StageWriter& w, Formula grid[3]) {
                        write_contraction_ahead(w, stages[n], schedule, variant.scratch, grid);
                    });
                if (stages[n].is_contraction && schedule.copied)
                    for (const int factor : {stages[n].factor_a, stages[n].factor_b})
                        write_dispatch(
                            name + ".copy" + std::to_string(n), [&](StageWriter& w, Formula grid[3]) {
                                write_channel_copy(w, stages[n], schedule, factor, variant.scratch, grid);
                            });
                write_dispatch(single ? name : name + "." + std::to_string(n),
                               [&](StageWriter& w, Formula grid[3]) {
                                   write_stage(w, stages[n], schedule, single, variant, grid);
                               });
            }
        }
    }
    for (Dispatch& dispatch : variant.dispatches) {
        dispatch.kernel.parameter_words = parameter_words(block, variant);
        if (const std::string fault = tile::verify(dispatch.kernel); !fault.empty())
            throw Error(ErrorCode::unsupported, "kernel '" + std::string(program.name.view()) +
                                                    "', schedule '" + schedule.name +
                                                    "': lowering broke a rule of Tile IR: " + fault);
    }
    return variant;
}

}  // namespace sporkle::codegen
