// Products of matrices, f32.
#include "tools/benchmark/kernels.hpp"
#include "tools/benchmark/rows/bench.hpp"
#include "tools/benchmark/rows/numbers.hpp"

namespace sporkle::bench {
namespace {

/// Σ over p of a[p]·b[p], with Σ |a[p]·b[p]| for the rounding errors that it may have.
struct Dot {
    double value = 0, magnitude = 0;
    void add(double a, double b) {
        value += a * b;
        magnitude += std::abs(a * b);
    }
};

void product_row(Bench& bench, int m, int n, int k, int threads) {
    const std::string shape = m == n && n == k
                                  ? std::to_string(m) + "^3"
                                  : std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
    Work work{"gemm", "GEMM " + shape, threads, Unit::gflops(2.0 * m * n * k), {}, "FMA peak", {}};
    if (!bench.wants(work.name)) return;
    if (m == 1024 && n == 1024 && k == 1024 && threads == 1) work.bar = Bar{Bar::Kind::share_of_limit, 0.7};

    const Context& context = bench.context(threads);
    auto a = context.array<float>({m, k}), b = context.array<float>({k, n}), c = context.array<float>({m, n});
    const std::span<float> output(c.data(), static_cast<std::size_t>(c.size()));
    fill({a.data(), static_cast<std::size_t>(a.size())}, -1, 1, 1);
    fill({b.data(), static_cast<std::size_t>(b.size())}, -1, 1, 2);

    Contenders contenders{bench.ours(threads, "Sporkle", kernels::gemm, a, b, c)};
    for (Contender& peer : bench.theirs(threads, &Peer::gemm, Gemm{m, n, k, a.data(), b.data(), c.data()}))
        contenders.push_back(std::move(peer));
    bench.check(work, contenders, output, [&] {
        return first_difference(output.size(), [&](std::size_t at) {
            const std::size_t row = at / static_cast<std::size_t>(n),
                              column = at % static_cast<std::size_t>(n);
            Dot dot;
            for (int p = 0; p < k; ++p) dot.add(a(row, p), b(p, column));
            return difference(at, output[at], dot.value, dot.magnitude, 1e-5);
        });
    });

    // A product whose second factor is read from memory for a few rows only is bound by reading it.
    const double flops = 2.0 * m * n * k, bytes = 4.0 * (double(m) * k + double(k) * n);
    work.limit = bench.fma_limit(threads, flops);
    if (bytes > 32e6 && flops / bytes < 16) {
        work.limit_name = "FMA peak or reading, whichever is slower";
        work.limit = [fma = work.limit, read = bench.read_limit(threads, bytes)] {
            return std::max(fma(), read());
        };
    }
    bench.measure_row(work, contenders);
}

void vector_row(Bench& bench, int m, int k, int threads) {
    const double bytes = 4.0 * m * k;
    Work work{"gemm",  "GEMV " + std::to_string(m) + "x" + std::to_string(k),
              threads, Unit::gbytes(bytes),
              {},      "reading",
              {}};
    if (!bench.wants(work.name)) return;
    const Context& context = bench.context(threads);
    auto a = context.array<float>({m, k});
    auto x = context.array<float>({k}), y = context.array<float>({m});
    const std::span<float> output(y.data(), static_cast<std::size_t>(m));
    fill({a.data(), static_cast<std::size_t>(a.size())}, -1, 1, 1);
    fill({x.data(), static_cast<std::size_t>(k)}, -1, 1, 2);

    Contenders contenders{bench.ours(threads, "Sporkle", kernels::gemv, a, x, y)};
    for (Contender& peer : bench.theirs(threads, &Peer::gemv, Gemv{m, k, a.data(), x.data(), y.data()}))
        contenders.push_back(std::move(peer));
    bench.check(work, contenders, output, [&] {
        return first_difference(output.size(), [&](std::size_t at) {
            Dot dot;
            for (int p = 0; p < k; ++p) dot.add(a(at, p), x(p));
            return difference(at, output[at], dot.value, dot.magnitude, 1e-5);
        });
    });
    work.limit = bench.read_limit(threads, bytes);
    bench.measure_row(work, contenders);
}

}  // namespace

void gemm_rows(Bench& bench) {
    for (const int threads : bench.options().threads) {
        for (const int size : {16, 32, 64, 128, 256, 512, 1024, 2048})
            product_row(bench, size, size, size, threads);
        product_row(bench, 16, 4096, 4096, threads);
        product_row(bench, 4096, 64, 512, threads);
        vector_row(bench, 4096, 4096, threads);
    }
}

}  // namespace sporkle::bench
