// Cold and warm start: a process of its own makes fifty kernels ready. Caches of pipelines, Sporkle's and the
// driver's, lie in a folder of the benchmark's; cold begins with an empty one.
#include "tools/benchmark/gpu/rows/start.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "tools/benchmark/gpu/rows/gpu_bench.hpp"
#include "tools/benchmark/gpu/start_kernels.hpp"
#include "tools/benchmark/measure/clock.hpp"
#include "tools/benchmark/measure/process.hpp"

namespace sporkle::bench {
namespace {

namespace fs = std::filesystem;

template <int... numbers>
std::vector<KernelId> all_kernels(std::integer_sequence<int, numbers...>) {
    return {KernelId(kernels::started<numbers>)...};
}

std::vector<KernelId> all_kernels() {
    return all_kernels(std::make_integer_sequence<int, kernels::started_kernels>());
}

/// The model's first variant of each. Throws Error(unsupported), Error(unknown_kernel).
std::vector<runtime::LoadedVariant*> first_variants(Accelerator& accelerator) {
    std::vector<runtime::LoadedVariant*> first;
    for (const KernelId& id : all_kernels()) {
        const auto& variants = accelerator.kernel(id).variants(accelerator.device());
        if (variants.empty())
            throw Error(ErrorCode::unsupported,
                        "no variant of '" + std::string(id.name) + "' for " + accelerator.info().name);
        first.push_back(variants.front().get());
    }
    return first;
}

struct Start {
    double loading = 0, opening = 0;
};

/// A process that starts with the caches in `folder`.
Start start_in(const std::string& folder, const std::string& device) {
    const std::string self = fs::read_symlink("/proc/self/exe").string();
    const ProcessResult result =
        run_process({"env", "SPORKLE_CACHE=" + folder + "/sporkle", "__GL_SHADER_DISK_CACHE_PATH=" + folder,
                     "MESA_SHADER_CACHE_DIR=" + folder, self, "start", "--device", device});
    Start start;
    std::istringstream output(result.output);
    if (result.status != 0 || !(output >> start.loading >> start.opening))
        throw Error(ErrorCode::device_failure, "the process that makes fifty kernels ready failed");
    return start;
}

Measurement measurement_of(const std::vector<double>& seconds) {
    Measurement measurement;
    Timing& timing = measurement.timings.emplace_back();
    timing.name = "Sporkle";
    timing.seconds = summarise(seconds);
    return measurement;
}

struct TemporaryFolder {
    TemporaryFolder() : path((fs::temp_directory_path() / "sporkle-bench-XXXXXX").string()) {
        if (mkdtemp(path.data()) == nullptr)
            throw Error(ErrorCode::input_output, "no temporary folder " + path);
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    std::string path;
};

void start_row(GpuBench& bench, bool warm) {
    GpuWork work{"start",
                 std::string("50 kernels made ready, ") + (warm ? "warm" : "cold"),
                 Unit::milliseconds(),
                 {},
                 0};
    if (warm) work.bar = Bar{Bar::Kind::at_most, 20};
    bench.row(work, [&] {
        const std::string device = bench.accelerator().info().name;
        first_variants(bench.accelerator());  // there may be none
        const TemporaryFolder folder;
        std::vector<double> loading, opening;
        if (warm) start_in(folder.path, device);
        // A cold start compiles everything; a few of them are enough.
        const int rounds = warm ? bench.options().rounds : std::min(bench.options().rounds, 3);
        for (int round = 0; round < rounds; ++round) {
            const Start start =
                start_in(warm ? folder.path : folder.path + "/" + std::to_string(round), device);
            loading.push_back(start.loading);
            opening.push_back(start.opening);
        }
        Row row = make_row(work.group, work.name, 0, work.unit, "", measurement_of(loading));
        row.bar = work.bar;
        row.facts = {{"opening the device", std::to_string(1e3 * summarise(opening).median) + " ms"}};
        bench.add(std::move(row));
    });
}

}  // namespace

int gpu_start_once(const std::string& device) {
    const double start = now();
    Accelerator accelerator(device);
    const std::vector<runtime::LoadedVariant*> variants = first_variants(accelerator);
    const double opened = now();
    for (runtime::LoadedVariant* variant : variants) variant->executable();
    std::printf("%.9f %.9f\n", now() - opened, opened - start);
    return 0;
}

void gpu_start_rows(GpuBench& bench) {
    start_row(bench, false);
    start_row(bench, true);
}

}  // namespace sporkle::bench
