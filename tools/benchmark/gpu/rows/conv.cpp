// Convolutions of ResNet-50, a batch of 64, in f32 in the reproducible class and in f16 in the fast one. Both
// sides may choose their layout.
#include <type_traits>

#include "tools/benchmark/gpu/half_kernels.hpp"
#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

namespace sporkle::bench {
namespace {

/// Values are those of the NCHW tensors, wherever a layout puts them, as type T holds them.
template <class T>
float input_value(std::size_t at) {
    return float(T(uniform(1, at, -1, 1)));
}
template <class T>
float weight_value(std::size_t at) {
    return float(T(uniform(2, at, -1, 1)));
}

struct Place {
    std::size_t image, channel, y, x;
};

/// Where element `at` of an image tensor lies: `channels` of `size` × `size`.
Place place_of(Layout layout, std::size_t at, std::size_t channels, std::size_t size) {
    if (layout == Layout::nhwc)
        return {at / channels / size / size, at % channels, at / channels / size % size,
                at / channels % size};
    return {at / size / size / channels, at / size / size % channels, at / size % size, at % size};
}

std::size_t in_nchw(const Place& p, std::size_t channels, std::size_t size) {
    return ((p.image * channels + p.channel) * size + p.y) * size + p.x;
}

template <class T>
Exact convolution(const Conv& c, Layout layout) {
    return {[c, layout](std::size_t at) {
                const auto ci = std::size_t(c.ci), size = std::size_t(c.size), r = std::size_t(c.r);
                const Place out = place_of(layout, at, std::size_t(c.co), std::size_t(c.out_size()));
                double sum = 0;
                for (std::size_t channel = 0; channel < ci; ++channel)
                    for (std::size_t v = 0; v < r; ++v)
                        for (std::size_t u = 0; u < r; ++u) {
                            const auto stride = std::size_t(c.stride), padding = std::size_t(c.padding);
                            const std::size_t y = out.y * stride + v - padding,
                                              x = out.x * stride + u - padding;
                            if (y >= size || x >= size) continue;  // below zero wraps around
                            sum += double(input_value<T>(in_nchw({out.image, channel, y, x}, ci, size))) *
                                   double(weight_value<T>(((out.channel * ci + channel) * r + v) * r + u));
                        }
                return sum;
            },
            // Winograd's transforms cost a few digits; f16 has eleven bits.
            std::is_same_v<T, half> ? 1e-3 : 1e-4, 2048};
}

template <class T, class Kernel>
Problem images_and_weights(const Kernel& kernel, const Conv& c, Layout layout) {
    const auto ci = std::size_t(c.ci), co = std::size_t(c.co), size = std::size_t(c.size),
               r = std::size_t(c.r);
    const std::int64_t out = c.out_size();
    Problem problem(kernel);
    if (layout == Layout::nhwc) {
        fill_by(problem.tensor<T>({c.n, c.size, c.size, c.ci}), [=](std::size_t at) {
            return input_value<T>(in_nchw(place_of(Layout::nhwc, at, ci, size), ci, size));
        });
        fill_by(problem.tensor<T>({c.r, c.r, c.ci, c.co}), [=](std::size_t at) {
            return weight_value<T>(((at % co) * ci + at / co % ci) * r * r + at / co / ci);
        });
        problem.tensor<T>({c.n, out, out, c.co});
    } else {
        fill_by(problem.tensor<T>({c.n, c.ci, c.size, c.size}), input_value<T>);
        fill_by(problem.tensor<T>({c.co, c.ci, c.r, c.r}), weight_value<T>);
        problem.tensor<T>({c.n, c.co, out, out});
    }
    return problem;
}

template <class T>
Problem problem_for(const Conv& c, Layout layout) {
    const auto of = [&](const auto& nchw, const auto& nhwc) {
        return layout == Layout::nhwc ? images_and_weights<T>(nhwc, c, layout)
                                      : images_and_weights<T>(nchw, c, layout);
    };
    if constexpr (std::is_same_v<T, half>)
        return c.r == 7   ? of(kernels::conv7_nchw_f16, kernels::conv7_nhwc_f16)
               : c.r == 3 ? of(kernels::conv3_nchw_f16, kernels::conv3_nhwc_f16)
                          : of(kernels::conv1_nchw_f16, kernels::conv1_nhwc_f16);
    else
        return c.r == 7   ? of(kernels::conv7_nchw, kernels::conv7_nhwc)
               : c.r == 3 ? of(kernels::conv3_nchw, kernels::conv3_nhwc)
                          : of(kernels::conv1_nchw, kernels::conv1_nhwc);
}

/// cuDNN's weights for NHWC are [co][r][r][ci].
template <class T>
std::shared_ptr<CudaMemory> weights_on_cuda(GpuBench& bench, const Conv& c, const Problem& problem) {
    if (c.layout == Layout::nchw) return bench.on_cuda(problem.arguments()[1]);
    const auto ci = std::size_t(c.ci), taps = std::size_t(c.r) * std::size_t(c.r);
    std::vector<T> weights(std::size_t(c.co) * taps * ci);
    fill_by(std::span<T>(weights), [=](std::size_t at) {
        return weight_value<T>((at / ci / taps * ci + at % ci) * taps + at / ci % taps);
    });
    auto memory = std::make_shared<CudaMemory>(*bench.cuda(), weights.size() * sizeof(T));
    memory->put(weights.data());
    return memory;
}

template <class T>
void add_theirs(GpuBench& bench, Conv c, const Problem& problem, const Exact& exact,
                std::vector<Theirs>& theirs) {
    if (bench.dnn() == nullptr) return;
    const std::shared_ptr<CudaMemory> input = bench.on_cuda(problem.arguments()[0]),
                                      weights = weights_on_cuda<T>(bench, c, problem);
    const auto output = std::make_shared<CudaMemory>(*bench.cuda(), problem.output().size());
    c.input = input->pointer<float>();
    c.weights = weights->pointer<float>();
    c.output = output->pointer<float>();
    for (CudaDnn::Algorithm& algorithm : bench.dnn()->convolutions(c, dtype_of<T>))
        theirs.push_back({algorithm.name, algorithm.same_arithmetic,
                          [run = std::move(algorithm.enqueue), input, weights] { run(); }, output,
                          problem.output().size(), dtype_of<T>, exact});
}

template <class T>
void conv_row(GpuBench& bench, Conv c) {
    constexpr bool is_half = std::is_same_v<T, half>;
    const auto text = [](int number) { return std::to_string(number); };
    const GpuWork work{is_half ? "conv f16" : "conv",
                       std::string("conv ") + (is_half ? "f16 fast " : "") + text(c.r) + "x" + text(c.r) +
                           (c.stride != 1 ? " s" + text(c.stride) : "") + " " + text(c.ci) + "x" +
                           text(c.size) + "^2 to " + text(c.co) + ", N=" + text(c.n),
                       Unit::tflops(c.flops()),
                       is_half ? std::optional<Bar>{} : Bar{Bar::Kind::share_of_peer, 0.7}, 0};
    bench.row(work, [&] {
        const Problem nchw = problem_for<T>(c, Layout::nchw), nhwc = problem_for<T>(c, Layout::nhwc);
        std::vector<Ours> ours{{"Sporkle", &nchw, convolution<T>(c, Layout::nchw)},
                               {"Sporkle, NHWC", &nhwc, convolution<T>(c, Layout::nhwc)}};
        std::vector<Theirs> theirs;
        for (const Ours& one : ours) {
            c.layout = one.problem == &nhwc ? Layout::nhwc : Layout::nchw;
            add_theirs<T>(bench, c, *one.problem, one.exact, theirs);
        }
        bench.compare(work, ours, std::move(theirs));
    });
}

}  // namespace

void gpu_conv_rows(GpuBench& bench) {
    // ci, size, co, r, stride, padding
    constexpr int shapes[][6] = {{3, 224, 64, 7, 2, 3},
                                 {64, 56, 64, 3, 1, 1},
                                 {128, 28, 256, 3, 1, 1},
                                 {256, 14, 256, 3, 1, 1},
                                 {64, 56, 256, 1, 1, 0}};
    constexpr int quick_shapes[][6] = {{3, 14, 8, 7, 2, 3}, {8, 9, 8, 3, 1, 1}, {8, 8, 16, 1, 1, 0}};
    const auto row = [&](int n, const int(&s)[6]) {
        const Conv conv{n, s[0], s[1], s[2], s[3], s[4], s[5], Layout::nchw, nullptr, nullptr, nullptr};
        conv_row<float>(bench, conv);
        if (!bench.options().quick) conv_row<half>(bench, conv);  // any device runs quick rows
    };
    if (bench.options().quick)
        for (const auto& shape : quick_shapes) row(2, shape);
    else
        for (const auto& shape : shapes) row(64, shape);
}

}  // namespace sporkle::bench
