// Writes a Program by hand, entry by entry, as tests of everything below the DSL need it.
//
//   ProgramBuilder b("gemm");
//   const int i = b.index("i"), j = b.index("j"), k = b.index("k");
//   const int A = b.input("A", DType::f32, 2), B = b.input("B", DType::f32, 2);
//   const int C = b.output("C", DType::f32, 2);
//   const int a = b.read(A, {at(i), at(k)}), x = b.read(B, {at(k), at(j)});
//   b.assign(C, {at(i), at(j)}, b.reduce(Reduce::sum, Order::chain, {k}, b.binary(Op::mul, a, x)));
//   const Program gemm = b.finish();
//
// Nodes are told by their numbers, which follow the order of the calls (so read A and B in a declaration
// each, not as two arguments of one call, whose order is the compiler's). Types are inferred. Nothing is
// checked beyond the table sizes: `validate` does that, and its tests want to build what is wrong.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include <sporkle/program.hpp>

namespace sporkle::testing {

/// The subscript that is index `i` alone.
Affine at(int i);
/// constant + Σ coefficient · index, from pairs (index, coefficient) in any order.
Affine at(std::vector<std::pair<int, int>> terms, int constant = 0);

class ProgramBuilder {
  public:
    explicit ProgramBuilder(std::string_view kernel_name);

    int index(std::string_view name, std::int64_t extent = 0);
    int tensor(std::string_view name, DType type, int rank, Role role, Boundary boundary = Boundary::none);
    int input(std::string_view name, DType type, int rank, Boundary boundary = Boundary::none);
    int output(std::string_view name, DType type, int rank, Boundary boundary = Boundary::none);
    int temporary(std::string_view name, DType type, int rank, Boundary boundary = Boundary::none);
    int scalar(std::string_view name, DType type);

    int literal_bits(DType type, std::uint64_t bits);
    /// The value converted to `type`, which is f64, f32, an integer type or boolean.
    int literal(DType type, double value);
    int read(int tensor, std::vector<Affine> subscripts);
    int read_scalar(int scalar);
    int index_value(int index);
    int cast(DType to, int a);
    int unary(Op op, int a);
    int binary(Op op, int a, int b);
    int select(int condition, int then, int otherwise);
    int fma(int a, int b, int c);
    int reduce(Reduce kind, Order order, std::vector<int> indices, int body);
    void assign(int tensor, std::vector<Affine> subscripts, int value);

    DType type_of(int node) const { return program_.nodes[node].dtype; }
    /// The Program so far, without arguments.
    const Program& peek() const { return program_; }
    /// With its arguments, in the order of their first appearance.
    Program finish() const;

  private:
    int node(Node node);

    Program program_;
};

}  // namespace sporkle::testing
