// What each operation becomes when a member's threads share it.
#include <stdexcept>

#include "tests/simt/both_forms.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

struct Team {
    int members, threads;
};
void PrintTo(const Team& team, std::ostream* out) { *out << team.members << "x" << team.threads; }

class Distribute : public ::testing::TestWithParam<Team> {
  protected:
    Distribute() : k(GetParam().members, GetParam().threads), b(k.b) {
        // Members write elements of their own.
        mine = b.mul(b.member_id(), b.integer(region));
    }
    void store(Value v, std::int64_t element) { b.store(k.output, v, b.add(mine, b.integer(element))); }
    Kernel check() { return expect_same(b.finish()); }

    static constexpr std::int64_t region = 1024;
    TeamKernel k;
    Builder& b;
    Value mine;
};

INSTANTIATE_TEST_SUITE_P(Teams, Distribute,
                         ::testing::Values(Team{1, 1}, Team{1, 4}, Team{1, 8}, Team{1, 32}, Team{4, 1},
                                           Team{2, 8}, Team{4, 16}),
                         [](const auto& info) {
                             return std::to_string(info.param.members) + "x" +
                                    std::to_string(info.param.threads);
                         });

TEST_P(Distribute, VectorsOfEveryLength) {
    std::int64_t at = 0;
    for (const int n : {2, 4, 8, 16, 32, 64, 96, 128}) {
        if (n % GetParam().threads != 0 && GetParam().threads % n != 0) continue;
        const Value x = k.load(3 * at + 1, n), y = k.load(7 * at, n);
        store(b.add(b.mul(x, y), b.convert(k.lanes(n), DType::i32)), at);
        at += n;
    }
    check();
}

TEST_P(Distribute, Scalars) {
    const Value x = b.load(k.input, b.grid_id(0), 1);
    store(x, 0);
    store(b.add(x, b.convert(b.member_id(), DType::i32)), 1);
    b.store(k.output, x, b.add(mine, b.integer(2)), b.compare(Op::greater, x, b.integer(0, {DType::i32, 1})));
    store(b.splat(x, 64), 64);
    check();
}

TEST_P(Distribute, MasksStridesAndNumbers) {
    std::int64_t at = 0;
    for (const int n : {4, 32, 128}) {
        const Value mask = b.compare(Op::less, k.lanes(n), b.integer(n - 1 - n / 4));
        b.store(k.output, b.load(k.input, b.integer(at), n, mask), b.add(mine, b.integer(at)));
        at += n;
        b.store(k.output, b.load(k.input, b.integer(5), n), b.add(mine, b.integer(at)), mask);
        at += n;
        const Value turned = b.load_strided(k.input, b.integer(4000), b.integer(-7), n);
        const Value thinned = b.load_strided(k.input, b.integer(5), b.integer(3), n, mask);
        store(b.sub(turned, thinned), at);
        at += n;
    }
    for (const int n : {4, 32}) {
        const Value numbers = b.binary(Op::bit_xor, k.lanes(n), b.integer(3));
        const Value mask = b.compare(Op::not_equal, k.lanes(n), b.integer(1));
        b.store_strided(k.output, b.gather(k.input, numbers, mask), b.add(mine, b.integer(at)), b.integer(2),
                        mask);
        at += 2 * n;
        b.scatter(k.output, b.gather(k.input, b.mul(numbers, b.integer(11))),
                  b.add(numbers, b.add(mine, b.integer(at))), mask);
        at += n;
    }
    ASSERT_LE(at, region);
    check();
}

TEST_P(Distribute, Slices) {
    std::int64_t at = 0;
    for (const int n : {8, 32, 64, 128})
        for (const int part : {2, 4, 16, 32, 64})
            for (const int first : {0, 1, part, n - part})
                if (part <= n && first + part <= n && at + part <= region) {
                    store(b.slice(k.load(at, n), first, part), at);
                    at += part;
                }
    check();
}

