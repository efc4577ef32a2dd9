// Products in f32 of other shapes than large squares, in the reproducible class: odd sizes, few rows, few
// steps, factors by columns, batches, vectors. They promise nothing and are measured on request.
#include <algorithm>
#include <memory>

#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

namespace sporkle::bench {
namespace {

using Shape = CudaBlas::Shape;

/// Where an element of a matrix lies, by columns or not.
std::size_t place(bool by_columns, std::size_t row, std::size_t column, std::size_t rows,
                  std::size_t columns) {
    return by_columns ? column * rows + row : row * columns + column;
}

/// Element `at` of a · b, or of a batch of them.
template <class T>
Exact exact_product(std::span<const T> a, std::span<const T> b, const Shape& shape) {
    const auto m = std::size_t(shape.m), n = std::size_t(shape.n), k = std::size_t(shape.k);
    return {[=](std::size_t at) {
                const std::size_t first_a = at / (m * n) * m * k, first_b = at / (m * n) * k * n;
                const std::size_t row = at / n % m, column = at % n;
                double sum = 0;
                for (std::size_t p = 0; p < k; ++p)
                    sum += double(float(a[first_a + place(shape.a_by_columns, row, p, m, k)])) *
                           double(float(b[first_b + place(shape.b_by_columns, p, column, k, n)]));
                return sum;
            },
            1e-5, 1024};
}

std::string text(const Shape& shape) {
    return std::to_string(shape.m) + "x" + std::to_string(shape.n) + "x" + std::to_string(shape.k);
}

/// The peer's two modes on the same work.
std::vector<Theirs> both_modes(CudaBlas* blas, const std::shared_ptr<CudaMemory>& output, std::size_t bytes,
                               const Exact& exact, const std::function<void(CudaBlas::Math)>& enqueue) {
    std::vector<Theirs> theirs;
    if (blas == nullptr) return theirs;
    for (const auto math : {CudaBlas::Math::standard, CudaBlas::Math::pedantic})
        theirs.push_back({math == CudaBlas::Math::standard ? "cuBLAS" : "cuBLAS pedantic", true,
                          [=] { enqueue(math); }, output, bytes, DType::f32, exact});
    return theirs;
}

void product_row(GpuBench& bench, KernelId kernel, Shape shape) {
    for (int* extent : {&shape.m, &shape.n, &shape.k}) *extent = bench.sized(*extent, *extent / 64 + 1);
    std::string name = "shape " + text(shape);
    if (shape.batch > 1) name += ", batch of " + std::to_string(shape.batch);
    if (shape.a_by_columns) name += ", a by columns";
    if (shape.b_by_columns) name += ", b by columns";
    const GpuWork work{"gemm shapes", name, Unit::microseconds(), {}, 0, true};
    bench.row(work, [&] {
        Problem problem(kernel);
        const auto matrix = [&](std::int64_t rows, std::int64_t columns, bool by_columns) {
            if (by_columns) std::swap(rows, columns);
            return problem.tensor<float>(shape.batch > 1
                                             ? std::vector<std::int64_t>{shape.batch, rows, columns}
                                             : std::vector<std::int64_t>{rows, columns});
        };
        const auto a = matrix(shape.m, shape.k, shape.a_by_columns);
        const auto b = matrix(shape.k, shape.n, shape.b_by_columns);
        const auto c = matrix(shape.m, shape.n, false);
        fill_by(a, [=](std::size_t at) { return uniform(1, at, -1, 1); });
        fill_by(b, [=](std::size_t at) { return uniform(2, at, -1, 1); });
        const Exact exact = exact_product<float>(a, b, shape);
        std::vector<Theirs> theirs;
        if (CudaBlas* const blas = bench.blas()) {
            const auto ca = bench.on_cuda(problem.arguments()[0]), cb = bench.on_cuda(problem.arguments()[1]);
            const auto cc = std::make_shared<CudaMemory>(*bench.cuda(), c.size_bytes());
            theirs = both_modes(blas, cc, c.size_bytes(), exact, [=](CudaBlas::Math math) {
                blas->sgemm(math, shape, ca->pointer<float>(), cb->pointer<float>(), cc->pointer<float>());
            });
        }
        bench.compare(work, {{"Sporkle", &problem, exact}}, std::move(theirs));
    });
}

/// y = A · x of an m × n matrix, or y = x · A.
void vector_row(GpuBench& bench, bool from_left, int m, int n) {
    m = bench.sized(m, m / 64);
    n = bench.sized(n, n / 64);
    const std::string size = std::to_string(m) + "x" + std::to_string(n);
    const GpuWork work{"gemm shapes",
                       "shape " + (from_left ? "vector by " + size : size + " by vector"),
                       Unit::microseconds(),
                       {},
                       0,
                       true};
    bench.row(work, [&] {
        Problem problem(from_left ? KernelId(kernels::vector_matrix) : KernelId(kernels::gemv));
        std::span<float> a, x;
        if (from_left) x = problem.tensor<float>({m});
        a = problem.tensor<float>({m, n});
        if (!from_left) x = problem.tensor<float>({n});
        const auto y = problem.tensor<float>({from_left ? n : m});
        fill_by(a, [=](std::size_t at) { return uniform(1, at, -1, 1); });
        fill_by(x, [=](std::size_t at) { return uniform(2, at, -1, 1); });
        const Exact exact =
            from_left ? exact_product<float>(x, a, {1, n, m}) : exact_product<float>(a, x, {m, 1, n});
        std::vector<Theirs> theirs;
        if (CudaBlas* const blas = bench.blas()) {
            const auto ca = bench.on_cuda(problem.arguments()[from_left]);
            const auto cx = bench.on_cuda(problem.arguments()[!from_left]);
            const auto cy = std::make_shared<CudaMemory>(*bench.cuda(), y.size_bytes());
            theirs = both_modes(blas, cy, y.size_bytes(), exact, [=](CudaBlas::Math math) {
                blas->sgemv(math, m, n, from_left, ca->pointer<float>(), cx->pointer<float>(),
                            cy->pointer<float>());
            });
        }
        bench.compare(work, {{"Sporkle", &problem, exact}}, std::move(theirs));
    });
}

}  // namespace

void gpu_shape_rows(GpuBench& bench) {
    const KernelId gemm(kernels::gemm), by_columns(kernels::gemm_b_by_columns);
    // Not multiples of blocks, and multiples of few.
    for (const int n : {1000, 1023, 1536, 4095}) product_row(bench, gemm, {n, n, n});
    product_row(bench, gemm, {3000, 2000, 1000});
    // Few rows, few columns, few steps, many steps.
    for (const int m : {1, 8, 16, 32, 64}) product_row(bench, gemm, {m, 4096, 4096});
    product_row(bench, gemm, {1, 4096, 11008});
    product_row(bench, gemm, {1, 11008, 4096});
    for (const int m : {1, 16}) product_row(bench, by_columns, {m, 4096, 4096, false, true});
    product_row(bench, gemm, {65536, 64, 64});
    product_row(bench, gemm, {2048, 2048, 16});
    product_row(bench, gemm, {64, 64, 65536});
    for (const int n : {2048, 4096}) {
        product_row(bench, KernelId(kernels::gemm_a_by_columns), {n, n, n, true, false});
        product_row(bench, by_columns, {n, n, n, false, true});
    }
    product_row(bench, KernelId(kernels::batched_gemm), {256, 256, 256, false, false, 64});
    for (const int n : {4096, 16384})
        for (const bool from_left : {false, true}) vector_row(bench, from_left, n, n);
}

}  // namespace sporkle::bench
