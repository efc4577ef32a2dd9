// What launching costs: a recording of a thousand tiny dispatches, and one dispatch that is waited for. These
// are seconds of the process, not of the device: what an application sees.
#include <cmath>

#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

namespace sporkle::bench {
namespace {

constexpr int elements = 256, launches = 1000;

/// z = x + 1 on the device, with the model's first variant: there is nothing to choose for so little work.
struct Tiny {
    explicit Tiny(GpuBench& bench) : problem(kernels::increment) {
        x = problem.tensor<float>({elements});
        problem.tensor<float>({elements});
        fill_by(x, [](std::size_t at) { return uniform(1, at, -1, 1); });
        placed = std::make_unique<Placed>(bench.accelerator(), problem);
        Choosing how;
        how.only = bench.options().variants;
        chosen = choose(*placed, how);
        if (!chosen.variant)
            throw Error(ErrorCode::unsupported, "no variant of 'increment' runs on this device");
    }
    /// Throws Error(device_failure) unless the output is what it should be.
    void check() {
        std::vector<float> z(elements);
        placed->get_output(z.data());
        for (std::size_t n = 0; n < z.size(); ++n)
            if (z[n] != x[n] + 1.0f)
                throw Error(ErrorCode::device_failure, "wrong result: element " + std::to_string(n) + " is " +
                                                           std::to_string(z[n]) + ", expected " +
                                                           std::to_string(x[n] + 1.0f));
    }
    void poison() { placed->put_output(std::vector<float>(elements, HUGE_VALF).data()); }

    Problem problem;
    std::span<float> x;
    std::unique_ptr<Placed> placed;
    Chosen chosen;
};

std::shared_ptr<CudaMemory> zeros_on_cuda(Cuda& cuda) {
    auto memory = std::make_shared<CudaMemory>(cuda, elements * sizeof(float));
    memory->put(std::vector<float>(elements).data());
    return memory;
}

/// CUDA's tiny kernel must have run so many times.
void check_on_cuda(const CudaMemory& memory, float expected) {
    std::vector<float> values(elements);
    memory.get(values.data());
    for (const float value : values)
        if (value != expected)
            throw Error(ErrorCode::device_failure, "CUDA's tiny kernel gives " + std::to_string(value) +
                                                       ", expected " + std::to_string(expected));
}

void replay_row(GpuBench& bench) {
    const GpuWork work{"launches", "replay of 1000 tiny dispatches, each", Unit::microseconds(launches),
                       Bar{Bar::Kind::at_most, 2}, 0};
    bench.row(work, [&] {
        Tiny tiny(bench);
        const auto recording = tiny.chosen.variant->record(launches);
        if (!recording) throw Error(ErrorCode::unsupported, "this device has no recordings");
        tiny.poison();
        recording->run();
        tiny.check();
        double device_seconds = 0;
        recording->run(&device_seconds);

        Contenders contenders{contender("Sporkle", [&] { recording->run(); })};
        if (Cuda* const cuda = bench.cuda()) {
            const auto memory = zeros_on_cuda(*cuda);
            const auto graph = cuda->graph_of_tiny(memory->address(), launches);
            graph();
            check_on_cuda(*memory, launches);
            contenders.push_back(contender("CUDA graph", [graph, memory] { graph(); }));
            contenders.push_back(contender("CUDA launches", [cuda, memory] {
                for (int n = 0; n < launches; ++n) cuda->launch_tiny(memory->address());
                cuda->wait();
            }));
        }
        bench.measure_row(
            work, contenders,
            {{"by the device's clock", std::to_string(1e6 * device_seconds / launches) + " us"}});
    });
}

void wait_row(GpuBench& bench) {
    const GpuWork work{"launches", "submit and wait", Unit::microseconds(),
                       Bar{Bar::Kind::share_of_peer, 1.0}, 0};
    bench.row(work, [&] {
        Tiny tiny(bench);
        tiny.poison();
        tiny.chosen.variant->submit_and_wait();
        tiny.check();
        Contenders contenders{contender("Sporkle", [&] { tiny.chosen.variant->submit_and_wait(); })};
        if (Cuda* const cuda = bench.cuda()) {
            const auto memory = zeros_on_cuda(*cuda);
            cuda->launch_tiny(memory->address());
            cuda->wait();
            check_on_cuda(*memory, 1);
            contenders.push_back(contender("CUDA launch and wait", [cuda, memory] {
                cuda->launch_tiny(memory->address());
                cuda->wait();
            }));
        }
        bench.measure_row(work, contenders, {});
    });
}

}  // namespace

void gpu_launch_rows(GpuBench& bench) {
    replay_row(bench);
    wait_row(bench);
}

}  // namespace sporkle::bench
