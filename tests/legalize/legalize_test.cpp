// Every legalisation keeps the bits: kernels are interpreted before and after, on hard values.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include <sporkle/half.hpp>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/interpreter.hpp"
#include "codegen/ir/rules.hpp"
#include "codegen/legalize/legalize.hpp"

namespace sporkle::codegen {
namespace {

constexpr std::int64_t elements = 1200;
constexpr int lanes = 8;

bool contains(const tile::Region& region, const std::function<bool(const tile::Instruction&)>& wanted) {
    for (const tile::Instruction& x : region.body) {
        if (wanted(x)) return true;
        for (const tile::Region& inner : x.regions)
            if (contains(inner, wanted)) return true;
    }
    return false;
}

bool is_nan(DType type, std::uint64_t bits) {
    switch (type) {
        case DType::f64:
            return (bits & ~(std::uint64_t(1) << 63)) > 0x7ff0000000000000u;
        case DType::f32:
            return (bits & 0x7fffffffu) > 0x7f800000u;
        case DType::f16:
            return (bits & 0x7fffu) > 0x7c00u;
        case DType::bf16:
            return (bits & 0x7fffu) > 0x7f80u;
        default:
            return false;
    }
}

/// Patterns of a type: zeros, ones, extremes, few bits set, any. Booleans are 0 and 1.
std::vector<std::byte> patterns(DType type, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const int size = size_of(type);
    std::vector<std::byte> bytes(static_cast<std::size_t>(elements * size));
    for (std::int64_t e = 0; e < elements; ++e) {
        std::uint64_t bits = random();
        if (random() % 4 == 0)
            bits = std::uint64_t(1) << (random() % 64) | std::uint64_t(1) << (random() % 64);
        if (random() % 4 == 0) bits = ~std::uint64_t(0) << (random() % 64);
        if (random() % 4 == 0) bits = 0 - (std::uint64_t(1) << (random() % 64));
        if (type == DType::f64 && random() % 3 == 0)  // near the ranges of the 16-bit formats
            bits = std::bit_cast<std::uint64_t>(std::ldexp(1 + static_cast<double>(bits >> 40) * 0x1p-24,
                                                           static_cast<int>(random() % 48) - 30));
        if (type == DType::boolean) bits &= 1;
        std::memcpy(bytes.data() + e * size, &bits, static_cast<std::size_t>(size));
    }
    return bytes;
}

/// Runs a kernel of read-only buffers and one writable one, the last, of `elements` elements each.
std::vector<std::byte> run(const tile::Kernel& kernel) {
    std::vector<std::vector<std::byte>> bytes;
    std::vector<tile::Memory> memory;
    for (std::size_t i = 0; i < kernel.buffers.size(); ++i) {
        const tile::Buffer& buffer = kernel.buffers[i];
        bytes.push_back(buffer.writable ? std::vector<std::byte>(
                                              static_cast<std::size_t>(elements * size_of(buffer.dtype)))
                                        : patterns(buffer.dtype, i + 1));
        memory.push_back({bytes.back().data(), 0, elements - 1});
    }
    const std::vector<std::uint64_t> parameters(static_cast<std::size_t>(kernel.parameter_words));
    tile::Execution execution;
    execution.parameters = parameters;
    execution.buffers = memory;
    EXPECT_EQ(tile::interpret(kernel, execution), "");
    return bytes.back();
}

void expect_same_results(const tile::Kernel& before, const tile::Kernel& after) {
    ASSERT_EQ(tile::verify(before), "");
    ASSERT_EQ(tile::verify(after), "");
    const std::vector<std::byte> expected = run(before), actual = run(after);
    const DType type = before.buffers.back().dtype;
    const auto size = static_cast<std::size_t>(size_of(type));
    for (std::size_t e = 0; e < elements; ++e) {
        std::uint64_t x = 0, y = 0;
        std::memcpy(&x, expected.data() + e * size, size);
        std::memcpy(&y, actual.data() + e * size, size);
        if (is_nan(type, x) && is_nan(type, y)) continue;
        ASSERT_EQ(x, y) << std::hex << "element " << e << " of type " << name_of(type);
    }
}

/// out[e] = body(in0[e], in1[e], …)
tile::Kernel map_kernel(
    const std::vector<DType>& inputs, DType output,
    const std::function<tile::Value(tile::Builder&, const std::vector<tile::Value>&)>& body) {
    tile::Builder b("map", static_cast<int>(inputs.size()) + 1);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        b.add_buffer(
            {"in" + std::to_string(i), tile::Space::global, inputs[i], static_cast<int>(i), 0, false});
    const int out =
        b.add_buffer({"out", tile::Space::global, output, static_cast<int>(inputs.size()), 0, true});
    b.for_each(b.integer(0), b.integer(elements), b.integer(lanes), [&](tile::Value e) {
        std::vector<tile::Value> values;
        for (std::size_t i = 0; i < inputs.size(); ++i)
            values.push_back(b.load(static_cast<int>(i), e, lanes));
        b.store(out, body(b, values), e);
    });
    return b.finish();
}

TEST(ExpandFma, keeps_the_bits_and_leaves_no_fma) {
    for (const DType type : {DType::f32, DType::f64}) {
        const tile::Kernel before = map_kernel({type, type, type}, type, [](tile::Builder& b, const auto& x) {
            return b.fma(x[0], x[1], x[2]);
        });
        const tile::Kernel after = expand_fma(before);
        EXPECT_FALSE(contains(after.body, [](const tile::Instruction& x) { return x.op == tile::Op::fma; }));
        expect_same_results(before, after);
    }
}

TEST(ExpandFma, leaves_integers_alone) {
    const tile::Kernel kernel =
        map_kernel({DType::i32, DType::i32, DType::i32}, DType::i32,
                   [](tile::Builder& b, const auto& x) { return b.fma(x[0], x[1], x[2]); });
    EXPECT_EQ(tile::print(expand_fma(kernel)), tile::print(kernel));
}

using Conversion = std::pair<DType, DType>;
class ExpandHalf : public ::testing::TestWithParam<Conversion> {};

TEST_P(ExpandHalf, keeps_the_bits) {
    const auto [from, to] = GetParam();
    const tile::Kernel before =
        map_kernel({from}, to, [to](tile::Builder& b, const auto& x) { return b.convert(x[0], to); });
    for (const HalfConversions native :
         {HalfConversions{false, false}, HalfConversions{true, true}, HalfConversions{true, false}}) {
        const tile::Kernel after = expand_half_conversions(before, native);
        EXPECT_FALSE(contains(after.body, [&](const tile::Instruction& x) {
            if (x.op != tile::Op::convert) return false;
            const DType a = after.type_of(x.operands[0]).scalar, b = after.type_of(x.results[0]).scalar;
            if (native.f16_to_f32 && a == DType::f16 && b == DType::f32) return false;
            if (native.f32_to_f16 && a == DType::f32 && b == DType::f16) return false;
            return tile::is_storage_only(a) || tile::is_storage_only(b);
        }));
        expect_same_results(before, after);
    }
}

std::vector<Conversion> conversions() {
    std::vector<Conversion> result;
    for (int a = 0; a < dtype_count; ++a)
        for (int b = 0; b < dtype_count; ++b) {
            const auto from = static_cast<DType>(a), to = static_cast<DType>(b);
            if (from != to && (tile::is_storage_only(from) || tile::is_storage_only(to)))
                result.push_back({from, to});
        }
    return result;
}
INSTANTIATE_TEST_SUITE_P(Types, ExpandHalf, ::testing::ValuesIn(conversions()), [](const auto& info) {
    return std::string(name_of(info.param.first)) + "_to_" + std::string(name_of(info.param.second));
});

/// Values are numbered anew; all else stays.
std::string without_numbers(const std::string& text) {
    return std::regex_replace(text, std::regex("%[0-9]+"), "%");
}

/// One kernel with everything that a pass must carry over: loops with carried values, branches, masks,
/// strided and indexed accesses, private buffers, scalars, hints.
TEST(Rebuild, carries_every_instruction_over) {
    tile::Builder b("everything", 3);
    const int in = b.add_buffer({"in", tile::Space::global, DType::f32, 0, 0, false});
    const int own = b.add_buffer({"own", tile::Space::private_, DType::f32, -1, 64, true});
    const int out = b.add_buffer({"out", tile::Space::global, DType::f32, 1, 0, true});
    const tile::Type wide{DType::i64, lanes};
    const tile::Value ids = b.lane_ids(wide);
    const tile::Value scale = b.parameter(2, DType::f32);
    b.for_each(
        b.grid_id(0), b.integer(512), b.integer(16),
        [&](tile::Value e) {
            const tile::Value mask = b.compare(tile::Op::less, ids, b.integer(5, wide));
            const tile::Value x = b.load(in, e, lanes, mask, 4),
                              y = b.load_strided(in, e, b.integer(2), lanes);
            const tile::Value z = b.gather(in, b.add(b.mul(ids, b.integer(3, wide)), e), mask);
            b.prefetch(in, e, 1);
            b.store(own, x, b.integer(0));
            b.store_strided(own, y, b.integer(8), b.integer(2));
            b.scatter(own, z, b.add(b.mul(ids, b.integer(2, wide)), b.integer(9, wide)), mask);
            const tile::Value zero = b.floating(0, {DType::f32, lanes});
            const tile::Value initial[] = {zero, b.integer(0)};
            const std::vector<tile::Value> sums = b.for_loop(
                b.integer(0), b.integer(24), b.integer(8), initial,
                [&](tile::Value i, std::span<const tile::Value> carried) -> std::vector<tile::Value> {
                    // places 9 … 23 odd that the mask left out were never written
                    const tile::Value seen =
                        b.compare(tile::Op::less, b.add(ids, b.splat(i, lanes)), b.integer(19, wide));
                    return {b.fma(b.load(own, i, lanes, seen), b.splat(scale, lanes), carried[0]),
                            b.add(carried[1], i)};
                },
                2);
            const tile::Value condition =
                b.compare(tile::Op::greater, b.extract(sums[0], 3), b.extract(x, 0));
            const std::vector<tile::Value> chosen = b.if_else(
                condition,
                [&]() -> std::vector<tile::Value> {
                    return {b.unary(tile::Op::neg, b.load(in, b.add(e, sums[1]), lanes))};
                },
                [&]() -> std::vector<tile::Value> { return {sums[0]}; });
            const tile::Value parts[] = {b.slice(chosen[0], 4, 4), b.slice(y, 0, 4)};
            b.store(out, b.concat(parts), e, {}, false, 4);
        },
        1);
    b.fence();
    const tile::Kernel before = b.finish();
    const tile::Kernel same = expand_half_conversions(before, {});
    EXPECT_EQ(without_numbers(tile::print(same)), without_numbers(tile::print(before)));
    expect_same_results(before, same);
    expect_same_results(before, expand_fma(before));
}

}  // namespace
}  // namespace sporkle::codegen
