// Arithmetic that takes a short way on AMD's chips: the bits are the interpreter's, and the instructions the
// short ones.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include <sporkle/dsl.hpp>

#include "codegen/ir/builder.hpp"
#include "tests/amdgpu_emit/chip_code.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Op;
using tile::Type;
using tile::Value;

constexpr std::uint64_t seed = 31;

int add(Builder& b, const std::string& name, DType type, int word, tile::Space space = tile::Space::global,
        std::int64_t size = 0) {
    tile::Buffer buffer;
    buffer.name = name;
    buffer.dtype = type;
    buffer.space = space;
    buffer.word = word;
    buffer.size = size;
    buffer.writable = true;
    return b.add_buffer(buffer);
}

Contents zeros(DType type, std::size_t count) {
    return {type, std::vector<std::byte>(count * static_cast<std::size_t>(size_of(type))), 0};
}

/// The values of a type that are worth trying, each with each: two arrays, filled up to whole vectors.
std::array<Contents, 2> all_pairs(DType type, std::size_t lanes) {
    const std::vector<std::uint64_t> edges = edge_patterns(type);
    const auto size = static_cast<std::size_t>(size_of(type));
    const std::size_t count = (edges.size() * edges.size() + lanes - 1) / lanes * lanes;
    std::array<Contents, 2> pairs{zeros(type, count), zeros(type, count)};
    for (std::size_t n = 0; n < count; ++n) {
        const std::uint64_t bits[] = {edges[n % edges.size()], edges[n / edges.size() % edges.size()]};
        for (std::size_t side = 0; side < 2; ++side)
            std::memcpy(pairs[side].bytes.data() + n * size, &bits[side], size);
    }
    return pairs;
}

std::size_t count(const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
}

class ChipArithmetic : public testing::TestWithParam<const char*> {
  protected:
    std::mt19937_64 random_{seed};
};

/// y = x · z and so on: the operation in f32, its operands and its result in f16.
tile::Kernel half_kernel(Op op, int lanes, bool with_constant) {
    Builder b("halves", 4);
    const int x = add(b, "x", DType::f16, 0), z = add(b, "z", DType::f16, 1), y = add(b, "y", DType::f16, 2);
    b.for_each(b.integer(0), b.parameter(3), b.integer(lanes), [&](Value at) {
        const Value left = b.convert(b.load(x, at, lanes), DType::f32);
        const Value right = with_constant
                                ? b.floating(0.333251953125, {DType::f32, static_cast<std::uint16_t>(lanes)})
                                : b.convert(b.load(z, at, lanes), DType::f32);
        const Value result = op == Op::fma ? b.fma(left, right, right) : b.binary(op, left, right);
        b.store(y, b.convert(result, DType::f16), at);
    });
    return b.finish();
}

TEST_P(ChipArithmetic, OneOperationOnHalvesIsPacked) {
    const std::pair<Op, const char*> operations[] = {
        {Op::add, "v_pk_add_f16"}, {Op::sub, "v_pk_add_f16"}, {Op::mul, "v_pk_mul_f16"}};
    for (const auto& [op, instruction] : operations)
        for (const bool with_constant : {false, true}) {
            constexpr int lanes = 4;
            auto [left, right] = all_pairs(DType::f16, lanes);
            const Contents more = random_contents(DType::f16, 4096, random_);
            const Contents others = random_contents(DType::f16, 4096, random_);
            left.bytes.insert(left.bytes.end(), more.bytes.begin(), more.bytes.end());
            right.bytes.insert(right.bytes.end(), others.bytes.begin(), others.bytes.end());
            Call call;
            const std::size_t n = left.bytes.size() / 2;
            call.buffers = {left, right, zeros(DType::f16, n)};
            call.parameters = {0, 0, 0, n};
            const tile::Kernel kernel = half_kernel(op, lanes, with_constant);
            expect_as_interpreted_on(GetParam(), kernel, call);
            const std::string code = assembly_of(kernel, GetParam());
            EXPECT_EQ(count(code, instruction) % 2, 0u) << code;
            EXPECT_GT(count(code, instruction), 0u) << code;
            EXPECT_EQ(count(code, "v_cvt_"), 0u) << code;
        }
}

/// A multiply-add is rounded to f32 before it is rounded to f16, which f16 cannot imitate.
TEST_P(ChipArithmetic, MultiplyAddsOfHalvesAreRoundedTwice) {
    auto [left, right] = all_pairs(DType::f16, 4);
    Call call;
    const std::size_t n = left.bytes.size() / 2;
    call.buffers = {left, right, zeros(DType::f16, n)};
    call.parameters = {0, 0, 0, n};
    const tile::Kernel kernel = half_kernel(Op::fma, 4, false);
    expect_as_interpreted_on(GetParam(), kernel, call);
    EXPECT_EQ(count(assembly_of(kernel, GetParam()), "v_pk_fma_f16"), 0u);
}

