// What the builder knows without computing it: identities that hold bit for bit, and none that do not.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/ir/builder_fixture.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;
using namespace builder_types;

TEST_F(BuilderTest, IntegerIdentities) {
    for (DType type : {DType::i8, DType::u8, DType::i16, DType::i32, DType::u32, DType::i64}) {
        const Type t{type, 4};
        const Value x = unknown(t), y = unknown(t), zero = b.integer(0, t), one = b.integer(1, t);
        EXPECT_EQ(b.add(x, zero), x);
        EXPECT_EQ(b.add(zero, x), x);
        EXPECT_EQ(b.sub(x, zero), x);
        EXPECT_EQ(constant(b.sub(x, x)), 0);
        EXPECT_EQ(b.sub(b.add(x, y), x), y);
        EXPECT_EQ(b.sub(b.add(x, y), y), x);
        EXPECT_EQ(b.mul(x, one), x);
        EXPECT_EQ(constant(b.mul(zero, x)), 0);
        EXPECT_EQ(b.binary(Op::div, x, one), x);
        EXPECT_EQ(constant(b.binary(Op::div, x, zero)), 0);
        EXPECT_EQ(constant(b.binary(Op::rem, x, one)), 0);
        EXPECT_EQ(b.binary(Op::shl, x, zero), x);
        EXPECT_EQ(b.binary(Op::min, x, x), x);
        EXPECT_EQ(b.binary(Op::bit_and, x, x), x);
        EXPECT_EQ(constant(b.binary(Op::bit_xor, x, x)), 0);
        EXPECT_EQ(b.unary(Op::bit_not, b.unary(Op::bit_not, x)), x);
        EXPECT_EQ(constant(b.compare(Op::less, x, x)), 0);
        EXPECT_EQ(constant(b.compare(Op::greater_equal, x, x)), 1);
        EXPECT_EQ(b.fma(x, one, zero), x);
    }
}

TEST_F(BuilderTest, IntegerConstantsGatherToTheRight) {
    const Value x = unknown(i64);
    EXPECT_EQ(b.add(b.add(x, b.integer(3)), b.integer(4)), b.add(x, b.integer(7)));
    EXPECT_EQ(b.sub(b.add(b.integer(3), x), b.integer(3)), x);
    EXPECT_EQ(b.mul(b.integer(3), b.mul(x, b.integer(5))), b.mul(x, b.integer(15)));
    EXPECT_EQ(constant(b.sub(b.add(x, b.integer(64)), x)), 64);
    const Value narrow = unknown({DType::i8, 1}), c = b.integer(100, {DType::i8, 1});
    EXPECT_EQ(b.add(b.add(narrow, c), c), b.add(narrow, b.integer(-56, {DType::i8, 1})));  // wraps
}

TEST_F(BuilderTest, ConstantsOfAddressesGatherOutside) {
    const Value x = unknown(i64), y = unknown(i64), one = b.integer(1), four = b.integer(4);
    const Value sum = b.add(x, y);
    EXPECT_EQ(b.add(x, b.add(y, one)), b.add(sum, one));
    EXPECT_EQ(b.add(b.add(x, one), b.add(four, y)), b.add(sum, b.integer(5)));
    EXPECT_EQ(b.sub(b.add(x, four), y), b.add(b.sub(x, y), four));
    EXPECT_EQ(b.sub(x, b.add(y, one)), b.sub(b.sub(x, y), one));
    EXPECT_EQ(b.mul(b.add(x, one), four), b.add(b.mul(x, four), four));
    EXPECT_EQ(b.sub(b.add(x, four), b.add(x, one)), b.integer(3));
}

TEST_F(BuilderTest, BooleanIdentities) {
    const Value x = unknown(boolean), yes = b.integer(1, boolean), no = b.integer(0, boolean);
    EXPECT_EQ(b.binary(Op::bit_and, x, yes), x);
    EXPECT_EQ(constant(b.binary(Op::bit_and, x, no)), 0);
    EXPECT_EQ(b.binary(Op::bit_or, x, no), x);
    EXPECT_EQ(constant(b.binary(Op::bit_or, yes, x)), 1);
    EXPECT_EQ(constant(b.unary(Op::bit_not, yes)), 0);
    EXPECT_EQ(b.select(x, yes, no), x);
}

TEST_F(BuilderTest, FloatingPointKeepsItsBits) {
    const Value x = unknown(f32), zero = b.floating(0, f32), one = b.floating(1, f32);
    EXPECT_NE(b.add(x, zero), x);  // -0.0 + 0.0 is 0.0
    EXPECT_NE(b.mul(x, zero), zero);
    EXPECT_NE(b.sub(x, x), zero);  // NaN
    EXPECT_FALSE(b.is_constant(b.compare(Op::equal, x, x)));
    EXPECT_NE(b.add(x, one), b.add(one, x));  // of two NaN operands machines return the first
    const Value tiny = b.floating(0x1p-60, f32);
    EXPECT_NE(b.add(b.add(x, tiny), tiny), b.add(x, b.add(tiny, tiny)));
    EXPECT_EQ(b.add(one, one), b.floating(2, f32));
    EXPECT_EQ(b.binary(Op::max, x, x), x);
    // Which NaN comes out is the machine's choice.
    const Value infinity = b.floating(INFINITY, f32);
    keep(b.sub(infinity, infinity));
    EXPECT_EQ(count(Op::sub), 1);
}

