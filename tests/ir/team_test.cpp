// Tasks that several members run: what barriers and shuffles do, and that whatever depends on the order in
// which a machine runs the members is reported.
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/interpreter.hpp"
#include "codegen/ir/uniformity.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

constexpr int members = 8;

void expect_fault(const std::string& actual, const char* text) {
    EXPECT_NE(actual.find(text), std::string::npos) << "'" << actual << "' lacks '" << text << "'";
}

/// A kernel of 8 members that reads `from` (16 elements 100, 101, …) and writes `to` (16 elements, -1 at
/// first).
class TeamTest : public ::testing::Test {
  protected:
    TeamTest() : b("team", 2) {
        b.set_team(members, 1, 4);
        std::iota(from.begin(), from.end(), 100);
        to.fill(-1);
        input = b.add_buffer({"from", Space::global, DType::i64, 0, 0, false});
        output = b.add_buffer({"to", Space::global, DType::i64, 0, 0, true});
        shared = b.add_buffer({"exchange", Space::shared, DType::i64, -1, 16, true});
        local = b.add_buffer({"local", Space::private_, DType::i64, -1, 4, true});
        me = b.member_id();
    }
    std::string run(std::array<std::int64_t, 3> grid = {1, 1, 1}) {
        const Kernel kernel = b.finish();
        const std::vector<Memory> memory = {{reinterpret_cast<std::byte*>(from.data()), 0, 15},
                                            {reinterpret_cast<std::byte*>(to.data()), 0, 15},
                                            {},
                                            {}};
        return interpret(kernel, {words, memory, 0, grid});
    }
    std::string verdict() { return verify(b.finish()); }
    Value neighbour() { return b.binary(Op::bit_xor, me, b.integer(1)); }
    Value is_first() { return b.compare(Op::equal, me, b.integer(0)); }
    Value less_than(Value v, std::int64_t limit) { return b.compare(Op::less, v, b.integer(limit)); }

    Builder b;
    std::array<std::int64_t, 16> from{}, to{};
    std::uint64_t words[2] = {};
    int input = 0, output = 0, shared = 0, local = 0;
    Value me;
};

TEST_F(TeamTest, EveryMemberRunsTheBody) {
    b.store(output, b.load(input, b.add(me, b.integer(8)), 1), me);
    EXPECT_EQ(run(), "");
    for (int n = 0; n < members; ++n) EXPECT_EQ(to[static_cast<std::size_t>(n)], 108 + n);
    EXPECT_EQ(to[8], -1);
}

TEST_F(TeamTest, BarrierMakesStoresVisible) {
    b.store(shared, b.mul(me, me), me);
    b.barrier();
    b.store(output, b.load(shared, neighbour(), 1), me);
    EXPECT_EQ(run({2, 1, 1}).substr(0, 14), "kernel 'team',");  // the tasks write the same elements
    EXPECT_EQ(to[0], 1);
    EXPECT_EQ(to[6], 49);
    EXPECT_EQ(to[7], 36);
}

TEST_F(TeamTest, PrivateMemoryBelongsToOneMember) {
    b.store(local, me, b.integer(2));
    b.barrier();
    b.store(output, b.load(local, b.integer(2), 1), me);
    EXPECT_EQ(run(), "");
    for (int n = 0; n < members; ++n) EXPECT_EQ(to[static_cast<std::size_t>(n)], n);
}

TEST_F(TeamTest, PrivateMemoryIsUninitialisedForEachMember) {
    b.if_then(is_first(), [&] { b.store(local, me, b.integer(0)); });
    b.store(output, b.load(local, b.integer(0), 1), me);
    const std::string fault = run();
    expect_fault(fault, "never written");
    expect_fault(fault, "task (0, 0, 0), member 1");
}

TEST_F(TeamTest, ShuffleTakesAnotherMembersValue) {
    b.store(output, b.shuffle(b.mul(me, b.integer(10)), neighbour()), me);
    b.store(output, b.shuffle(me, b.binary(Op::bit_and, me, b.integer(4))), b.add(me, b.integer(8)));
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to, (std::array<std::int64_t, 16>{10, 0, 30, 20, 50, 40, 70, 60, 0, 0, 0, 0, 4, 4, 4, 4}));
}

