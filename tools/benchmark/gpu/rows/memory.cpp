// Work that does little but move memory, over arrays of 1 GiB: the device's copying is the limit.
#include <cmath>
#include <map>

#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

namespace sporkle::bench {
namespace {

/// "1 GiB", or what there is of it in a quick run.
std::string size_text(std::size_t floats) {
    const std::size_t bytes = 4 * floats;
    if (bytes >> 30 != 0) return std::to_string(bytes >> 30) + " GiB";
    return bytes >> 20 != 0 ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
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

/// What a function gives for a row, by the row's number: for each row once, however many of its elements are
/// asked for.
template <class F>
auto of_row(std::span<const float> x, std::size_t columns, F function) {
    using Result = decltype(function(x));
    return [=, known = std::map<std::size_t, Result>{}](std::size_t row) mutable {
        const auto found = known.find(row);
        if (found != known.end()) return found->second;
        return known[row] = function(x.subspan(row * columns, columns));
    };
}

struct Exponentials {
    double largest = -HUGE_VAL, sum = 0;
};

Exponentials exponentials(std::span<const float> row) {
    Exponentials e;
    for (const float v : row) e.largest = std::max(e.largest, double(v));
    for (const float v : row) e.sum += std::exp(double(v) - e.largest);
    return e;
}

/// So many floats as whole rows.
std::int64_t rows_of(std::size_t floats, std::size_t columns) {
    return std::int64_t(std::max<std::size_t>(floats / columns, 1));
}

std::string rows_text(std::size_t columns) { return ", rows of " + std::to_string(columns); }

void softmax_row(GpuBench& bench, std::size_t columns, std::size_t n, std::optional<double> share) {
    const auto rows = rows_of(n, columns);
    const GpuWork work =
        moving("softmax" + rows_text(columns), n, 8.0 * double(rows) * double(columns), share);
    bench.row(work, [&] {
        Problem problem(kernels::softmax);
        const auto x = problem.tensor<float>({rows, std::int64_t(columns)});
        problem.tensor<float>({rows, std::int64_t(columns)});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -4, 4); });
        const auto value = [=, of = of_row(x, columns, exponentials)](std::size_t at) mutable {
            const Exponentials e = of(at / columns);
            return std::exp(double(x[at]) - e.largest) / e.sum;
        };
        bench.compare(work, {{"Sporkle", &problem, {value, 1e-5, 4096}}}, {});
    });
}

void layer_norm_row(GpuBench& bench, std::size_t columns, std::size_t n, std::optional<double> share) {
    const auto rows = rows_of(n, columns);
    const GpuWork work =
        moving("layer norm" + rows_text(columns), n, 8.0 * double(rows) * double(columns), share);
    bench.row(work, [&] {
        Problem problem(kernels::layer_norm);
        const auto x = problem.tensor<float>({rows, std::int64_t(columns)});
        problem.number(float(columns));
        const auto gain = problem.tensor<float>({std::int64_t(columns)}),
                   bias = problem.tensor<float>({std::int64_t(columns)});
        problem.tensor<float>({rows, std::int64_t(columns)});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -4, 4); });
        fill_by(gain, [](std::size_t at) { return uniform(2, at, 0.5f, 1.5f); });
        fill_by(bias, [](std::size_t at) { return uniform(3, at, -1, 1); });
        const auto moments = [=](std::span<const float> row) {
            double mean = 0, variance = 0;
            for (const float v : row) mean += double(v) / double(columns);
            for (const float v : row) variance += (double(v) - mean) * (double(v) - mean) / double(columns);
            return std::pair(mean, variance);
        };
        const auto value = [=, of = of_row(x, columns, moments)](std::size_t at) mutable {
            const auto [mean, variance] = of(at / columns);
            return (double(x[at]) - mean) / std::sqrt(variance + double(1e-5f)) * double(gain[at % columns]) +
                   double(bias[at % columns]);
        };
        bench.compare(work, {{"Sporkle", &problem, {value, 1e-5, 4096}}}, {});
    });
}

/// One result a row: a bare sum, and the logarithm of a sum of exponentials.
void row_sum_row(GpuBench& bench, std::size_t columns, std::size_t n) {
    const auto rows = rows_of(n, columns);
    const GpuWork work =
        moving("sums" + rows_text(columns), n, 4.0 * double(rows) * double(columns + 1), std::nullopt);
    bench.row(work, [&] {
        Problem problem(kernels::row_sums);
        const auto x = problem.tensor<float>({rows, std::int64_t(columns)});
        problem.tensor<float>({rows});
        fill_by(x, [](std::size_t at) { return uniform(1, at, 0, 1); });
        const auto value = [=](std::size_t row) {
            double sum = 0;
            for (const float v : x.subspan(row * columns, columns)) sum += double(v);
            return sum;
        };
        bench.compare(work, {{"Sporkle", &problem, {value, 1e-5, 256}}}, {});
    });
}

void log_sum_exp_row(GpuBench& bench, std::size_t columns, std::size_t n) {
    const auto rows = rows_of(n, columns);
    const GpuWork work =
        moving("log-sum-exp" + rows_text(columns), n, 4.0 * double(rows) * double(columns + 1), std::nullopt);
    bench.row(work, [&] {
        Problem problem(kernels::log_sum_exp);
        const auto x = problem.tensor<float>({rows, std::int64_t(columns)});
        problem.tensor<float>({rows});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -4, 4); });
        const auto value = [=](std::size_t row) {
            const Exponentials e = exponentials(x.subspan(row * columns, columns));
            return e.largest + std::log(e.sum);
        };
        bench.compare(work, {{"Sporkle", &problem, {value, 1e-5, 256}}}, {});
    });
}

}  // namespace

void gpu_memory_rows(GpuBench& bench) {
    const std::size_t n = std::size_t(1) << bench.sized(28, 16);
    copy_row(bench, n);
    add_row(bench, n);
    affine_row(bench, n);
    sum_row(bench, n);
    softmax_row(bench, 1024, n, 0.85);
    layer_norm_row(bench, 1024, n, 0.85);
    const std::size_t quarter = n / 4;
    for (const std::size_t columns : {100, 1000, 4096, 50257})
        softmax_row(bench, columns, quarter, std::nullopt);
    for (const std::size_t columns : {768, 4096}) layer_norm_row(bench, columns, quarter, std::nullopt);
    for (const std::size_t columns : {1000, 50257}) {
        row_sum_row(bench, columns, quarter);
        log_sum_exp_row(bench, columns, quarter);
    }
}

}  // namespace sporkle::bench
