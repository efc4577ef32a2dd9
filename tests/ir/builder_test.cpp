// What the builder makes of expressions: types, folding, sharing, and refusal of misuse.
#include "codegen/ir/builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "codegen/ir/rules.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

constexpr Type i64{DType::i64, 1}, i32x4{DType::i32, 4}, f32{DType::f32, 1}, f32x8{DType::f32, 8};
constexpr Type boolean{DType::boolean, 1};

class BuilderTest : public ::testing::Test {
  protected:
    BuilderTest() : b("test", 8) {
        input = b.add_buffer({"input", Space::global, DType::f32, 0, 0, false});
        output = b.add_buffer({"output", Space::global, DType::f32, 1, 0, true});
        integers = b.add_buffer({"integers", Space::global, DType::i64, 1, 0, true});
    }
    /// Uses the value, so that it is not dead.
    void keep(Value v) { b.store(b.type_of(v).scalar == DType::f32 ? output : integers, v, b.integer(0)); }
    /// A value of which nothing is known.
    Value unknown(Type type) { return b.splat(b.parameter(next_word++ % 8, type.scalar), type.lanes); }
    std::int64_t constant(Value v) {
        std::int64_t value = 0;
        EXPECT_TRUE(b.is_constant(v, &value)) << "value %" << v.id << " is not constant";
        return value;
    }
    /// Finishes and verifies the kernel and counts the instructions of that kind in all regions.
    int count(Op op) {
        if (!finished) {
            kernel = b.finish();
            EXPECT_EQ(verify(kernel), "");
            finished = true;
        }
        return count(op, kernel.body);
    }
    static int count(Op op, const Region& region) {
        int n = 0;
        for (const Instruction& i : region.body) {
            n += i.op == op;
            for (const Region& r : i.regions) n += count(op, r);
        }
        return n;
    }

    Builder b;
    Kernel kernel;
    bool finished = false;
    int next_word = 0, input = 0, output = 0, integers = 0;
};

TEST_F(BuilderTest, ConstantsHoldTheirValue) {
    EXPECT_EQ(constant(b.integer(-5)), -5);
    EXPECT_EQ(constant(b.integer(200, {DType::u8, 4})), 200);
    EXPECT_EQ(constant(b.integer(1, boolean)), 1);
    EXPECT_EQ(constant(b.constant_bits({DType::i8, 1}, 0xff)), -1);
    EXPECT_EQ(b.type_of(b.floating(1.5, {DType::f16, 8})), (Type{DType::f16, 8}));
    EXPECT_FALSE(b.is_constant(b.floating(1.0, f32)));
    EXPECT_FALSE(b.is_constant(unknown(i64)));
}

TEST_F(BuilderTest, ConstantsThatDoNotFitAreRefused) {
    EXPECT_THROW(b.integer(256, {DType::u8, 1}), std::logic_error);
    EXPECT_THROW(b.integer(-1, {DType::u32, 1}), std::logic_error);
    EXPECT_THROW(b.integer(1, f32), std::logic_error);
    EXPECT_THROW(b.floating(0.1, f32), std::logic_error);
    EXPECT_THROW(b.floating(65520, {DType::f16, 1}), std::logic_error);
    EXPECT_THROW(b.floating(1, i64), std::logic_error);
    EXPECT_NO_THROW(b.floating(INFINITY, {DType::bf16, 1}));
    EXPECT_NO_THROW(b.floating(std::nan(""), f32));
}

TEST_F(BuilderTest, EqualExpressionsAreShared) {
    const Value x = unknown(i64), y = unknown(i64);
    EXPECT_EQ(b.add(x, y), b.add(x, y));
    EXPECT_EQ(b.parameter(3), b.parameter(3));
    EXPECT_NE(b.parameter(3), b.parameter(3, DType::i32));
    EXPECT_NE(b.add(x, y), b.sub(x, y));
    EXPECT_EQ(b.floating(0.0, f32), b.floating(0.0, f32));
    EXPECT_NE(b.floating(0.0, f32), b.floating(-0.0, f32));
}

