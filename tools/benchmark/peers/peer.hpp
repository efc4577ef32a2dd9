// What other libraries can do of the work that we measure. A peer is one file in this folder, built where
// CMake finds the library; work that it has no routine for stays empty.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tools/benchmark/measure/contender.hpp"

namespace sporkle::bench {

/// c = a · b, row-major: a is m × k, b is k × n.
struct Gemm {
    int m, n, k;
    const float *a, *b;
    float* c;
};

/// y = a · x, row-major: a is m × k.
struct Gemv {
    int m, k;
    const float *a, *x;
    float* y;
};

enum class Layout { nchw, nhwc };

/// Cross-correlation of square images: weights are [co][ci][r][r] for nchw and [r][r][ci][co] for nhwc.
struct Conv {
    int n, ci, size, co, r, stride, padding;
    Layout layout;
    const float *input, *weights;
    float* output;
    int out_size() const { return (size + 2 * padding - r) / stride + 1; }
    double flops() const { return 2.0 * n * co * out_size() * out_size() * ci * r * r; }
};

/// out[i] = f(x[i] …) with the constants below.
enum class Function {
    affine_relu,  ///< max(a·x + b·y + c, 0)
    gelu,         ///< tanh form, of a·x + b
    sigmoid,      ///< 1 / (1 + exp(-x))
    exp,
    tanh,
};
struct Elementwise {
    Function function;
    std::size_t n;
    const float *x, *y;
    float* out;
    float a = 1.5f, b = -0.75f, c = 0.125f;
};

/// out[row][·] = exp(x - max) / Σ exp(x - max)
struct Softmax {
    int rows, columns;
    const float* x;
    float* out;
};

class Peer {
  public:
    virtual ~Peer() = default;
    virtual std::string name() const = 0;
    virtual std::string version() const = 0;
    virtual void set_threads(int threads) = 0;
    virtual Contenders gemm(const Gemm&) { return {}; }
    virtual Contenders gemv(const Gemv&) { return {}; }
    virtual Contenders conv(const Conv&) { return {}; }
    virtual Contenders elementwise(const Elementwise&) { return {}; }
    virtual Contenders softmax(const Softmax&) { return {}; }
};

/// Every peer of this build.
std::vector<std::unique_ptr<Peer>> all_peers();

/// Names of the peers that CMake did not find, with the Debian package that has each.
std::vector<std::string> missing_peers();

}  // namespace sporkle::bench
