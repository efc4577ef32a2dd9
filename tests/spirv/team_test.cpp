// Workgroups of several members: shared memory, barriers, shuffles, task scratch that members share.
#include <gtest/gtest.h>

#include "codegen/ir/builder.hpp"
#include "targets/spirv/emit/tools.hpp"
#include "tests/spirv/device_code.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Op;
using tile::Space;
using tile::Type;
using tile::Value;

constexpr std::uint64_t seed = 11;
constexpr DType all_types[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i8,     DType::u8,
                               DType::i16, DType::i32, DType::u32, DType::i64,  DType::boolean};

int add(Builder& b, const std::string& name, Space space, DType type, int word, std::int64_t size = 0) {
    tile::Buffer buffer;
    buffer.name = name;
    buffer.space = space;
    buffer.dtype = type;
    buffer.word = word;
    buffer.size = size;
    buffer.writable = true;
    return b.add_buffer(buffer);
}

Contents zeros(DType type, std::int64_t count) {
    return {type, std::vector<std::byte>(static_cast<std::size_t>(count * size_of(type))), 0};
}

class Team : public testing::TestWithParam<DType> {
  protected:
    DType type() const { return GetParam(); }
    std::mt19937_64 random_{seed};
};

std::string name_of_type(const testing::TestParamInfo<DType>& info) {
    return std::string(name_of(info.param));
}

/// Each member stores a row of `lanes` neighbours and loads a column: vectors, single elements and rows that
/// begin anywhere.
tile::Kernel transposition(DType type, int members, int lanes, std::int64_t pitch) {
    Builder b("transposition", 4);
    b.set_team(members, 1);
    const int x = add(b, "x", Space::global, type, 0), y = add(b, "y", Space::global, type, 1);
    const int tile = add(b, "tile", Space::shared, type, -1, members * pitch);
    const Value me = b.member_id(), task = b.mul(b.grid_id(0), b.integer(members * lanes));
    const Value own = b.add(task, b.mul(me, b.integer(lanes)));
    b.store(tile, b.load(x, own, lanes), b.mul(me, b.integer(pitch)));
    b.barrier();
    // Member m takes what stands at m, m + members, … of the rows one after the other.
    std::vector<Value> parts;
    for (int n = 0; n < lanes; ++n) {
        const Value place = b.add(me, b.integer(std::int64_t{n} * members));
        const Value row = b.binary(Op::div, place, b.integer(lanes));
        const Value column = b.binary(Op::rem, place, b.integer(lanes));
        parts.push_back(b.load(tile, b.add(b.mul(row, b.integer(pitch)), column), 1));
    }
    b.store(y, b.concat(parts), own);
    return b.finish();
}

TEST_P(Team, SharedMemoryIsExchanged) {
    for (const int members : {1, 16, 64})
        for (const int lanes : {1, 2, 4})
            for (const std::int64_t pitch : {4, 5}) {
                Call call;
                call.grid = {3, 1, 1};
                const auto count = static_cast<std::size_t>(3 * members * lanes);
                call.buffers = {random_contents(type(), count, random_),
                                zeros(type(), static_cast<std::int64_t>(count))};
                call.parameters.assign(4, 0);
                expect_as_interpreted(transposition(type(), members, lanes, pitch), call);
            }
}

TEST_P(Team, ShufflesReachEveryMemberOfTheGroup) {
    for (const int width : {1, 2, 8, 16, 32})
        for (const int lanes : {1, 3}) {
            Builder b("shuffle", 4);
            b.set_team(64, 1, width);
            const int x = add(b, "x", Space::global, type(), 0), y = add(b, "y", Space::global, type(), 1);
            const Value me = b.member_id(), row = b.mul(me, b.integer(lanes));
            const Value value = b.load(x, row, lanes);
            const Value group = b.mul(b.binary(Op::div, me, b.integer(width)), b.integer(width));
            const auto within = [&](Value member) {
                return b.add(group, b.binary(Op::rem, member, b.integer(width)));
            };
            // From a neighbour, from the group's first, and what came from there to the one five further on.
            const Value next = b.shuffle(value, within(b.add(me, b.integer(1))));
            const Value first = b.shuffle(next, group);
            const Value further = b.shuffle(next, within(b.mul(me, b.integer(5))));
            b.store(y, next, row);
            b.store(y, first, b.add(row, b.integer(64 * lanes)));
            b.store(y, further, b.add(row, b.integer(2 * 64 * lanes)));
            Call call;
            call.buffers = {random_contents(type(), static_cast<std::size_t>(64 * lanes), random_),
                            zeros(type(), 3 * 64 * lanes)};
            call.parameters.assign(4, 0);
            expect_as_interpreted(b.finish(), call);
        }
}

