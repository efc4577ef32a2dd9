// Fragments: building, printing, what the verifier refuses, and what the interpreter computes and reports.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <vector>

#include <sporkle/half.hpp>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/interpreter.hpp"
#include "codegen/simt/distribute.hpp"

namespace sporkle::tile {
namespace {

constexpr int m = 4, n = 2, k = 3;

/// c = a · b + c in one task of `members` members of `threads` threads; member `by` does it.
Kernel product(DType factor, DType sum, int members, int threads, bool by_columns, int by) {
    Builder b("product", 3);
    b.set_team(members, threads);
    const int left = b.add_buffer({"a", Space::global, factor, 0});
    const int right = b.add_buffer({"b", Space::global, factor, 1});
    const int target = b.add_buffer({"c", Space::global, sum, 2, 0, true});
    b.if_then(b.compare(Op::equal, b.member_id(), b.integer(by)), [&] {
        const Value zero = b.integer(0);
        const Value x = b.matrix_load(left, Type::matrix(Fragment::left, factor, m, k), zero,
                                      b.integer(by_columns ? m : k), by_columns);
        const Value y = b.matrix_load(right, Type::matrix(Fragment::right, factor, k, n), zero, b.integer(n));
        const Value z = b.constant_bits(Type::matrix(Fragment::accumulator, sum, m, n), 0);
        const auto sums = b.for_loop(zero, b.integer(2), b.integer(1), std::array{z},
                                     [&](Value, std::span<const Value> carried) {
                                         return std::vector{b.matrix_multiply_add(x, y, carried[0])};
                                     });
        b.matrix_store(target, sums[0], zero, b.integer(n));
    });
    return b.finish();
}

template <class Factor, class Sum>
void expect_products(DType factor, DType sum, int members, int threads, bool by_columns, int by,
                     bool distributed) {
    std::array<Factor, m * k> a{};
    std::array<Factor, k * n> b{};
    std::array<Sum, m * n> c{};
    std::array<Sum, m * n> expected{};
    const auto at = [&](int r, int s) {
        return static_cast<std::size_t>(by_columns ? s * m + r : r * k + s);
    };
    for (int r = 0; r < m; ++r)
        for (int s = 0; s < k; ++s) a[at(r, s)] = Factor(static_cast<float>(r - 2 * s));
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = Factor(static_cast<float>(5 - 3 * static_cast<int>(i)));
    for (int r = 0; r < m; ++r)
        for (int j = 0; j < n; ++j)
            for (int s = 0; s < k; ++s)
                expected[static_cast<std::size_t>(r * n + j)] +=
                    Sum(2 * static_cast<float>(a[at(r, s)]) *
                        static_cast<float>(b[static_cast<std::size_t>(s * n + j)]));
    Kernel kernel = product(factor, sum, members, threads, by_columns, by);
    if (distributed) kernel = codegen::distribute(kernel);
    const std::array<std::uint64_t, 3> parameters{};
    const std::array<Memory, 3> memory{{{reinterpret_cast<std::byte*>(a.data()), 0, m * k - 1},
                                        {reinterpret_cast<std::byte*>(b.data()), 0, k * n - 1},
                                        {reinterpret_cast<std::byte*>(c.data()), 0, m * n - 1}}};
    ASSERT_EQ(interpret(kernel, {parameters, memory}), "") << print(kernel);
    EXPECT_EQ(c, expected) << print(kernel);
}

TEST(Matrix, MultipliesInEveryFormOfATeam) {
    for (const bool by_columns : {false, true})
        for (const bool distributed : {false, true})
            for (const int by : {0, 1}) {
                expect_products<half, float>(DType::f16, DType::f32, 2, 4, by_columns, by, distributed);
                expect_products<bfloat16, float>(DType::bf16, DType::f32, 2, 4, by_columns, by, distributed);
                expect_products<std::int8_t, std::int32_t>(DType::i8, DType::i32, 2, 4, by_columns, by,
                                                           distributed);
            }
}

TEST(Matrix, PrintsAsText) {
    const std::string text = print(product(DType::f16, DType::f32, 2, 4, true, 1));
    EXPECT_NE(text.find(": left<f16, 4x3> = matrix_load @a[0 pitch 4] by columns\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("= accumulator<f32, 4x2>(0)"), std::string::npos) << text;
    EXPECT_NE(text.find("matrix_multiply_add %"), std::string::npos) << text;
    EXPECT_NE(text.find("matrix_store @c[0 pitch 2] = %"), std::string::npos) << text;
}

TEST(Matrix, FragmentsAreNothingElse) {
    Builder b("misuse", 0);
    const Value f = b.constant_bits(Type::matrix(Fragment::accumulator, DType::f32, m, n), 0);
    const int buffer = b.add_buffer({"s", Space::shared, DType::f32, -1, 64, true});
    EXPECT_THROW(b.add(f, f), std::logic_error);
    EXPECT_THROW(b.convert(f, DType::f64), std::logic_error);
    EXPECT_THROW(b.select(b.integer(1, {DType::boolean}), f, f), std::logic_error);
    EXPECT_THROW(b.splat(f, 4), std::logic_error);
    EXPECT_THROW(b.store(buffer, f, b.integer(0)), std::logic_error);
    EXPECT_THROW(b.matrix_multiply_add(f, f, f), std::logic_error);
    EXPECT_THROW(b.matrix_load(buffer, {DType::f32, 4}, b.integer(0), b.integer(4)), std::logic_error);
    const Type wrong = Type::matrix(Fragment::accumulator, DType::i32, m, n);
    EXPECT_THROW(b.matrix_load(buffer, wrong, b.integer(0), b.integer(4)), std::logic_error);
}

TEST(Matrix, VerifierNamesWhatIsWrong) {
    const auto fault = [](const std::function<void(Kernel&)>& change) {
        Kernel kernel = product(DType::f16, DType::f32, 2, 4, false, 0);
        change(kernel);
        return verify(kernel);
    };
    const auto retype = [](Kernel& kernel, Fragment which, const std::function<void(Type&)>& change) {
        for (Type& type : kernel.types)
            if (type.fragment == which) change(type);
    };
    EXPECT_EQ(fault([](Kernel&) {}), "");
    EXPECT_NE(
        fault([&](Kernel& x) { retype(x, Fragment::left, [](Type& t) { t.lanes = 2; }); }).find("valid type"),
        std::string::npos);
    EXPECT_NE(
        fault([&](Kernel& x) { retype(x, Fragment::left, [](Type& t) { t.rows = 0; }); }).find("valid type"),
        std::string::npos);
    EXPECT_NE(
        fault([&](Kernel& x) { retype(x, Fragment::left, [](Type& t) { t.columns = 5; }); }).find("fit"),
        std::string::npos);
    EXPECT_NE(fault([](Kernel& x) { x.shuffle_width = 2; }).find("cannot shuffle"), std::string::npos);
    EXPECT_NE(fault([](Kernel& x) { x.buffers[0].dtype = DType::bf16; }).find("elements"), std::string::npos);
    EXPECT_NE(fault([](Kernel& x) { x.buffers[2].writable = false; }).find("read-only"), std::string::npos);
    // Single threads hold fragments in groups, and a branch on member_id parts a group.
    EXPECT_NE(fault([](Kernel& x) { x.threads = 1, x.shuffle_width = 2; }).find("may not all get here"),
              std::string::npos);
}

/// What one group of two members does between barriers.
std::string raced(const std::function<void(Builder&, int, Value)>& body) {
    Builder b("race", 0);
    b.set_team(2, 1, 2);
    const int shared = b.add_buffer({"s", Space::shared, DType::f32, -1, 16, true});
    body(b, shared, b.constant_bits(Type::matrix(Fragment::accumulator, DType::f32, 2, 2), 0));
    const std::array<Memory, 1> memory{};
    return interpret(b.finish(), {{}, memory});
}

TEST(Matrix, AccessesOfAGroupAreThoseOfAnotherMember) {
    const Type type = Type::matrix(Fragment::accumulator, DType::f32, 2, 2);
    const auto first_stores = [](Builder& b, int s) {
        b.store(s, b.floating(1, {DType::f32}), b.integer(5),
                b.compare(Op::equal, b.member_id(), b.integer(0)));
    };
    EXPECT_EQ(raced([&](Builder& b, int s, Value f) {
                  b.matrix_store(s, f, b.integer(0), b.integer(4));
                  b.barrier();
                  b.matrix_load(s, type, b.integer(0), b.integer(4));
              }),
              "");
    EXPECT_NE(raced([&](Builder& b, int s, Value f) {
                  b.matrix_store(s, f, b.integer(0), b.integer(4));
                  b.matrix_load(s, type, b.integer(0), b.integer(4));
              }).find("no barrier"),
              std::string::npos);
    EXPECT_NE(raced([&](Builder& b, int s, Value f) {
                  b.matrix_store(s, f, b.integer(0), b.integer(4));
                  first_stores(b, s);
              }).find("no barrier"),
              std::string::npos);
    EXPECT_EQ(raced([&](Builder& b, int s, Value f) {
                  b.matrix_store(s, f, b.integer(0), b.integer(2));
                  first_stores(b, s);
              }),
              "");
    EXPECT_NE(raced([&](Builder& b, int s, Value) {
                  b.matrix_load(s, type, b.integer(0), b.integer(4));
              }).find("never written"),
              std::string::npos);
    EXPECT_NE(raced([&](Builder& b, int s, Value f) {
                  b.matrix_store(s, f, b.integer(0), b.integer(15));
              }).find("outside"),
              std::string::npos);
}

TEST(Matrix, ABranchGivesFragments) {
    Builder b("branch", 1);
    const int target = b.add_buffer({"c", Space::global, DType::i32, 0, 0, true});
    const Type type = Type::matrix(Fragment::accumulator, DType::i32, 2, 2);
    const auto result = b.if_else(
        b.compare(Op::equal, b.grid_id(0), b.integer(0)),
        [&] { return std::vector{b.constant_bits(type, 7)}; },
        [&] { return std::vector{b.constant_bits(type, 9)}; });
    b.matrix_store(target, result[0], b.mul(b.grid_id(0), b.integer(4)), b.integer(2));
    const Kernel kernel = b.finish();
    std::array<std::int32_t, 8> c{};
    const std::array<std::uint64_t, 1> parameters{};
    const std::array<Memory, 1> memory{{{reinterpret_cast<std::byte*>(c.data()), 0, 7}}};
    ASSERT_EQ(interpret(kernel, {parameters, memory, 0, {2, 1, 1}}), "");
    EXPECT_EQ(c, (std::array<std::int32_t, 8>{7, 7, 7, 7, 9, 9, 9, 9}));
}

/// Copies 8 elements in runs of four, that begin at 0 and `second`, in members of two threads: the lanes
/// below `on`.
std::string run_copied(std::int64_t second, std::int64_t distance, bool distributed, std::int64_t on = 8) {
    Builder b("runs", 2);
    b.set_team(1, 2);
    const int from = b.add_buffer({"x", Space::global, DType::i32, 0});
    const int to = b.add_buffer({"y", Space::global, DType::i32, 1, 0, true});
    const Value lane = b.lane_ids({DType::i64, 8});
    const Value in_run = b.binary(Op::bit_and, lane, b.integer(3));
    const Value run = b.binary(Op::shr, lane, b.integer(2));
    const Value elements = b.add(b.mul(run, b.integer(second)), b.mul(in_run, b.integer(distance)));
    const Value mask = on == 8 ? Value{} : b.compare(Op::less, lane, b.splat(b.integer(on), 8));
    b.scatter(to, b.gather(from, elements, mask, 4, 16), elements, mask, 4, 16);
    Kernel kernel = b.finish();
    if (distributed) kernel = codegen::distribute(kernel);
    alignas(16) std::array<std::int32_t, 32> x{}, y{};
    for (std::size_t n = 0; n < x.size(); ++n) x[n] = static_cast<std::int32_t>(n + 1);
    const std::array<std::uint64_t, 2> parameters{};
    const std::array<Memory, 2> memory{
        {{reinterpret_cast<std::byte*>(x.data()), 0, 31}, {reinterpret_cast<std::byte*>(y.data()), 0, 31}}};
    std::string fault = interpret(kernel, {parameters, memory});
    for (std::size_t n = 0; n < 4 && fault.empty(); ++n)
        if (const std::size_t other = n + static_cast<std::size_t>(second);
            y[n] != (on > 0 ? x[n] : 0) || y[other] != (on > 4 ? x[other] : 0))
            fault = "element " + std::to_string(n) + " differs\n" + print(kernel);
    return fault;
}

TEST(Runs, AreOneAccessOfAThread) {
    EXPECT_EQ(run_copied(12, 1, false), "");
    EXPECT_EQ(run_copied(12, 1, true), "");
    EXPECT_NE(run_copied(12, 2, false).find("does not follow"), std::string::npos);
    EXPECT_NE(run_copied(13, 1, false).find("multiple of 16 bytes"), std::string::npos);
}

TEST(Runs, AreOnOrOffAsAWhole) {
    for (const bool distributed : {false, true})
        for (const std::int64_t on : {0, 4}) EXPECT_EQ(run_copied(12, 1, distributed, on), "");
    EXPECT_EQ(run_copied(13, 1, false, 4), "");  // nobody asks where a run is that is off
    EXPECT_NE(run_copied(12, 1, false, 6).find("masked in part"), std::string::npos);
}

TEST(Runs, DivideTheLanes) {
    Builder b("runs", 1);
    const int from = b.add_buffer({"x", Space::global, DType::i32, 0});
    const Value lane = b.lane_ids({DType::i64, 8});
    EXPECT_THROW(b.gather(from, lane, {}, 3), std::logic_error);
    EXPECT_THROW(b.gather(from, lane, {}, 16), std::logic_error);
    EXPECT_THROW(b.gather(from, lane, {}, 4, 3), std::logic_error);
}

}  // namespace
}  // namespace sporkle::tile
