// Loads and stores in every shape, against inaccessible pages: not a byte outside the wanted elements is
// touched, whatever the mask.
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "codegen/ir/builder.hpp"
#include "tests/emit/machine.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Space;
using tile::Type;
using tile::Value;

constexpr std::uint64_t seed = 7;
constexpr DType all_types[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i8,     DType::u8,
                               DType::i16, DType::i32, DType::u32, DType::i64,  DType::boolean};

int add(Builder& b, const std::string& name, DType type, int word, bool writable) {
    tile::Buffer buffer;
    buffer.name = name;
    buffer.dtype = type;
    buffer.word = word;
    buffer.writable = writable;
    return b.add_buffer(buffer);
}

Contents zeros(DType type, std::size_t count) {
    return {type, std::vector<std::byte>(count * static_cast<std::size_t>(size_of(type))), 0};
}

template <class T>
Contents of(DType type, const std::vector<T>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    return {type, {bytes.begin(), bytes.end()}, 0};
}

std::string name_of_type(const testing::TestParamInfo<DType>& info) {
    return std::string(name_of(info.param));
}

class MemoryAccess : public testing::TestWithParam<DType> {
  protected:
    std::mt19937_64 random_{seed};
};

TEST_P(MemoryAccess, UnmaskedVectorsReachOnlyTheirElements) {
    const DType type = GetParam();
    for (int lanes : memory_lanes(type)) {
        Builder b("contiguous", 4);
        const int x = add(b, "x", type, 0, false), y = add(b, "y", type, 1, true);
        const Value n = b.parameter(2);
        b.for_each(b.integer(0), n, b.integer(lanes), [&](Value i) { b.store(y, b.load(x, i, lanes), i); });
        Call call;
        const auto count = static_cast<std::size_t>(5 * lanes);
        call.buffers = {random_contents(type, count, random_), zeros(type, count)};
        call.parameters = {0, 0, count, 0};
        expect_as_interpreted(b.finish(), call);
    }
}

TEST_P(MemoryAccess, MasksOfEveryLengthReachOnlyTheirElements) {
    const DType type = GetParam();
    for (int lanes : memory_lanes(type)) {
        // Task t copies the first t elements, and also those from t on that are odd in a second output.
        Builder b("masked", 8);
        const int x = add(b, "x", type, 0, false), y = add(b, "y", type, 1, true),
                  z = add(b, "z", type, 2, true);
        const Type ids{DType::i64, static_cast<std::uint16_t>(lanes)};
        const Value length = b.grid_id(0);
        const Value lane = b.lane_ids(ids);
        const Value row = b.mul(length, b.integer(lanes));
        const Value first = b.compare(tile::Op::less, lane, b.splat(length, lanes));
        const Value shift = b.sub(b.integer(lanes), length);
        // The last `length` elements of x, so that masked-off lanes lie behind its end.
        const Value tail = b.load(x, shift, lanes, first);
        b.store(y, tail, row, first);
        const Value odd =
            b.compare(tile::Op::equal, b.binary(tile::Op::rem, b.add(lane, length), b.integer(2, ids)),
                      b.integer(1, ids));
        const Value late = b.compare(tile::Op::greater_equal, lane, b.splat(shift, lanes));
        // The first `length` elements of x in the last lanes, so that masked-off lanes lie before its
        // beginning.
        const Value head = b.load(x, b.sub(b.integer(0), shift), lanes, late);
        b.store(z, head, row, b.binary(tile::Op::bit_and, late, odd));
        Call call;
        const auto count = static_cast<std::size_t>(lanes);
        call.buffers = {random_contents(type, count, random_), zeros(type, count * (count + 1)),
                        zeros(type, count * (count + 1))};
        call.parameters.assign(8, 0);
        call.grid = {lanes + 1, 1, 1};
        expect_as_interpreted(b.finish(), call);
    }
}

TEST_P(MemoryAccess, StridedVectorsReachOnlyTheirElements) {
    const DType type = GetParam();
    const int lanes = widest_lanes(type);
    for (std::int64_t stride : {-5, -1, 0, 2, 3, 4, 7}) {
        Builder b("strided", 8);
        const int x = add(b, "x", type, 0, false), y = add(b, "y", type, 1, true),
                  z = add(b, "z", type, 2, true);
        const Value known = b.integer(stride), unknown = b.parameter(4);
        const Type ids{DType::i64, static_cast<std::uint16_t>(lanes)};
        const Value length = b.grid_id(0);
        const Value mask = b.compare(tile::Op::less, b.lane_ids(ids), b.splat(length, lanes));
        const Value row = b.mul(length, b.integer(4 * lanes));
        int place = 0;
        for (Value step : {known, unknown})
            for (Value chosen : {Value{}, mask})
                b.store(z, b.load_strided(x, b.integer(0), step, lanes, chosen),
                        b.add(row, b.integer(place++ * lanes)));
        const std::int64_t reach = (lanes - 1) * stride;
        const auto count = static_cast<std::size_t>(std::abs(reach) + 1);
        const Value own = b.mul(length, b.integer(static_cast<std::int64_t>(count)));
        const Value all = b.load_strided(x, b.integer(0), known, lanes);
        const Value flipped =
            b.load_strided(x, b.integer((lanes - 1) * stride), b.sub(b.integer(0), unknown), lanes);
        b.store_strided(y, all, own, known, mask);
        b.if_then(b.compare(tile::Op::equal, length, b.integer(lanes / 2)),
                  [&] { b.store_strided(y, flipped, own, unknown); });
        b.if_then(b.compare(tile::Op::equal, length, b.integer(lanes / 4)),
                  [&] { b.store_strided(y, all, own, known); });
        b.store_strided(y, flipped, own, unknown, mask);
        Call call;
        call.buffers = {random_contents(type, count, random_),
                        zeros(type, count * static_cast<std::size_t>(lanes + 1)),
                        zeros(type, static_cast<std::size_t>(4 * lanes * (lanes + 1)))};
        call.buffers[0].lowest = call.buffers[1].lowest = std::min<std::int64_t>(reach, 0);
        call.parameters.assign(8, 0);
        call.parameters[4] = static_cast<std::uint64_t>(stride);
        call.grid = {lanes + 1, 1, 1};
        expect_as_interpreted(b.finish(), call);
    }
}

