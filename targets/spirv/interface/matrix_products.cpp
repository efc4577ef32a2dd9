#include "targets/spirv/interface/matrix_products.hpp"

#include <spirv/unified1/spirv.hpp11>

#include "targets/spirv/interface/cooperative_matrix.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;

bool is(const Instruction& x, cooperative_matrix::Op op) { return x.opcode() == std::uint32_t(op); }

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
    if (is(x, cooperative_matrix::Op::type))
        matrices_[operand(1)] = {elements_[operand(2)], constants_[operand(3)], constants_[operand(4)],
                                 constants_[operand(5)]};
    if (matrices_.empty()) return;
    if (x.type() != 0)
        types_[x.result()] = x.type();
    else if (matrices_.contains(operand(1)))  // an instruction that the headers may not know
        types_[operand(2)] = operand(1);
    if (is(x, cooperative_matrix::Op::mul_add) && w.size() >= 6) add(w);
}

/// Type, result, A, B, C and, if there are any, flags.
void MatrixProducts::add(std::span<const std::uint32_t> w) {
    const std::uint32_t flags = w.size() > 6 ? w[6] : 0;
    const Matrix left = matrices_[types_[w[3]]], right = matrices_[types_[w[4]]];
    MatrixProduct product;
    product.m = left.rows;
    product.k = left.columns;
    product.n = right.columns;
    product.a = with_sign(left.element, (flags & cooperative_matrix::a_signed) != 0);
    product.b = with_sign(right.element, (flags & cooperative_matrix::b_signed) != 0);
    product.c = with_sign(matrices_[types_[w[5]]].element, (flags & cooperative_matrix::c_signed) != 0);
    product.result = with_sign(matrices_[w[1]].element, (flags & cooperative_matrix::result_signed) != 0);
    product.saturates = (flags & cooperative_matrix::saturating) != 0;
    product.scope = left.scope;
    all_.push_back(product);
}

}  // namespace sporkle::spirv
