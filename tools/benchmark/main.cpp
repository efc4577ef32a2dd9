// sporkle-bench: measures Sporkle against other libraries and against the machine's limits.
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tools/benchmark/report/report.hpp"
#include "tools/benchmark/rows/bench.hpp"
#include "tools/benchmark/rows/start.hpp"

namespace {

using namespace sporkle::bench;

/// Peers read their settings when they are loaded, before main: where a setting would hold one back, it is
/// changed and this program starts again. A peer runs as its users would get it at its best.
void start_with_clean_environment(char** argv) {
    if (std::getenv("SPORKLE_BENCH_CLEAN") != nullptr) return;
    setenv("SPORKLE_BENCH_CLEAN", "1", 1);
    // Some shells pin these for reproducible results, on an older core than the machine's.
    for (const char* name :
         {"OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OPENBLAS_L2_SIZE", "BLIS_NUM_THREADS",
          "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA",
          "SPORKLE_MODE", "SPORKLE_WISDOM", "SPORKLE_THREADS"})
        unsetenv(name);
    // BLIS 0.9 does not know AMD's cores since Zen 4 and falls back to portable code; 0 is its AVX-512 one.
    if (__builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f")) setenv("BLIS_ARCH_TYPE", "0", 1);
    execv("/proc/self/exe", argv);
    std::perror("sporkle-bench: cannot start again with a clean environment");
    std::exit(1);
}

void write_file(const std::filesystem::path& path, const std::string& text) {
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush())
        throw sporkle::Error(sporkle::ErrorCode::input_output, "cannot write " + path.string());
}

struct CpuOptions {
    std::string json, plots, filter;
    int rounds = 15;
    std::vector<int> threads;
};

int run_cpu(const CpuOptions& options) {
    BenchOptions bench_options;
    bench_options.filter = std::regex(options.filter, std::regex::icase);
    bench_options.rounds = options.rounds;
    bench_options.threads = options.threads;
    if (bench_options.threads.empty()) {
        const int cores = this_machine().cores;
        bench_options.threads = cores > 1 ? std::vector<int>{1, cores} : std::vector<int>{1};
    }
    Bench bench(bench_options);
    gemm_rows(bench);
    conv_rows(bench);
    elementwise_rows(bench);
    softmax_rows(bench);
    call_rows(bench);
    start_rows(bench);
    build_rows(bench);

    RunInfo info;
    info.machine = this_machine();
    info.fma_level = bench.widest_fma().level;
    info.versions.emplace_back("Sporkle", SPORKLE_BENCH_VERSION);
    for (const auto& peer : bench.peers()) info.versions.emplace_back(peer->name(), peer->version());
    info.notes = bench.notes();
    for (const std::string& missing : missing_peers())
        info.notes.push_back("no peer " + missing + " in this build");

    std::cout << to_table(info, bench.rows());
    if (!options.json.empty()) write_file(options.json, to_json(info, bench.rows()));
    if (!options.plots.empty()) {
        std::map<std::string, std::vector<Row>> groups;
        for (const Row& row : bench.rows()) groups[row.group].push_back(row);
        for (const auto& [group, rows] : groups)
            if (const std::string svg = to_svg(group, rows); !svg.empty())
                write_file(std::filesystem::path(options.plots) / (group + ".svg"), svg);
    }
    return bench.failed() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) try {
    start_with_clean_environment(argv);
    CLI::App app("Measures Sporkle against other libraries and against the machine's limits.",
                 "sporkle-bench");
    app.require_subcommand(1);

    CpuOptions cpu;
    CLI::App* on_cpu =
        app.add_subcommand("cpu", "Everything that runs on the CPU, with one thread and with all");
    on_cpu->add_option("--json", cpu.json, "Write all figures to this file");
    on_cpu->add_option("--plots", cpu.plots, "Write a plot per group of rows, as SVG, into this folder");
    on_cpu->add_option("--filter", cpu.filter,
                       "Measure only rows whose name matches this regular expression");
    on_cpu->add_option("--rounds", cpu.rounds, "Rounds per row")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    on_cpu->add_option("--threads", cpu.threads, "Thread counts (default: 1 and all cores)")
        ->delimiter(',')
        ->check(CLI::Range(1, 4096));

    std::string who, wisdom;
    CLI::App* start = app.add_subcommand("start", "Time the first product of this process (used by cpu)");
    start->add_option("--of", who, "Sporkle, or the name of a peer")->required();
    start->add_option("--wisdom", wisdom, "Wisdom file, empty for none");

    CLI11_PARSE(app, argc, argv);
    return start->parsed() ? start_once(who, wisdom) : run_cpu(cpu);
} catch (const std::exception& error) {
    std::fprintf(stderr, "sporkle-bench: %s\n", error.what());
    return 1;
}
