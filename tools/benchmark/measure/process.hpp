// Running another program and timing it.
#pragma once

#include <string>
#include <vector>

namespace sporkle::bench {

struct ProcessResult {
    int status = 0;  ///< exit status, or 128 + signal
    double seconds = 0;
    std::string output;  ///< what it wrote to its standard output
};

/// Runs arguments[0], found in PATH, to its end. Throws sporkle::Error(input_output) when it cannot be
/// started.
ProcessResult run_process(const std::vector<std::string>& arguments);

/// Whether a program of that name is in PATH.
bool program_exists(const std::string& name);

}  // namespace sporkle::bench
