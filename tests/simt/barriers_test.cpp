// Barriers: where the accesses of a member's threads meet there is one, and none where they do not. What is
// inserted is needed: without it the interpreter sees a race.
#include <functional>
#include <stdexcept>

#include "tests/simt/both_forms.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

class Barriers : public ::testing::Test {
  protected:
    explicit Barriers(int members = 1) : k(members, 8), b(k.b) {
        shared = k.add("shared", Space::shared, 256);
        task = k.add("task", Space::task, 0);
        zero = b.parameter(3);  // is 0, and nobody knows
        trips = b.parameter(4);
        words = {0, 0, 0, 0, 4, 0, 0, 0};
    }
    Value scalar(int buffer, Value element) { return b.load(buffer, element, 1); }
    Value at(std::int64_t element) { return b.integer(element); }
    void loop(Value step, const std::function<void(Value)>& body) {
        b.for_each(at(0), b.mul(trips, step), step, body);
    }
    /// Distributes and runs both forms, and the threads' form without each of its barriers in turn.
    Kernel expect_barriers(int expected, bool in_place = false) {
        const Kernel kernel = b.finish();
        const Kernel threads = in_place ? codegen::distribute(kernel) : expect_same(kernel, {1, 1, 1}, words);
        EXPECT_EQ(count(threads, Op::barrier), expected) << print(threads);
        for (int n = 0; n < count(threads, Op::barrier); ++n) {
            Blocks blocks;
            blocks.words = words;
            const std::string fault = blocks.run(without_barrier(threads, n), {1, 1, 1}, in_place);
            // The second where the reader runs first.
            EXPECT_TRUE(fault.find("no barrier in between") != fault.npos ||
                        fault.find("never written") != fault.npos)
                << "without barrier " << n << " of\n"
                << print(threads) << fault;
        }
        if (!in_place) return threads;
        Blocks expected_blocks, blocks;
        expected_blocks.words = blocks.words = words;
        EXPECT_EQ(expected_blocks.run(kernel, {1, 1, 1}, true), "");
        EXPECT_EQ(blocks.run(threads, {1, 1, 1}, true), "");
        EXPECT_EQ(expected_blocks.to, blocks.to);
        return threads;
    }

    TeamKernel k;
    Builder& b;
    int shared = 0, task = 0;
    Value zero, trips;
    std::vector<std::uint64_t> words;
};

TEST_F(Barriers, NotBetweenEqualVectorsAtOnePlace) {
    b.store(shared, k.load(0, 64), zero);
    k.store(b.load(shared, zero, 64), 0);
    expect_barriers(0);
}

TEST_F(Barriers, NotBetweenEqualVectorsAtMultiples) {
    const Value place = b.add(b.mul(b.grid_id(0), at(64)), zero);
    b.store(shared, k.load(0, 64), place);
    b.store(shared, k.load(64, 64), b.add(place, at(64)));
    b.store(shared, k.load(64, 64), place);
    k.store(b.load(shared, b.add(place, at(64)), 64), 0);
    expect_barriers(0);
}

TEST_F(Barriers, BetweenVectorsOffByOne) {
    b.store(shared, k.load(0, 64), zero);
    b.store(shared, k.load(64, 64), b.add(zero, at(64)));
    k.store(b.load(shared, b.add(zero, at(1)), 64), 0);
    expect_barriers(1);
}

TEST_F(Barriers, BetweenVectorsOfOtherLength) {
    b.store(shared, k.load(0, 64), at(0));
    k.store(b.load(shared, at(0), 32), 0);
    expect_barriers(1);
}

TEST_F(Barriers, BetweenScalarStoreAndLoad) {
    b.store(shared, scalar(k.input, at(3)), zero);
    k.store(b.splat(scalar(shared, zero), 8), 0);
    expect_barriers(1);
}

TEST_F(Barriers, NotBetweenScalarStores) {
    b.store(shared, scalar(k.input, at(3)), zero);
    b.store(shared, scalar(k.input, at(4)), zero);
    expect_barriers(0);
}

TEST_F(Barriers, NotBetweenDifferentElements) {
    b.store(shared, k.load(0, 64), at(0));
    b.store(shared, scalar(k.input, at(3)), at(64));
    b.store(shared, k.load(0, 32), at(65));
    expect_barriers(0);
}

