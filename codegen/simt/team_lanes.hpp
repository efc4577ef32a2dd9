// The lanes of a member's vectors in its threads: which thread holds which, and how they move.
//
// A vector of N lanes is spread in blocks: thread t of S holds lanes t·K … t·K + K-1, K = N / S. Of fewer
// lanes than threads, thread t < N holds lane t, and what the others hold is meaningless. A scalar is in
// every thread.
#pragma once

#include <cstdint>
#include <span>

#include "codegen/ir/builder.hpp"

namespace sporkle::codegen {

class TeamLanes {
  public:
    /// `builder` writes the kernel of single threads; `members` and `threads` are those of the kernel that is
    /// distributed.
    TeamLanes(tile::Builder& builder, int members, int threads)
        : b(builder), members_(members), threads_(threads) {}

    int threads() const { return threads_; }
    /// Number of the running thread in its member, and of its member; i64.
    tile::Value thread();
    tile::Value member();

    /// Lanes of a vector that a thread holds.
    int share(int lanes) const { return lanes > threads_ ? lanes / threads_ : 1; }
    tile::Type share(tile::Type type) const {
        return type.is_fragment() ? type : type.with_lanes(share(type.lanes));
    }
    /// Number of a thread's first lane.
    tile::Value first_lane(int lanes) { return b.mul(thread(), b.integer(share(lanes))); }
    /// Whether the running thread holds anything: no value where all do.
    tile::Value holds_any(int lanes);
    /// A thread's share of <0, 1, …>.
    tile::Value lane_ids(tile::Type whole);

    /// One lane of a vector, in all threads.
    tile::Value broadcast(tile::Value vector, int vector_lanes, int lane);
    /// Lanes [first, first + lanes) of the parts side by side, each of which has part_lanes lanes; lanes > 1.
    tile::Value moved(std::span<const tile::Value> parts, int part_lanes, int first, int lanes);
    /// The value that the same thread of another member gives.
    tile::Value from_member(tile::Value value, tile::Value member);

  private:
    struct Source;
    tile::Value of_thread(tile::Value local);
    tile::Value slot_of(tile::Value vector, int slot);
    tile::Value lane_of_result(std::span<const tile::Value> parts, int part_lanes, int first, int lanes,
                               int slot);

    tile::Builder& b;
    int members_, threads_;
};

}  // namespace sporkle::codegen
