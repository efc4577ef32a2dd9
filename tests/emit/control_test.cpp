// Loops, branches, grids and parameters.
#include <gtest/gtest.h>

#include "codegen/ir/builder.hpp"
#include "tests/emit/machine.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Op;
using tile::Type;
using tile::Value;

int add(Builder& b, const std::string& name, DType type, int word) {
    tile::Buffer buffer;
    buffer.name = name;
    buffer.dtype = type;
    buffer.word = word;
    buffer.writable = true;
    return b.add_buffer(buffer);
}

Contents zeros(DType type, std::int64_t count) {
    return {type, std::vector<std::byte>(static_cast<std::size_t>(count * size_of(type))), 0};
}

TEST(Control, LoopsOfEveryLengthStepAndUnrollCarryValues) {
    for (int unroll : {0, 1, 2, 3, 4})
        for (std::int64_t step : {1, 3, 16}) {
            Builder b("loop", 8);
            const int y = add(b, "y", DType::i64, 0);
            const Value task = b.grid_id(0);
            // Carries a count and a polynomial of the counters, which depends on their order.
            const Value initial[] = {b.integer(0), b.integer(1)};
            const auto results = b.for_loop(
                b.sub(b.integer(5), b.parameter(1)), b.add(task, b.parameter(2)), b.integer(step), initial,
                [&](Value i, std::span<const Value> carried) {
                    return std::vector<Value>{b.add(carried[0], b.integer(1)),
                                              b.add(b.mul(carried[1], b.integer(31)), i)};
                },
                unroll);
            b.store(y, results[0], b.mul(task, b.integer(2)));
            b.store(y, results[1], b.add(b.mul(task, b.integer(2)), b.integer(1)));
            Call call;
            call.grid = {40, 1, 1};
            call.buffers = {zeros(DType::i64, 80)};
            call.parameters = {0, 8, static_cast<std::uint64_t>(-7), 0, 0, 0, 0, 0};
            expect_as_interpreted(b.finish(), call);
        }
}

TEST(Control, NestedLoopsAndBranches) {
    Builder b("nest", 8);
    const int y = add(b, "y", DType::f32, 0);
    const Value task = b.grid_id(0);
    const Value zero = b.floating(0, {DType::f32, 8});
    const auto sums =
        b.for_loop(b.integer(0), task, b.integer(1), {&zero, 1}, [&](Value i, std::span<const Value> outer) {
            return b.for_loop(
                i, b.add(task, b.integer(1)), b.integer(2), outer,
                [&](Value j, std::span<const Value> inner) {
                    const Value number = b.convert(b.add(b.mul(i, b.integer(10)), j), DType::f32);
                    const Value odd = b.compare(Op::equal, b.binary(Op::rem, j, b.integer(2)), b.integer(1));
                    return b.if_else(
                        odd, [&] { return std::vector<Value>{b.add(inner[0], b.splat(number, 8))}; },
                        [&] {
                            b.if_then(b.compare(Op::greater, i, b.integer(3)), [&] {
                                b.store(y, number, b.add(b.mul(task, b.integer(9)), b.integer(8)));
                            });
                            return std::vector<Value>{b.sub(inner[0], b.splat(number, 8))};
                        });
                });
        });
    b.store(y, sums[0], b.mul(task, b.integer(9)));
    Call call;
    call.grid = {12, 1, 1};
    call.buffers = {zeros(DType::f32, 12 * 9)};
    call.parameters.assign(8, 0);
    expect_as_interpreted(b.finish(), call);
}

TEST(Control, GridIdsAreTheDigitsOfTheTask) {
    for (int used : {1, 2, 3}) {
        Builder b("grid", 8);
        const int y = add(b, "y", DType::i64, 0);
        Value place = b.integer(0), number = b.integer(0);
        const std::int64_t sizes[] = {5, 3, 4};
        for (int d = used - 1; d >= 0; --d) {
            place = b.add(b.mul(place, b.integer(sizes[d])), b.grid_id(d));
            number = b.add(b.mul(number, b.integer(100)), b.grid_id(d));
        }
        b.store(y, number, place);
        Call call;
        for (int d = 0; d < used; ++d) call.grid[static_cast<std::size_t>(d)] = sizes[d];
        call.buffers = {zeros(DType::i64, 60)};
        call.parameters.assign(8, 0);
        expect_as_interpreted(b.finish(), call);
    }
}

TEST(Control, ParametersOfEveryTypeAreReadFromLowBytes) {
    std::mt19937_64 random(3);
    Builder b("parameters", 32);
    Call call;
    call.parameters.assign(32, 0);
    for (int n = 0; n < dtype_count; ++n) {
        const auto type = static_cast<DType>(n);
        const int y = add(b, "y", type, n);
        b.store(y, b.splat(b.parameter(16 + n, type), 3), b.integer(0));
        call.buffers.push_back(zeros(type, 3));
        call.parameters[static_cast<std::size_t>(16 + n)] = random();
    }
    expect_as_interpreted(b.finish(), call);
}

}  // namespace
}  // namespace sporkle::test
