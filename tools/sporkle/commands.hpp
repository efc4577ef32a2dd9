// The subcommands of `sporkle`. Each prints to the standard output and throws sporkle::Error or UsageError.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace sporkle::command {

/// Words that say nothing sensible: exit code 2.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

void devices(bool json);

struct InspectOptions {
    std::string bundle;
    bool json = false;
    bool code = false;    ///< disassembly and packets, too
    std::string extract;  ///< folder, or empty
};
void inspect(const InspectOptions& options);

struct TuneOptions {
    std::string bundle, kernel;
    std::vector<std::string> tensors;  ///< "A=64x64"
    std::vector<std::string> scalars;  ///< "a=2.5"
    std::string device;                ///< its name, or empty for all with operands of the host
    int threads = 0;
    std::string wisdom;  ///< file, or empty for the usual one
};
void tune(const TuneOptions& options);

struct WisdomOptions {
    std::string file;    ///< or empty for the usual one
    std::string kernel;  ///< only this one, or empty
    bool json = false;
};
void list_wisdom(const WisdomOptions& options);
void clear_wisdom(const WisdomOptions& options);

}  // namespace sporkle::command