/// Sums of products of what shared memory holds as words, through loops and branches as a contraction has
/// them. `wide` lets one number in that takes more than 24 bits.
tile::Kernel product_kernel(DType type, bool wide) {
    constexpr int members = 32;
    Builder b("products", 4);
    b.set_team(members, 1);
    const int x = add(b, "x", type, 0), y = add(b, "y", DType::i32, 1);
    const int panel = add(b, "panel", DType::i32, -1, tile::Space::shared, members * 4);
    const Value me = b.member_id();
    const Value own = b.mul(me, b.integer(4));
    b.store(panel, b.convert(b.load(x, own, 4), DType::i32), own);
    if (wide)
        b.if_then(b.compare(Op::equal, me, b.integer(3)),
                  [&] { b.store(panel, b.convert(b.parameter(3), DType::i32), own); });
    b.barrier();
    const Value initial[] = {b.splat(b.convert(b.integer(0), DType::i32), 4), b.load(panel, own, 4)};
    const auto sums = b.for_loop(
        b.integer(0), b.parameter(2), b.integer(1), initial, [&](Value turn, std::span<const Value> carried) {
            const Value row = b.mul(b.binary(Op::rem, turn, b.integer(members)), b.integer(4));
            const Value next = b.load(panel, row, 4);
            return std::vector<Value>{b.fma(carried[1], next, carried[0]), next};
        });
    b.store(y, sums[0], own);
    return b.finish();
}

TEST_P(ChipArithmetic, ProductsOfShortIntegersTakeTwentyFourBits) {
    for (const DType type : {DType::i8, DType::u8, DType::i16})
        for (const bool wide : {false, true}) {
            Call call;
            call.buffers = {random_contents(type, 128, random_), zeros(DType::i32, 128)};
            call.parameters = {0, 0, 100, 0x12345678};
            const tile::Kernel kernel = product_kernel(type, wide);
            expect_as_interpreted_on(GetParam(), kernel, call);
            const std::string code = assembly_of(kernel, GetParam());
            EXPECT_EQ(count(code, "v_mad_i32_i24") > 0, !wide) << code;
        }
}

/// Numbers at the very ends of what 24 bits hold, and one beyond.
TEST_P(ChipArithmetic, TheLongestFactors) {
    for (const std::int64_t number : {(1 << 23) - 1, -(1 << 23), 1 << 23, -(1 << 23) - 1, -1, 0}) {
        Builder b("factors", 4);
        const int x = add(b, "x", DType::i16, 0), y = add(b, "y", DType::i32, 1);
        b.for_each(b.integer(0), b.parameter(2), b.integer(1), [&](Value at) {
            const Value short_one = b.convert(b.load(x, at, 1), DType::i32);
            b.store(y, b.mul(short_one, b.integer(number, {DType::i32, 1})), at);
        });
        Call call;
        call.buffers = {random_contents(DType::i16, 500, random_), zeros(DType::i32, 500)};
        call.parameters = {0, 0, 500, 0};
        expect_as_interpreted_on(GetParam(), b.finish(), call);
    }
}

/// A 7×7 window has 49 masks, which do not change with the channel: in registers all at once they are more
/// than the chips have scalar registers.
TEST_P(ChipArithmetic, MasksOfLargeWindowsAreNotAllKept) {
    using namespace sporkle::dsl;
    constexpr auto co = index<"co">;
    constexpr auto ci = index<"ci">;
    constexpr auto py = index<"py">;
    constexpr auto px = index<"px">;
    constexpr auto r = index<"r", 7>;
    constexpr auto s = index<"s", 7>;
    constexpr auto images = tensor<"images", f32, 3>.boundary(zero);
    constexpr auto weights = tensor<"weights", f32, 4>;
    constexpr auto result = tensor<"result", f32, 3>;
    const Program program =
        kernel<"conv7">(result(co, py, px) =
                            sum(ci, r, s, images(ci, py * 2 + r - 3, px * 2 + s - 3) * weights(co, ci, r, s)))
            .program();
    const codegen::Machine machine = amdgpu_target().machine(GetParam());
    int seen = 0;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine)) {
        if (schedule.name != "columns" && schedule.name != "strided") continue;
        const std::string code =
            amdgpu_target().stage_text(codegen::lower(program, schedule, machine), "asm");
        EXPECT_NE(code.find(".sgpr_spill_count: 0"), std::string::npos) << schedule.name;
        EXPECT_NE(code.find(".vgpr_spill_count: 0"), std::string::npos) << schedule.name;
        ++seen;
    }
    EXPECT_EQ(seen, 2);
}

INSTANTIATE_TEST_SUITE_P(Chips, ChipArithmetic, testing::ValuesIn(all_chips));

}  // namespace
}  // namespace sporkle::test
