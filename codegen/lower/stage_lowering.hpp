// The lowerings of single stages, one file per kernel class. Each comes in two forms: as a dispatch of its
// own, whose grid splits the work into tasks, and as a part of a fused task, where `outer` already binds some
// of the stage's free indices (`fixed`).
#pragma once

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// The stage's free indices that are not in `fixed`, without `axis`, in order.
std::vector<int> remaining(const Stage& stage, IndexSet fixed, int axis);

/// Number of elements of one vector for the stage under the schedule.
int lanes_of(const Program& program, const Stage& stage, const Schedule& schedule);

/// Declares unit strides for every access of the stage whose last subscript has `axis` as its index.
void assume_unit_strides(StageWriter& w, const Stage& stage, int axis);

// Elementwise statements.
// A dispatch takes one statement or several that run in lockstep.
void write_map_dispatch(StageWriter& w, const std::vector<Stage>& stages, const Schedule& schedule,
                        Formula grid[3]);
void write_map_part(StageWriter& w, const Stage& stage, const Schedule& schedule, const Point& outer,
                    IndexSet fixed);
/// Whether all stages are elementwise over the same indices in the same order, so that one pass computes them
/// all.
bool run_in_lockstep(const Program& program, const std::vector<Stage>& stages);
/// Whether the stages, one or several in lockstep, may be walked as one dimension over dense tensors.
bool is_linear_map(const Program& program, const std::vector<Stage>& stages);

// Reductions of every kind and order.
void write_reduction_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]);
void write_reduction_part(StageWriter& w, const Stage& stage, const Schedule& schedule, const Point& outer,
                          IndexSet fixed);

/// Order::lanes with the blocks of one output as tasks: the first dispatch leaves block results in scratch,
/// the second
/// (`combine`) combines them. Both get the same scratch list; the first appends to it.
void write_split_reduction_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule,
                                    bool combine, std::vector<Scratch>& scratch, Formula grid[3]);
/// Whether several reduction indices may be walked as one over dense tensors.
bool is_linear_reduction(const Program& program, const Stage& stage);

// Sums of products. `scratch` receives what the dispatch needs beyond the tensors.
/// For Schedule::ahead_a the dispatch that packs factor a comes first.
void write_contraction_ahead(StageWriter& w, const Stage& stage, const Schedule& schedule,
                             std::vector<Scratch>& scratch, Formula grid[3]);
/// For machines whose vectors are spread over threads (contraction_spread.cpp).
void write_spread_contraction(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]);
/// Bytes of shared memory that it takes, at most.
std::int64_t spread_contraction_bytes(const Program& program, const Stage& stage, const Schedule& schedule);
/// On a matrix unit (contraction_matrix.cpp).
void write_matrix_contraction(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]);
/// The machine's shapes that multiply the stage's factors, where they are accesses to tensors; best first.
std::vector<const MatrixShape*> matrix_shapes_of(const Program& program, const Stage& stage,
                                                 const Machine& machine);
/// Bytes of shared memory that it takes, at most.
std::int64_t matrix_contraction_bytes(const Program& program, const Stage& stage, const MatrixShape& shape,
                                      const Schedule& schedule);
/// Whether a factor is a tensor whose last dimensions are the reduction indices, in order: where it is dense,
/// a step is the next element.
bool has_linear_steps(const Program& program, const Stage& stage, int factor);
/// Whether its rows, columns and steps are one index each.
bool is_plain_product(const Program& program, const Stage& stage);
void write_contraction_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule,
                                std::vector<Scratch>& scratch, Formula grid[3]);

}  // namespace sporkle::codegen
