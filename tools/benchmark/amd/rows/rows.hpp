// The rows of the benchmark of AMD's GPUs. Each function gives one row for each chip that there is, with a
// reason where nothing can be measured.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/benchmark/report/report.hpp"

namespace sporkle::bench::amd {

struct AmdOptions {
    std::vector<std::string> chips;  ///< none: all
    bool quick = false;              ///< few kernels and small tensors, for a test of everything but figures
    bool all_tiles = false;          ///< the product with every tile schedule, not the first alone
    std::string program;             ///< path of this program, which starts itself to compile with RADV
    int threads = 1;
};

/// Takes a finished row.
using Take = std::function<void(Row)>;

/// Multiply-adds per instruction in the inner loop of the f32 product, against RADV's code for the same
/// kernel, schedule and chip.
void loop_rows(const AmdOptions& options, const Take& take);

/// Registers that LLVM spilled, over all kernels: of the variants that come first, and of all.
void spill_rows(const AmdOptions& options, const Take& take);

/// Transactions of elementwise kernels on the emulated chip, over those that cannot be avoided.
void transaction_rows(const AmdOptions& options, const Take& take);

/// Matrix instructions of all that waves execute in the inner loop of the f16 product, on the emulated chip.
void matrix_rows(const AmdOptions& options, const Take& take);

/// CPU time from a launch to the system call that hands it over, in the driver.
void submission_rows(const AmdOptions& options, const Take& take);

/// How fast the emulator is: instructions of waves and waves for each second of CPU time.
void emulation_rows(const AmdOptions& options, const Take& take);

/// A row about a GPU: no threads, no rounds, no limit.
Row plain_row(const std::string& group, const std::string& name, const std::string& unit,
              bool higher_is_better);
/// Ours or a peer's figure, known exactly or with its range.
Entry entry(const std::string& name, double median, double minimum, double maximum);
inline Entry entry(const std::string& name, double value) { return entry(name, value, value, value); }
Row absent_row(Row row, const std::string& reason);

}  // namespace sporkle::bench::amd
