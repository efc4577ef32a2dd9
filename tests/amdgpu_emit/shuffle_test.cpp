// Shuffles on every chip: whatever way they go, members get what the interpreter says; and reductions go the
// short way.
#include <gtest/gtest.h>

#include <functional>

#include <sporkle/dsl.hpp>

#include "codegen/ir/builder.hpp"
#include "codegen/simt/distribute.hpp"
#include "tests/amdgpu_emit/chip_code.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Op;
using tile::Value;

constexpr std::uint64_t seed = 23;

int add(Builder& b, const std::string& name, DType type, int word) {
    tile::Buffer buffer;
    buffer.name = name;
    buffer.dtype = type;
    buffer.word = word;
    buffer.writable = true;
    return b.add_buffer(buffer);
}

class Shuffles : public testing::TestWithParam<const char*> {
  protected:
    /// Source of the member whose number in its group is given; a number in the group, too.
    using Sources = std::vector<std::function<Value(Builder&, Value)>>;

    /// A kernel that makes all these shuffles, one after the other, of each member's vector.
    static tile::Kernel kernel_of(DType type, int lanes, int members, int width, const Sources& sources) {
        Builder b("shuffles", 4);
        b.set_team(members, 1, width);
        const int x = add(b, "x", type, 0), y = add(b, "y", type, 1);
        const Value me = b.member_id();
        const Value group = b.binary(Op::bit_and, me, b.integer(-std::int64_t{width}));
        const Value place = b.binary(Op::bit_and, me, b.integer(width - 1));
        for (std::size_t n = 0; n < sources.size(); ++n) {
            const auto row = [&](std::size_t number) {
                const auto first = static_cast<std::int64_t>(number) * members;
                return b.mul(b.add(me, b.integer(first)), b.integer(lanes));
            };
            const Value value = b.load(x, row(n), lanes);
            b.store(y, b.shuffle(value, b.add(group, sources[n](b, place))), row(n));
        }
        return b.finish();
    }

    void expect_right(DType type, int lanes, int members, int width, const Sources& sources) {
        const std::size_t count = sources.size() * static_cast<std::size_t>(members * lanes);
        Call call;
        const auto bytes = count * static_cast<std::size_t>(size_of(type));
        call.buffers = {random_contents(type, count, random_), {type, std::vector<std::byte>(bytes), 0}};
        call.parameters.assign(4, 0);
        SCOPED_TRACE(std::string(name_of(type)) + " x " + std::to_string(lanes) + ", " +
                     std::to_string(members) + " members in groups of " + std::to_string(width));
        expect_as_interpreted_on(GetParam(), kernel_of(type, lanes, members, width, sources), call);
    }

    static Sources exchanges(int width) {
        Sources sources;
        for (int distance = 1; distance < width; ++distance)
            sources.push_back(
                [=](Builder& b, Value me) { return b.binary(Op::bit_xor, me, b.integer(distance)); });
        return sources;
    }
    static Sources rotations(int width) {
        Sources sources;
        for (int by = 1; by < width; ++by)
            sources.push_back([=](Builder& b, Value me) {
                return b.binary(Op::bit_and, b.add(me, b.integer(by)), b.integer(width - 1));
            });
        return sources;
    }
    static Sources broadcasts(int width) {
        Sources sources;
        for (int from = 0; from < width; ++from)
            sources.push_back([=](Builder& b, Value) { return b.integer(from); });
        return sources;
    }
    /// In rows, across rows, and all over the group.
    static Sources permutations(int width) {
        Sources sources;
        const auto within = [](Builder& b, Value me, Value place, int size) {
            return b.add(b.binary(Op::bit_and, me, b.integer(-std::int64_t{size})),
                         b.binary(Op::bit_and, place, b.integer(size - 1)));
        };
        for (const int size : {4, 16, width}) {
            if (size > width) continue;
            for (const int step : {3, 5, 0})
                sources.push_back([=](Builder& b, Value me) {
                    return within(b, me, b.add(b.mul(me, b.integer(step)), b.integer(1)), size);
                });
            if (2 * size > width) continue;
            sources.push_back([=](Builder& b, Value me) {
                const Value other = b.binary(Op::bit_xor, me, b.integer(size));
                return within(b, other, b.mul(me, b.integer(7)), size);
            });
        }
        return sources;
    }

    std::mt19937_64 random_{seed};
};

TEST_P(Shuffles, OfEveryPatternAndWidth) {
    for (const int width : {2, 4, 16, 32, 64})
        for (const auto& sources :
             {exchanges(width), rotations(width), broadcasts(width), permutations(width)})
            expect_right(DType::f32, 1, 64, width, sources);
}

