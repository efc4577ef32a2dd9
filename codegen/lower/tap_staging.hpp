// The way of both factors through shared memory for matrix units, 16 bytes a thread, whatever the extents: a
// convolution is walked tap by tap, a product of matrices is one tap.
//
//   for each tap (r, s, …), for each block of block_k channels:
//     stage that block of both factors, multiply the block ahead, one barrier
//
// A *channel* is the reduction index along which memory is contiguous, where it is so for a factor; taps are
// the other reduction indices, in order. So all steps of a block have one tap, and where a block stands in an
// image is known for all lanes by scalars that are counted, not divided: a lane's own part of its address and
// of its subscripts leaves the loop, and what is left is an addition and the boundary's comparisons for 16
// bytes. Channels beyond the last one are staged as zeros. The order of the sum is another one than the
// kernel's, so this is for fast kernels and integers.
#pragma once

#include "codegen/lower/spread_staging.hpp"

namespace sporkle::codegen {

/// The channel of a stage both of whose factors are read in runs of neighbours: along the channel, or along
/// the last of the factor's own free indices. -1: there is none.
int channel_of(const Program& program, const Stage& stage);

class TapStaging : protected SpreadStaging {
  protected:
    TapStaging(StageWriter& writer, const Stage& stage, const Schedule& schedule);

    /// Declares what runs rely on; `stored`: neighbours that are stored at once.
    void assume_runs(int stored);

    /// As SpreadStaging::all_blocks, from panels that have an access and a run.
    Values all_taps(const Values& zeros, const Accumulate& accumulate);

  private:
    /// The place of a block: a value for each tap index, and the first channel.
    using Digits = std::vector<tile::Value>;
    Digits next(const Digits& digits);
    Values fetch(const Panel& panel, const Digits& digits);

    /// Numbers of channels that are walked: a multiple of runs.
    tile::Value channels();
    /// Where lanes stand along the channel, and along what is folded into it.
    void bind_channel(tile::Value number, Point& at);

    int channel_ = -1;
    int folded_ =
        -1;  ///< Schedule::folded: the index whose taps are walked as channels, the channel's lie in each
    std::vector<int> taps_;
};

}  // namespace sporkle::codegen
