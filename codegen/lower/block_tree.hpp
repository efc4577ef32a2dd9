// Order::lanes beyond one block: arrays of accumulator states in private memory, and the balanced tree over
// block results as a binary counter: after block c the results of 2^t blocks are merged for every trailing
// one bit of c, so only one result a level is kept, however many blocks there are.
#pragma once

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

    Accumulator::State load(tile::Value slot);
    void store(const Accumulator::State& state, tile::Value slot);

  private:
    StageWriter* w;
    std::vector<int> buffers_;
    int lanes_ = 1;
};

class BlockTree {
  public:
    BlockTree(StageWriter& writer, Accumulator& accumulator, int lanes);

    /// Enters the result of block number `block`; blocks come in ascending order from 0.
    void push(const Accumulator::State& result, tile::Value block);
    /// The combined result of `blocks` blocks, the identity for none.
    Accumulator::State total(tile::Value blocks);

  private:
    StageWriter& w;
    Accumulator& acc_;
    StateArray levels_;
    int lanes_;
};

}  // namespace sporkle::codegen
