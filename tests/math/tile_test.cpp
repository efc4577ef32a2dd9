// The algorithms of sporkle/math/ written as Tile IR and interpreted give the same bits as written as C++,
// also on a machine whose fma and comparisons of f32 flush.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <sporkle/math/functions.hpp>

#include "codegen/ir/interpreter.hpp"
#include "codegen/ir/rules.hpp"
#include "codegen/lower/math.hpp"

namespace sporkle {
namespace {

constexpr int lanes = 8;

template <class T>
T scalar(Op op, T x) {
    switch (op) {
        case Op::exp:
            return math::exp(x);
        case Op::log:
            return math::log(x);
        case Op::tanh:
            return math::tanh(x);
        case Op::sigmoid:
            return math::sigmoid(x);
        default:
            return math::rsqrt(x);
    }
}

/// out[e] = op(in[e]) for e < count, `lanes` at a time.
tile::Kernel map_kernel(Op op, DType type, std::int64_t count) {
    tile::Builder b("map", 2);
    const int in = b.add_buffer({"in", tile::Space::global, type, 0, 0, false});
    const int out = b.add_buffer({"out", tile::Space::global, type, 1, 0, true});
    b.for_each(b.integer(0), b.integer(count), b.integer(lanes),
               [&](tile::Value e) { b.store(out, codegen::emit_math(b, op, b.load(in, e, lanes)), e); });
    return b.finish();
}

template <class T>
std::vector<T> numbers(std::uint64_t seed) {
    using I = math::IntegerOf<T>;
    using L = std::numeric_limits<T>;
    std::vector<T> xs = {0,           T(-0.0),  L::infinity(),   -L::infinity(),   L::quiet_NaN(), L::max(),
                         L::lowest(), L::min(), L::denorm_min(), -L::denorm_min(), L::min() / 3,   1,
                         -1};
    std::mt19937_64 random(seed);
    while (xs.size() % lanes != 0 || xs.size() < 3000) {
        const auto bits = random();
        xs.push_back(random() % 2 ? std::bit_cast<T>(static_cast<I>(bits))
                                  : T(static_cast<std::int64_t>(bits)) * T(0x1p-56));  // within ±128
    }
    return xs;
}

template <class T>
void compare(Op op, DType type, bool flushes = false) {
    constexpr std::uint64_t seed = 20;
    std::vector<T> in = numbers<T>(seed), out(in.size());
    const auto count = static_cast<std::int64_t>(in.size());
    const tile::Kernel kernel = map_kernel(op, type, count);
    ASSERT_EQ(tile::verify(kernel), "");
    const tile::Memory memory[] = {{reinterpret_cast<std::byte*>(in.data()), 0, count - 1},
                                   {reinterpret_cast<std::byte*>(out.data()), 0, count - 1}};
    const std::uint64_t parameters[2] = {};
    tile::Execution execution;
    execution.parameters = parameters;
    execution.buffers = memory;
    execution.flushes = flushes;
    ASSERT_EQ(tile::interpret(kernel, execution), "");
    for (std::size_t i = 0; i < in.size(); ++i) {
        const T expected = scalar(op, in[i]);
        if (expected != expected && out[i] != out[i]) continue;
        ASSERT_EQ(std::bit_cast<math::IntegerOf<T>>(out[i]), std::bit_cast<math::IntegerOf<T>>(expected))
            << "at " << in[i] << ", seed " << seed;
    }
}

class TileMath : public ::testing::TestWithParam<Op> {};
TEST_P(TileMath, f32_equals_scalar) { compare<float>(GetParam(), DType::f32); }
TEST_P(TileMath, f64_equals_scalar) { compare<double>(GetParam(), DType::f64); }
TEST_P(TileMath, f32_equals_scalar_on_a_machine_that_flushes) {
    compare<float>(GetParam(), DType::f32, true);
}

/// The operations that would have to be repaired where they flush.
int count_unsafe(const tile::Kernel& kernel, const tile::Region& region) {
    int count = 0;
    for (const tile::Instruction& x : region.body) {
        if (tile::can_be_flush_safe(x.op) && kernel.type_of(x.operands[0]).scalar == DType::f32 && x.imm == 0)
            ++count;
        for (const tile::Region& inner : x.regions) count += count_unsafe(kernel, inner);
    }
    return count;
}
TEST_P(TileMath, f32_is_flush_safe) {
    const tile::Kernel kernel = map_kernel(GetParam(), DType::f32, lanes);
    // That of a subnormal x with its root is not.
    EXPECT_EQ(count_unsafe(kernel, kernel.body), GetParam() == Op::rsqrt ? 1 : 0);
}
INSTANTIATE_TEST_SUITE_P(Functions, TileMath,
                         ::testing::Values(Op::exp, Op::log, Op::tanh, Op::sigmoid, Op::rsqrt));

}  // namespace
}  // namespace sporkle
