// BLIS, by its own typed interface (its BLAS symbols would clash with OpenBLAS's).
#include <blis.h>

#include "tools/benchmark/peers/factories.hpp"

namespace sporkle::bench {
namespace {

class Blis final : public Peer {
  public:
    Blis() { bli_init(); }
    std::string name() const override { return "BLIS"; }
    std::string version() const override {
        return std::string(bli_info_get_version_str()) + " " + bli_arch_string(bli_arch_query_id());
    }
    void set_threads(int threads) override { bli_thread_set_num_threads(threads); }

    Contenders gemm(const Gemm& g) override {
        return {contender(name(), [g] {
            float one = 1, zero = 0;
            bli_sgemm(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, g.m, g.n, g.k, &one, const_cast<float*>(g.a), g.k,
                      1, const_cast<float*>(g.b), g.n, 1, &zero, g.c, g.n, 1);
        })};
    }
    Contenders gemv(const Gemv& g) override {
        return {contender(name(), [g] {
            float one = 1, zero = 0;
            bli_sgemv(BLIS_NO_TRANSPOSE, BLIS_NO_CONJUGATE, g.m, g.k, &one, const_cast<float*>(g.a), g.k, 1,
                      const_cast<float*>(g.x), 1, &zero, g.y, 1);
        })};
    }
};

}  // namespace

std::unique_ptr<Peer> make_blis() { return std::make_unique<Blis>(); }

}  // namespace sporkle::bench
