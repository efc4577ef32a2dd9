// sporkle-ulp: measures the largest error of Sporkle's functions against MPFR.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/ulp/accuracy.hpp"

namespace {

using namespace sporkle;

void show(const std::string& name, const char* type, const ulp::Accuracy& a) {
    std::printf("%-8s %s  %11llu inputs  largest error %.4f ULP at %a", name.c_str(), type,
                static_cast<unsigned long long>(a.inputs), a.largest_error, a.worst_input);
    if (a.faults != 0)
        std::printf("  %llu FAULTS, the first at %a", static_cast<unsigned long long>(a.faults),
                    a.first_fault);
    std::printf("\n");
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Measures the largest error of exp, log, tanh … in units in the last place.\n"
        "f32: all bit patterns (or every STRIDE-th); f64: random inputs."};
    std::vector<std::string> names;
    std::uint64_t stride = 1, samples = 1'000'000, seed = 1;
    int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    app.add_option("functions", names, "Functions to measure; all when none is named");
    app.add_option("--stride", stride, "f32: measure every STRIDE-th bit pattern")
        ->check(CLI::PositiveNumber);
    app.add_option("--samples", samples, "f64: number of random inputs, 0 for none");
    app.add_option("--seed", seed, "f64: seed of the random inputs");
    app.add_option("--threads", threads, "Threads to use")->check(CLI::Range(1, 1024));
    CLI11_PARSE(app, argc, argv);
    try {
        bool all_good = true, any = false;
        for (const Op function : ulp::functions()) {
            const std::string name = ulp::name_of(function);
            if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
            any = true;
            const ulp::Accuracy single = ulp::measure_f32(function, stride, threads);
            show(name, "f32", single);
            all_good = all_good && single.faults == 0;
            if (samples == 0) continue;
            const ulp::Accuracy twofold = ulp::measure_f64(function, samples, seed, threads);
            show(name, "f64", twofold);
            all_good = all_good && twofold.faults == 0;
        }
        if (!any) std::fprintf(stderr, "sporkle-ulp: none of the named functions exists\n");
        return any && all_good ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sporkle-ulp: %s\n", error.what());
        return 1;
    }
}
