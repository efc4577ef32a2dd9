// What a call costs: a product so small that little else is left.
#include "tools/benchmark/kernels.hpp"
#include "tools/benchmark/rows/bench.hpp"
#include "tools/benchmark/rows/numbers.hpp"

namespace sporkle::bench {

void call_rows(Bench& bench) {
    constexpr int n = 8;
    Work work{"calls", "call of an 8x8x8 product", 1, Unit::nanoseconds(), {},
              {},      Bar{Bar::Kind::at_most, 60}};
    if (!bench.wants(work.name)) return;
    Context& context = bench.context(1);
    auto a = context.array<float>({n, n}), b = context.array<float>({n, n}), c = context.array<float>({n, n});
    fill({a.data(), n * n}, -1, 1, 1);
    fill({b.data(), n * n}, -1, 1, 2);

    Contenders contenders{bench.ours(1, "Sporkle, prepared", kernels::gemm, a, b, c)};
    for (Contender& peer : bench.theirs(1, &Peer::gemm, Gemm{n, n, n, a.data(), b.data(), c.data()}))
        contenders.push_back(std::move(peer));
    // The other way to call us; no peer.
    Contender direct = contender("Sporkle, Context::run", [&] { context.run(kernels::gemm, a, b, c); });
    direct.comparable = false;
    contenders.push_back(std::move(direct));
    bench.check(work, contenders, {c.data(), n * n}, [&]() -> std::string {
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j) {
                double sum = 0;
                for (int k = 0; k < n; ++k) sum += double(a(i, k)) * double(b(k, j));
                if (std::string wrong = difference(std::size_t(i * n + j), c(i, j), sum, 8, 1e-6);
                    !wrong.empty())
                    return wrong;
            }
        return {};
    });
    bench.measure_row(work, contenders);
}

}  // namespace sporkle::bench
