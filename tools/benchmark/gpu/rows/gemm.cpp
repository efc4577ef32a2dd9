// Products of matrices: f32 in the reproducible class, f16, bf16 and i8 in the fast one.
#include <memory>
#include <optional>

#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

namespace sporkle::bench {
namespace {

/// Element `at` of a · b, both n × n; b may lie there by columns.
template <class T>
Exact product(std::span<const T> a, std::span<const T> b, std::size_t n, double tolerance,
              bool by_columns = false) {
    return {[=](std::size_t at) {
                const std::size_t row = at / n, column = at % n;
                double sum = 0;
                for (std::size_t p = 0; p < n; ++p)
                    sum += double(float(a[row * n + p])) *
                           double(float(b[by_columns ? column * n + p : p * n + column]));
                return sum;
            },
            tolerance, n > 2048 ? std::size_t(1024) : std::size_t(4096)};
}

/// Factors are uniform in [-range, range).
template <class T, class Result>
Problem matrices(KernelId kernel, std::int64_t n, float range, std::span<T>& a, std::span<T>& b) {
    Problem problem(kernel);
    a = problem.tensor<T>({n, n});
    b = problem.tensor<T>({n, n});
    problem.tensor<Result>({n, n});
    fill_by(a, [=](std::size_t at) { return uniform(1, at, -range, range); });
    fill_by(b, [=](std::size_t at) { return uniform(2, at, -range, range); });
    return problem;
}

void reproducible_row(GpuBench& bench, int n) {
    GpuWork work{"gemm", "GEMM f32 " + std::to_string(n), Unit::tflops(2.0 * n * n * n), {}, 0};
    if (n >= 512) work.bar = Bar{Bar::Kind::share_of_peer, n <= 1024 ? 1.0 : 0.85};
    bench.row(work, [&] {
        std::span<float> a, b;
        const Problem problem = matrices<float, float>(KernelId(kernels::gemm), n, 1, a, b);
        const Exact exact = product<float>(a, b, std::size_t(n), 1e-5);
        std::vector<Theirs> theirs;
        if (CudaBlas* const blas = bench.blas()) {
            const auto ca = bench.on_cuda(problem.arguments()[0]), cb = bench.on_cuda(problem.arguments()[1]);
            const auto cc = std::make_shared<CudaMemory>(*bench.cuda(), 4 * std::size_t(n) * std::size_t(n));
            for (const auto math : {CudaBlas::Math::standard, CudaBlas::Math::pedantic})
                theirs.push_back({math == CudaBlas::Math::standard ? "cuBLAS" : "cuBLAS pedantic", true,
                                  [=] {
                                      blas->sgemm(math, {n, n, n}, ca->pointer<float>(), cb->pointer<float>(),
                                                  cc->pointer<float>());
                                  },
                                  cc, problem.output().size(), DType::f32, exact});
        }
        bench.compare(work, {{"Sporkle", &problem, exact}}, std::move(theirs));
    });
}

/// A product on matrix units: the kernel, another one that takes b by columns, or none, and what to hold
/// results to.
struct FastProduct {
    std::string name;
    KernelId kernel;
    std::optional<KernelId> by_columns;
    float range;
    double tolerance;
    std::optional<Bar> bar;
};

template <class T, class Result>
void fast_row(GpuBench& bench, const FastProduct& product_of, int n) {
    const GpuWork work{"gemm", "GEMM " + product_of.name + " fast " + std::to_string(n),
                       Unit::tflops(2.0 * n * n * n), product_of.bar, 0};
    bench.row(work, [&] {
        std::vector<std::unique_ptr<const Problem>> problems;
        std::vector<Ours> ours;
        std::vector<Theirs> theirs;
        const auto add = [&](KernelId kernel, bool by_columns) {
            const std::string suffix = by_columns ? ", b by columns" : "";
            std::span<T> a, b;
            problems.push_back(
                std::make_unique<const Problem>(matrices<T, Result>(kernel, n, product_of.range, a, b)));
            const Problem& problem = *problems.back();
            const Exact exact = product<T>(a, b, std::size_t(n), product_of.tolerance, by_columns);
            ours.push_back({"Sporkle" + suffix, &problem, exact});
            CudaBlas* const blas = bench.blas();
            if (blas == nullptr) return;
            const auto ca = bench.on_cuda(problem.arguments()[0]), cb = bench.on_cuda(problem.arguments()[1]);
            const auto cc = std::make_shared<CudaMemory>(*bench.cuda(), problem.output().size());
            const CudaBlas::Product of_blas{dtype_of<T>, dtype_of<Result>, by_columns, n, n, n};
            theirs.push_back(
                {"cuBLAS" + suffix, true,
                 [=] { blas->gemm(of_blas, ca->pointer<void>(), cb->pointer<void>(), cc->pointer<void>()); },
                 cc, problem.output().size(), dtype_of<Result>, exact});
        };
        add(product_of.kernel, false);
        if (product_of.by_columns) add(*product_of.by_columns, true);
        bench.compare(work, ours, std::move(theirs));
    });
}

void fast_rows(GpuBench& bench, int n) {
    std::optional<Bar> bar;
    if (n >= 4096) bar = Bar{Bar::Kind::at_least, 250};
    // One rounding to f16 is about 2e-4 of a value; sums in f32 of factors without error are far better.
    fast_row<half, half>(bench, {"f16", KernelId(kernels::gemm_f16), {}, 1, 1e-3, bar}, n);
    fast_row<bfloat16, float>(bench, {"bf16", KernelId(kernels::gemm_bf16), {}, 1, 1e-5, {}}, n);
    fast_row<std::int8_t, std::int32_t>(
        bench, {"i8", KernelId(kernels::gemm_i8), KernelId(kernels::gemm_i8_by_columns), 128, 0, {}}, n);
}

}  // namespace

void gpu_gemm_rows(GpuBench& bench) {
    if (bench.options().quick) {
        reproducible_row(bench, 64);
        fast_rows(bench, 64);
        return;
    }
    for (const int n : {512, 1024, 2048, 4096, 8192}) reproducible_row(bench, n);
    fast_rows(bench, 4096);
}

}  // namespace sporkle::bench
