// What the C++ compiler alone makes of the obvious loop, with -O3 -march=native -ffast-math -fopenmp: it
// vectorises exp and tanh with the C library's libmvec.
#include <cmath>

#include "tools/benchmark/peers/factories.hpp"

namespace sporkle::bench {
namespace {

class Compiler final : public Peer {
  public:
    std::string name() const override { return "plain C++"; }
    std::string version() const override { return __VERSION__; }
    void set_threads(int threads) override { threads_ = threads; }

    Contenders elementwise(const Elementwise& e) override {
        switch (e.function) {
            case Function::affine_relu:
                return {loop(e, [e](float x, float y) {
                    const float t = e.a * x + e.b * y + e.c;
                    return t > 0 ? t : 0.0f;
                })};
            case Function::gelu:
                return {loop(e, [e](float x, float) {
                    const float t = e.a * x + e.b;
                    return 0.5f * t * (1.0f + std::tanh(0.7978845608f * (t + 0.044715f * t * t * t)));
                })};
            case Function::sigmoid:
                return {loop(e, [](float x, float) { return 1.0f / (1.0f + std::exp(-x)); })};
            case Function::exp:
                return {loop(e, [](float x, float) { return std::exp(x); })};
            case Function::tanh:
                return {loop(e, [](float x, float) { return std::tanh(x); })};
        }
        return {};
    }

  private:
    template <class Body>
    Contender loop(const Elementwise& e, Body body) const {
        const int threads = threads_;
        return contender(name(), [e, body, threads] {
            const float* __restrict x = e.x;
            const float* __restrict y = e.y;
            float* __restrict out = e.out;
            if (threads == 1) {
#pragma omp simd
                for (std::size_t i = 0; i < e.n; ++i) out[i] = body(x[i], y[i]);
            } else {
#pragma omp parallel for simd num_threads(threads) schedule(static)
                for (std::size_t i = 0; i < e.n; ++i) out[i] = body(x[i], y[i]);
            }
        });
    }
    int threads_ = 1;
};

}  // namespace

std::unique_ptr<Peer> make_compiler() { return std::make_unique<Compiler>(); }

}  // namespace sporkle::bench
