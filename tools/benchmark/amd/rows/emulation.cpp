#include <cmath>
#include <ctime>
#include <vector>

#include "targets/amdgpu/emulator/gpu/dispatch_report.hpp"
#include "tools/benchmark/amd/emulated/subject.hpp"
#include "tools/benchmark/amd/rows/rows.hpp"
#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/measure/statistics.hpp"

namespace sporkle::bench::amd {
namespace {

struct Work {
    const char* name;
    Problem (*make)(bool quick);
};

std::span<float> tensor(Problem& problem, const std::vector<std::int64_t>& extents) {
    const std::span<float> values = problem.tensor<float>(extents);
    for (std::size_t at = 0; at < values.size(); ++at)
        values[at] = static_cast<float>(std::fmod(0.37 * static_cast<double>(at), 2) - 1);
    return values;
}

constexpr Work works[] = {
    {"product of matrices, f32",
     [](bool quick) {
         Problem problem(KernelId{kernels::gemm});
         const std::int64_t n = quick ? 64 : 256;
         for (int t = 0; t < 3; ++t) tensor(problem, {n, n});
         return problem;
     }},
    {"max(a x + b y + c, 0), f32",
     [](bool quick) {
         Problem problem(KernelId{kernels::affine_relu});
         const std::int64_t n = quick ? 4096 : 1 << 20;
         problem.number(1.5f);
         tensor(problem, {n});
         problem.number(-0.25f);
         tensor(problem, {n});
         problem.number(0.125f);
         tensor(problem, {n});
         return problem;
     }},
};

/// Of all threads of the process: the emulator works on one of its own.
double processor_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Whole dispatches: packets, launches of waves and memory included; without decoding, which the first run
/// does.
Row emulation_row(const AmdOptions& options, EmulatedGpu& gpu, const std::string& chip, const Work& work) {
    Row row = plain_row("instructions of waves emulated a second", std::string(work.name) + " " + chip, "M/s",
                        true);
    Problem problem = work.make(options.quick);
    Placed placed(gpu.accelerator(), problem);
    const std::vector<Subject> subjects = subjects_of(placed);
    if (subjects.empty()) return absent_row(row, "no variant fits");
    const runtime::Binding& binding = *subjects.front().binding;
    binding.execute();
    std::vector<double> samples;
    double waves = 0, instructions = 0;
    for (int round = 0; round < (options.quick ? 2 : 7); ++round) {
        gpu.kernel().take_dispatches();
        const double begin = processor_seconds();
        binding.execute();
        const double seconds = processor_seconds() - begin;
        waves = instructions = 0;
        for (const auto& report : gpu.kernel().take_dispatches()) {
            waves += static_cast<double>(report.waves);
            instructions += static_cast<double>(report.counters.total());
        }
        samples.push_back(instructions / seconds);
    }
    const Summary summary = summarise(samples);
    row.rounds = summary.count;
    row.entries.push_back(
        entry("Sporkle", 1e-6 * summary.median, 1e-6 * summary.minimum, 1e-6 * summary.maximum));
    row.facts.emplace_back("variant", subjects.front().variant->schedule);
    row.facts.emplace_back("waves a second",
                           std::to_string(std::llround(summary.median * waves / instructions)));
    row.facts.emplace_back("instructions a wave", std::to_string(std::llround(instructions / waves)));
    return row;
}

}  // namespace

void emulation_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips) {
        EmulatedGpu gpu(chip);
        for (const Work& work : works) take(emulation_row(options, gpu, chip, work));
    }
}

}  // namespace sporkle::bench::amd
