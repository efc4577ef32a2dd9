// Order::lanes beyond one block: arrays of accumulator states in private memory, and the balanced tree over
// block results as a binary counter: after block c the results of 2^t blocks are merged for every trailing
// one bit of c, so only one result a level is kept, however many blocks there are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "codegen/lower/accumulator.hpp"

namespace sporkle::codegen {

/// An array of states with `lanes` lanes each, one buffer for each part of a state.
class StateArray {
  public:
    /// Private memory with a fixed number of slots.
    StateArray(StageWriter& writer, Accumulator& accumulator, const std::string& name, int slots, int lanes);
    /// Scratch that all tasks share; `first_word` is the parameter word of the first part's address, the
    /// other parts' words follow.
    StateArray(StageWriter& writer, Accumulator& accumulator, const std::string& name, int first_word);

    /// Memory of the task, shared by its members, for `slots` states of one lane; or of several, in an order
    /// that the caller sees to with barriers.
    static StateArray in_shared_memory(StageWriter& writer, Accumulator& accumulator, const std::string& name,
                                       int slots, int lanes = 1);

    Accumulator::State load(tile::Value slot);
    void store(const Accumulator::State& state, tile::Value slot);
    /// Vectors of the states of one lane at the slots `elements`, or from `slot` on.
    Accumulator::State gather(tile::Value elements, tile::Value mask);
    Accumulator::State load_vector(tile::Value slot, int lanes, tile::Value mask);
    void scatter(const Accumulator::State& state, tile::Value elements, tile::Value mask);
    /// Puts the lanes of a vector state into the slots from 0 on.
    void store_vector(const Accumulator::State& state);

  private:
    StateArray(StageWriter& writer, int lanes) : w(&writer), lanes_(lanes) {}
    void add_buffers(Accumulator& accumulator, const std::string& name, tile::Buffer buffer);

    StageWriter* w;
    std::vector<int> buffers_;
    int lanes_ = 1;
};

/// Position of the highest set bit of a positive i64 below 2^53.
tile::Value highest_bit(StageWriter& writer, tile::Value x);

class BlockTree {
  public:
    /// For fewer than 2^levels blocks: by default more than an address space holds.
    BlockTree(StageWriter& writer, Accumulator& accumulator, int lanes, const std::string& name,
              int levels = 36);

    /// Enters the result of block number `block`; blocks come in ascending order from 0. Where `present` is
    /// given, lanes in which the run of blocks that begins with its argument has none leave things as they
    /// are.
    using Present = std::function<tile::Value(tile::Value first_block)>;
    void push(const Accumulator::State& result, tile::Value block, const Present& present = {});
    /// What a power of two of blocks gave.
    Accumulator::State at_level(tile::Value level) { return levels_.load(level); }
    /// The combined result of `blocks` blocks, the identity for none.
    Accumulator::State total(tile::Value blocks);

  private:
    StageWriter& w;
    Accumulator& acc_;
    StateArray levels_;
    int lanes_;
};

}  // namespace sporkle::codegen
