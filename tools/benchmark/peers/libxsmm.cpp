// libxsmm: small products by code generated at run time. Its products are column-major, so that a · b in
// row-major order is asked for as bᵀ · aᵀ.
#include <libxsmm.h>

#include "tools/benchmark/peers/factories.hpp"

namespace sporkle::bench {
namespace {

class Xsmm final : public Peer {
  public:
    Xsmm() { libxsmm_init(); }
    std::string name() const override { return "libxsmm"; }
    std::string version() const override { return LIBXSMM_VERSION; }
    void set_threads(int threads) override { threads_ = threads; }

    /// One generated kernel for the whole product: made for small ones, and single-threaded.
    Contenders gemm(const Gemm& g) override {
        if (threads_ != 1 || g.m > 256 || g.n > 256 || g.k > 256) return {};
        const int flags = LIBXSMM_GEMM_FLAG_NONE;
        const float alpha = 1, beta = 0;
        const libxsmm_smmfunction kernel =
            libxsmm_smmdispatch(g.n, g.m, g.k, &g.n, &g.k, &g.n, &alpha, &beta, &flags, nullptr);
        if (kernel == nullptr) return {};
        return {contender(name(), [g, kernel] { kernel(g.b, g.a, g.c); })};
    }

  private:
    int threads_ = 1;
};

}  // namespace

std::unique_ptr<Peer> make_libxsmm() { return std::make_unique<Xsmm>(); }

}  // namespace sporkle::bench
