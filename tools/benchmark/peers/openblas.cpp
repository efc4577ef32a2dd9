// OpenBLAS: BLAS by hand-written kernels per CPU.
#include <cblas.h>

#include "tools/benchmark/peers/factories.hpp"

namespace sporkle::bench {
namespace {

class OpenBlas final : public Peer {
  public:
    std::string name() const override { return "OpenBLAS"; }
    std::string version() const override {
        return std::string(openblas_get_config()) + " " + openblas_get_corename();
    }
    void set_threads(int threads) override { openblas_set_num_threads(threads); }

    Contenders gemm(const Gemm& g) override {
        return {contender(name(), [g] {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, g.m, g.n, g.k, 1.0f, g.a, g.k, g.b, g.n,
                        0.0f, g.c, g.n);
        })};
    }
    Contenders gemv(const Gemv& g) override {
        return {contender(name(), [g] {
            cblas_sgemv(CblasRowMajor, CblasNoTrans, g.m, g.k, 1.0f, g.a, g.k, g.x, 1, 0.0f, g.y, 1);
        })};
    }
};

}  // namespace

std::unique_ptr<Peer> make_openblas() { return std::make_unique<OpenBlas>(); }

}  // namespace sporkle::bench
