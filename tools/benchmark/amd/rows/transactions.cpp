#include <cmath>
#include <cstdio>
#include <vector>

#include <sporkle/error.hpp>

#include "tools/benchmark/amd/emulated/subject.hpp"
#include "tools/benchmark/amd/rows/rows.hpp"
#include "tools/benchmark/gpu/kernels.hpp"

namespace sporkle::bench::amd {
namespace {

constexpr std::uint64_t segment_bytes = 64;  ///< of a transaction

enum class Function { copy, add, affine_relu, exponential };
struct Shown {
    Function function;
    const char* name;
    int inputs;
};
constexpr Shown shown[] = {{Function::copy, "copy", 1},
                           {Function::add, "x + y", 2},
                           {Function::affine_relu, "max(a x + b y + c, 0)", 2},
                           {Function::exponential, "exp(x)", 1}};

constexpr float a = 1.5f, b = -0.25f, c = 0.125f;

double exact(Function function, double x, double y) {
    switch (function) {
        case Function::copy:
            return x;
        case Function::add:
            return x + y;
        case Function::affine_relu:
            return std::fmax(double(a) * x + double(b) * y + double(c), 0);
        case Function::exponential:
            return std::exp(x);
    }
    return 0;
}

KernelId kernel_of(Function function) {
    switch (function) {
        case Function::copy:
            break;
        case Function::add:
            return KernelId(kernels::add);
        case Function::affine_relu:
            return KernelId(kernels::affine_relu);
        case Function::exponential:
            return KernelId(kernels::exponential);
    }
    return KernelId(kernels::copy);
}

/// Operands in the kernel's order, values in [-1, 1).
struct Elementwise {
    Elementwise(const Shown& what, std::int64_t n) : function(what.function), problem(kernel_of(function)) {
        const auto tensor = [&](double step) {
            auto values = problem.tensor<float>({n});
            for (std::size_t at = 0; at < values.size(); ++at)
                values[at] = static_cast<float>(std::fmod(step * static_cast<double>(at), 2) - 1);
            return values;
        };
        const bool is_affine = function == Function::affine_relu;
        if (is_affine) problem.number(a);
        x = tensor(0.37);
        if (is_affine) problem.number(b);
        y = what.inputs > 1 ? tensor(0.61) : x;
        if (is_affine) problem.number(c);
        z = problem.tensor<float>({n});
    }
    bool is_right() const {
        for (std::size_t at = 0; at < z.size(); ++at) {
            const double wanted = exact(function, x[at], y[at]);
            if (!(std::fabs(z[at] - wanted) <= 1e-6 * std::fmax(1, std::fabs(wanted)))) return false;
        }
        return true;
    }

    Function function;
    Problem problem;
    std::span<float> x, y, z;
};

std::string figure(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return text;
}

/// Transactions over compulsory ones of one run. Throws Error(device_failure) where its result is wrong.
double ratio_of(EmulatedGpu& gpu, Placed& placed, Elementwise& work, const Subject& subject,
                std::uint64_t compulsory) {
    for (float& value : work.z) value = NAN;
    placed.put_output(work.z.data());
    gpu.kernel().take_dispatches();
    subject.binding->execute();
    placed.get_output(work.z.data());
    if (!work.is_right())
        throw Error(ErrorCode::device_failure, "wrong result of variant " + subject.variant->schedule);
    std::uint64_t transactions = 0;
    for (const auto& report : gpu.kernel().take_dispatches())
        transactions += report.counters.load_transactions + report.counters.store_transactions +
                        report.counters.scratch_transactions;
    return static_cast<double>(transactions) / static_cast<double>(compulsory);
}

Row transaction_row(const AmdOptions& options, EmulatedGpu& gpu, const std::string& chip, const Shown& what) {
    Row row = plain_row("transactions over compulsory ones", std::string(what.name) + " " + chip, "x", false);
    row.bar = Bar{Bar::Kind::at_most, 1.05};
    // A whole number of everything, and a prime.
    const std::int64_t large = options.quick ? 4096 : 65536, prime = options.quick ? 4099 : 65537;
    double worst = 0;
    for (const std::int64_t n : {large, prime}) {
        Elementwise work(what, n);
        Placed placed(gpu.accelerator(), work.problem);
        const std::uint64_t bytes = static_cast<std::uint64_t>(n) * sizeof(float);
        const std::uint64_t compulsory =
            (bytes + segment_bytes - 1) / segment_bytes * static_cast<std::uint64_t>(what.inputs + 1);
        std::string all;
        for (const Subject& subject : subjects_of(placed)) {
            const double ratio = ratio_of(gpu, placed, work, subject, compulsory);
            if (all.empty()) worst = std::fmax(worst, ratio);
            all += (all.empty() ? "" : ", ") + subject.variant->schedule + " " + figure(ratio);
        }
        if (all.empty()) return absent_row(row, "no variant fits");
        row.facts.emplace_back(std::to_string(n) + " elements, variants by the model's order", all);
    }
    row.entries.push_back(entry("Sporkle", worst));
    return row;
}

}  // namespace

void transaction_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips) {
        EmulatedGpu gpu(chip);
        for (const Shown& what : shown) {
            try {
                take(transaction_row(options, gpu, chip, what));
            } catch (const Error& error) {
                Row row = plain_row("transactions over compulsory ones", std::string(what.name) + " " + chip,
                                    "x", false);
                row.outcome = Outcome::failed;
                row.reason = error.what();
                take(row);
            }
        }
    }
}

}  // namespace sporkle::bench::amd