TEST_P(Distribute, Extracts) {
    std::int64_t at = 0;
    for (const int n : {4, 32, 128})
        for (const int lane : {0, 1, n / 2 - 1, n - 1}) {
            store(b.extract(k.load(13 * at, n), lane), at);
            ++at;
        }
    check();
}

TEST_P(Distribute, Concats) {
    std::int64_t at = 0;
    for (const int n : {1, 2, 4, 16, 32, 64})
        for (const int parts : {2, 4, 8}) {
            if (n * parts > 128 || at + n * parts > region) continue;
            std::vector<Value> all;
            for (int p = 0; p < parts; ++p) all.push_back(k.load(at + 100 * p, n));
            store(b.concat(all), at);
            at += n * parts;
        }
    check();
}

TEST_P(Distribute, HalvingOfPartials) {
    Value x = k.load(0, 64);
    for (int n = 32; n >= 1; n /= 2) x = b.add(b.slice(x, 0, n), b.slice(x, n, n));
    store(x, 0);
    check();
}

TEST_P(Distribute, LoopsAndBranches) {
    Kernel kernel = [&] {
        const Value n = b.add(b.parameter(3), b.integer(10));
        const Value sum = b.for_loop(b.integer(0), n, b.integer(1), std::vector{k.load(0, 64)},
                                     [&](Value i, std::span<const Value> carried) {
                                         const Value x = b.load(k.input, b.mul(i, b.integer(64)), 64);
                                         return b.if_else(
                                             b.compare(Op::less, i, b.integer(5)),
                                             [&] { return std::vector{b.add(carried[0], x)}; },
                                             [&] { return std::vector{b.sub(carried[0], x)}; });
                                     })[0];
        store(sum, 0);
        return b.finish();
    }();
    expect_same(kernel);
}

TEST_P(Distribute, PrivateScalars) {
    const int local = k.add("local", Space::private_, 8);
    b.for_each(b.parameter(3), b.integer(8), b.integer(1),
               [&](Value i) { b.store(local, b.convert(b.mul(i, i), DType::i32), i); });
    b.for_each(b.parameter(3), b.integer(8), b.integer(1),
               [&](Value i) { b.store(k.output, b.load(local, b.sub(b.integer(7), i), 1), b.add(mine, i)); });
    const Kernel threads = check();
    EXPECT_EQ(threads.buffers[2].size, 8);
    EXPECT_EQ(threads.buffers[2].space, Space::private_);
    EXPECT_EQ(count(threads, Op::barrier), 0);
}

TEST_P(Distribute, PrivateVectors) {
    for (const int n : {4, 64}) {
        const int local = k.add("local", Space::private_, 6 * n);
        b.for_each(b.parameter(3), b.integer(6), b.integer(1), [&](Value i) {
            b.store(local, b.convert(b.add(k.lanes(n), b.mul(i, i)), DType::i32), b.mul(i, b.integer(n)));
        });
        b.for_each(b.parameter(3), b.integer(6), b.integer(1), [&](Value i) {
            const Value from = b.mul(b.sub(b.integer(5), i), b.integer(n));
            b.store(k.output, b.load(local, from, n),
                    b.add(mine, b.add(b.mul(i, b.integer(n)), b.integer(n == 4 ? 0 : 64))));
        });
    }
    const Kernel threads = check();
    const int s = GetParam().threads;
    EXPECT_EQ(threads.buffers[2].size, s == 1 ? 24 : 24 / std::min(s, 4));
    EXPECT_EQ(threads.buffers[3].size, 384 / s);
    EXPECT_EQ(count(threads, Op::barrier), 0);
}

/// What one thread stores another one loads, so it goes through shared memory.
TEST_P(Distribute, PrivateExchange) {
    const int local = k.add("local", Space::private_, 128);
    b.store(local, k.load(5, 128), b.integer(0));
    b.store(local, k.load(2000, 64), b.integer(3));
    store(b.load(local, b.integer(1), 64), 0);
    b.store(local, b.load(k.input, b.integer(99), 1), b.integer(64));
    store(b.load(local, b.integer(64), 1), 64);
    store(b.load_strided(local, b.integer(2), b.integer(2), 32), 128);
    store(b.load(local, b.parameter(3), 1), 65);
    const Kernel threads = check();
    const bool several = GetParam().threads > 1;
    EXPECT_EQ(threads.buffers[2].space, several ? Space::shared : Space::private_);
    EXPECT_EQ(threads.buffers[2].size, several ? 128 * GetParam().members : 128);
    EXPECT_EQ(count(threads, Op::barrier) > 0, several);
}