TEST_P(Shuffles, OfGroupsThatDoNotFillAWave) {
    for (const int members : {8, 16, 32}) {
        expect_right(DType::i32, 1, members, 8, exchanges(8));
        expect_right(DType::i32, 1, members, 8, rotations(8));
        expect_right(DType::i32, 1, members, 8, broadcasts(8));
    }
}

TEST_P(Shuffles, BetweenWaves) {
    Sources sources = permutations(128);
    for (auto& more : {exchanges(128), broadcasts(128)})
        for (const int n : {0, 31, 32, 63, 64, 100}) sources.push_back(more[static_cast<std::size_t>(n)]);
    expect_right(DType::f32, 1, 256, 128, sources);
    expect_right(DType::f64, 3, 128, 128, sources);
}

TEST_P(Shuffles, OfEveryTypeAndSmallVectors) {
    Sources sources;
    for (const int distance : {1, 4, 16, 32})
        sources.push_back(exchanges(64)[static_cast<std::size_t>(distance - 1)]);
    sources.push_back(broadcasts(64)[37]);
    for (const DType type : {DType::f64, DType::f16, DType::bf16, DType::i8, DType::u8, DType::i16,
                             DType::u32, DType::i64, DType::boolean})
        for (const int lanes : {1, 2, 3, 4}) expect_right(type, lanes, 64, 64, sources);
}

/// Sources that only the call knows, in branches and loops that all members take.
TEST_P(Shuffles, FromMembersThatTheCallNames) {
    for (const int width : {16, 64}) {
        Builder b("named", 4);
        b.set_team(128, 1, width);
        const int x = add(b, "x", DType::f32, 0), y = add(b, "y", DType::f32, 1);
        const Value me = b.member_id();
        const Value group = b.binary(Op::bit_and, me, b.integer(-std::int64_t{width}));
        b.for_each(b.integer(0), b.parameter(2), b.integer(1), [&](Value turn) {
            const Value value = b.load(x, b.add(b.mul(turn, b.integer(128)), me), 1);
            const Value from = b.binary(Op::bit_and, b.mul(turn, b.parameter(3)), b.integer(width - 1));
            // Twice the same value, and what came of it.
            const Value one = b.shuffle(value, b.add(group, from));
            const Value other = b.shuffle(value, b.binary(Op::bit_xor, me, from));
            const Value sum = b.shuffle(b.add(one, other), b.binary(Op::bit_xor, me, b.integer(width - 1)));
            b.store(y, sum, b.add(b.mul(turn, b.integer(128)), me));
        });
        Call call;
        call.buffers = {random_contents(DType::f32, 128 * 20, random_),
                        {DType::f32, std::vector<std::byte>(128 * 20 * 4), 0}};
        call.parameters = {0, 0, 20, 7};
        expect_as_interpreted_on(GetParam(), b.finish(), call);
    }
}

std::size_t count(const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
}

/// The 64 partials of a sum are halved in registers: only between halves of the 64 threads does anything go
/// through LDS, once a block. LLVM makes most moves a part of the addition.
TEST_P(Shuffles, ARowSumIsHalvedInRegisters) {
    using namespace sporkle::dsl;
    constexpr auto i = index<"i">;
    constexpr auto j = index<"j">;
    constexpr auto x = tensor<"x", f32, 2>;
    constexpr auto y = tensor<"y", f32, 1>;
    const Program program = kernel<"row_sum">(y(i) = sum(j, x(i, j))).program();
    const std::string chip = GetParam();
    const codegen::Machine machine = amdgpu_target().machine(chip);
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine)) {
        if (schedule.name != "lanes") continue;
        const std::string code =
            amdgpu_target().stage_text(codegen::lower(program, schedule, machine), "asm");
        const bool halves = machine.subgroup_size == 64;
        EXPECT_EQ(count(code, "ds_bpermute_b32"), halves ? 1u : 0u) << code;
        EXPECT_EQ(count(code, "ds_swizzle_b32"), halves ? 1u : 0u) << code;
        EXPECT_EQ(count(code, "v_permlanex16_b32"), halves ? 0u : 1u) << code;
        EXPECT_EQ(count(code, "v_add_f32_dpp"), 3u) << code;
        return;
    }
    FAIL() << "a row sum has no schedule 'lanes'";
}

INSTANTIATE_TEST_SUITE_P(Chips, Shuffles, testing::ValuesIn(all_chips));

}  // namespace
}  // namespace sporkle::test