TEST_F(BuilderTest, ExpressionsOfEnclosingRegionsAreSharedThoseOfSiblingsAreNot) {
    const Value x = unknown(i64), outer = b.mul(x, x);
    Value first, second, product;
    b.if_then(b.compare(Op::less, x, b.parameter(7)), [&] {
        product = b.mul(x, x);
        first = b.mul(x, product);
        keep(first);
    });
    b.if_then(b.compare(Op::greater, x, b.parameter(7)), [&] {
        second = b.mul(x, product);
        keep(second);
    });
    EXPECT_EQ(product, outer);
    EXPECT_NE(first, second);
    EXPECT_EQ(count(Op::mul), 3);
}

TEST_F(BuilderTest, ConstantsOfSiblingRegionsAreShared) {
    for (int n = 0; n < 2; ++n)
        b.for_each(b.integer(0), b.parameter(2), b.integer(1),
                   [&](Value iv) { b.store(output, b.floating(2.5, f32), b.add(iv, b.integer(77))); });
    EXPECT_EQ(count(Op::constant), 4);  // 0, 1, 2.5, 77
}

TEST_F(BuilderTest, LoadsAreNeverShared) {
    const Value zero = b.integer(0);
    EXPECT_NE(b.load(input, zero, 1), b.load(input, zero, 1));
}

TEST_F(BuilderTest, ScalarsAreSpreadOverLanes) {
    EXPECT_EQ(b.type_of(b.mul(unknown(f32), unknown(f32x8))), f32x8);
    EXPECT_EQ(b.type_of(b.fma(unknown(f32), unknown(f32), unknown(f32x8))), f32x8);
    EXPECT_EQ(b.type_of(b.select(unknown(boolean), unknown(f32x8), unknown(f32))), f32x8);
    EXPECT_EQ(b.type_of(b.select(unknown({DType::boolean, 8}), unknown(f32), unknown(f32))), f32x8);
    EXPECT_EQ(b.type_of(b.compare(Op::less, unknown(f32), unknown(f32x8))), (Type{DType::boolean, 8}));
}

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

TEST_F(BuilderTest, ExpressionsLeaveLoopsOnWhichTheyDoNotDepend) {
    const Value x = unknown(i64), n = unknown(i64), zero = b.integer(0), one = b.integer(1);
    b.for_each(zero, n, one, [&](Value i) {
        b.for_each(zero, n, one, [&](Value j) {
            keep(b.mul(x, x));       // to the body
            keep(b.mul(i, x));       // to the outer loop
            keep(b.mul(j, x));       // stays
            b.load(input, zero, 1);  // stays, for memory may change
        });
    });
    EXPECT_EQ(count(Op::mul), 3);
    const auto direct = [](const Region& region, Op op) {
        return std::count_if(region.body.begin(), region.body.end(),
                             [&](const Instruction& i) { return i.op == op; });
    };
    const auto loop = [](const Region& region) -> const Region& {
        return std::find_if(region.body.begin(), region.body.end(),
                            [](const Instruction& i) { return i.op == Op::for_; })
            ->regions[0];
    };
    const Region &outer = loop(kernel.body), &inner = loop(outer);
    EXPECT_EQ(direct(kernel.body, Op::mul), 1);
    EXPECT_EQ(direct(outer, Op::mul), 1);
    EXPECT_EQ(direct(inner, Op::mul), 1);
    EXPECT_EQ(direct(inner, Op::load), 1);
}

TEST_F(BuilderTest, ExpressionsDoNotLeaveBranches) {
    const Value x = unknown(i64);
    b.if_then(unknown(boolean),
              [&] { b.for_each(b.integer(0), x, b.integer(1), [&](Value) { keep(b.mul(x, x)); }); });
    EXPECT_EQ(count(Op::mul), 1);
    for (const Instruction& i : kernel.body.body) EXPECT_NE(i.op, Op::mul);
    const Instruction& branch = kernel.body.body[kernel.body.body.size() - 2];
    ASSERT_EQ(branch.op, Op::if_);
    EXPECT_EQ(branch.regions[0].body[0].op, Op::mul);
}

