// Loops, branches, lanes and the grid, as interpreted.
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/interpreter.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

class ControlTest : public ::testing::Test {
  protected:
    ControlTest() : b("control", 4) { output = b.add_buffer({"out", Space::global, DType::i64, 0, 0, true}); }
    void put(std::int64_t place, Value v) { b.store(output, v, b.integer(place)); }
    /// The parameter word, which holds that value at the call: not a constant to the builder.
    Value given(int word, std::int64_t value) {
        words[word] = static_cast<std::uint64_t>(value);
        return b.parameter(word);
    }
    std::string run(std::array<std::int64_t, 3> grid = {1, 1, 1}) {
        const Kernel kernel = b.finish();
        EXPECT_EQ(verify(kernel), "");
        const Memory memory[] = {{reinterpret_cast<std::byte*>(out.data()), 0, std::int64_t(out.size()) - 1}};
        return interpret(kernel, {words, memory, 0, grid});
    }

    Builder b;
    std::vector<std::int64_t> out = std::vector<std::int64_t>(64, -1);
    std::uint64_t words[4] = {};
    int output = 0;
};

TEST_F(ControlTest, LoopsRunFromLowToBelowHigh) {
    const Value initial[] = {b.integer(0), b.integer(0)};
    const auto results =
        b.for_loop(given(0, -3), given(1, 12), given(2, 5), initial, [&](Value iv, std::span<const Value> c) {
            return std::vector<Value>{b.add(c[0], iv), b.add(c[1], b.integer(1))};
        });
    put(0, results[0]);
    put(1, results[1]);
    EXPECT_EQ(run(), "");
    EXPECT_EQ(out[0], -3 + 2 + 7);
    EXPECT_EQ(out[1], 3);
}

TEST_F(ControlTest, LoopsWithoutTripsYieldWhatTheyWereGiven) {
    for (std::int64_t high : {4, 3, -9}) {
        SCOPED_TRACE(high);
        Builder fresh("none", 1);
        fresh.add_buffer({"out", Space::global, DType::i64, 0, 0, true});
        const Value initial[] = {fresh.integer(17)};
        const auto results =
            fresh.for_loop(fresh.integer(4), fresh.parameter(0), fresh.integer(1), initial,
                           [&](Value iv, std::span<const Value>) { return std::vector<Value>{iv}; });
        fresh.store(0, results[0], fresh.integer(0));
        const Memory memory[] = {{reinterpret_cast<std::byte*>(out.data()), 0, 0}};
        const std::uint64_t parameters[] = {static_cast<std::uint64_t>(high)};
        EXPECT_EQ(interpret(fresh.finish(), {parameters, memory, 0, {1, 1, 1}}), "");
        EXPECT_EQ(out[0], 17);
    }
}

TEST_F(ControlTest, CarriedValuesAreReplacedAllAtOnce) {  // Fibonacci, and a rotation of three
    const Value initial[] = {b.integer(0), b.integer(1), b.integer(7), b.integer(8), b.integer(9)};
    const auto r =
        b.for_loop(b.integer(0), given(0, 10), b.integer(1), initial, [&](Value, std::span<const Value> c) {
            return std::vector<Value>{c[1], b.add(c[0], c[1]), c[3], c[4], c[2]};
        });
    for (int n = 0; n < 5; ++n) put(n, r[static_cast<std::size_t>(n)]);
    EXPECT_EQ(run(), "");
    EXPECT_EQ((std::vector<std::int64_t>{out.begin(), out.begin() + 5}),
              (std::vector<std::int64_t>{55, 89, 8, 9, 7}));
}

TEST_F(ControlTest, NestedLoopsBeginAnew) {
    const Value initial[] = {b.integer(0)};
    const auto sum = b.for_loop(b.integer(0), given(0, 5), b.integer(1), initial,
                                [&](Value i, std::span<const Value> outer) {
                                    const Value inner_initial[] = {outer[0]};
                                    return b.for_loop(i, given(0, 5), b.integer(1), inner_initial,
                                                      [&](Value j, std::span<const Value> c) {
                                                          return std::vector<Value>{b.add(c[0], b.mul(i, j))};
                                                      });
                                });
    put(0, sum[0]);
    EXPECT_EQ(run(), "");
    std::int64_t expected = 0;
    for (int i = 0; i < 5; ++i)
        for (int j = i; j < 5; ++j) expected += i * j;
    EXPECT_EQ(out[0], expected);
}

