// The command line of sporklec.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/target.hpp"

namespace sporkle::compiler {

/// One architecture to compile for.
struct Destination {
    const codegen::EmitTarget* target = nullptr;
    std::string architecture;
};

struct Options {
    std::vector<std::string> inputs;  ///< object files
    std::string output;               ///< bundle, or text where `stage` is set; empty: standard output
    std::string name;                 ///< of the bundle
    std::vector<Destination> destinations;
    std::string stage;     ///< to print instead of writing a bundle; empty: none
    std::string kernel;    ///< only this one; empty: all
    std::string schedule;  ///< only this one; empty: all
    unsigned jobs = 1;
    bool verbose = false;
};

/// Nothing when there is nothing to do after --help or --version. Throws UsageError.
std::optional<Options> parse_options(int count, char** words);

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace sporkle::compiler