TEST_F(BuilderTest, WhatIsNeverUsedIsLeftOut) {
    const Value x = unknown(i64), y = unknown(i64), n = unknown(i64);
    b.mul(b.add(x, y), n);
    b.for_each(b.integer(0), n, b.integer(1), [&](Value i) {
        b.mul(i, n);
        b.load(input, i, 1);
    });
    EXPECT_EQ(count(Op::mul) + count(Op::add), 0);
    EXPECT_EQ(count(Op::load), 1);  // whether it lies inside is for the interpreter to see
    EXPECT_EQ(count(Op::parameter), 1);
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

TEST_F(BuilderTest, LoopsCarryValuesInOrder) {
    const Value initial[] = {unknown(f32), unknown(i64)};
    const auto results = b.for_loop(b.integer(0), unknown(i64), b.integer(1), initial,
                                    [&](Value iv, std::span<const Value> carried) {
                                        EXPECT_EQ(b.type_of(carried[0]), f32);
                                        EXPECT_EQ(b.type_of(carried[1]), i64);
                                        return std::vector<Value>{carried[0], b.add(carried[1], iv)};
                                    });
    ASSERT_EQ(results.size(), 2u);
    EXPECT_EQ(b.type_of(results[0]), f32);
    EXPECT_EQ(b.type_of(results[1]), i64);
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

TEST_F(BuilderTest, MisuseIsRefusedWithTheKernelsName) {
    const Value x = unknown(f32), v = unknown(f32x8), i = unknown(i64), c = unknown(boolean);
    const auto fails = [&](const char* with, auto&& action) {
        try {
            action();
            ADD_FAILURE() << "expected: " << with;
        } catch (const std::logic_error& error) {
            const std::string text = error.what();
            EXPECT_NE(text.find("kernel 'test'"), std::string::npos) << text;
            EXPECT_NE(text.find(with), std::string::npos) << text;
        }
    };
    fails("must be f32, not i64", [&] { b.add(x, i); });
    fails("must be f32x8, not f32x4", [&] { b.add(v, unknown({DType::f32, 4})); });
    fails("does not take f16", [&] { b.add(unknown({DType::f16, 1}), unknown({DType::f16, 1})); });
    fails("does not take f32", [&] { b.binary(Op::rem, x, x); });
    fails("does not take i64", [&] { b.unary(Op::sqrt, i); });
    fails("no operation of one operand", [&] { b.unary(Op::add, x); });
    fails("an operand is missing", [&] { b.add(x, Value{}); });
    fails("not a value of this kernel", [&] { b.add(x, Value{1000000}); });
    fails("no such lane", [&] { b.extract(v, 8); });
    fails("no such lanes", [&] { b.slice(v, 4, 5); });
    fails("word 8 of a block of 8", [&] { b.parameter(8); });
    fails("dimensions 0, 1, 2", [&] { b.grid_id(3); });
    fails("read-only", [&] { b.store(input, x, i); });
    fails("there is no buffer 9", [&] { b.load(9, i, 1); });
    fails("the stored value must be f32", [&] { b.store(output, i, i); });
    fails("the element number must be i64", [&] { b.load(input, x, 1); });
    fails("the mask must be boolx8", [&] { b.load(input, i, 8, unknown({DType::boolean, 4})); });
    fails("takes no mask", [&] { b.store(output, v, i, c, true); });
    fails("power of two", [&] { b.load(input, i, 8, {}, 24); });
    fails("differ in size", [&] { b.bitcast(x, DType::f64); });
    fails("no bit pattern", [&] { b.bitcast(c, DType::u8); });
    fails("the step must be positive", [&] { b.for_each(i, i, b.integer(0), [](Value) {}); });
    fails("other types than it is given", [&] {
        const Value initial[] = {x};
        b.for_loop(b.integer(0), i, b.integer(1), initial,
                   [&](Value iv, std::span<const Value>) { return std::vector<Value>{iv}; });
    });
}

TEST_F(BuilderTest, ValuesOfClosedRegionsCannotBeUsed) {
    Value inner;
    b.if_then(unknown(boolean), [&] {
        inner = b.load(input, b.integer(0), 1);
        b.store(output, inner, b.integer(0));
    });
    EXPECT_THROW(b.add(inner, inner), std::logic_error);
}

TEST_F(BuilderTest, NothingCanBeAddedToAFinishedKernel) {
    b.finish();
    EXPECT_THROW(b.fence(), std::logic_error);
    EXPECT_THROW(b.finish(), std::logic_error);
}

}  // namespace
}  // namespace sporkle::testing
