// Stores of neighbouring scalars to shared memory become one vector store where that is sound.
#include "tests/simt/both_forms.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

class JoinStores : public ::testing::Test {
  protected:
    JoinStores() : k(8, 1), b(k.b) {
        shared = k.add("shared", Space::shared, 8 * each);
        mine = b.mul(b.member_id(), b.integer(each));
    }
    Value element(std::int64_t n) { return b.add(mine, b.integer(n)); }
    void store(std::int64_t n) {
        b.store(shared, b.load(k.input, b.add(b.member_id(), b.integer(stored++)), 1), element(n));
    }
    void keep(std::int64_t n) {
        b.store(k.output, b.load(shared, element(n), 1),
                b.add(b.mul(b.member_id(), b.integer(32)), b.integer(kept++)));
    }
    /// Stores of the joined kernel to shared memory, by lanes; both kernels leave the same behind.
    std::vector<int> stores() {
        b.barrier();
        for (int n = 0; n < used; ++n) keep(n);
        const Kernel apart = b.finish();
        const Kernel joined = codegen::join_stores(apart);
        EXPECT_EQ(verify(joined), "");
        Blocks expected, actual;
        EXPECT_EQ(expected.run(apart), "");
        EXPECT_EQ(actual.run(joined), "") << print(joined);
        EXPECT_EQ(expected.to, actual.to) << print(joined);
        std::vector<int> lanes;
        for (const Instruction& i : joined.body.body)
            if (i.op == Op::store && i.buffer == shared) lanes.push_back(joined.type_of(i.operands[0]).lanes);
        return lanes;
    }

    static constexpr int each = 12;  ///< elements of a member
    TeamKernel k;
    Builder& b;
    int shared = -1;
    Value mine;
    int used = each;  ///< elements that are looked at
    int stored = 0, kept = 0;
};

TEST_F(JoinStores, FourInAnyOrder) {
    for (const int n : {0, 3, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11}) store(n);
    EXPECT_EQ(stores(), (std::vector{4, 4, 4}));
}

TEST_F(JoinStores, TwoWhereThePlaceAllowsNoMore) {
    used = 10;
    mine = b.mul(b.member_id(), b.integer(used));
    for (int n = 0; n < used; ++n) store(n);
    EXPECT_EQ(stores(), (std::vector{2, 2, 2, 2, 2}));
}

TEST_F(JoinStores, NoneOfGapsOrTheSameElement) {
    for (const int n : {4, 5, 6, 7, 8, 9, 10, 11, 0, 2, 3, 1, 0}) store(n);
    EXPECT_EQ(stores(), (std::vector{4, 4, 4, 1}));
}

TEST_F(JoinStores, NoneAcrossLoadsAndBarriers) {
    store(0);
    store(1);
    keep(0);
    store(2);
    store(3);
    b.barrier();
    for (const int n : {4, 5, 6}) store(n);
    b.barrier();
    for (const int n : {7, 8, 9, 10, 11}) store(n);
    EXPECT_EQ(stores(), (std::vector{2, 2, 2, 1, 1, 4}));
}

TEST_F(JoinStores, NoneOfUnknownPlaces) {
    const Value known = mine;
    mine = b.add(mine, b.parameter(3));
    for (const int n : {0, 1, 2, 3}) store(n);
    mine = known;
    for (int n = 4; n < each; ++n) store(n);
    EXPECT_EQ(stores(), (std::vector{1, 1, 1, 1, 4, 4}));
}

}  // namespace
}  // namespace sporkle::testing