TEST_F(Barriers, BetweenLoadAndOverwriting) {
    b.store(shared, k.load(0, 64), at(0));
    b.barrier();
    const Value x = scalar(shared, at(5));
    b.store(shared, k.load(64, 64), at(0));
    k.store(b.splat(x, 64), 0);
    expect_barriers(2);
}

TEST_F(Barriers, NotInStreams) {
    loop(at(64), [&](Value i) {
        const Value x = b.load(k.input, i, 64);
        b.store(k.output, b.add(x, x), i);
    });
    expect_barriers(0, true);
}

TEST_F(Barriers, NotInStreamsOfUnknownStride) {
    words[5] = 100;
    loop(at(1), [&](Value row) {
        loop(at(16), [&](Value i) {
            const Value place = b.add(b.mul(row, b.parameter(5)), i);
            b.store(k.output, b.load(k.input, place, 16), place);
        });
    });
    expect_barriers(0, true);
}

TEST_F(Barriers, InPlaceBetweenScalars) {
    loop(at(1), [&](Value i) {
        const Value x = scalar(k.input, i);
        b.store(k.output, b.add(x, x), i);
    });
    expect_barriers(1, true);
}

/// A row kept in scratch, element by element in the same threads.
TEST_F(Barriers, NotBetweenLoopsOverOneRow) {
    loop(at(64), [&](Value i) { b.store(task, b.load(k.input, i, 64), i); });
    loop(at(64), [&](Value i) {
        const Value x = b.load(task, i, 64);
        b.store(task, b.mul(x, x), i);
    });
    loop(at(64), [&](Value i) { b.store(k.output, b.load(task, i, 64), i); });
    expect_barriers(0);
}

TEST_F(Barriers, BeforeLoopsAndNotInThem) {
    loop(at(64), [&](Value i) { b.store(task, b.load(k.input, i, 64), i); });
    loop(at(1), [&](Value i) { k.store(b.splat(scalar(task, b.mul(i, at(17))), 8), 8); });
    loop(at(1), [&](Value i) {
        loop(at(1), [&](Value j) { b.store(task, k.load(0, 16), b.mul(b.add(i, j), at(16))); });
    });
    const Kernel threads = expect_barriers(2);
    for (const Instruction& i : threads.body.body)
        for (const Region& r : i.regions)
            for (const Instruction& inner : r.body) EXPECT_NE(inner.op, Op::barrier) << print(threads);
}

/// Staging: every trip waits until the block is read before it is overwritten, and until it is there.
TEST_F(Barriers, TwiceInStagedLoops) {
    const Value sum = b.for_loop(at(0), trips, at(1), std::vector{b.splat(b.integer(0, {DType::i32, 1}), 8)},
                                 [&](Value i, std::span<const Value> carried) {
                                     b.store(shared, b.load(k.input, b.mul(i, at(64)), 64), at(0));
                                     Value total = carried[0];
                                     for (int n = 0; n < 64; n += 7)
                                         total = b.add(total, b.splat(scalar(shared, at(n)), 8));
                                     return std::vector{total};
                                 })[0];
    k.store(sum, 0);
    expect_barriers(2);
}

/// The same place in the text is another one in the next trip.
TEST_F(Barriers, BetweenWindowsThatSlide) {
    b.store(shared, k.load(0, 128), zero);
    loop(at(1), [&](Value i) {
        const Value x = b.load(shared, i, 16);
        b.store(shared, b.add(x, x), i);
    });
    k.store(b.load(shared, zero, 128), 0);
    expect_barriers(2);
}

TEST_F(Barriers, OfLoopsWithinLoops) {
    loop(at(1), [&](Value i) {
        loop(at(1), [&](Value j) { b.store(shared, b.load(k.input, b.add(i, j), 8), b.mul(j, at(8))); });
        loop(at(1), [&](Value j) {
            b.store(k.output, b.splat(scalar(shared, b.mul(j, at(5))), 8),
                    b.mul(b.add(j, b.mul(i, trips)), at(8)));
        });
    });
    expect_barriers(2);
}

TEST_F(Barriers, AfterEitherBranch) {
    words[5] = 1;
    b.if_else(
        b.parameter(5, DType::boolean),
        [&] {
            b.store(shared, k.load(0, 64), at(0));
            return std::vector<Value>{};
        },
        [&] {
            b.store(shared, b.splat(scalar(k.input, at(0)), 32), at(0));
            return std::vector<Value>{};
        });
    k.store(b.load(shared, at(1), 32), 0);
    expect_barriers(1);
}

