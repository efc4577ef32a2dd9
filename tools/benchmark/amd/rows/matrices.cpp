#include <algorithm>

#include <sporkle/error.hpp>
#include <sporkle/half.hpp>

#include "targets/amdgpu/emulator/gpu/dispatch_report.hpp"
#include "tools/benchmark/amd/emulated/subject.hpp"
#include "tools/benchmark/amd/rows/rows.hpp"
#include "tools/benchmark/amd/subject.hpp"
#include "tools/benchmark/gpu/kernels.hpp"

namespace sporkle::bench::amd {
namespace {

namespace emulator = sporkle::amdgpu::emulator;

constexpr std::int64_t extent = 128;  ///< rows and columns: one block

/// Small integers, so that the product is exact in f16.
half value_of(std::size_t at, std::size_t period) {
    return half(static_cast<float>(static_cast<int>(at * 7 % period) - 2));
}

struct Run {
    std::string schedule;
    emulator::Counters counters;
};

/// One run of the first variant that uses the matrix unit. Throws Error where there is none, or its result is
/// wrong.
Run run_product(EmulatedGpu& gpu, std::int64_t steps) {
    Problem problem{KernelId(kernels::gemm_f16)};
    const auto a = problem.tensor<half>({extent, steps}), b = problem.tensor<half>({steps, extent});
    const auto c = problem.tensor<half>({extent, extent});
    for (std::size_t at = 0; at < a.size(); ++at) a[at] = value_of(at, 5), b[at] = value_of(at, 3);
    Placed placed(gpu.accelerator(), problem);
    for (const Subject& subject : subjects_of(placed)) {
        if (!subject.variant->schedule.starts_with("matrix-")) continue;
        gpu.kernel().take_dispatches();
        subject.binding->execute();
        placed.get_output(c.data());
        const auto n = static_cast<std::size_t>(extent), k = static_cast<std::size_t>(steps);
        for (std::size_t at = 0; at < c.size(); at += 61) {
            float sum = 0;
            for (std::size_t step = 0; step < k; ++step)
                sum += static_cast<float>(a[at / n * k + step]) * static_cast<float>(b[step * n + at % n]);
            if (static_cast<float>(c[at]) != sum)
                throw Error(ErrorCode::device_failure,
                            "wrong result of variant " + subject.variant->schedule);
        }
        Run run{subject.variant->schedule, {}};
        for (const auto& report : gpu.kernel().take_dispatches()) run.counters += report.counters;
        return run;
    }
    throw Error(ErrorCode::device_failure, "no variant with matrix instructions fits");
}

/// What more steps add is the inner loop's.
Row matrix_row(const std::string& chip) {
    Row row = plain_row("matrix instructions of those in the inner loop", "GEMM f16 " + chip, "%", true);
    const auto shapes = emitter("amdgpu").machine(chip).matrix_shapes;
    if (std::none_of(shapes.begin(), shapes.end(), [](const auto& s) { return s.factor == DType::f16; }))
        return absent_row(row, "the chip has no matrix unit for halves");
    try {
        EmulatedGpu gpu(chip);
        const Run few = run_product(gpu, 128), many = run_product(gpu, 256);
        constexpr auto matrix = static_cast<std::size_t>(emulator::InstructionClass::matrix);
        const auto added = [&](auto count) {
            return static_cast<double>(count(many.counters) - count(few.counters));
        };
        const double products = added([](const auto& c) { return c.instructions[matrix]; });
        const double all = added([](const auto& c) { return c.total(); });
        row.entries.push_back(entry("Sporkle", 100 * products / all));
        row.facts.emplace_back("schedule", many.schedule);
        for (std::size_t c = 0; c < emulator::instruction_classes; ++c) {
            const double count = added([c](const auto& counters) { return counters.instructions[c]; });
            if (count > 0)
                row.facts.emplace_back(
                    name_of(static_cast<emulator::InstructionClass>(c)) + std::string(" for each of them"),
                    std::to_string(count / products));
        }
    } catch (const Error& error) {
        row.outcome = Outcome::failed;
        row.reason = error.what();
    }
    return row;
}

}  // namespace

void matrix_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips) take(matrix_row(chip));
}

}  // namespace sporkle::bench::amd
