// Sums of products for matrix units in the types and forms that kernels have them, calls of them, and how
// near a result must be to the exact one: what Numerics::fast promises (program.hpp).
#pragma once

#include <cstdint>
#include <string>

#include <sporkle/program.hpp>

#include "tests/support/random_program.hpp"

namespace sporkle::testing {

class ProgramBuilder;

/// The kernel as its author writes it, the same in f64, or Σ |a| · |b| (+ |bias|) in f64.
enum class Form { fast, exact, magnitude };

struct MatrixKernel {
    std::string name;
    DType factor = DType::f16, result = DType::f32;
    bool a_by_columns = false, b_by_columns = false;
    bool has_bias = false;  ///< max(sum + bias(j), 0)
    bool is_batched = false, is_convolution = false;
    /// A convolution of [n][i][x][k] by [r][s][k][j] ([j][r][s][k] by columns) with stride 2 along i; else of
    /// [n][k][i][x] by [j][k][r][s].
    bool is_channels_last = false;
    Boundary boundary = Boundary::zero;  ///< of a convolution

    DType accumulator() const {
        return factor == DType::f64 ? DType::f64 : is_float(factor) ? DType::f32 : DType::i32;
    }
    Program make(Form form) const;

  private:
    int factor_of(ProgramBuilder& b, Form form, int value) const;
};

/// Rows, columns, steps, and the other two free indices.
struct MatrixSize {
    std::int64_t m, n, k, outer = 1, width = 1;
};

/// A call of finite values; `aligned`: of dense tensors that begin at multiples of 64 bytes.
Call call_of(const Program& program, const MatrixSize& size, std::uint64_t seed, bool aligned);

/// What a call's result is held to.
struct MatrixReference {
    MatrixReference(const MatrixKernel& kernel, const MatrixSize& size, const Call& before);
    MatrixReference(const MatrixReference&) = delete;
    MatrixReference& operator=(const MatrixReference&) = delete;

    /// Empty, or the first element of the call's result that is too far off.
    std::string too_far(const Call& actual) const;

  private:
    double allowance(double exact, double magnitude) const;

    MatrixKernel kernel_;
    std::int64_t steps_;
    Program exact_program_, magnitude_program_;
    Call exact_, magnitude_;
};

}  // namespace sporkle::testing