TEST_F(TeamTest, ShuffleMovesVectors) {
    const Value pair = b.load(input, b.mul(me, b.integer(2)), 2);
    b.store(output, b.shuffle(pair, neighbour()), b.mul(me, b.integer(2)));
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to[0], 102);
    EXPECT_EQ(to[1], 103);
    EXPECT_EQ(to[2], 100);
}

TEST_F(TeamTest, ShuffleReachesNoOtherGroup) {
    b.store(output, b.shuffle(me, b.integer(0)), me);
    expect_fault(run(), "its source is member 0, outside the group of 4");
}

TEST_F(TeamTest, BarriersInLoopsAndBranches) {
    words[0] = 5;
    words[1] = 1;
    b.store(shared, me, me);
    b.barrier();
    b.for_each(b.integer(0), b.parameter(0), b.integer(1), [&](Value) {  // turn the row of values
        const Value last = b.load(shared, b.binary(Op::bit_and, b.add(me, b.integer(7)), b.integer(7)), 1);
        b.if_then(b.parameter(1, DType::boolean), [&] { b.barrier(); });
        b.store(shared, last, me);
        b.barrier();
    });
    b.store(output, b.load(shared, me, 1), me);
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to[0], 3);
    EXPECT_EQ(to[5], 0);
}

TEST_F(TeamTest, ControlWithoutBarriersMayDiffer) {
    const Value sum = b.for_loop(
        b.integer(0), me, b.integer(1), std::vector{b.integer(0)},
        [&](Value i, std::span<const Value> carried) { return std::vector{b.add(carried[0], i)}; })[0];
    b.if_then(less_than(me, 4), [&] { b.store(output, sum, me); });
    EXPECT_EQ(run(), "");
    EXPECT_EQ((std::array{to[0], to[1], to[2], to[3], to[4]}), (std::array<std::int64_t, 5>{0, 0, 1, 3, -1}));
}

TEST_F(TeamTest, RaceOfStoreAndLoad) {
    b.store(shared, me, me);
    b.store(output, b.load(shared, neighbour(), 1), me);
    expect_fault(run(), "never written");  // member 0 runs ahead
}

TEST_F(TeamTest, RaceOfLoadAndStore) {
    const Value next = b.binary(Op::rem, b.add(me, b.integer(1)), b.integer(members));
    b.store(output, b.load(output, next, 1), me);
    expect_fault(run(), "member 1: it writes what is read by member 0 in the same phase");
}

TEST_F(TeamTest, RaceOfStoresEvenOfOneValue) {
    b.store(output, b.integer(7), b.integer(3));
    expect_fault(run(), "member 1: it writes what is written by member 0 in the same phase");
}

TEST_F(TeamTest, RaceOfStoreBeforeLoad) {
    b.if_then(is_first(), [&] { b.store(output, me, b.integer(3)); });
    b.load(output, b.integer(3), 1);
    expect_fault(run(), "it reads what is written by member 0");
}

TEST_F(TeamTest, ReadersOfOneElementDoNotRace) {
    b.load(output, b.integer(3), 1);
    b.barrier();
    b.if_then(is_first(), [&] { b.store(output, me, b.integer(3)); });
    EXPECT_EQ(run(), "");
}

TEST_F(TeamTest, RaceOfManyReadersAndAWriter) {
    b.load(output, b.integer(3), 1);
    b.if_then(b.compare(Op::equal, me, b.integer(7)), [&] { b.store(output, me, b.integer(3)); });
    expect_fault(run(), "it writes what is read by others");
}

TEST_F(TeamTest, RaceBetweenBuffersThatOverlap) {
    const Value loaded = b.load(input, neighbour(), 1);
    b.store(output, loaded, me);
    const Kernel kernel = b.finish();
    std::vector<Memory> memory(4);
    memory[0] = {reinterpret_cast<std::byte*>(from.data()), 0, 15};
    memory[1] = {reinterpret_cast<std::byte*>(to.data()), 0, 15};
    EXPECT_EQ(interpret(kernel, {words, memory, 0, {1, 1, 1}}), "");
    memory[1] = {reinterpret_cast<std::byte*>(from.data() + 4), -4, 11};
    expect_fault(interpret(kernel, {words, memory, 0, {1, 1, 1}}), "it reads what is written by member 1");
}