TEST_F(Barriers, NotWhereTheLoweringHasItsOwn) {
    const int own = b.add_buffer({"own", Space::shared, DType::i32, -1, 64, true, true});
    b.store(own, k.load(0, 64), at(0));
    b.barrier();
    k.store(b.load(own, at(1), 32), 0);
    b.store(own, k.load(0, 64), at(0));
    const Kernel threads = codegen::distribute(b.finish());
    EXPECT_EQ(count(threads, Op::barrier), 1);
    Blocks blocks;
    EXPECT_NE(blocks.run(threads).find("no barrier in between"), std::string::npos);
}

TEST_F(Barriers, OutputsThatAreOnlyWritten) {
    loop(at(1), [&](Value i) {
        b.store(k.output, k.load(0, 16), b.mul(i, b.add(trips, at(16))));
        b.store(k.output, b.convert(i, DType::i32), b.add(at(4000), i), {});
    });
    expect_barriers(0);
}

class BarriersOfMembers : public Barriers {
  protected:
    BarriersOfMembers() : Barriers(4), mine(b.mul(b.member_id(), at(64))) {}
    Value mine;
};

TEST_F(BarriersOfMembers, NotAtPlacesOfTheirOwn) {
    b.store(shared, b.load(k.input, mine, 64), mine);
    b.store(k.output, b.load(shared, mine, 64), mine);
    expect_barriers(0);
}

TEST_F(BarriersOfMembers, NotAtEachOthersPlacesThatAreOnlyRead) {
    b.store(k.output, b.load(k.input, at(5), 64), mine);
    expect_barriers(0);
}

TEST_F(BarriersOfMembers, WhereMembersMeet) {
    const int pieces = b.add_buffer({"pieces", Space::shared, DType::i32, -1, 256, true});
    b.store(pieces, b.load(k.input, mine, 64), mine);
    b.store(k.output, b.load(pieces, at(64), 64), mine);
    const Kernel threads = codegen::distribute(b.finish());
    EXPECT_EQ(count(threads, Op::barrier), 1);
    Blocks blocks;
    EXPECT_EQ(blocks.run(threads), "");
    EXPECT_NE(Blocks().run(without_barrier(threads, 0)), "");
}

TEST_F(BarriersOfMembers, PrivateMemoryIsNotTheOthers) {
    const int local = k.add("local", Space::private_, 64);
    b.store(local, b.load(k.input, mine, 64), at(0));
    b.store(k.output, b.load(local, at(0), 64), mine);
    const Value x = b.load(local, at(32), 32);
    b.store(k.output, x, b.add(mine, at(2000)));
    expect_barriers(1);
}

TEST_F(BarriersOfMembers, RefusedWhereNotAllMembersCome) {
    b.if_then(b.compare(Op::less, b.member_id(), at(2)), [&] {
        b.store(shared, b.load(k.input, mine, 64), mine);
        b.store(k.output, b.load(shared, b.add(mine, at(1)), 32), mine);
    });
    const Kernel kernel = b.finish();
    try {
        codegen::distribute(kernel);
        FAIL() << "no complaint";
    } catch (const std::logic_error& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("kernel 'team': buffer 'shared' needs a barrier where not all members come"),
                  std::string::npos)
            << text;
    }
}

TEST_F(BarriersOfMembers, BeforeBranchesThatNotAllTake) {
    b.store(shared, b.load(k.input, mine, 64), mine);
    b.if_then(b.compare(Op::less, b.member_id(), at(2)),
              [&] { b.store(k.output, b.load(shared, b.add(mine, at(64)), 64), mine); });
    const Kernel threads = codegen::distribute(b.finish());
    EXPECT_EQ(count(threads, Op::barrier), 1);
    EXPECT_EQ(Blocks().run(threads), "");
}

TEST_F(BarriersOfMembers, ShufflesRefusedWhereNotAllMembersCome) {
    b.if_then(b.compare(Op::less, b.member_id(), at(2)), [&] {
        const Value x = b.load(k.input, mine, 64);
        b.store(k.output, b.extract(x, 3), mine);
    });
    const Kernel kernel = b.finish();
    EXPECT_THROW(codegen::distribute(kernel), std::logic_error);
}

}  // namespace
}  // namespace sporkle::testing
