// Random Programs: their identity, and the reference against an evaluator that takes one point at a time.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <set>

#include <sporkle/hash.hpp>
#include <sporkle/reference.hpp>
#include <sporkle/validate.hpp>

#include "tests/reference/pointwise.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {
namespace {

constexpr std::uint64_t first_seed = 1;

TEST(RandomPrograms, are_told_apart_by_their_hash) {
    std::map<Hash, Program> seen;
    for (std::uint64_t seed = first_seed; seed < first_seed + 3000; ++seed) {
        const Program p = random_program(seed, static_cast<int>(seed % 7));
        ASSERT_EQ(validate(p), "") << "seed " << seed;
        const auto [place, is_new] = seen.emplace(hash_of(p), p);
        if (is_new) continue;
        // Equal hashes are for equal Programs; names do not count.
        EXPECT_EQ(place->second.node_count, p.node_count) << "seed " << seed;
        EXPECT_EQ(std::memcmp(place->second.nodes, p.nodes, sizeof p.nodes), 0) << "seed " << seed;
    }
    EXPECT_GT(seen.size(), 2900u);
}

TEST(RandomPrograms, are_the_same_for_the_same_seed) {
    for (std::uint64_t seed = first_seed; seed < first_seed + 100; ++seed)
        EXPECT_EQ(hash_of(random_program(seed, 5)), hash_of(random_program(seed, 5)));
}

/// The same Programs have the same hashes with every compiler and on every machine. (A change of the
/// generator or of the hash changes the number.)
TEST(RandomPrograms, have_the_hashes_they_always_had) {
    Hasher all;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const Hash hash = hash_of(random_program(seed, static_cast<int>(seed % 8)));
        all.word(hash.high);
        all.word(hash.low);
    }
    const Hash expected{0x58f2cbf836f75ad2, 0xf175b722538864cd};
    EXPECT_EQ(all.finish(), expected);
}

/// Each single change of what a kernel computes is refused or changes the hash.
TEST(RandomPrograms, changes_are_refused_or_change_the_hash) {
    for (std::uint64_t seed = first_seed; seed < first_seed + 400; ++seed) {
        const Program original = random_program(seed, static_cast<int>(seed % 6));
        const Hash hash = hash_of(original);
        const auto check = [&](const char* what, auto&& change) {
            Program p = original;
            change(p);
            EXPECT_TRUE(!validate(p).empty() || hash_of(p) != hash) << what << ", seed " << seed;
        };
        const auto n = static_cast<int>(seed % original.node_count);
        check("op", [&](Program& p) {
            p.nodes[n].op = static_cast<Op>((static_cast<int>(p.nodes[n].op) + 1) % op_count);
        });
        check("operand", [&](Program& p) { p.nodes[n].a ^= 1; });
        check("literal", [&](Program& p) { p.nodes[n].bits ^= 1; });
        check("dtype", [&](Program& p) {
            p.tensors[0].dtype = p.tensors[0].dtype == DType::f32 ? DType::f16 : DType::f32;
        });
        check("boundary", [&](Program& p) {
            p.tensors[0].boundary = p.tensors[0].boundary == Boundary::wrap ? Boundary::zero : Boundary::wrap;
        });
        check("numerics", [](Program& p) { p.numerics = Numerics::fast; });
        check("argument", [](Program& p) {
            std::swap(p.arguments[0].number, p.arguments[p.argument_count - 1].number);
            p.arguments[0].is_scalar = !p.arguments[0].is_scalar;
        });
        if (original.index_count > 0) check("extent", [](Program& p) { p.indices[0].extent += 1; });
        if (original.reduction_count > 0)
            check("order", [](Program& p) {
                p.reductions[0].order = p.reductions[0].order == Order::chain ? Order::lanes : Order::chain;
            });
        if (original.access_count > 0 && original.tensors[original.accesses[0].tensor].rank > 0)
            check("subscript", [](Program& p) { p.accesses[0].subscripts[0].constant += 1; });
    }
}

TEST(RandomPrograms, names_are_no_part_of_the_hash) {
    const Program original = random_program(7, 5);
    Program renamed = original;
    renamed.name.assign("another");
    renamed.tensors[0].name.assign("one");
    renamed.indices[0].name.assign("two");
    EXPECT_EQ(hash_of(renamed), hash_of(original));
}

TEST(RandomPrograms, the_reference_equals_evaluation_point_by_point) {
    CallOptions options;
    options.most_steps = 4000;
    for (std::uint64_t seed = first_seed; seed < first_seed + 1500; ++seed) {
        const Program p = random_program(seed, static_cast<int>(seed % 6));
        Call expected;
        try {
            expected = random_call(p, seed, options);
        } catch (const std::runtime_error&) {
            continue;  // compile-time extents alone are more steps than that
        }
        Call actual = expected;
        evaluate_pointwise(p, expected);
        reference(p, actual.arguments());
        ASSERT_TRUE(same_bits(p, expected, actual)) << "seed " << seed;
    }
}

}  // namespace
}  // namespace sporkle::testing
