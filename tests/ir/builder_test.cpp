// What the builder makes of expressions: types, sharing, placement, and refusal of misuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/ir/builder_fixture.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;
using namespace builder_types;

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
