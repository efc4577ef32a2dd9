// validate and parse_program: what is wrong is named; no bytes at all make them misbehave.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <sporkle/hash.hpp>
#include <sporkle/validate.hpp>

#include "tests/support/program_builder.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {
namespace {

/// C(i, j) = sum(k, A(i, k) · B(k, j)) + s: nodes A, B, mul, reduce, scalar, add.
Program gemm() {
    ProgramBuilder b("gemm");
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int A = b.input("A", DType::f32, 2), B = b.input("B", DType::f32, 2);
    const int C = b.output("C", DType::f32, 2);
    const int s = b.scalar("s", DType::f32);
    const int a = b.read(A, {at(i), at(k)}), x = b.read(B, {at(k), at(j)});
    const int product = b.binary(Op::mul, a, x);
    const int sum = b.reduce(Reduce::sum, Order::chain, {k}, product);
    b.assign(C, {at(i), at(j)}, b.binary(Op::add, sum, b.read_scalar(s)));
    return b.finish();
}

struct Fault {
    std::string name;
    std::function<void(Program&)> make;
    std::string message;  ///< part of what validate says
};

const std::vector<Fault>& faults() {
    static const std::vector<Fault> list = {
        {"too_many_nodes", [](Program& p) { p.node_count = max_nodes + 1; }, "257 nodes, at most 256"},
        {"too_many_tensors", [](Program& p) { p.tensor_count = 255; }, "255 tensors"},
        {"no_statement", [](Program& p) { p.statement_count = 0; }, "no statement"},
        {"numerics", [](Program& p) { p.numerics = static_cast<Numerics>(7); }, "numerics class"},
        {"endless_name", [](Program& p) { std::memset(p.tensors[0].name.text, 'x', max_name); },
         "does not end"},
        {"control_character", [](Program& p) { p.indices[1].name.text[0] = '\n'; }, "control character"},
        {"dtype", [](Program& p) { p.tensors[1].dtype = static_cast<DType>(11); },
         "'B' has an unknown dtype"},
        {"rank", [](Program& p) { p.tensors[0].rank = 9; }, "'A' has rank 9"},
        {"role", [](Program& p) { p.tensors[0].role = static_cast<Role>(3); }, "unknown role"},
        {"boundary", [](Program& p) { p.tensors[0].boundary = static_cast<Boundary>(5); }, "boundary rule"},
        {"scalar_dtype", [](Program& p) { p.scalars[0].dtype = static_cast<DType>(99); }, "scalar 's'"},
        {"extent", [](Program& p) { p.indices[2].extent = -1; }, "index 'k' has extent -1"},
        {"access_tensor", [](Program& p) { p.accesses[0].tensor = 3; }, "is of no tensor"},
        {"terms", [](Program& p) { p.accesses[0].subscripts[1].count = 5; }, "has 5 terms"},
        {"term_index", [](Program& p) { p.accesses[1].subscripts[0].terms[0].index = 3; }, "unknown index"},
        {"term_order",
         [](Program& p) {
             p.accesses[0].subscripts[0].count = 2;
             p.accesses[0].subscripts[0].terms[1] = {0, 1};
         },
         "ascending"},
        {"coefficient", [](Program& p) { p.accesses[0].subscripts[0].terms[0].coefficient = 0; },
         "coefficient 0"},
        {"reduce_kind", [](Program& p) { p.reductions[0].kind = static_cast<Reduce>(6); }, "unknown kind"},
        {"order", [](Program& p) { p.reductions[0].order = static_cast<Order>(3); }, "unknown order"},
        {"reduce_nothing", [](Program& p) { p.reductions[0].count = 0; }, "has 0 indices"},
        {"reduce_twice",
         [](Program& p) {
             p.reductions[0].count = 2;
             p.reductions[0].indices[1] = 2;
         },
         "names index 'k' twice"},
        {"op", [](Program& p) { p.nodes[2].op = static_cast<Op>(op_count); }, "unknown operation"},
        {"storage_node", [](Program& p) { p.nodes[0].dtype = DType::f16; }, "no type that a value can have"},
        {"operand", [](Program& p) { p.nodes[2].b = 2; }, "does not come before"},
        {"unused_operand", [](Program& p) { p.nodes[3].c = 1; }, "does not use"},
        {"entry", [](Program& p) { p.nodes[3].ref = 1; }, "not there"},
        {"stray_pattern", [](Program& p) { p.nodes[2].bits = 1; }, "is no literal"},
        {"literal_pattern",
         [](Program& p) { p.nodes[4] = {Op::literal, DType::f32, 0, 0, 0, 0, std::uint64_t(1) << 32}; },
         "no value of its type"},
        {"node_type", [](Program& p) { p.nodes[2].dtype = DType::f64; }, "type f64 does not fit"},
        {"operand_types",
         [](Program& p) {
             p.scalars[0].dtype = DType::f64;
             p.nodes[4].dtype = DType::f64;
         },
         "of type f32, f64"},
        {"target_type", [](Program& p) { p.tensors[2].dtype = DType::f64; },
         "assigned to tensor 'C' of type f64"},
        {"input_assigned", [](Program& p) { p.tensors[2].role = Role::input; }, "input 'C' is assigned to"},
        {"output_unassigned", [](Program& p) { p.tensors[1].role = Role::output; }, "'B' is read before"},
        {"left_form", [](Program& p) { p.statements[0].target.subscripts[0].constant = 1; }, "S*i + p"},
        {"left_twice", [](Program& p) { p.statements[0].target.subscripts[0].terms[0].index = 1; },
         "index 'j' stands twice"},
        {"left_missing", [](Program& p) { p.statements[0].target.subscripts[0].terms[0].index = 2; },
         "index 'k' is reduced, yet stands on the left"},
        {"not_reduced", [](Program& p) { p.statements[0].value = 2; }, "index 'k' of the value is missing"},
        {"unbound",
         [](Program& p) {
             p.accesses[0].subscripts[1].constant = 1;
             p.accesses[1].subscripts[0].constant = 1;
         },
         "index 'k' has no extent"},
        {"argument_missing", [](Program& p) { --p.argument_count; }, "'C' is no argument"},
        {"argument_twice", [](Program& p) { p.arguments[1] = p.arguments[0]; }, "given twice"},
        {"argument_number", [](Program& p) { p.arguments[0].number = 9; }, "not there"},
    };
    return list;
}

TEST(Validate, accepts_a_product) { EXPECT_EQ(validate(gemm()), ""); }

TEST(Validate, names_what_is_wrong) {
    for (const Fault& fault : faults()) {
        Program p = gemm();
        fault.make(p);
        EXPECT_NE(validate(p).find(fault.message), std::string::npos)
            << fault.name << " gave the message: " << validate(p);
    }
}

TEST(Validate, an_index_reduced_inside_its_own_reduction) {
    ProgramBuilder b("twice");
    const int i = b.index("i"), k = b.index("k");
    const int x = b.input("x", DType::f32, 2), y = b.output("y", DType::f32, 1);
    const int inner = b.reduce(Reduce::sum, Order::lanes, {k}, b.read(x, {at(i), at(k)}));
    const int product = b.binary(Op::mul, inner, b.read(x, {at(i), at(k)}));
    b.assign(y, {at(i)}, b.reduce(Reduce::max, Order::lanes, {k}, product));
    EXPECT_NE(validate(b.finish()).find("'k' is reduced again"), std::string::npos);
}

TEST(Validate, the_same_index_in_two_reductions_side_by_side) {
    ProgramBuilder b("softmax");
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int x = b.input("x", DType::f32, 2), y = b.output("y", DType::f32, 2);
    const int most = b.reduce(Reduce::max, Order::lanes, {k}, b.read(x, {at(i), at(k)}));
    const auto exp = [&](int column) {
        return b.unary(Op::exp, b.binary(Op::sub, b.read(x, {at(i), at(column)}), most));
    };
    // the maximum inside the sum is over another index
    const int l = b.index("l");
    const int sum = b.reduce(Reduce::sum, Order::lanes, {l}, exp(l));
    b.assign(y, {at(i), at(j)}, b.binary(Op::div, exp(j), sum));
    EXPECT_EQ(validate(b.finish()), "");
}

TEST(Validate, a_temporary_binds_an_index) {
    ProgramBuilder b("through");
    const int i = b.index("i"), j = b.index("j");
    const int x = b.input("x", DType::f32, 1), y = b.output("y", DType::f32, 0);
    const int t = b.temporary("t", DType::f32, 1);
    b.assign(t, {at(i)}, b.read(x, {at(i)}));
    b.assign(y, {}, b.reduce(Reduce::sum, Order::lanes, {j}, b.read(t, {at(j)})));
    EXPECT_EQ(validate(b.finish()), "");
}

TEST(Validate, sub_pixel_left_sides) {
    const auto program = [](std::int64_t phase_extent) {
        ProgramBuilder b("shuffle");
        const int i = b.index("i"), p = b.index("p", phase_extent);
        const int x = b.input("x", DType::f32, 2), y = b.output("y", DType::f32, 1);
        b.assign(y, {at({{i, 2}, {p, 1}})}, b.read(x, {at(i), at(p)}));
        return b.finish();
    };
    EXPECT_EQ(validate(program(2)), "");
    EXPECT_NE(validate(program(3)), "");
}

std::vector<std::byte> bytes_of(const Program& p) {
    std::vector<std::byte> bytes(sizeof p);
    std::memcpy(bytes.data(), &p, sizeof p);
    return bytes;
}

TEST(ParseProgram, gives_back_what_was_stored) {
    Program p;
    std::string error;
    ASSERT_TRUE(parse_program(bytes_of(gemm()), p, error)) << error;
    EXPECT_EQ(hash_of(p), hash_of(gemm()));
}

TEST(ParseProgram, refuses_another_size) {
    Program p;
    std::string error;
    const std::vector<std::byte> bytes = bytes_of(gemm());
    EXPECT_FALSE(parse_program(std::span(bytes).first(100), p, error));
    EXPECT_NE(error.find("not 100"), std::string::npos);
    EXPECT_FALSE(parse_program({}, p, error));
}

TEST(ParseProgram, refuses_a_boolean_that_is_neither) {
    std::vector<std::byte> bytes = bytes_of(gemm());
    bytes[offsetof(Program, arguments) + 2 * sizeof(Argument)] = std::byte(2);
    Program p;
    std::string error;
    EXPECT_FALSE(parse_program(bytes, p, error));
    EXPECT_NE(error.find("argument 2"), std::string::npos);
}

/// Bytes changed by the thousand: refused, or a valid Program, which can be hashed; never a crash (this runs
/// under the sanitizers, too). Changes that matter change the hash.
TEST(ParseProgram, survives_changed_bytes) {
    constexpr std::uint64_t seed = 11;
    std::mt19937_64 random(seed);
    int accepted = 0, refused = 0;
    for (int round = 0; round < 300; ++round) {
        const Program original = random_program(static_cast<std::uint64_t>(round), 4);
        const std::vector<std::byte> good = bytes_of(original);
        for (int i = 0; i < 60; ++i) {
            std::vector<std::byte> bytes = good;
            const int changes = 1 + static_cast<int>(random() % 3);
            for (int c = 0; c < changes; ++c)
                bytes[random() % bytes.size()] =
                    static_cast<std::byte>(random() % 4 ? random() : random() % 8);
            Program p;
            std::string error;
            if (parse_program(bytes, p, error)) {
                (void)hash_of(p);
                ++accepted;
            } else {
                EXPECT_NE(error, "");
                ++refused;
            }
        }
    }
    EXPECT_GT(accepted, 100);
    EXPECT_GT(refused, 100);
}

TEST(ParseProgram, survives_noise) {
    std::mt19937_64 random(12);
    for (int i = 0; i < 2000; ++i) {
        std::vector<std::byte> bytes(sizeof(Program));
        const unsigned largest = 1u << (random() % 9);
        for (std::byte& b : bytes) b = static_cast<std::byte>(random() % largest);
        Program p;
        std::string error;
        (void)parse_program(bytes, p, error);
    }
}

}  // namespace
}  // namespace sporkle::testing