TEST_P(Distribute, SharedMemoryOfATask) {
    const int shared = k.add("shared", Space::shared, 64 * GetParam().members);
    const int task = k.add("task", Space::task, 0);
    const Value me = b.member_id();
    const Value place = b.mul(me, b.integer(64));
    b.store(shared, b.load(k.input, place, 64), place);
    b.store(task, b.load(k.input, b.add(place, b.integer(1)), 64), place);
    b.barrier();
    const Value other = b.mul(b.binary(Op::bit_xor, me, b.integer(GetParam().members - 1)), b.integer(64));
    store(b.load(shared, other, 64), 0);
    store(b.load(task, b.add(other, b.integer(3)), 32), 64);
    check();
}

TEST_P(Distribute, ShuffleBetweenMembers) {
    const int members = GetParam().members;
    b.set_team(members, GetParam().threads, members);
    const Value x = b.load(k.input, b.mul(b.member_id(), b.integer(100)), 64);
    const Value other = b.binary(Op::bit_xor, b.member_id(), b.integer(members - 1));
    store(b.shuffle(x, other), 0);
    store(b.shuffle(b.extract(x, 5), b.integer(0)), 64);
    const Kernel threads = check();
    EXPECT_EQ(threads.shuffle_width, members * GetParam().threads);
}

TEST_P(Distribute, OtherElementTypes) {
    for (const DType type : {DType::f64, DType::f16, DType::i8, DType::boolean}) {
        const int from = b.add_buffer({"x", Space::task, type, 2, 0, true});
        const Value narrow = b.convert(k.load(17, 64), type);
        b.store(from, narrow, b.integer(64));
        store(b.convert(b.load(from, b.integer(64), 64), DType::i32), 64 * static_cast<std::int64_t>(type));
        store(b.convert(b.lane_ids({DType::i8, 64}), DType::i32), 960);
    }
    const Kernel kernel = b.finish();
    if (GetParam().members == 1) expect_same(kernel);
}

TEST(DistributePieces, HoldAtMostSixteenBytesAndKnowTheirAlignment) {
    for (const auto& [type, lanes, alignment] :
         {std::tuple{DType::f32, 4, 16}, {DType::f64, 2, 16}, {DType::f16, 8, 16}, {DType::i8, 8, 8}}) {
        Builder b("pieces", 2);
        b.set_team(1, 32);
        const int x = b.add_buffer({"x", Space::global, type, 0, 0, false});
        const int y = b.add_buffer({"y", Space::global, type, 1, 0, true});
        b.store(y, b.load(x, b.integer(0), 256, {}, 64), b.integer(0), {}, true, 8);
        const Kernel threads = codegen::distribute(b.finish());
        EXPECT_EQ(count(threads, Op::load), 8 / lanes);
        for (const Instruction& i : threads.body.body) {
            if (i.op == Op::load) {
                EXPECT_EQ(threads.type_of(i.results[0]).lanes, lanes);
                EXPECT_EQ(i.alignment, alignment);
            } else if (i.op == Op::store) {
                EXPECT_EQ(i.alignment, std::min(8, alignment));
                EXPECT_FALSE(i.nontemporal);
            }
        }
    }
}

TEST(DistributeCaches, HintsDisappear) {
    TeamKernel k(1, 8);
    k.b.prefetch(k.input, k.b.integer(0), 0);
    k.b.fence();
    const Kernel threads = codegen::distribute(k.b.finish());
    EXPECT_EQ(count(threads, Op::prefetch) + count(threads, Op::fence), 0);
}

}  // namespace
}  // namespace sporkle::testing