TEST_F(BuilderTest, SelectOnWhatIsKnown) {
    const Value x = unknown(f32x8), y = unknown(f32x8), c = unknown(boolean);
    EXPECT_EQ(b.select(b.integer(1, boolean), x, y), x);
    EXPECT_EQ(b.select(b.integer(0, boolean), x, y), y);
    EXPECT_EQ(b.select(c, x, x), x);
}

TEST_F(BuilderTest, MovesOfLanesAreSeenThrough) {
    const Value s = unknown(f32), t = unknown(f32), v = b.load(input, b.integer(0), 8);
    const Value w = b.load(input, b.integer(8), 8);
    EXPECT_EQ(b.extract(b.splat(s, 8), 5), s);
    EXPECT_EQ(b.slice(b.splat(s, 8), 2, 4), b.splat(s, 4));
    EXPECT_EQ(b.splat(s, 1), s);
    const Value both[] = {v, w};
    const Value wide = b.concat(both);
    EXPECT_EQ(b.type_of(wide), (Type{DType::f32, 16}));
    EXPECT_EQ(b.slice(wide, 8, 8), w);
    EXPECT_EQ(b.slice(wide, 10, 4), b.slice(w, 2, 4));
    EXPECT_EQ(b.extract(wide, 9), b.extract(w, 1));
    EXPECT_EQ(b.extract(b.slice(v, 2, 4), 1), b.extract(v, 3));
    EXPECT_EQ(b.slice(v, 0, 8), v);
    const Value scalars[] = {s, s, s}, mixed[] = {s, t};
    EXPECT_EQ(b.concat(scalars), b.splat(s, 3));
    EXPECT_EQ(b.extract(b.concat(mixed), 1), t);
    EXPECT_EQ(constant(b.extract(b.lane_ids(i32x4), 3)), 3);
    EXPECT_EQ(constant(b.lane_ids(i64)), 0);
    EXPECT_EQ(b.convert(v, DType::f32), v);
    EXPECT_EQ(b.bitcast(v, DType::f32), v);
    EXPECT_EQ(b.bitcast(b.floating(1.0, f32), DType::i32), b.integer(0x3f800000, {DType::i32, 1}));
}

TEST_F(BuilderTest, AccessesAreReducedToPlainOnes) {
    const Value e = unknown(i64), mask = unknown({DType::boolean, 8});
    b.load_strided(input, e, b.integer(1), 8);
    b.load_strided(input, e, unknown(i64), 1);
    b.gather(input, e);
    b.load(input, e, 8, b.integer(1, {DType::boolean, 8}));
    b.store_strided(output, unknown(f32x8), e, b.integer(1), mask);
    b.scatter(output, unknown(f32), e);
    EXPECT_EQ(b.load(input, e, 8, b.integer(0, boolean)), b.floating(0, f32x8));
    b.store(output, unknown(f32), e, b.integer(0, boolean));
    EXPECT_EQ(count(Op::load), 4);
    EXPECT_EQ(count(Op::store), 2);
    EXPECT_EQ(count(Op::load_strided) + count(Op::gather) + count(Op::store_strided) + count(Op::scatter), 0);
    EXPECT_EQ(std::count_if(kernel.body.body.begin(), kernel.body.body.end(),
                            [](const Instruction& i) { return i.masked; }),
              1);
}

TEST_F(BuilderTest, LoopsWithFewTripsBecomeStraightCode) {
    const Value initial[] = {unknown(f32)};
    int calls = 0;
    const auto body = [&](Value iv, std::span<const Value> carried) {
        ++calls;
        return std::vector<Value>{b.add(carried[0], b.load(input, iv, 1))};
    };
    EXPECT_EQ(b.for_loop(b.integer(4), b.integer(4), b.integer(1), initial, body)[0], initial[0]);
    const Value n = unknown(i64);
    EXPECT_EQ(b.for_loop(n, n, b.integer(1), initial, body)[0], initial[0]);
    EXPECT_EQ(calls, 0);
    EXPECT_NE(b.for_loop(b.integer(4), b.integer(11), b.integer(8), initial, body)[0], initial[0]);
    b.for_loop(b.integer(4), b.integer(12), b.integer(8), initial, body);
    EXPECT_EQ(calls, 2);
    const auto lowest = std::numeric_limits<std::int64_t>::min(),
               highest = std::numeric_limits<std::int64_t>::max();
    b.for_loop(b.integer(lowest), b.integer(highest), b.integer(highest), initial, body);  // three trips
    EXPECT_EQ(count(Op::for_), 1);
}

TEST_F(BuilderTest, BranchesOnConstantsAreResolved) {
    const auto one = [&] { return std::vector<Value>{b.load(input, b.integer(0), 1)}; };
    const auto two = [&] { return std::vector<Value>{b.load(input, b.integer(1), 1)}; };
    b.if_else(b.integer(1, boolean), one, two);
    b.if_then(b.integer(0, boolean), [&] { b.fence(); });
    EXPECT_EQ(count(Op::if_) + count(Op::fence), 0);
    EXPECT_EQ(count(Op::load), 1);
}

TEST_F(BuilderTest, BranchesThatOnlyChooseBecomeSelections) {
    const Value x = unknown(f32), y = unknown(f32), c = unknown(boolean);
    const auto chosen = b.if_else(
        c, [&] { return std::vector<Value>{x}; }, [&] { return std::vector<Value>{y}; });
    EXPECT_EQ(chosen[0], b.select(c, x, y));
    b.if_then(c, [] {});
    EXPECT_EQ(count(Op::if_), 0);
}

}  // namespace
}  // namespace sporkle::testing
