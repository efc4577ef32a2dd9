// The text form of a kernel: one that holds every kind of line.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "codegen/ir/builder.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

TEST(Printer, AWholeKernel) {
    Builder b("example", 6);
    const int x = b.add_buffer({"x", Space::global, DType::f32, 0, 0, false});
    const int y = b.add_buffer({"y", Space::global, DType::f32, 2, 0, true});
    b.add_buffer({"panel", Space::task, DType::bf16, 5, 0, true});
    const int sums = b.add_buffer({"sums", Space::private_, DType::f32, -1, 64, true});
    const Value n = b.parameter(4), zero = b.integer(0);
    const Value initial[] = {b.floating(-0.0, {DType::f32, 8})};
    const auto total = b.for_loop(
        zero, n, b.integer(8), initial,
        [&](Value i, std::span<const Value> carried) {
            const Value mask = b.compare(Op::less, b.add(b.lane_ids({DType::i64, 8}), i), n);
            const Value v = b.load(x, i, 8, mask);
            b.prefetch(x, b.add(i, b.integer(256)), 1);
            b.store_strided(y, b.load_strided(y, i, n, 8, mask), i, n);
            return std::vector<Value>{b.fma(v, v, carried[0])};
        },
        4);
    const Value some = b.compare(Op::greater, n, zero);
    const auto chosen = b.if_else(
        some,
        [&] {
            b.store(sums, total[0], zero, {}, false, 64);
            return std::vector<Value>{b.load(sums, b.integer(3), 1)};
        },
        [&] {
            return std::vector<Value>{b.floating(std::nan(""), {DType::f32, 1})};
        });
    b.store(y, b.slice(total[0], 2, 4), zero, {}, true);
    const Value last = b.select(some, chosen[0], b.extract(total[0], 7));
    b.store(y, last, b.grid_id(1));
    b.fence();
    EXPECT_EQ(print(b.finish()), R"(kernel example (6 parameter words) {
  @x: global f32, word 0
  @y: global f32, word 2, writable
  @panel: task bf16, word 5, writable
  @sums: private f32, 64 elements, writable
  %1: i64 = parameter 4
  %7: i64x8 = lane_ids
  %10: i64x8 = splat %1
  %17: f32x8 = for %5: i64 = 0 to %1 step 8, %6: f32x8 = f32x8(-0) unroll 4 {
    %8: i64x8 = splat %5
    %9: i64x8 = add %7, %8
    %11: boolx8 = less %9, %10
    %12: f32x8 = load @x[%5] mask %11
    %14: i64 = add %5, 256
    prefetch @x[%14] into L2
    %15: f32x8 = load_strided @y[%5 stride %1] mask %11
    store_strided @y[%5 stride %1] = %15
    %16: f32x8 = fma %12, %12, %6
    yield %16
  }
  %18: bool = greater %1, 0
  %22: f32 = if %18 {
    store @sums[0] = %17 align 64
    %20: f32 = load @sums[3]
    yield %20
  } else {
    yield nan(0x7fc00000)
  }
  %23: f32x4 = slice %17 from 2
  store @y[0] = %23 nontemporal
  %24: f32 = extract %17 from 7
  %25: f32 = select %18, %22, %24
  %26: i64 = grid_id 1
  store @y[%26] = %25
  fence
  yield
}
)");
}

TEST(Printer, BuffersOfOneNameAreTold) {
    Builder b("twins", 1);
    b.add_buffer({"a", Space::global, DType::u8, 0, 0, false});
    b.add_buffer({"a", Space::global, DType::u8, 0, 0, true});
    b.add_buffer({"", Space::shared, DType::i64, -1, 5, true});
    EXPECT_EQ(print(b.finish()), R"(kernel twins (1 parameter words) {
  @a.0: global u8, word 0
  @a.1: global u8, word 0, writable
  @.2: shared i64, 5 elements, writable
  yield
}
)");
}

TEST(Printer, ConstantsOfEveryType) {
    Kernel kernel;
    kernel.name = "constants";
    const auto append = [&](Op op, Type type) -> Instruction& {
        Instruction& i = kernel.body.body.emplace_back();
        i.op = op;
        i.results = {{static_cast<std::uint32_t>(kernel.types.size())}};
        kernel.types.push_back(type);
        return i;
    };
    const auto add = [&](Type type, std::uint64_t bits) {
        Instruction& constant = append(Op::constant, type);
        constant.bits = bits;
        const Value value = constant.results[0];
        append(Op::convert, type.with(DType::boolean)).operands = {value};
    };
    add({DType::f64, 2}, 0xbff8000000000000);
    add({DType::f32, 2}, 0xbfc00000);
    add({DType::f16, 2}, 0xbe00);
    add({DType::bf16, 2}, 0xbfc0);
    for (DType type : {DType::i8, DType::i16, DType::i32, DType::i64}) add({type, 1}, ~std::uint64_t{6});
    add({DType::u8, 1}, 200);
    add({DType::u32, 1}, 4000000000);
    add({DType::boolean, 1}, 1);
    add({DType::f64, 1}, 0x3fb999999999999a);
    add({DType::f16, 1}, 0x7c00);
    kernel.body.body.emplace_back().op = Op::yield;
    EXPECT_EQ(verify(kernel), "");
    EXPECT_EQ(print(kernel), R"(kernel constants (0 parameter words) {
  %2: boolx2 = convert f64x2(-1.5)
  %4: boolx2 = convert f32x2(-1.5)
  %6: boolx2 = convert f16x2(-1.5)
  %8: boolx2 = convert bf16x2(-1.5)
  %10: bool = convert -7
  %12: bool = convert -7
  %14: bool = convert -7
  %16: bool = convert -7
  %18: bool = convert 200
  %20: bool = convert 4000000000
  %22: bool = convert true
  %24: bool = convert 0.1
  %26: bool = convert inf
  yield
}
)");
}

TEST(Printer, EveryOperationHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (int op = 0; op <= static_cast<int>(Op::yield); ++op) names.insert(name_of(static_cast<Op>(op)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Op::yield) + 1);
    EXPECT_EQ(name_of(Op::shr_logical), "shr_logical");
    EXPECT_EQ(name_of(Op::select), "select");
    EXPECT_EQ(name_of(Op::scatter), "scatter");
    EXPECT_EQ(name_of(Op::for_), "for");
    EXPECT_EQ(name_of(static_cast<Op>(200)), "invalid");
}

}  // namespace
}  // namespace sporkle::testing
