#include "targets/spirv/interface/matrix_products.hpp"

#include <spirv/unified1/spirv.hpp11>

namespace sporkle::spirv {
namespace {

using spv::Op;

// SPV_KHR_cooperative_matrix, which Debian 12's SPIR-V headers do not know.
constexpr std::uint32_t op_type_matrix = 4456, op_matrix_load = 4457, op_matrix_multiply_add = 4459;
constexpr std::uint32_t a_is_signed = 1, b_is_signed = 2, c_is_signed = 4, result_is_signed = 8;
constexpr std::uint32_t saturates = 16;

MatrixElement with_sign(MatrixElement element, bool is_signed) {
    element.is_signed = is_signed;
    return element;
}

}  // namespace

void MatrixProducts::read(const Instruction& x) {
    const auto& w = x.words;
    const auto operand = [&](std::size_t n) { return n < w.size() ? w[n] : 0; };
    const std::uint32_t op = x.opcode();
    if (Op(op) == Op::OpTypeFloat) elements_[operand(1)] = {operand(2), true, w.size() > 3, false};
    if (Op(op) == Op::OpTypeInt) elements_[operand(1)] = {operand(2), false, false, false};
    if (Op(op) == Op::OpConstant) constants_[operand(2)] = operand(3);
    if (op == op_type_matrix)
        matrices_[operand(1)] = {elements_[operand(2)], constants_[operand(3)], constants_[operand(4)],
                                 constants_[operand(5)]};
    if (matrices_.empty()) return;
    const bool gives_matrix = op == op_matrix_load || op == op_matrix_multiply_add;
    if (gives_matrix || x.type() != 0) types_[gives_matrix ? operand(2) : x.result()] = operand(1);
    if (op == op_matrix_multiply_add && w.size() >= 6) add(w);
}

/// Type, result, A, B, C and, if there are any, flags.
void MatrixProducts::add(std::span<const std::uint32_t> w) {
    const std::uint32_t flags = w.size() > 6 ? w[6] : 0;
    const Matrix left = matrices_[types_[w[3]]], right = matrices_[types_[w[4]]];
    MatrixProduct product;
    product.m = left.rows;
    product.k = left.columns;
    product.n = right.columns;
    product.a = with_sign(left.element, (flags & a_is_signed) != 0);
    product.b = with_sign(right.element, (flags & b_is_signed) != 0);
    product.c = with_sign(matrices_[types_[w[5]]].element, (flags & c_is_signed) != 0);
    product.result = with_sign(matrices_[w[1]].element, (flags & result_is_signed) != 0);
    product.saturates = (flags & saturates) != 0;
    product.scope = left.scope;
    all_.push_back(product);
}

}  // namespace sporkle::spirv
