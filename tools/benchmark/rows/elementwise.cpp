// Element by element: chains bound by memory, and functions in the first-level cache.
#include "tools/benchmark/kernels.hpp"
#include "tools/benchmark/rows/bench.hpp"
#include "tools/benchmark/rows/numbers.hpp"

namespace sporkle::bench {
namespace {

double expected(const Elementwise& e, std::size_t i) {
    const double x = e.x[i];
    switch (e.function) {
        case Function::affine_relu:
            return std::max(double(e.a) * x + double(e.b) * double(e.y[i]) + double(e.c), 0.0);
        case Function::gelu: {
            const double t = double(e.a) * x + double(e.b);
            return 0.5 * t * (1 + std::tanh(0.7978845608028654 * (t + 0.044715 * t * t * t)));
        }
        case Function::sigmoid:
            return 1 / (1 + std::exp(-x));
        case Function::exp:
            return std::exp(x);
        case Function::tanh:
            return std::tanh(x);
    }
    return 0;
}

struct Shown {
    Function function;
    const char* name;
    int inputs;  ///< tensors read
};

std::string text_of(std::size_t n) {
    if (n % (1 << 20) == 0) return std::to_string(n >> 20) + " Mi";
    if (n % (1 << 10) == 0) return std::to_string(n >> 10) + " Ki";
    return std::to_string(n);
}

Contender ours(Bench& bench, int threads, const Elementwise& e, Array<float, 1>& x, Array<float, 1>& y,
               Array<float, 1>& out) {
    const char* name = "Sporkle";
    switch (e.function) {
        case Function::affine_relu:
            return bench.ours(threads, name, kernels::affine_relu, e.a, x, e.b, y, e.c, out);
        case Function::gelu:
            return bench.ours(threads, name, kernels::gelu, e.a, x, e.b, out);
        case Function::sigmoid:
            return bench.ours(threads, name, kernels::logistic, x, out);
        case Function::exp:
            return bench.ours(threads, name, kernels::exponential, x, out);
        case Function::tanh:
            return bench.ours(threads, name, kernels::hyperbolic_tangent, x, out);
    }
    return {};
}

void row(Bench& bench, const Shown& shown, std::size_t n, int threads) {
    const double bytes = 4.0 * double(n) * (shown.inputs + 1);
    const bool chain = shown.function == Function::affine_relu;
    Work work{chain ? "elementwise" : "functions",
              std::string(shown.name) + ", " + text_of(n),
              threads,
              chain ? Unit::gbytes(bytes) : Unit::ns_per_element(double(n)),
              {},
              {},
              {}};
    if (!bench.wants(work.name)) return;
    if (chain && threads == 1 && n != 1 << 20) work.bar = Bar{Bar::Kind::share_of_limit, 0.9};

    const Context& context = bench.context(threads);
    auto x = context.array<float>({n}), out = context.array<float>({n});
    auto y = shown.inputs == 2 ? context.array<float>({n}) : context.array<float>({1});
    fill({x.data(), n}, -4, 4, 1);
    fill({y.data(), static_cast<std::size_t>(y.size())}, -4, 4, 2);
    const Elementwise problem{shown.function, n, x.data(), y.data(), out.data()};
    const std::span<float> output(out.data(), n);

    Contenders contenders{ours(bench, threads, problem, x, y, out)};
    for (Contender& peer : bench.theirs(threads, &Peer::elementwise, problem))
        contenders.push_back(std::move(peer));
    bench.check(work, contenders, output, [&] {
        return first_difference(n, [&](std::size_t at) {
            const double value = expected(problem, at);
            return difference(at, output[at], value, std::max(std::abs(value), 1.0), 2e-6);
        });
    });
    work.limit = bench.copy_limit(threads, bytes, work.limit_name);
    bench.measure_row(work, contenders);
}

}  // namespace

void elementwise_rows(Bench& bench) {
    constexpr std::size_t sizes[] = {64 << 10, 1 << 20, 64 << 20};
    constexpr Shown chains[] = {{Function::affine_relu, "relu(a*x + b*y + c)", 2},
                                {Function::gelu, "gelu(a*x + b)", 1},
                                {Function::sigmoid, "sigmoid(x)", 1}};
    constexpr Shown functions[] = {{Function::exp, "exp(x) in L1", 1}, {Function::tanh, "tanh(x) in L1", 1}};
    for (const int threads : bench.options().threads) {
        for (const Shown& chain : chains)
            for (const std::size_t n : sizes) row(bench, chain, n, threads);
        if (threads == 1)
            for (const Shown& function : functions) row(bench, function, 2048, threads);
    }
}

}  // namespace sporkle::bench
