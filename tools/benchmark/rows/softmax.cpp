// Softmax over rows of 1024: three reductions and an exponential, several statements in one kernel.
#include "tools/benchmark/kernels.hpp"
#include "tools/benchmark/rows/bench.hpp"
#include "tools/benchmark/rows/numbers.hpp"

namespace sporkle::bench {
namespace {

constexpr int columns = 1024;

std::string wrong_output(const Array<float, 2>& x, std::span<const float> output) {
    const int rows = static_cast<int>(x.extent(0));
    for (int i = 0; i < rows; i += std::max(1, rows / 16)) {
        double largest = -HUGE_VAL, sum = 0;
        for (int j = 0; j < columns; ++j) largest = std::max(largest, double(x(i, j)));
        for (int j = 0; j < columns; ++j) sum += std::exp(double(x(i, j)) - largest);
        for (int j = 0; j < columns; ++j) {
            const std::size_t at = static_cast<std::size_t>(i) * columns + static_cast<std::size_t>(j);
            const double value = std::exp(double(x(i, j)) - largest) / sum;
            if (std::string wrong = difference(at, output[at], value, value, 2e-5); !wrong.empty())
                return wrong;
        }
    }
    return {};
}

void row(Bench& bench, int rows, int threads) {
    const double bytes = 2.0 * 4 * rows * columns;
    Work work{"softmax", "softmax " + std::to_string(rows) + "x1024", threads, Unit::gbytes(bytes), {}, {},
              {}};
    if (!bench.wants(work.name)) return;
    const Context& context = bench.context(threads);
    auto x = context.array<float>({rows, columns}), out = context.array<float>({rows, columns});
    fill({x.data(), static_cast<std::size_t>(x.size())}, -4, 4, 1);
    const std::span<float> output(out.data(), static_cast<std::size_t>(out.size()));

    Contenders contenders{bench.ours(threads, "Sporkle", kernels::softmax, x, out)};
    for (Contender& peer :
         bench.theirs(threads, &Peer::softmax, Softmax{rows, columns, x.data(), out.data()}))
        contenders.push_back(std::move(peer));
    bench.check(work, contenders, output, [&] { return wrong_output(x, output); });
    work.limit = bench.copy_limit(threads, bytes, work.limit_name);
    bench.measure_row(work, contenders);
}

}  // namespace

void softmax_rows(Bench& bench) {
    for (const int threads : bench.options().threads)
        for (const int rows : {64, 1024, 64 << 10}) row(bench, rows, threads);
}

}  // namespace sporkle::bench