TEST_P(MemoryAccess, GatherAndScatterReachOnlyTheirElements) {
    const DType type = GetParam();
    for (int lanes : memory_lanes(type)) {
        Builder b("indexed", 8);
        const int x = add(b, "x", type, 0, false), at = add(b, "at", DType::i64, 1, false);
        const int on = add(b, "on", DType::boolean, 2, false);
        const int y = add(b, "y", type, 3, true), z = add(b, "z", type, 4, true);
        const Value numbers = b.load(at, b.integer(0), lanes), mask = b.load(on, b.integer(0), lanes);
        const Value far = b.add(numbers, b.integer(1000000, {DType::i64, static_cast<std::uint16_t>(lanes)}));
        const Value wild = b.select(mask, numbers, far);
        b.store(y, b.gather(x, numbers), b.integer(0));
        b.store(y, b.gather(x, wild, mask), b.integer(lanes));
        // Several lanes write the same element: the highest lane must win.
        b.scatter(z, b.load(x, b.integer(0), lanes), numbers);
        b.scatter(z, b.load(x, b.integer(lanes), lanes), wild, mask);
        Call call;
        const auto count = static_cast<std::size_t>(lanes);
        std::vector<std::int64_t> places;
        std::vector<std::uint8_t> flags;
        for (int lane = 0; lane < lanes; ++lane) {
            places.push_back(static_cast<std::int64_t>(random_() % (count + 1)));
            flags.push_back(static_cast<std::uint8_t>(random_() % 2));
        }
        call.buffers = {random_contents(type, 2 * count, random_), of(DType::i64, places),
                        of(DType::boolean, flags), zeros(type, 2 * count), zeros(type, count + 1)};
        call.parameters.assign(8, 0);
        expect_as_interpreted(b.finish(), call);
    }
}

TEST_P(MemoryAccess, PrivateAndTaskBuffersHoldWhatWasStored) {
    const DType type = GetParam();
    const int lanes = 16 / size_of(type), count = 4 * lanes;
    Builder b("spaces", 8);
    const int x = add(b, "x", type, 0, false), y = add(b, "y", type, 1, true);
    tile::Buffer buffer;
    buffer.dtype = type;
    buffer.writable = true;
    buffer.name = "own";
    buffer.space = Space::private_;
    buffer.size = count;
    const int own = b.add_buffer(buffer);
    buffer.name = "panel";
    buffer.space = Space::task;
    buffer.word = 2;
    const int panel = b.add_buffer(buffer);
    buffer.name = "second panel";
    buffer.word = 3;
    const int second = b.add_buffer(buffer);
    const Value row = b.mul(b.grid_id(0), b.integer(count));
    const auto each = [&](const std::function<void(Value)>& body) {
        b.for_each(b.integer(0), b.integer(count), b.integer(lanes), body);
    };
    each([&](Value i) { b.store(own, b.load(x, b.add(row, i), lanes), i); });
    each([&](Value i) { b.store(panel, b.load(own, b.sub(b.integer(count - lanes), i), lanes), i); });
    each([&](Value i) { b.store_strided(second, b.load(panel, i, lanes), i, b.integer(1)); });
    each([&](Value i) { b.store(y, b.load(second, i, lanes), b.add(row, i)); });
    Call call;
    call.grid = {3, 1, 1};
    const std::size_t elements = static_cast<std::size_t>(count) * 3;
    call.buffers = {random_contents(type, elements, random_), zeros(type, elements)};
    call.parameters.assign(8, 0);
    call.parameters[2] = 0;
    call.parameters[3] = 64;  // count elements are 64 bytes
    call.task_bytes = 128;
    call.scratch_words = 6;
    expect_as_interpreted(b.finish(), call);
}

INSTANTIATE_TEST_SUITE_P(Types, MemoryAccess, testing::ValuesIn(all_types), name_of_type);

}  // namespace
}  // namespace sporkle::test
