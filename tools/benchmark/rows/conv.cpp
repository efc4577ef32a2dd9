// Convolutions of ResNet-50, f32, batch 1 (and 4 where the activations are large).
#include "tools/benchmark/kernels.hpp"
#include "tools/benchmark/rows/bench.hpp"
#include "tools/benchmark/rows/numbers.hpp"

namespace sporkle::bench {
namespace {

/// One output element, evaluated in double precision, and the size of what was added.
struct Checked {
    double value = 0, magnitude = 0;
};

Checked expected(const Conv& c, int image, int channel, int y, int x) {
    Checked sum;
    for (int ci = 0; ci < c.ci; ++ci)
        for (int r = 0; r < c.r; ++r)
            for (int s = 0; s < c.r; ++s) {
                const int iy = y * c.stride + r - c.padding, ix = x * c.stride + s - c.padding;
                if (iy < 0 || iy >= c.size || ix < 0 || ix >= c.size) continue;
                const bool nhwc = c.layout == Layout::nhwc;
                const std::ptrdiff_t in =
                    nhwc ? ((std::ptrdiff_t(image) * c.size + iy) * c.size + ix) * c.ci + ci
                         : ((std::ptrdiff_t(image) * c.ci + ci) * c.size + iy) * c.size + ix;
                const std::ptrdiff_t weight =
                    nhwc ? ((std::ptrdiff_t(r) * c.r + s) * c.ci + ci) * c.co + channel
                         : ((std::ptrdiff_t(channel) * c.ci + ci) * c.r + r) * c.r + s;
                const double product = double(c.input[in]) * double(c.weights[weight]);
                sum.value += product;
                sum.magnitude += std::abs(product);
            }
    return sum;
}

std::string wrong_output(const Conv& c, std::span<const float> output) {
    const std::size_t size = static_cast<std::size_t>(c.out_size()), co = static_cast<std::size_t>(c.co);
    return first_difference(output.size(), [&](std::size_t at) {
        std::size_t image, channel, y, x;
        if (c.layout == Layout::nhwc) {
            channel = at % co, x = at / co % size, y = at / co / size % size, image = at / co / size / size;
        } else {
            x = at % size, y = at / size % size, channel = at / size / size % co,
            image = at / size / size / co;
        }
        const Checked sum = expected(c, int(image), int(channel), int(y), int(x));
        // Winograd's transforms cost a few digits.
        return difference(at, output[at], sum.value, sum.magnitude, 1e-4);
    });
}

Contender ours(Bench& bench, int threads, const Conv& c, Array<float, 4>& input, Array<float, 4>& weights,
               Array<float, 4>& output) {
    const auto with = [&](const auto& kernel) {
        return bench.ours(threads, "Sporkle", kernel, input, weights, output);
    };
    const bool nhwc = c.layout == Layout::nhwc;
    if (c.r == 7) return nhwc ? with(kernels::conv7_nhwc) : with(kernels::conv7_nchw);
    if (c.r == 3) return nhwc ? with(kernels::conv3_nhwc) : with(kernels::conv3_nchw);
    return nhwc ? with(kernels::conv1_nhwc) : with(kernels::conv1_nchw);
}

void conv_row(Bench& bench, Conv c, int threads) {
    const bool nhwc = c.layout == Layout::nhwc;
    const auto text = [](int number) { return std::to_string(number); };
    Work work{"conv",
              "conv " + text(c.r) + "x" + text(c.r) + (c.stride != 1 ? " s" + text(c.stride) : "") + " " +
                  text(c.ci) + "x" + text(c.size) + "^2 to " + text(c.co) + ", N=" + text(c.n) +
                  (nhwc ? ", NHWC" : ", NCHW"),
              threads,
              Unit::gflops(c.flops()),
              {},
              "FMA peak",
              {}};
    if (!bench.wants(work.name)) return;
    if (c.r == 3 && c.ci == 64 && threads == 1) work.bar = Bar{Bar::Kind::share_of_limit, 0.5};

    const Context& context = bench.context(threads);
    const int out = c.out_size();
    auto input = nhwc ? context.array<float>({c.n, c.size, c.size, c.ci})
                      : context.array<float>({c.n, c.ci, c.size, c.size});
    auto weights =
        nhwc ? context.array<float>({c.r, c.r, c.ci, c.co}) : context.array<float>({c.co, c.ci, c.r, c.r});
    auto output =
        nhwc ? context.array<float>({c.n, out, out, c.co}) : context.array<float>({c.n, c.co, out, out});
    fill({input.data(), static_cast<std::size_t>(input.size())}, -1, 1, 1);
    fill({weights.data(), static_cast<std::size_t>(weights.size())}, -1, 1, 2);
    c.input = input.data();
    c.weights = weights.data();
    c.output = output.data();

    Contenders contenders{ours(bench, threads, c, input, weights, output)};
    for (Contender& peer : bench.theirs(threads, &Peer::conv, c)) contenders.push_back(std::move(peer));
    const std::span<float> values(output.data(), static_cast<std::size_t>(output.size()));
    bench.check(work, contenders, values, [&] { return wrong_output(c, values); });
    work.limit = bench.fma_limit(threads, c.flops());
    bench.measure_row(work, contenders);
}

}  // namespace

void conv_rows(Bench& bench) {
    // n, ci, size, co, r, stride, padding
    constexpr int shapes[][7] = {{1, 3, 224, 64, 7, 2, 3},   {1, 64, 56, 64, 3, 1, 1},
                                 {1, 128, 28, 256, 3, 1, 1}, {1, 256, 14, 256, 3, 1, 1},
                                 {1, 64, 56, 256, 1, 1, 0},  {4, 64, 56, 256, 1, 1, 0}};
    for (const int threads : bench.options().threads)
        for (const auto& s : shapes)
            for (const Layout layout : {Layout::nchw, Layout::nhwc})
                conv_row(bench, {s[0], s[1], s[2], s[3], s[4], s[5], s[6], layout, nullptr, nullptr, nullptr},
                         threads);
}

}  // namespace sporkle::bench
