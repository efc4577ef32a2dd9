#include "tools/benchmark/rows/bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <utility>

namespace sporkle::bench {

Bench::Bench(BenchOptions options)
    : options_(std::move(options)), peers_(all_peers()), fma_(fma_loops().back()) {
    // Where wide vectors run at half speed the narrower loop may be the faster one.
    for (const FmaLoop& loop : fma_loops())
        if (fma_rate(loop, team(1), 5e-3) > 1.02 * fma_rate(fma_, team(1), 5e-3)) fma_ = loop;
}

Team& Bench::team(int threads) {
    auto& team = teams_[threads];
    if (!team) team = std::make_unique<Team>(threads);
    return *team;
}

Context& Bench::context(int threads) {
    auto& context = contexts_[threads];
    if (!context) {
        Options options;
        options.threads = threads;
        options.wisdom = "";
        context = std::make_unique<Context>(options);
    }
    return *context;
}

void Bench::choose(PreparedCall& call, const std::function<bool()>& chosen) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    do {
        for (int n = 0; n < 8; ++n) call();
    } while (!chosen() && std::chrono::steady_clock::now() < end);
}

Limit Bench::fma_limit(int threads, double flops) {
    return [this, flops, &team = team(threads)] { return flops / fma_rate(fma_, team); };
}

Limit Bench::copy_limit(int threads, double bytes, std::string& name) {
    auto copy = std::make_shared<CopyLimit>(static_cast<std::size_t>(bytes), team(threads));
    name = "copy, " + copy->method();
    return [copy, bytes] { return bytes / copy->rate(); };
}

Limit Bench::read_limit(int threads, double bytes) {
    auto read = std::make_shared<ReadLimit>(static_cast<std::size_t>(bytes), team(threads));
    return [read, bytes] { return bytes / read->rate(); };
}

void Bench::check(const Work& work, Contenders& contenders, std::span<float> output,
                  const std::function<std::string()>& wrong) {
    Contenders right;
    for (Contender& one : contenders) {
        const bool ours = &one == &contenders.front();
        std::fill(output.begin(), output.end(), std::numeric_limits<float>::quiet_NaN());
        one.run(1);
        const std::string what = wrong();
        if (what.empty()) {
            right.push_back(std::move(one));
            continue;
        }
        const std::string text = work.name + ": wrong result of " + one.name + ": " + what;
        ours ? fail(text) : note(text);
        if (ours) break;  // no row without us
    }
    contenders = std::move(right);
}

void Bench::measure_row(const Work& work, const Contenders& contenders) {
    if (contenders.empty()) return;
    RoundOptions options;
    options.rounds = options_.rounds;
    // OpenMP's threads spin for a while after their work; they would sit on the cores of the next contender.
    if (work.threads > 1) options.settle_seconds = 3e-3;
    Row row = make_row(work.group, work.name, work.threads, work.unit, work.limit_name,
                       measure(contenders, work.limit, options));
    row.bar = work.bar;
    add(std::move(row));
}

void Bench::add(Row row) {
    if (row.entries.empty()) {
        note(row.name + ": dropped, the machine was disturbed throughout");
        return;
    }
    std::fprintf(stderr, "%-44s %2d thread%s %10.4g %s\n", row.name.c_str(), row.threads,
                 row.threads == 1 ? " " : "s", row.ours().median, row.unit.c_str());
    rows_.push_back(std::move(row));
}

void Bench::fail(const std::string& text) {
    failed_ = true;
    note(text);
}

void Bench::note(const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
    notes_.push_back(text);
}

}  // namespace sporkle::bench
