// Loads of neighbouring scalars become one vector load where that is sound.
#include "tests/simt/both_forms.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

class JoinLoads : public ::testing::Test {
  protected:
    JoinLoads() : k(8, 1), b(k.b), base(b.mul(b.parameter(3), b.integer(4))) {}
    Value element(std::int64_t n) { return b.add(base, b.integer(n)); }
    Value load(std::int64_t n, int alignment = 0) { return b.load(k.input, element(n), 1, {}, alignment); }
    void keep(Value v) {
        b.store(k.output, v, b.add(b.mul(b.member_id(), b.integer(32)), b.integer(kept++)));
    }
    /// Loads of the joined kernel, by lanes; both kernels leave the same behind.
    std::vector<int> loads() {
        const Kernel apart = b.finish();
        const Kernel joined = codegen::join_loads(apart);
        EXPECT_EQ(verify(joined), "");
        Blocks expected, actual;
        expected.words = actual.words = {0, 0, 0, 5, 0, 0, 0, 0};
        EXPECT_EQ(expected.run(apart), "");
        EXPECT_EQ(actual.run(joined), "") << print(joined);
        EXPECT_EQ(expected.to, actual.to) << print(joined);
        std::vector<int> lanes;
        for (const Instruction& i : joined.body.body)
            if (i.op == Op::load) lanes.push_back(joined.type_of(i.results[0]).lanes);
        return lanes;
    }

    TeamKernel k;
    Builder& b;
    Value base;
    int kept = 0;
};

TEST_F(JoinLoads, FourInAnyOrder) {
    std::vector<Value> all{load(0, 16), load(3), load(1), load(2)};
    for (const Value v : all) keep(v);
    EXPECT_EQ(loads(), std::vector{4});
}

TEST_F(JoinLoads, TwoWhereTheAlignmentAllowsNoMore) {
    std::vector<Value> all{load(0, 8), load(1), load(2), load(3)};
    for (const Value v : all) keep(v);
    EXPECT_EQ(loads(), (std::vector{2, 1, 1}));
}

TEST_F(JoinLoads, TwoRuns) {
    std::vector<Value> all{load(0, 16), load(1), load(2, 8), load(3), load(4, 16), load(5)};
    for (const Value v : all) keep(v);
    EXPECT_EQ(loads(), (std::vector{4, 2}));
}

TEST_F(JoinLoads, NoneOfUnknownAlignment) {
    std::vector<Value> all{load(0), load(1), load(2), load(3)};
    for (const Value v : all) keep(v);
    EXPECT_EQ(loads(), (std::vector{1, 1, 1, 1}));
}

TEST_F(JoinLoads, NoneAcrossStoresAndBarriers) {
    const Value first = load(0, 16);
    keep(first);
    const Value second = load(1);
    b.barrier();
    keep(b.add(second, load(2, 8)));
    EXPECT_EQ(loads(), (std::vector{1, 1, 1}));
}

TEST_F(JoinLoads, NoneOfGaps) {
    std::vector<Value> all{load(0, 16), load(2), load(3)};
    for (const Value v : all) keep(v);
    EXPECT_EQ(loads(), (std::vector{1, 1, 1}));
}

TEST_F(JoinLoads, NoneOfOtherBuffersOrMasks) {
    const Value mask = b.compare(Op::less, b.member_id(), b.integer(3));
    std::vector<Value> all{load(0, 16), b.load(k.output, b.integer(4000), 1),
                           b.load(k.input, element(1), 1, mask), load(0)};
    for (const Value v : all) keep(v);
    EXPECT_EQ(loads(), (std::vector{1, 1, 1, 1}));
}

TEST_F(JoinLoads, InsideLoops) {
    b.for_each(b.integer(0), b.integer(4), b.integer(1), [&](Value i) {
        const Value place = b.mul(i, b.integer(4));
        const Value x = b.load(k.input, place, 1, {}, 16), y = b.load(k.input, b.add(place, b.integer(1)), 1);
        b.store(k.output, b.add(x, y), b.add(b.mul(b.member_id(), b.integer(32)), i));
    });
    const Kernel joined = codegen::join_loads(b.finish());
    EXPECT_EQ(verify(joined), "");
    EXPECT_EQ(count(joined, Op::load), 1);
    EXPECT_EQ(count(joined, Op::extract), 2);
}

}  // namespace
}  // namespace sporkle::testing
