// Sporkle's side of a row: a problem on the device, all variants that fit it, and the fastest of them.
#pragma once

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "tools/benchmark/gpu/subject/bound_variant.hpp"
#include "tools/benchmark/gpu/subject/problem.hpp"

namespace sporkle::bench {

/// What was found out about one variant while the fastest was looked for.
struct VariantResult {
    std::string name;         ///< of its schedule
    std::string text;         ///< the whole schedule
    double load_seconds = 0;  ///< from SPIR-V to the device's code
    int samples = 0;
    double median_seconds = 0, minimum_seconds = 0;
    bool chosen = false;
    std::string problem;  ///< why it has no times
};

/// Operands on the device, bound for good.
class Placed {
  public:
    /// Copies the operands. The problem outlives it. Throws Error.
    Placed(Accelerator& accelerator, const Problem& problem);

    Accelerator& accelerator() const { return accelerator_; }
    runtime::Kernel& kernel() const { return kernel_; }
    const runtime::Call& call() const { return *call_; }
    const runtime::Arrangement& arrangement() const { return *arrangement_; }
    void put_output(const void* from) { memory_.back().put(from); }
    void get_output(void* to) const { memory_.back().get(to); }

  private:
    Accelerator& accelerator_;
    runtime::Kernel& kernel_;
    std::vector<Memory> memory_;
    std::optional<runtime::Call> call_;
    std::optional<runtime::Arrangement> arrangement_;
};

struct Choosing {
    std::regex only{""};  ///< variants whose schedule's name holds a match
    int loaders = 1;      ///< threads that make variants ready
    bool thorough = true;
    /// Called with a variant that has just run for the first time: what is wrong with its result, or nothing.
    /// May be empty.
    std::function<std::string()> wrong = {};
};

struct Chosen {
    std::unique_ptr<BoundVariant> variant;  ///< null when none ran
    std::vector<VariantResult> all;         ///< the model's order
};

/// Loads every variant that fits, times them against each other by the device's clock until one is found to
/// be the fastest.
Chosen choose(Placed& placed, const Choosing& how);

}  // namespace sporkle::bench
