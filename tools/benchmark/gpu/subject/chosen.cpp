#include "tools/benchmark/gpu/subject/chosen.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include <sporkle/error.hpp>

#include "runtime/call/workload.hpp"
#include "runtime/select/tuner.hpp"
#include "tools/benchmark/measure/clock.hpp"

namespace sporkle::bench {
namespace {

/// A sample runs a short variant several times, so that the begin and the end of a submission do not count.
constexpr double sample_seconds = 200e-6;
constexpr long most_repetitions = 32;

struct Candidate {
    runtime::LoadedVariant* variant = nullptr;
    runtime::Sizes sizes;
    std::unique_ptr<BoundVariant> bound;
    long repetitions = 1;
};

std::vector<Candidate> candidates_for(Placed& placed, const std::regex& only) {
    std::vector<Candidate> candidates;
    for (const auto& variant : placed.kernel().variants(placed.accelerator().device())) {
        if (!std::regex_search(variant->variant().schedule, only)) continue;
        if (!runtime::fits(variant->variant(), placed.call(), placed.arrangement())) continue;
        auto sizes = runtime::sizes_of(variant->variant(), placed.call(), placed.arrangement());
        if (!sizes) continue;
        candidates.push_back({variant.get(), std::move(*sizes), nullptr, 1});
    }
    return candidates;
}

/// Drivers take long to compile; they do it for several threads at a time.
void load_all(std::vector<Candidate>& candidates, std::vector<VariantResult>& results, int loaders) {
    std::atomic<std::size_t> next{0};
    const auto load = [&] {
        for (std::size_t c; (c = next.fetch_add(1)) < candidates.size();) {
            const double start = now();
            try {
                candidates[c].variant->executable();
            } catch (const std::exception& error) {
                results[c].problem = error.what();
            }
            results[c].load_seconds = now() - start;
        }
    };
    std::vector<std::thread> others;
    const auto helpers =
        std::min<std::size_t>(static_cast<std::size_t>(std::max(loaders, 1)), candidates.size());
    for (std::size_t t = 1; t < helpers; ++t) others.emplace_back(load);
    load();
    for (std::thread& other : others) other.join();
}

/// The first run: what it takes, and whether it is right. Empty, or why the variant is out.
std::string begin(Placed& placed, Candidate& candidate, const std::function<std::string()>& wrong,
                  double& first) {
    candidate.bound = std::make_unique<BoundVariant>(placed.accelerator(), *candidate.variant, placed.call(),
                                                     placed.arrangement(), candidate.sizes);
    first = candidate.bound->run_once();
    if (wrong)
        if (std::string what = wrong(); !what.empty()) return "wrong result: " + what;
    candidate.repetitions =
        std::clamp(std::lround(sample_seconds / std::max(first, 1e-9)), 1L, most_repetitions);
    return {};
}

}  // namespace

Placed::Placed(Accelerator& accelerator, const Problem& problem)
    : accelerator_(accelerator), kernel_(accelerator.kernel(problem.kernel())) {
    std::vector<Operand> operands = problem.operands();
    for (std::size_t a = 0; a < operands.size(); ++a) {
        if (operands[a].is_scalar) continue;
        memory_.emplace_back(accelerator, problem.arguments()[a].bytes.size());
        memory_.back().put(operands[a].data);
        operands[a].data = memory_.back().address();
        operands[a].storage = memory_.back().storage();
    }
    call_.emplace(kernel_.program(), kernel_.facts(), operands);
    runtime::Device& device = accelerator.device();
    arrangement_.emplace(*call_, device.memory() != nullptr ? &device : nullptr);
}

Chosen choose(Placed& placed, const Choosing& how) {
    std::vector<Candidate> candidates = candidates_for(placed, how.only);
    Chosen chosen;
    for (const Candidate& candidate : candidates) {
        VariantResult& result = chosen.all.emplace_back();
        result.name = candidate.variant->variant().schedule;
        result.text = candidate.variant->variant().schedule_text;
    }
    load_all(candidates, chosen.all, how.loaders);

    runtime::Tuner tuner(candidates.size(), how.thorough);
    for (std::size_t c = 0; c < candidates.size(); ++c)
        if (!chosen.all[c].problem.empty()) tuner.exclude(c);
    while (const auto next = tuner.next()) {
        Candidate& candidate = candidates[*next];
        std::string& problem = chosen.all[*next].problem;
        try {
            double first = 0;
            if (!candidate.bound) problem = begin(placed, candidate, how.wrong, first);
            if (problem.empty()) {
                // A first run that was long is a sample: what is far slower than the others runs only once.
                const double seconds =
                    first > sample_seconds ? first : candidate.bound->run(candidate.repetitions);
                const long times = first > sample_seconds ? 1 : candidate.repetitions;
                tuner.record(*next, seconds / static_cast<double>(times));
                continue;
            }
        } catch (const Error& error) {
            problem = error.what();
        }
        candidate.bound.reset();
        tuner.abandon(*next);
        tuner.exclude(*next);
    }
    for (std::size_t c = 0; c < candidates.size(); ++c) {
        const auto summary = tuner.summary(c);
        chosen.all[c].samples = summary.samples;
        chosen.all[c].median_seconds = summary.median;
        chosen.all[c].minimum_seconds = summary.minimum;
    }
    if (const auto best = tuner.decision()) {
        chosen.all[*best].chosen = true;
        chosen.variant = std::move(candidates[*best].bound);
    }
    return chosen;
}

}  // namespace sporkle::bench
