// The rows that need the emulator, in builds without it.
#include "tools/benchmark/amd/rows/rows.hpp"

namespace sporkle::bench::amd {
namespace {

constexpr const char* reason = "this build has no emulated AMD GPUs (Debian: libdrm-dev)";

}  // namespace

void transaction_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips)
        take(absent_row(plain_row("transactions over compulsory ones", "elementwise " + chip, "x", false),
                        reason));
}

void matrix_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips)
        take(absent_row(
            plain_row("matrix instructions of those in the inner loop", "GEMM f16 " + chip, "%", true),
            reason));
}

void submission_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips)
        take(absent_row(plain_row("a dispatch, patched and queued", "x + y " + chip, "ns", false), reason));
}

void emulation_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips)
        take(absent_row(plain_row("instructions of waves emulated a second", chip, "M/s", true), reason));
}

}  // namespace sporkle::bench::amd
