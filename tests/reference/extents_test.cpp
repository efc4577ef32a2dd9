// resolve_extents: binding of indices, and messages that name kernel, tensor, dimension and both values.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <sporkle/extents.hpp>

#include "tests/support/program_builder.hpp"

namespace sporkle::testing {
namespace {

using Shape = std::vector<std::int64_t>;

float some_memory[64];

/// Dense arguments of the given shapes, one per argument; scalars have any shape.
std::vector<CallArgument> dense(const std::vector<Shape>& shapes) {
    std::vector<CallArgument> arguments;
    for (const Shape& shape : shapes) {
        CallArgument a;
        a.tensor.data = some_memory;
        std::int64_t stride = 1;
        for (std::size_t d = shape.size(); d-- > 0;) {
            a.tensor.extents[d] = shape[d];
            a.tensor.strides[d] = stride;
            stride = static_cast<std::int64_t>(static_cast<std::uint64_t>(stride) *
                                               static_cast<std::uint64_t>(shape[d]));
        }
        arguments.push_back(a);
    }
    return arguments;
}

std::string failure(const Program& p, const std::vector<CallArgument>& arguments) {
    try {
        resolve_extents(p, arguments);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        return error.what();
    }
    return "";
}

Program gemm() {
    ProgramBuilder b("dense");
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int A = b.input("A", DType::f32, 2), B = b.input("B", DType::f32, 2);
    const int C = b.output("C", DType::f32, 2);
    const int a = b.read(A, {at(i), at(k)}), x = b.read(B, {at(k), at(j)});
    const int product = b.binary(Op::mul, a, x);
    b.assign(C, {at(i), at(j)}, b.reduce(Reduce::sum, Order::chain, {k}, product));
    return b.finish();
}

/// y(i) = sum(r, x(coefficient · i + r + constant)), r of extent 3.
Program window(int coefficient, int constant, Boundary boundary) {
    ProgramBuilder b("window");
    const int i = b.index("i"), r = b.index("r", 3);
    const int x = b.input("x", DType::f32, 1, boundary), y = b.output("y", DType::f32, 1);
    const int read = b.read(x, {at({{i, coefficient}, {r, 1}}, constant)});
    b.assign(y, {at(i)}, b.reduce(Reduce::sum, Order::chain, {r}, read));
    return b.finish();
}

TEST(Extents, indices_take_the_extents_of_dimensions) {
    const Extents e = resolve_extents(gemm(), dense({{2, 5}, {5, 3}, {2, 3}}));
    EXPECT_EQ(e.index[0], 2);
    EXPECT_EQ(e.index[1], 3);
    EXPECT_EQ(e.index[2], 5);
    EXPECT_EQ(e.tensor[1][0], 5);
}

TEST(Extents, disagreement_names_both) {
    EXPECT_EQ(failure(gemm(), dense({{2, 5}, {6, 3}, {2, 3}})),
              "kernel 'dense': tensor 'B', dimension 0 has extent 6, but index 'k' is 5 by tensor 'A', "
              "dimension 1");
    EXPECT_EQ(failure(gemm(), dense({{2, 5}, {5, 3}, {2, 4}})),
              "kernel 'dense': tensor 'C', dimension 1 has extent 4, but index 'j' is 3 by tensor 'B', "
              "dimension 1");
}

TEST(Extents, static_extents_are_the_kernels) {
    Program p = gemm();
    p.indices[2].extent = 4;
    EXPECT_EQ(failure(p, dense({{2, 5}, {5, 3}, {2, 3}})),
              "kernel 'dense': tensor 'A', dimension 1 has extent 5, but index 'k' is 4 by the kernel's "
              "definition");
}

TEST(Extents, number_of_arguments) {
    EXPECT_EQ(failure(gemm(), dense({{2, 5}})), "kernel 'dense': takes 3 arguments, but the call gives 1");
}

TEST(Extents, negative_extents) {
    EXPECT_NE(
        failure(gemm(), dense({{2, 5}, {5, -3}, {2, 3}})).find("'B', dimension 1 has the negative extent -3"),
        std::string::npos);
}

TEST(Extents, zero_extents_are_fine) {
    auto arguments = dense({{0, 5}, {5, 3}, {0, 3}});
    arguments[0].tensor.data = arguments[2].tensor.data = nullptr;  // no element, no address
    EXPECT_EQ(failure(gemm(), arguments), "");
    EXPECT_EQ(failure(gemm(), dense({{2, 0}, {0, 3}, {2, 3}})), "");
}

TEST(Extents, null_addresses) {
    auto arguments = dense({{2, 5}, {5, 3}, {2, 3}});
    arguments[1].tensor.data = nullptr;
    EXPECT_EQ(failure(gemm(), arguments), "kernel 'dense': tensor 'B' has elements but a null address");
}

TEST(Extents, reads_stay_inside) {
    const Program p = window(2, 0, Boundary::none);  // reads 0 … 2 (n-1) + 2
    EXPECT_EQ(failure(p, dense({{11}, {5}})), "");
    EXPECT_EQ(
        failure(p, dense({{10}, {5}})),
        "kernel 'window': tensor 'x', dimension 0 has extent 10, but is read from 0 to 10; reads outside "
        "a tensor need a boundary rule");
    EXPECT_EQ(failure(p, dense({{0}, {0}})), "");
    EXPECT_NE(failure(window(-1, 0, Boundary::none), dense({{9}, {3}})).find("read from -2 to 2"),
              std::string::npos);
}

TEST(Extents, boundary_rules_need_an_element) {
    for (const Boundary rule : {Boundary::clamp, Boundary::wrap, Boundary::reflect})
        EXPECT_NE(failure(window(1, -1, rule), dense({{0}, {5}})).find("needs an element"),
                  std::string::npos);
    EXPECT_EQ(failure(window(1, -1, Boundary::zero), dense({{0}, {5}})), "");
    EXPECT_EQ(failure(window(1, -1, Boundary::clamp), dense({{0}, {0}})), "");
}

TEST(Extents, sub_pixel_sides_divide) {
    ProgramBuilder b("shuffle");
    const int i = b.index("i"), p = b.index("p", 2);
    const int x = b.input("x", DType::f32, 1, Boundary::zero), y = b.output("y", DType::f32, 1);
    b.assign(y, {at({{i, 2}, {p, 1}})}, b.read(x, {at({{i, 3}, {p, 1}})}));
    const Program program = b.finish();
    EXPECT_EQ(resolve_extents(program, dense({{4}, {6}})).index[0], 3);
    EXPECT_EQ(
        failure(program, dense({{4}, {7}})),
        "kernel 'shuffle': tensor 'y', dimension 0 has extent 7, which is no multiple of 2, as the kernel "
        "wants it");
}

TEST(Extents, temporaries_carry_extents_both_ways) {
    ProgramBuilder b("through");
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int y = b.output("y", DType::f32, 1), z = b.output("z", DType::f32, 1);
    const int x = b.input("x", DType::f32, 1);
    const int t = b.temporary("t", DType::f32, 1), u = b.temporary("u", DType::f32, 1);
    b.assign(t, {at(i)}, b.literal(DType::f32, 1));  // i is known from y, by way of t
    b.assign(y, {at(j)}, b.read(t, {at(j)}));
    b.assign(u, {at(k)}, b.read(x, {at(k)}));
    b.assign(z, {at(i)}, b.reduce(Reduce::sum, Order::lanes, {k}, b.read(u, {at(k)})));
    const Program p = b.finish();
    const Extents e = resolve_extents(p, dense({{4}, {7}, {7}}));  // x, y, z
    EXPECT_EQ(e.index[i], 7);
    EXPECT_EQ(e.index[j], 7);
    EXPECT_EQ(e.index[k], 4);
    EXPECT_EQ(e.tensor[t][0], 7);
    EXPECT_EQ(e.tensor[u][0], 4);
    EXPECT_NE(failure(p, dense({{4}, {7}, {6}})), "");
}

TEST(Extents, output_elements_are_distinct) {
    auto arguments = dense({{2, 5}, {5, 3}, {2, 3}});
    arguments[0].tensor.strides[1] = 0;  // of an input: a broadcast
    EXPECT_EQ(failure(gemm(), arguments), "");
    arguments[2].tensor.strides[0] = 0;
    EXPECT_EQ(
        failure(gemm(), arguments),
        "kernel 'dense': tensor 'C', dimension 0 with extent 2 and stride 0 may put elements of an output "
        "on each other");
    arguments[2].tensor.strides[0] = 2;  // rows of three, two apart
    EXPECT_NE(failure(gemm(), arguments), "");
    arguments[2].tensor.strides[0] = -3;
    EXPECT_EQ(failure(gemm(), arguments), "");
    arguments[2].tensor.strides[0] = 1;
    arguments[2].tensor.strides[1] = 2;  // column by column
    EXPECT_EQ(failure(gemm(), arguments), "");
}

TEST(Extents, huge_numbers_are_refused_without_overflow) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    EXPECT_NE(failure(gemm(), dense({{most, 5}, {5, most}, {most, most}})), "");
    EXPECT_NE(failure(window(1'000'000'000, 0, Boundary::zero), dense({{5}, {most / 2}})), "");
    auto arguments = dense({{2, 5}, {5, 3}, {2, 3}});
    for (const std::int64_t stride : {most, least, most / 2}) {
        arguments[0].tensor.strides[1] = stride;
        EXPECT_NE(failure(gemm(), arguments).find("further than memory"), std::string::npos);
    }
    auto single = dense({{1, 1}, {1, 1}, {1, 1}});
    for (CallArgument& a : single) a.tensor.strides[0] = least;  // a dimension of one element has any stride
    EXPECT_EQ(failure(gemm(), single), "");
}

}  // namespace
}  // namespace sporkle::testing
