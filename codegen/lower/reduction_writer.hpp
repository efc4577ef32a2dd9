// ReductionWriter: the reduction of one stage in both orders, at a point.
//
// Order::lanes has several forms, which differ in where the 64 partials of a block live:
//   in registers   vectors lie along the reduction (Axis::reduction): the partials are the vectors' lanes
//   in memory      vectors lie along a free index: an array of 64 vectors
//   one by one     likewise, on machines where such an array is costly: every partial is taken to its end
//                  before the next one, and they come in the order in which the halving tree merges them
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "codegen/lower/accumulator.hpp"
#include "codegen/lower/block_tree.hpp"
#include "codegen/schedule.hpp"

namespace sporkle::codegen {

class ReductionWriter {
  public:
    using State = Accumulator::State;

    ReductionWriter(StageWriter& writer, const Stage& stage, const Schedule& schedule);

    /// All outputs at `at`: one, or a vector of them.
    void write_outputs(const Point& at);
    /// `vectors` neighbouring vectors of outputs at once, to hide the latency of the chain.
    void write_many(const Point& at, int vectors);

    /// The result of the group of Schedule::group blocks number `group` of an output, into slot
    /// output · groups + group of the states in scratch.
    void write_group(const Point& at, tile::Value output, tile::Value group, int first_word);
    /// Combines what write_group left and finishes the output.
    void write_combined(const Point& at, tile::Value output, int first_word);

    Accumulator& accumulator() { return acc_; }
    const Stage& stage() const { return stage_; }
    /// Partials as vectors, first lanes first, halved until one is left.
    State fold_partials(std::vector<State> vectors, int lanes);
    /// States of neighbouring blocks, of which the last may be missing, combined as the tree does.
    State pairwise(std::vector<State> states, const std::function<tile::Value(int)>& is_there);
    /// What the stage assigns at a point where its reduction gave `total`.
    tile::Value value_of(const State& total, const Point& at);

  private:
    /// One element: the point on it, its number, the carried values; returns the next carried values.
    using Step =
        std::function<std::vector<tile::Value>(const Point&, tile::Value, std::span<const tile::Value>)>;

    static void append(std::vector<tile::Value>& to, const State& from);
    State part_of(std::span<const tile::Value> values, int v) const;
    Point shifted(Point at, int vectors);
    /// Vectors of outputs, along a free index or anywhere.
    bool outputs_in_lanes(const Point& at) const { return at.axis >= 0 || at.lanes > 1; }

    void finish(const Point& at, const State& total);
    std::vector<tile::Value> walk(std::size_t depth, Point at, tile::Value number,
                                  std::span<const tile::Value> carried, const Step& step);
    State chain(const Point& at);

    // Order::lanes
    tile::Value element_count();
    tile::Value block_count(tile::Value elements);
    tile::Value group_count(tile::Value blocks);
    BlockTree& tree(int lanes);
    StateArray& blocks_of_group();
    State block_in_registers(const Point& at, tile::Value low, tile::Value count);
    std::vector<tile::Value> partials_in_registers(Point at, tile::Value low, tile::Value count,
                                                   const FlushGuard* guard);
    State take_below(const State& state, const Point& here, tile::Value count);
    State lanes_in_registers(const Point& at);
    State lanes_in_memory(const Point& at);
    State lanes_one_by_one(const Point& at);
    State group_of_members(const Point& at, tile::Value group, tile::Value count);
    void join(State& left, const State& right, tile::Value right_is_there);
    State combine_in_turn(tile::Value first, tile::Value count, StateArray& results);
    State combine_in_parallel(tile::Value first, tile::Value count, StateArray& results);

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Stage& stage_;
    const Schedule& s_;
    Accumulator acc_;
    std::vector<int> reduced_;
    std::optional<BlockTree> tree_;
    std::optional<StateArray> partials_, blocks_;
};

}  // namespace sporkle::codegen
