// Products of matrices: f32 in the reproducible class, f16 in the fast one.
#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

namespace sporkle::bench {
namespace {

/// Element `at` of a · b, both n × n.
template <class T>
Exact product(std::span<const T> a, std::span<const T> b, std::size_t n, double tolerance) {
    return {[=](std::size_t at) {
                const std::size_t row = at / n, column = at % n;
                double sum = 0;
                for (std::size_t p = 0; p < n; ++p)
                    sum += double(float(a[row * n + p])) * double(float(b[p * n + column]));
                return sum;
            },
            tolerance, n > 2048 ? std::size_t(1024) : std::size_t(4096)};
}

template <class T, class Kernel>
Problem matrices(const Kernel& kernel, std::int64_t n, std::span<T>& a, std::span<T>& b) {
    Problem problem(kernel);
    a = problem.tensor<T>({n, n});
    b = problem.tensor<T>({n, n});
    problem.tensor<T>({n, n});
    fill_by(a, [](std::size_t at) { return uniform(1, at, -1, 1); });
    fill_by(b, [](std::size_t at) { return uniform(2, at, -1, 1); });
    return problem;
}

void reproducible_row(GpuBench& bench, int n) {
    GpuWork work{"gemm", "GEMM f32 " + std::to_string(n), Unit::tflops(2.0 * n * n * n), {}, 0};
    if (n >= 512) work.bar = Bar{Bar::Kind::share_of_peer, n <= 1024 ? 1.0 : 0.85};
    bench.row(work, [&] {
        std::span<float> a, b;
        const Problem problem = matrices<float>(kernels::gemm, n, a, b);
        const Exact exact = product<float>(a, b, std::size_t(n), 1e-5);
        std::vector<Theirs> theirs;
        if (CudaBlas* const blas = bench.blas()) {
            const auto ca = bench.on_cuda(problem.arguments()[0]), cb = bench.on_cuda(problem.arguments()[1]);
            const auto cc = std::make_shared<CudaMemory>(*bench.cuda(), 4 * std::size_t(n) * std::size_t(n));
            for (const auto math : {CudaBlas::Math::standard, CudaBlas::Math::pedantic})
                theirs.push_back({math == CudaBlas::Math::standard ? "cuBLAS" : "cuBLAS pedantic", true,
                                  [=] {
                                      blas->sgemm(math, n, n, n, ca->pointer<float>(), cb->pointer<float>(),
                                                  cc->pointer<float>());
                                  },
                                  cc, problem.output().size(), DType::f32, exact});
        }
        bench.compare(work, {{"Sporkle", &problem, exact}}, std::move(theirs));
    });
}

void fast_row(GpuBench& bench, int n) {
    GpuWork work{"gemm", "GEMM f16 fast " + std::to_string(n), Unit::tflops(2.0 * n * n * n), {}, 0};
    if (n >= 4096) work.bar = Bar{Bar::Kind::at_least, 250};
    bench.row(work, [&] {
        std::span<half> a, b;
        const Problem problem = matrices<half>(kernels::gemm_f16, n, a, b);
        const Exact exact = product<half>(a, b, std::size_t(n), 1e-3);  // one rounding to f16 is about 2e-4
        std::vector<Theirs> theirs;
        if (CudaBlas* const blas = bench.blas()) {
            const auto ca = bench.on_cuda(problem.arguments()[0]), cb = bench.on_cuda(problem.arguments()[1]);
            const auto cc = std::make_shared<CudaMemory>(*bench.cuda(), 2 * std::size_t(n) * std::size_t(n));
            theirs.push_back(
                {"cuBLAS", true,
                 [=] { blas->hgemm(n, n, n, ca->pointer<void>(), cb->pointer<void>(), cc->pointer<void>()); },
                 cc, problem.output().size(), DType::f16, exact});
        }
        bench.compare(work, {{"Sporkle", &problem, exact}}, std::move(theirs));
    });
}

}  // namespace

void gpu_gemm_rows(GpuBench& bench) {
    if (bench.options().quick) {
        reproducible_row(bench, 64);
        fast_row(bench, 64);
        return;
    }
    for (const int n : {512, 1024, 2048, 4096, 8192}) reproducible_row(bench, n);
    fast_row(bench, 4096);
}

}  // namespace sporkle::bench
