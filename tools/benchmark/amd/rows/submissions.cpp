#include <vector>

#include "tools/benchmark/amd/emulated/subject.hpp"
#include "tools/benchmark/amd/rows/rows.hpp"
#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/measure/clock.hpp"
#include "tools/benchmark/measure/statistics.hpp"

namespace sporkle::bench::amd {
namespace {

/// What reading the clock adds to a sample.
double clock_seconds() {
    constexpr int reads = 1000;
    std::vector<double> samples;
    for (int n = 0; n < reads; ++n) {
        const double before = now();
        samples.push_back(now() - before);
    }
    return summarise(samples).median;
}

/// From the executable's entry to the entry of the system call that submits: a slot is taken, arguments and
/// packets are written and patched, the request is made. Then the pretended kernel says that it has run.
Row submission_row(const AmdOptions& options, const std::string& chip) {
    Row row = plain_row("a dispatch, patched and queued", "x + y " + chip, "ns", false);
    row.bar = Bar{Bar::Kind::at_most, 300};
    EmulatedGpu gpu(chip);
    Problem problem(KernelId{kernels::add});
    constexpr std::int64_t elements = 4096;
    for (int tensor = 0; tensor < 3; ++tensor)
        for (float& value : problem.tensor<float>({elements})) value = 1;
    Placed placed(gpu.accelerator(), problem);
    const std::vector<Subject> subjects = subjects_of(placed);
    if (subjects.empty()) return absent_row(row, "no variant fits");
    const runtime::Binding& binding = *subjects.front().binding;
    binding.execute();  // for real, once
    gpu.kernel().answer_at_once();
    const int launches = options.quick ? 100 : 5000;
    std::vector<double> samples;
    for (int n = 0; n < launches; ++n) {
        const int before = gpu.kernel().submissions();
        const double begin = now();
        binding.executable().run(binding.launch(), nullptr);
        if (gpu.kernel().submissions() != before + 1) return absent_row(row, "not one submission a launch");
        samples.push_back(gpu.kernel().submitted_at() - begin);
    }
    const Summary summary = summarise(samples);
    constexpr double ns = 1e9;
    row.rounds = summary.count;
    row.entries.push_back(entry("Sporkle", ns * summary.median, ns * summary.minimum, ns * summary.maximum));
    row.facts.emplace_back("variant", subjects.front().variant->schedule);
    row.facts.emplace_back("of which the clock",
                           std::to_string(static_cast<int>(ns * clock_seconds())) + " ns");
    return row;
}

}  // namespace

void submission_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips) take(submission_row(options, chip));
}

}  // namespace sporkle::bench::amd