INSTANTIATE_TEST_SUITE_P(Types, Team, testing::ValuesIn(all_types), name_of_type);

/// Members pass numbers through scratch of the task and through the output, step after step.
TEST(TeamMemory, ScratchAndTensorsAreSeenAfterBarriers) {
    constexpr int members = 64;
    Builder b("relay", 8);
    b.set_team(members, 1);
    const int y = add(b, "y", Space::global, DType::f64, 0);
    const int pad = add(b, "pad", Space::task, DType::f64, 1);
    const Value me = b.member_id(), task = b.grid_id(0);
    const Value own = b.add(b.mul(task, b.integer(members)), me);
    const Value next = b.binary(Op::rem, b.add(me, b.integer(1)), b.integer(members));
    b.store(y, b.convert(own, DType::f64), own);
    b.for_each(b.integer(0), b.parameter(2), b.integer(1), [&](Value) {
        b.barrier();
        b.store(pad, b.load(y, b.add(b.mul(task, b.integer(members)), next), 1), me);
        b.barrier();
        b.store(y, b.add(b.load(pad, next, 1), b.floating(0.25, {DType::f64, 1})), own);
    });
    Call call;
    call.grid = {7, 1, 1};
    call.buffers = {zeros(DType::f64, 7 * members)};
    call.parameters = {0, 0, 9, 0, 0, 0, 0, 0};
    call.task_bytes = members * 8;
    call.scratch_words = 7;
    expect_as_interpreted(b.finish(), call);
}

std::string text_of(const tile::Kernel& kernel) { return spirv::disassemble(module_of(kernel)); }

std::size_t count(const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
}

TEST(TeamCode, AlignedRowsOfSharedMemoryMoveAsVectors) {
    const std::string aligned = text_of(transposition(DType::f32, 64, 4, 4));
    EXPECT_NE(aligned.find("OpTypePointer Workgroup %v4float"), std::string::npos) << aligned;
    const std::string odd = text_of(transposition(DType::f32, 64, 4, 5));
    EXPECT_EQ(odd.find("OpTypePointer Workgroup %v4float"), std::string::npos) << odd;
    const std::string pairs = text_of(transposition(DType::f64, 64, 4, 6));
    EXPECT_NE(pairs.find("OpTypePointer Workgroup %v2double"), std::string::npos) << pairs;
}

/// The inner loop of a matrix product from shared memory: vector loads and fused multiply-adds, and no 64-bit
/// arithmetic.
TEST(TeamCode, InnerLoopsComputeIndicesIn32Bits) {
    Builder b("microkernel", 4);
    b.set_team(256, 1);
    const int y = add(b, "y", Space::global, DType::f32, 0);
    const int a = add(b, "a", Space::shared, DType::f32, -1, 128 * 8);
    const int c = add(b, "c", Space::shared, DType::f32, -1, 128 * 8);
    const Value me = b.member_id();
    const Value row = b.mul(b.binary(Op::div, me, b.integer(16)), b.integer(4));
    const Value column = b.mul(b.binary(Op::rem, me, b.integer(16)), b.integer(4));
    const Value zero = b.floating(0, {DType::f32, 4});
    const auto sums = b.for_loop(
        b.integer(0), b.integer(8), b.integer(1), {&zero, 1}, [&](Value k, std::span<const Value> sum) {
            const Value left = b.load(a, b.add(b.mul(k, b.integer(128)), row), 4);
            const Value right = b.load(c, b.add(b.mul(k, b.integer(128)), column), 4);
            return std::vector<Value>{b.fma(left, right, sum[0])};
        });
    b.store(y, sums[0], b.mul(me, b.integer(4)));
    const std::string text = text_of(b.finish());
    const std::size_t loop = text.find("OpLoopMerge"),
                      end = text.find("OpBranch", text.find("OpLabel", loop));
    ASSERT_NE(loop, std::string::npos);
    const std::string body = text.substr(loop, text.find("OpFunctionEnd", loop) - loop);
    EXPECT_EQ(count(body.substr(0, end - loop), "%ulong"), 0u) << body;
    EXPECT_EQ(count(text, "OpLoad %v4float"), 2u) << text;
    EXPECT_EQ(count(body.substr(0, end - loop), "Fma"), 4u) << text;
}

