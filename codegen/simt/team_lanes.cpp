#include "codegen/simt/team_lanes.hpp"

#include <algorithm>
#include <bit>
#include <vector>

namespace sporkle::codegen {

using tile::Op;
using tile::Type;
using tile::Value;

namespace {

/// x / c and x mod c for x >= 0.
Value quotient(tile::Builder& b, Value x, std::int64_t c) {
    if (!std::has_single_bit(static_cast<std::uint64_t>(c))) return b.binary(Op::div, x, b.integer(c));
    return b.binary(Op::shr_logical, x, b.integer(std::countr_zero(static_cast<std::uint64_t>(c))));
}
Value remainder(tile::Builder& b, Value x, std::int64_t c) {
    if (!std::has_single_bit(static_cast<std::uint64_t>(c))) return b.binary(Op::rem, x, b.integer(c));
    return b.binary(Op::bit_and, x, b.integer(c - 1));
}

}  // namespace

Value TeamLanes::thread() {
    if (threads_ == 1) return b.integer(0);
    return members_ == 1 ? b.member_id() : remainder(b, b.member_id(), threads_);
}

Value TeamLanes::member() { return members_ == 1 ? b.integer(0) : quotient(b, b.member_id(), threads_); }

/// The number in the task of a thread of the running thread's member.
Value TeamLanes::of_thread(Value local) {
    if (members_ == 1) return local;
    return b.add(b.binary(Op::bit_and, b.member_id(), b.integer(-std::int64_t{threads_})), local);
}

Value TeamLanes::holds_any(int lanes) {
    if (lanes == 1 || lanes >= threads_) return {};
    return b.compare(Op::less, thread(), b.integer(lanes));
}

Value TeamLanes::lane_ids(Type whole) {
    const Type type = share(whole);
    const Value first = b.splat(b.convert(first_lane(whole.lanes), type.scalar), type.lanes);
    return b.add(first, b.lane_ids(type));
}

Value TeamLanes::slot_of(Value vector, int slot) {
    return b.type_of(vector).lanes == 1 ? vector : b.extract(vector, slot);
}

Value TeamLanes::broadcast(Value vector, int vector_lanes, int lane) {
    const int each = share(vector_lanes);
    const Value mine = slot_of(vector, lane % each);
    return threads_ == 1 ? mine : b.shuffle(mine, of_thread(b.integer(lane / each)));
}

Value TeamLanes::from_member(Value value, Value member) {
    return b.shuffle(value, b.add(b.mul(member, b.integer(threads_)), thread()));
}

/// Where some threads find their lane of the result: the same part and place in it, in various threads.
struct TeamLanes::Source {
    int part = 0, slot = 0;
    bool at_home = true;  ///< each in itself
    int thread = 0;       ///< all in this one; -1: in several
};

Value TeamLanes::moved(std::span<const Value> parts, int part_lanes, int first, int lanes) {
    std::vector<Value> slots;
    for (int slot = 0; slot < share(lanes); ++slot)
        slots.push_back(lane_of_result(parts, part_lanes, first, lanes, slot));
    return b.concat(slots);
}

/// What thread t holds of the result in one of its places: lane x = first + t · share + slot of the parts
/// side by side. Which part that is, and which place in it, can depend on t; then each candidate is fetched
/// and one of them chosen.
Value TeamLanes::lane_of_result(std::span<const Value> parts, int part_lanes, int first, int lanes,
                                int slot) {
    const int each = share(part_lanes);
    std::vector<Source> sources;
    for (int t = 0; t < std::min(lanes, threads_); ++t) {
        const int x = first + t * share(lanes) + slot;
        const int in_part = x % part_lanes, thread = in_part / each;
        const auto same = [&](const Source& s) {
            return s.part == x / part_lanes && s.slot == in_part % each;
        };
        auto found = std::find_if(sources.begin(), sources.end(), same);
        if (found == sources.end())
            found = sources.insert(found, {x / part_lanes, in_part % each, true, thread});
        found->at_home = found->at_home && thread == t;
        if (found->thread != thread) found->thread = -1;
    }

    // Where lanes are halved, by exchange between threads that differ in one bit of their number: GPUs have
    // instructions for that, and threads without a lane of the result stay among those that exist.
    const auto is_power = [](int n) { return std::has_single_bit(static_cast<unsigned>(n)); };
    const bool by_bits = lanes < threads_ && is_power(lanes) && first % lanes == 0 && is_power(part_lanes);
    const Value x = by_bits ? b.binary(Op::bit_xor, thread(), b.integer(first))
                            : b.add(first_lane(lanes), b.integer(first + slot));
    const Value in_part = parts.size() == 1 ? x : remainder(b, x, part_lanes);
    const auto fetch = [&](const Source& s) {
        const Value held = slot_of(parts[static_cast<std::size_t>(s.part)], s.slot);
        if (part_lanes == 1 || s.at_home) return held;
        if (s.thread >= 0) return b.shuffle(held, of_thread(b.integer(s.thread)));
        // Threads without a lane of the result may ask for nothing that exists.
        Value from = quotient(b, in_part, each);
        if (lanes < threads_ && !by_bits) from = remainder(b, from, threads_);
        return b.shuffle(held, of_thread(from));
    };
    const auto differs = [&](int Source::*property) {
        return std::any_of(sources.begin(), sources.end(),
                           [&](const Source& s) { return s.*property != sources.front().*property; });
    };
    const bool several_parts = differs(&Source::part), several_slots = differs(&Source::slot);
    Value result = fetch(sources.back());
    for (std::size_t n = sources.size() - 1; n-- > 0;) {
        const Source& s = sources[n];
        Value here{};
        if (several_parts) here = b.compare(Op::equal, quotient(b, x, part_lanes), b.integer(s.part));
        if (several_slots) {
            const Value there = b.compare(Op::equal, remainder(b, in_part, each), b.integer(s.slot));
            here = here ? b.binary(Op::bit_and, here, there) : there;
        }
        result = b.select(here, fetch(s), result);
    }
    return result;
}

}  // namespace sporkle::codegen