TEST_F(ControlTest, BranchesTakeOneSide) {
    b.for_each(b.integer(0), given(0, 6), b.integer(1), [&](Value i) {
        const Value odd = b.compare(Op::not_equal, b.binary(Op::rem, i, b.integer(2)), b.integer(0));
        const auto r = b.if_else(
            odd,
            [&] {
                b.store(output, i, b.add(i, b.integer(20)));
                return std::vector<Value>{b.integer(100)};
            },
            [&] { return std::vector<Value>{i}; });
        b.store(output, r[0], i);
    });
    EXPECT_EQ(run(), "");
    EXPECT_EQ((std::vector<std::int64_t>{out.begin(), out.begin() + 6}),
              (std::vector<std::int64_t>{0, 100, 2, 100, 4, 100}));
    EXPECT_EQ((std::vector<std::int64_t>{out.begin() + 20, out.begin() + 26}),
              (std::vector<std::int64_t>{-1, 1, -1, 3, -1, 5}));
}

TEST_F(ControlTest, TheGridIsWalkedInAllDimensions) {
    const Value place =
        b.add(b.grid_id(0), b.mul(b.integer(4), b.add(b.grid_id(1), b.mul(b.integer(3), b.grid_id(2)))));
    b.store(output, b.add(b.mul(place, b.integer(10)), b.grid_id(2)), place);
    EXPECT_EQ(run({4, 3, 2}), "");
    for (int n = 0; n < 24; ++n) EXPECT_EQ(out[static_cast<std::size_t>(n)], n * 10 + n / 12);
    EXPECT_EQ(out[24], -1);
}

TEST_F(ControlTest, AnEmptyGridRunsNothing) {
    put(0, b.integer(5));
    EXPECT_EQ(run({4, 0, 2}), "");
    EXPECT_EQ(out[0], -1);
}

TEST_F(ControlTest, LanesMoveWhole) {
    const Value ids = b.lane_ids({DType::i64, 6}), tens = b.mul(ids, b.integer(10));
    const Value both[] = {ids, tens};
    const Value wide = b.concat(both);
    put(0, b.slice(wide, 4, 5));  // crosses the seam
    put(8, b.extract(wide, 11));
    const Value scalars[] = {given(0, 3), given(1, 1), given(2, 2)};
    put(10, b.concat(scalars));
    EXPECT_EQ(run(), "");
    EXPECT_EQ((std::vector<std::int64_t>{out.begin(), out.begin() + 5}),
              (std::vector<std::int64_t>{4, 5, 0, 10, 20}));
    EXPECT_EQ(out[8], 50);
    EXPECT_EQ((std::vector<std::int64_t>{out.begin() + 10, out.begin() + 13}),
              (std::vector<std::int64_t>{3, 1, 2}));
}

TEST_F(ControlTest, ParametersAreReadInTheirLowBytes) {
    words[0] = 0xffffffff00000080u;
    put(0, b.convert(b.parameter(0, DType::u8), DType::i64));
    put(1, b.convert(b.parameter(0, DType::i8), DType::i64));
    put(2, b.convert(b.parameter(0, DType::i32), DType::i64));
    words[1] = 0xffffffff3fc00000u;
    put(3, b.convert(b.mul(b.parameter(1, DType::f32), b.floating(2, {DType::f32, 1})), DType::i64));
    words[2] = 0x1ff00u;
    put(4, b.convert(b.parameter(2, DType::boolean), DType::i64));
    EXPECT_EQ(run(), "");
    EXPECT_EQ((std::vector<std::int64_t>{out.begin(), out.begin() + 5}),
              (std::vector<std::int64_t>{128, -128, 128, 3, 0}));
}

TEST_F(ControlTest, AStepThatIsNotPositive) {
    b.for_each(b.integer(0), given(0, 5), given(1, 0), [&](Value i) { b.store(output, i, i); });
    const std::string fault = run();
    EXPECT_NE(fault.find("the step is 0"), std::string::npos) << fault;
}

TEST_F(ControlTest, ACounterThatOverflows) {
    const std::int64_t highest = std::numeric_limits<std::int64_t>::max();
    b.for_each(given(0, highest - 3), given(1, highest), b.integer(2),
               [&](Value i) { b.store(output, i, b.integer(0)); });
    const std::string fault = run();
    EXPECT_NE(fault.find("the counter overflows"), std::string::npos) << fault;
}

}  // namespace
}  // namespace sporkle::testing
