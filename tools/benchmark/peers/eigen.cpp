// Eigen: expression templates and its own product kernels, compiled for this machine.
#include <omp.h>

#include <Eigen/Core>
#include <cmath>

#include "tools/benchmark/peers/factories.hpp"

namespace sporkle::bench {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXf;
using Array = Eigen::ArrayXf;

class EigenPeer final : public Peer {
  public:
    std::string name() const override { return "Eigen"; }
    std::string version() const override {
        return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
               std::to_string(EIGEN_MINOR_VERSION);
    }
    void set_threads(int threads) override {
        threads_ = threads;
        Eigen::setNbThreads(threads);
    }

    Contenders gemm(const Gemm& g) override {
        return {contender(name(), [g] {
            Eigen::Map<Matrix>(g.c, g.m, g.n).noalias() =
                Eigen::Map<const Matrix>(g.a, g.m, g.k) * Eigen::Map<const Matrix>(g.b, g.k, g.n);
        })};
    }
    Contenders gemv(const Gemv& g) override {
        return {contender(name(), [g] {
            Eigen::Map<Vector>(g.y, g.m).noalias() =
                Eigen::Map<const Matrix>(g.a, g.m, g.k) * Eigen::Map<const Vector>(g.x, g.k);
        })};
    }

    Contenders elementwise(const Elementwise& e) override {
        switch (e.function) {
            case Function::affine_relu:
                return {each_part(
                    e, [e](auto x, auto y, auto out) { out = (e.a * x + e.b * y + e.c).max(0.0f); })};
            case Function::gelu:
                return {each_part(e, [e](auto x, auto, auto out) {
                    const auto t = e.a * x + e.b;
                    out = 0.5f * t * (1.0f + (0.7978845608f * (t + 0.044715f * t.cube())).tanh());
                })};
            case Function::sigmoid:
                return {each_part(e, [](auto x, auto, auto out) { out = x.logistic(); })};
            case Function::exp:
                return {each_part(e, [](auto x, auto, auto out) { out = x.exp(); })};
            case Function::tanh:
                return {each_part(e, [](auto x, auto, auto out) { out = x.tanh(); })};
        }
        return {};
    }

    Contenders softmax(const Softmax& s) override {
        const int threads = threads_;
        return {contender(name(), [s, threads] {
#pragma omp parallel for num_threads(threads) if (threads > 1)
            for (int row = 0; row < s.rows; ++row) {
                const std::ptrdiff_t at = std::ptrdiff_t(row) * s.columns;
                const Eigen::Map<const Array> x(s.x + at, s.columns);
                Eigen::Map<Array> out(s.out + at, s.columns);
                out = (x - x.maxCoeff()).exp();
                out *= 1.0f / out.sum();
            }
        })};
    }

  private:
    /// Eigen runs element by element in one thread: with several, each takes one part.
    template <class Body>
    Contender each_part(const Elementwise& e, Body body) const {
        const int threads = threads_;
        return contender(name(), [e, body, threads] {
#pragma omp parallel for num_threads(threads) if (threads > 1)
            for (int part = 0; part < threads; ++part) {
                const std::size_t first = e.n * std::size_t(part) / std::size_t(threads);
                const Eigen::Index count =
                    Eigen::Index(e.n * std::size_t(part + 1) / std::size_t(threads) - first);
                body(Eigen::Map<const Array>(e.x + first, count), Eigen::Map<const Array>(e.y + first, count),
                     Eigen::Map<Array>(e.out + first, count));
            }
        });
    }
    int threads_ = 1;
};

}  // namespace

std::unique_ptr<Peer> make_eigen() { return std::make_unique<EigenPeer>(); }

}  // namespace sporkle::bench
