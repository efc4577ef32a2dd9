// Work that does little but move memory, over arrays of 1 GiB: the device's copying is the limit.
#include <cmath>

#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

namespace sporkle::bench {
namespace {

constexpr std::size_t columns = 1024;

/// "1 GiB", or what there is of it in a quick run.
std::string size_text(std::size_t floats) {
    const std::size_t bytes = 4 * floats;
    return bytes >> 30 != 0 ? std::to_string(bytes >> 30) + " GiB" : std::to_string(bytes >> 10) + " KiB";
}

GpuWork moving(const std::string& name, std::size_t floats, double bytes, std::optional<double> share) {
    GpuWork work{"memory", name + ", " + size_text(floats), Unit::gbytes(bytes), {}, bytes};
    if (share) work.bar = Bar{Bar::Kind::share_of_limit, *share};
    return work;
}

void copy_row(GpuBench& bench, std::size_t n) {
    const GpuWork work = moving("copy", n, 8.0 * double(n), std::nullopt);
    bench.row(work, [&] {
        Problem problem(kernels::copy);
        const auto x = problem.tensor<float>({std::int64_t(n)});
        problem.tensor<float>({std::int64_t(n)});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -1, 1); });
        bench.compare(
            work, {{"Sporkle", &problem, {[=](std::size_t at) { return double(x[at]); }, 1e-7, 4096}}}, {});
    });
}

void add_row(GpuBench& bench, std::size_t n) {
    const GpuWork work = moving("x + y", n, 12.0 * double(n), 0.92);
    bench.row(work, [&] {
        Problem problem(kernels::add);
        const auto x = problem.tensor<float>({std::int64_t(n)}), y = problem.tensor<float>({std::int64_t(n)});
        problem.tensor<float>({std::int64_t(n)});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -1, 1); });
        fill_by(y, [](std::size_t at) { return uniform(2, at, -1, 1); });
        bench.compare(work,
                      {{"Sporkle",
                        &problem,
                        {[=](std::size_t at) { return double(x[at]) + double(y[at]); }, 1e-6, 4096}}},
                      {});
    });
}

void affine_row(GpuBench& bench, std::size_t n) {
    const GpuWork work = moving("relu(a*x + b*y + c)", n, 12.0 * double(n), 0.92);
    bench.row(work, [&] {
        constexpr float a = 1.5f, b = -0.75f, c = 0.125f;
        Problem problem(kernels::affine_relu);
        problem.number(a);
        const auto x = problem.tensor<float>({std::int64_t(n)});
        problem.number(b);
        const auto y = problem.tensor<float>({std::int64_t(n)});
        problem.number(c);
        problem.tensor<float>({std::int64_t(n)});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -4, 4); });
        fill_by(y, [](std::size_t at) { return uniform(2, at, -4, 4); });
        const auto value = [=](std::size_t at) {
            return std::max(double(a) * double(x[at]) + double(b) * double(y[at]) + double(c), 0.0);
        };
        bench.compare(work, {{"Sporkle", &problem, {value, 1e-6, 4096}}}, {});
    });
}

void sum_row(GpuBench& bench, std::size_t n) {
    const GpuWork work = moving("sum", n, 4.0 * double(n), 0.92);
    bench.row(work, [&] {
        Problem problem(kernels::total_of);
        const auto x = problem.tensor<float>({std::int64_t(n)});
        problem.tensor<float>({});
        fill_by(x, [](std::size_t at) { return uniform(1, at, 0, 1); });
        double sum = 0;
        for (const float value : x) sum += double(value);
        bench.compare(work, {{"Sporkle", &problem, {[=](std::size_t) { return sum; }, 1e-6, 1}}}, {});
    });
}

void softmax_row(GpuBench& bench, std::size_t n) {
    const GpuWork work = moving("softmax, rows of 1024", n, 8.0 * double(n), 0.85);
    bench.row(work, [&] {
        const auto rows = std::int64_t(n / columns);
        Problem problem(kernels::softmax);
        const auto x = problem.tensor<float>({rows, std::int64_t(columns)});
        problem.tensor<float>({rows, std::int64_t(columns)});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -4, 4); });
        const auto value = [=](std::size_t at) {
            const auto row = x.subspan(at / columns * columns, columns);
            double largest = -HUGE_VAL, sum = 0;
            for (const float v : row) largest = std::max(largest, double(v));
            for (const float v : row) sum += std::exp(double(v) - largest);
            return std::exp(double(x[at]) - largest) / sum;
        };
        bench.compare(work, {{"Sporkle", &problem, {value, 1e-5, 4096}}}, {});
    });
}

void layer_norm_row(GpuBench& bench, std::size_t n) {
    const GpuWork work = moving("layer norm, rows of 1024", n, 8.0 * double(n), 0.85);
    bench.row(work, [&] {
        const auto rows = std::int64_t(n / columns);
        Problem problem(kernels::layer_norm);
        const auto x = problem.tensor<float>({rows, std::int64_t(columns)});
        problem.number(float(columns));
        const auto gain = problem.tensor<float>({std::int64_t(columns)}),
                   bias = problem.tensor<float>({std::int64_t(columns)});
        problem.tensor<float>({rows, std::int64_t(columns)});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -4, 4); });
        fill_by(gain, [](std::size_t at) { return uniform(2, at, 0.5f, 1.5f); });
        fill_by(bias, [](std::size_t at) { return uniform(3, at, -1, 1); });
        const auto value = [=](std::size_t at) {
            const auto row = x.subspan(at / columns * columns, columns);
            double mean = 0, variance = 0;
            for (const float v : row) mean += double(v) / double(columns);
            for (const float v : row) variance += (double(v) - mean) * (double(v) - mean) / double(columns);
            return (double(x[at]) - mean) / std::sqrt(variance + double(1e-5f)) * double(gain[at % columns]) +
                   double(bias[at % columns]);
        };
        bench.compare(work, {{"Sporkle", &problem, {value, 1e-5, 4096}}}, {});
    });
}

}  // namespace

void gpu_memory_rows(GpuBench& bench) {
    const std::size_t n = std::size_t(1) << bench.sized(28, 16);
    copy_row(bench, n);
    add_row(bench, n);
    affine_row(bench, n);
    sum_row(bench, n);
    softmax_row(bench, n);
    layer_norm_row(bench, n);
}

}  // namespace sporkle::bench
