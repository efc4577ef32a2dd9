#include "tests/support/program_builder.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include <sporkle/analysis.hpp>

namespace sporkle::testing {
namespace {

template <class Entry, class Count>
int append(Entry* table, int highest, Count& count, const Entry& entry) {
    if (count >= highest) throw std::length_error("ProgramBuilder: a table of the Program is full");
    table[count] = entry;
    return count++;
}

Access make_access(int tensor, const std::vector<Affine>& subscripts) {
    Access access;
    access.tensor = static_cast<std::uint8_t>(tensor);
    std::copy_n(subscripts.begin(), std::min<std::size_t>(subscripts.size(), max_rank), access.subscripts);
    return access;
}

}  // namespace

Affine at(int i) { return at({{i, 1}}); }

Affine at(std::vector<std::pair<int, int>> terms, int constant) {
    std::sort(terms.begin(), terms.end());
    Affine s;
    s.constant = constant;
    for (const auto& [index, coefficient] : terms)
        append(s.terms, max_terms, s.count, {static_cast<std::uint8_t>(index), coefficient});
    return s;
}

ProgramBuilder::ProgramBuilder(std::string_view kernel_name) { program_.name.assign(kernel_name); }

int ProgramBuilder::index(std::string_view name, std::int64_t extent) {
    Index index;
    index.name.assign(name);
    index.extent = extent;
    return append(program_.indices, max_indices, program_.index_count, index);
}

int ProgramBuilder::tensor(std::string_view name, DType type, int rank, Role role, Boundary boundary) {
    Tensor tensor{{}, type, static_cast<std::uint8_t>(rank), role, boundary};
    tensor.name.assign(name);
    return append(program_.tensors, max_tensors, program_.tensor_count, tensor);
}
int ProgramBuilder::input(std::string_view name, DType type, int rank, Boundary boundary) {
    return tensor(name, type, rank, Role::input, boundary);
}
int ProgramBuilder::output(std::string_view name, DType type, int rank, Boundary boundary) {
    return tensor(name, type, rank, Role::output, boundary);
}
int ProgramBuilder::temporary(std::string_view name, DType type, int rank, Boundary boundary) {
    return tensor(name, type, rank, Role::temporary, boundary);
}

int ProgramBuilder::scalar(std::string_view name, DType type) {
    Scalar scalar{{}, type};
    scalar.name.assign(name);
    return append(program_.scalars, max_scalars, program_.scalar_count, scalar);
}

int ProgramBuilder::node(Node node) { return append(program_.nodes, max_nodes, program_.node_count, node); }

int ProgramBuilder::literal_bits(DType type, std::uint64_t bits) {
    return node({Op::literal, type, 0, 0, 0, 0, bits});
}
int ProgramBuilder::literal(DType type, double value) {
    if (type == DType::f64) return literal_bits(type, std::bit_cast<std::uint64_t>(value));
    if (type == DType::f32)
        return literal_bits(type, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    if (type == DType::boolean) return literal_bits(type, value != 0);
    return literal_bits(type, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
}

int ProgramBuilder::read(int tensor, std::vector<Affine> subscripts) {
    const int access =
        append(program_.accesses, max_accesses, program_.access_count, make_access(tensor, subscripts));
    return node({Op::access, value_type(program_.tensors[tensor].dtype), 0, 0, 0,
                 static_cast<std::uint16_t>(access), 0});
}
int ProgramBuilder::read_scalar(int scalar) {
    return node({Op::scalar, value_type(program_.scalars[scalar].dtype), 0, 0, 0,
                 static_cast<std::uint16_t>(scalar), 0});
}
int ProgramBuilder::index_value(int index) {
    return node({Op::index_value, DType::i64, 0, 0, 0, static_cast<std::uint16_t>(index), 0});
}

int ProgramBuilder::cast(DType to, int a) {
    return node(
        {Op::cast, value_type(to), static_cast<std::uint16_t>(a), 0, 0, static_cast<std::uint16_t>(to), 0});
}
int ProgramBuilder::unary(Op op, int a) {
    return node({op, type_of(a), static_cast<std::uint16_t>(a), 0, 0, 0, 0});
}
int ProgramBuilder::binary(Op op, int a, int b) {
    const bool compares = op >= Op::less && op <= Op::not_equal;
    return node({op, compares ? DType::boolean : type_of(a), static_cast<std::uint16_t>(a),
                 static_cast<std::uint16_t>(b), 0, 0, 0});
}
int ProgramBuilder::select(int condition, int then, int otherwise) {
    return node({Op::select, type_of(then), static_cast<std::uint16_t>(condition),
                 static_cast<std::uint16_t>(then), static_cast<std::uint16_t>(otherwise), 0, 0});
}
int ProgramBuilder::fma(int a, int b, int c) {
    return node({Op::fma, type_of(a), static_cast<std::uint16_t>(a), static_cast<std::uint16_t>(b),
                 static_cast<std::uint16_t>(c), 0, 0});
}

int ProgramBuilder::reduce(Reduce kind, Order order, std::vector<int> indices, int body) {
    Reduction reduction;
    reduction.kind = kind;
    reduction.order = order;
    for (const int i : indices)
        append(reduction.indices, max_rank, reduction.count, static_cast<std::uint8_t>(i));
    const int number = append(program_.reductions, max_reductions, program_.reduction_count, reduction);
    const bool counts = kind == Reduce::argmax || kind == Reduce::argmin;
    return node({Op::reduce, counts ? DType::i64 : type_of(body), static_cast<std::uint16_t>(body), 0, 0,
                 static_cast<std::uint16_t>(number), 0});
}

void ProgramBuilder::assign(int tensor, std::vector<Affine> subscripts, int value) {
    append(program_.statements, max_statements, program_.statement_count,
           Statement{make_access(tensor, subscripts), static_cast<std::uint16_t>(value)});
}

Program ProgramBuilder::finish() const {
    Program p = program_;
    bool tensor_seen[max_tensors] = {}, scalar_seen[max_scalars] = {};
    const auto add = [&](bool is_scalar, int number) {
        bool& seen = is_scalar ? scalar_seen[number] : tensor_seen[number];
        if (!seen)
            append(p.arguments, max_arguments, p.argument_count,
                   Argument{is_scalar, static_cast<std::uint8_t>(number)});
        seen = true;
    };
    const auto visit = [&](auto&& self, int n) -> void {
        const Node& x = p.nodes[n];
        const std::uint16_t uses[3] = {x.a, x.b, x.c};
        for (int o = 0; o < operand_count(x.op); ++o) self(self, uses[o]);
        if (x.op == Op::scalar) add(true, x.ref);
        if (x.op == Op::access && p.tensors[p.accesses[x.ref].tensor].role == Role::input)
            add(false, p.accesses[x.ref].tensor);
    };
    for (int s = 0; s < p.statement_count; ++s) visit(visit, p.statements[s].value);
    for (int t = 0; t < p.tensor_count; ++t)  // inputs that nothing reads
        if (p.tensors[t].role == Role::input) add(false, t);
    for (int s = 0; s < p.scalar_count; ++s) add(true, s);
    for (int s = 0; s < p.statement_count; ++s)
        if (p.tensors[p.statements[s].target.tensor].role == Role::output)
            add(false, p.statements[s].target.tensor);
    return p;
}

}  // namespace sporkle::testing
