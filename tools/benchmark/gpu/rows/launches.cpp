// What launching costs: a recording of a thousand tiny dispatches, and one dispatch that is waited for. These
// are seconds of the process, not of the device: what an application sees.
#include <cmath>

#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

namespace sporkle::bench {
namespace {

constexpr int elements = 256, launches = 1000;

/// What a dispatch takes varies by a tenth from one hundredth of a second to the next, on its own.
constexpr double sample_seconds = 60e-3;

Options options_for(const std::string& device) {
    Options options;
    options.wisdom = "";
    options.devices = {device};
    return options;
}

/// z = x + 1 on the device, as an application calls it.
struct Tiny {
    explicit Tiny(const std::string& name) : context(options_for(name)), device(context.on(name)) {
        std::vector<float> values(elements);
        fill_by(values, [](std::size_t at) { return uniform(1, at, -1, 1); });
        x = device.array<float>({elements});
        x.copy_from(values);
        z = device.array<float>({elements});
    }

    /// A call for which a variant of the device has been chosen. Throws Error(unsupported) if it has none:
    /// then the reference computes the call, on the CPU.
    PreparedCall prepare() {
        PreparedCall call = device.prepare(kernels::increment, x, z);
        constexpr int enough = 5000;
        for (int n = 0; n < enough && context.report(kernels::increment).workloads.back().chosen < 0; ++n)
            call();
        require_variant();
        return call;
    }

    /// Makes sure that `run` computes z. Throws Error(device_failure) if it does not.
    template <class Run>
    void check(Run& run) {
        std::vector<float> before(elements), after(elements, HUGE_VALF);
        z.copy_from(after);
        run();
        x.copy_to(before);
        z.copy_to(after);
        for (std::size_t n = 0; n < elements; ++n)
            if (after[n] != before[n] + 1.0f)
                throw Error(ErrorCode::device_failure, "wrong result: element " + std::to_string(n) + " is " +
                                                           std::to_string(after[n]) + ", expected " +
                                                           std::to_string(before[n] + 1.0f));
    }

    void require_variant() const {
        if (chosen().architecture.empty())
            throw Error(ErrorCode::unsupported, "no variant of 'increment' for the device was chosen");
    }

    /// Nothing in it where nothing was chosen, or the reference.
    Choice chosen() const {
        const WorkloadReport workload = context.report(kernels::increment).workloads.back();
        if (workload.chosen < 0) return {};
        return workload.candidates[static_cast<std::size_t>(workload.chosen)].choice;
    }

    Context context;
    DeviceContext device;
    DeviceArray<float, 1> x, z;
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
    const GpuWork work{"launches",
                       "replay of 1000 tiny dispatches, each",
                       Unit::microseconds(launches),
                       Bar{Bar::Kind::at_most, 2},
                       0,
                       false,
                       sample_seconds};
    bench.row(work, [&] {
        Tiny tiny(bench.accelerator().info().name);
        tiny.prepare();
        Recording recording = tiny.device.record([&](Recorder& recorder) {
            for (int n = 0; n < launches; ++n) recorder.run(kernels::increment, tiny.x, tiny.z);
        });
        tiny.check(recording);
        Contenders contenders{contender("Sporkle", [&] { recording(); })};
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
        bench.measure_row(work, contenders, {{"variant", tiny.chosen().schedule}});
    });
}

void wait_row(GpuBench& bench) {
    const GpuWork work{
        "launches", "submit and wait", Unit::microseconds(), Bar{Bar::Kind::share_of_peer, 1.0}, 0,
        false,      sample_seconds};
    bench.row(work, [&] {
        Tiny tiny(bench.accelerator().info().name);
        PreparedCall call = tiny.prepare();
        tiny.check(call);
        Contenders contenders{contender("Sporkle", [&] { call(); })};
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
        bench.measure_row(work, contenders, {{"variant", tiny.chosen().schedule}});
    });
}

}  // namespace

void gpu_launch_rows(GpuBench& bench) {
    replay_row(bench);
    wait_row(bench);
}

}  // namespace sporkle::bench
