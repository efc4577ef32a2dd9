// Cold and warm start: the first product of a process, in processes of their own.
#include "tools/benchmark/rows/start.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tools/benchmark/kernels.hpp"
#include "tools/benchmark/measure/clock.hpp"
#include "tools/benchmark/measure/process.hpp"
#include "tools/benchmark/rows/bench.hpp"
#include "tools/benchmark/rows/numbers.hpp"

namespace sporkle::bench {
namespace {

constexpr int size = 64;

/// Seconds that a fresh process reports for its first product.
double first_call(const std::string& who, const std::string& wisdom) {
    const ProcessResult result = run_process({"/proc/self/exe", "start", "--of", who, "--wisdom", wisdom});
    if (result.status != 0)
        throw Error(ErrorCode::device_failure, "the process that measures the start of " + who + " failed");
    return std::strtod(result.output.c_str(), nullptr);
}

Timing timing_of(const std::string& name, const std::vector<double>& seconds) {
    Timing timing;
    timing.name = name;
    timing.seconds = summarise(seconds);
    for (std::size_t round = 0; round < seconds.size(); ++round)
        timing.round_times[int(round)] = seconds[round];
    return timing;
}

}  // namespace

int start_once(const std::string& who, const std::string& wisdom) {
    std::vector<float> a(size * size), b(size * size), c(size * size);
    fill(a, -1, 1, 1);
    fill(b, -1, 1, 2);
    double seconds = -1;
    if (who == "Sporkle") {
        const double start = now();
        Options options;
        options.wisdom = wisdom;
        const Context context(options);
        const View<float, 2> va(a.data(), {size, size}), vb(b.data(), {size, size}),
            vc(c.data(), {size, size});
        context.run(kernels::gemm, va, vb, vc);
        seconds = now() - start;
    } else {
        for (const auto& peer : all_peers()) {
            if (peer->name() != who) continue;
            const double start = now();
            peer->gemm({size, size, size, a.data(), b.data(), c.data()}).at(0).run(1);
            seconds = now() - start;
        }
    }
    std::printf("%.9f\n", seconds);
    return seconds >= 0 ? 0 : 1;
}

void start_rows(Bench& bench) {
    if (!bench.wants("first call, no wisdom") && !bench.wants("first call, with wisdom")) return;
    std::string folder = (std::filesystem::temp_directory_path() / "sporkle-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr)
        throw Error(ErrorCode::input_output, "no temporary folder " + folder);
    const std::string remembered = folder + "/wisdom.sqlite";
    {
        Options options;
        options.wisdom = remembered;
        const Context context(options);
        auto a = context.array<float>({size, size}), b = context.array<float>({size, size}),
             c = context.array<float>({size, size});
        context.tune(kernels::gemm, a, b, c);
    }

    const std::vector<float> a(size * size), b(size * size);
    std::vector<float> c(size * size);
    const Gemm problem{size, size, size, a.data(), b.data(), c.data()};
    std::vector<double> cold, warm;
    std::map<std::string, std::vector<double>> peers;
    for (int round = 0; round < bench.options().rounds; ++round) {
        cold.push_back(first_call("Sporkle", folder + "/none-" + std::to_string(round) + ".sqlite"));
        warm.push_back(first_call("Sporkle", remembered));
        for (const auto& peer : bench.peers())
            if (!peer->gemm(problem).empty()) peers[peer->name()].push_back(first_call(peer->name(), ""));
    }
    std::filesystem::remove_all(folder);

    for (const bool is_warm : {false, true}) {
        Measurement measurement;
        measurement.timings.push_back(timing_of("Sporkle", is_warm ? warm : cold));
        for (const auto& [name, seconds] : peers) measurement.timings.push_back(timing_of(name, seconds));
        bench.add(make_row("start", is_warm ? "first call, with wisdom" : "first call, no wisdom",
                           bench.context(0).devices().front().threads, Unit::milliseconds(), "",
                           measurement));
    }
}

}  // namespace sporkle::bench