TEST_F(TeamTest, MembersOfManyThreadsAreOne) {
    b.set_team(1, 8);
    b.store(output, b.integer(7), b.integer(3));
    b.store(output, b.load(input, b.integer(0), 8), b.integer(8));
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to[3], 7);
    EXPECT_EQ(to[15], 107);
}

TEST_F(TeamTest, BarrierUnderWhatIsLoadedFromOnePlace) {
    b.store(shared, me, me);
    b.if_then(less_than(b.load(input, b.integer(0), 1), 200), [&] { b.barrier(); });
    b.store(output, b.load(shared, neighbour(), 1), me);
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to[0], 1);
}

TEST_F(TeamTest, RefusesBarrierUnderDivergedBranch) {
    b.if_then(is_first(), [&] { b.barrier(); });
    const std::string fault = verdict();
    expect_fault(fault, "its members may not all get here");
    expect_fault(fault, "in: barrier");
}

TEST_F(TeamTest, RefusesShuffleInLoopOfDivergedBounds) {
    b.for_each(b.integer(0), me, b.integer(1), [&](Value i) { b.store(output, b.shuffle(i, i), me); });
    expect_fault(verdict(), "its members may not all get here");
}

TEST_F(TeamTest, RefusesBarrierUnderWhatAnEarlierLoopLeft) {
    words[0] = 3;
    const Value count = b.for_loop(
        b.integer(0), b.parameter(0), b.integer(1), std::vector{b.integer(0)},
        [&](Value, std::span<const Value> carried) { return std::vector{b.add(carried[0], me)}; })[0];
    b.if_then(less_than(count, 5), [&] { b.barrier(); });
    expect_fault(verdict(), "its members may not all get here");
}

TEST_F(TeamTest, RefusesBarrierUnderPrivateValues) {
    b.store(local, me, b.integer(0));
    b.if_then(less_than(b.load(local, b.integer(1), 1), 5), [&] { b.barrier(); });
    expect_fault(verdict(), "its members may not all get here");
}

TEST_F(TeamTest, RefusesBarrierUnderGroupsValue) {
    b.if_then(less_than(b.shuffle(me, b.integer(0)), 5), [&] { b.barrier(); });
    expect_fault(verdict(), "its members may not all get here");
}

TEST_F(TeamTest, AllowsBarrierUnderValueOfOneAmongAll) {
    b.set_team(members, 1, members);
    b.if_then(less_than(b.shuffle(me, b.integer(0)), 5), [&] { b.barrier(); });
    EXPECT_EQ(verdict(), "");
}

TEST_F(TeamTest, UniformValuesAreKnown) {
    const Value same = b.add(b.load(input, b.integer(0), 1), b.grid_id(0));
    const Value other = b.load(input, me, 1);
    b.store(output, b.add(same, other), me);
    const Kernel kernel = b.finish();
    const Uniformity uniformity(kernel);
    EXPECT_FALSE(uniformity.varies(same));
    EXPECT_TRUE(uniformity.varies(other));
    EXPECT_EQ(uniformity.misplaced(), nullptr);
}

TEST_F(TeamTest, UnusedShufflesAreDropped) {
    b.shuffle(me, neighbour());
    b.barrier();
    const std::string text = print(b.finish());
    EXPECT_EQ(text.find("shuffle "), std::string::npos) << text;
    EXPECT_NE(text.find("barrier"), std::string::npos) << text;
}

TEST_F(TeamTest, Text) {
    b.store(output, b.shuffle(me, neighbour()), me);
    const std::string text = print(b.finish());
    EXPECT_EQ(text.find("kernel team (2 parameter words, 8 members, shuffles in groups of 4) {"), 0u) << text;
    EXPECT_NE(text.find(": i64 = member_id"), std::string::npos) << text;
}

TEST(Team, RefusesOddNumbers) {
    Builder b("odd", 0);
    EXPECT_THROW(b.set_team(3, 1), std::logic_error);
    EXPECT_THROW(b.set_team(4, 6), std::logic_error);
    EXPECT_THROW(b.set_team(4, 1, 8), std::logic_error);
    EXPECT_THROW(b.set_team(4, 0), std::logic_error);
    b.set_team(4, 32, 4);
    EXPECT_EQ(print(b.finish()).substr(0, 80),
              "kernel odd (0 parameter words, 4 members of 32 threads, shuffles in groups of 4)");
}

}  // namespace
}  // namespace sporkle::testing