/// No product has a factor that is 0 or 1: what is left of an index divided by 2 chooses the other factor.
/// NVIDIA's compiler gets such products wrong.
TEST(TeamCode, RemaindersByTwoChoose) {
    Builder b("pairs", 4);
    b.set_team(64, 1);
    const int y = add(b, "y", Space::global, DType::f32, 0);
    const Value index = b.convert(b.add(b.grid_id(0), b.member_id()), DType::u32);
    const Value two = b.integer(2, {DType::u32, 1}), half = b.binary(Op::div, index, two);
    const Value rest = b.convert(b.sub(index, b.mul(half, two)), DType::i64);
    b.store(y, b.convert(half, DType::f32), b.mul(rest, b.parameter(2)));
    const std::string text = text_of(b.finish());
    EXPECT_EQ(count(text, "OpIMul %ulong"), 0u) << text;
    EXPECT_EQ(count(text, "OpINotEqual"), 1u) << text;
}

TEST(TeamCode, BitsTimesConstantsChoose) {
    const auto product = [](const std::function<Value(Builder&, Value)>& bit_of) {
        Builder b("bits", 4);
        b.set_team(64, 1);
        const int x = add(b, "x", Space::global, DType::i64, 0),
                  y = add(b, "y", Space::global, DType::i64, 1);
        const Value member = b.member_id();
        const Value bit = bit_of(b, b.load(x, member, 1));
        b.store(y, b.convert(b.mul(bit, b.integer(3, b.type_of(bit))), DType::i64), member);
        return text_of(b.finish());
    };
    const auto one = [](Builder& b, Value like) { return b.integer(1, b.type_of(like)); };
    const std::function<Value(Builder&, Value)> bits[] = {
        [&](Builder& b, Value x) { return b.binary(Op::bit_and, x, one(b, x)); },
        [&](Builder& b, Value x) {
            const Value low = b.convert(x, DType::i32);
            return b.binary(Op::bit_and, low, one(b, low));
        },
        [&](Builder& b, Value x) {
            return b.binary(Op::rem, b.convert(x, DType::u32), b.integer(2, {DType::u32, 1}));
        },
        [&](Builder& b, Value x) { return b.binary(Op::shr_logical, x, b.integer(63)); },
        [&](Builder& b, Value x) {
            const Value even = b.binary(Op::bit_and, x, one(b, x));
            return b.binary(Op::bit_xor, even, one(b, x));
        }};
    for (const auto& bit : bits) {
        const std::string text = product(bit);
        EXPECT_EQ(count(text, "OpIMul"), count(text, "OpUDiv")) << text;  // a remainder's own product
        EXPECT_EQ(count(text, "OpINotEqual %bool"), 1u) << text;
    }
}

TEST(TeamCode, OnlyMemoryThatMembersShareIsOrdered) {
    const std::string exchange = text_of(transposition(DType::f32, 64, 4, 4));
    EXPECT_EQ(exchange.find("VulkanMemoryModel"), std::string::npos) << exchange;
    Builder b("relay", 2);
    b.set_team(64, 1);
    const int y = add(b, "y", Space::global, DType::f32, 0);
    const Value me = b.member_id();
    b.store(y, b.convert(me, DType::f32), me);
    b.barrier();
    b.store(y, b.load(y, b.sub(b.integer(63), me), 1), b.add(me, b.integer(64)));
    const std::string relay = text_of(b.finish());
    EXPECT_NE(relay.find("VulkanMemoryModel"), std::string::npos) << relay;
    EXPECT_NE(relay.find("NonPrivatePointer"), std::string::npos) << relay;
}

}  // namespace
}  // namespace sporkle::test
