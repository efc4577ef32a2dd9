// The run as the rows see it: options, peers, limits, and the place where results go.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <vector>

#include <sporkle/sporkle.hpp>

#include "tools/benchmark/limits/bandwidth.hpp"
#include "tools/benchmark/limits/fma_peak.hpp"
#include "tools/benchmark/measure/rounds.hpp"
#include "tools/benchmark/peers/peer.hpp"
#include "tools/benchmark/report/row.hpp"

namespace sporkle::bench {

struct BenchOptions {
    std::regex filter{""};  ///< rows whose name holds a match are measured
    std::vector<int> threads{1};
    int rounds = 15;
};

/// What a row measures.
struct Work {
    std::string group, name;
    int threads = 1;
    Unit unit;
    Limit limit;  ///< may be empty
    std::string limit_name;
    std::optional<Bar> bar;
};

class Bench {
  public:
    explicit Bench(BenchOptions options);

    const BenchOptions& options() const { return options_; }
    bool wants(const std::string& name) const { return std::regex_search(name, options_.filter); }
    std::span<const std::unique_ptr<Peer>> peers() const { return peers_; }
    Team& team(int threads);

    /// A Context that uses so many threads and remembers nothing of other runs.
    Context& context(int threads);

    /// The fastest way to do the work that Sporkle has, as an application gets it: the first calls, on the
    /// row's own data where it lies, measure the variants until one is chosen. (Context::tune would measure
    /// on copies that lie in no cache, which is another workload where the row's data stay in one.)
    template <KernelObject K, class... Arguments>
    Contender ours(int threads, const std::string& name, const K& kernel, Arguments&&... arguments) {
        Context& on = context(threads);
        auto call = std::make_shared<PreparedCall>(on.prepare(kernel, arguments...));
        choose(*call, [&] { return on.report(kernel).workloads.back().chosen >= 0; });
        return contender(name, [call] { (*call)(); });
    }

    /// Calls until a variant is chosen, or for a minute.
    static void choose(PreparedCall& call, const std::function<bool()>& chosen);

    /// What all peers offer for some work, with their thread counts set.
    template <class Problem>
    Contenders theirs(int threads, Contenders (Peer::*offer)(const Problem&), const Problem& problem) {
        Contenders all;
        for (const auto& peer : peers_) {
            peer->set_threads(threads);
            for (Contender& one : ((*peer).*offer)(problem)) all.push_back(std::move(one));
        }
        return all;
    }

    /// Limits: seconds that `flops` (`bytes`) take at the rate that is measured now.
    Limit fma_limit(int threads, double flops);
    Limit copy_limit(int threads, double bytes, std::string& name);
    Limit read_limit(int threads, double bytes);

    /// Runs each contender once into `output`, filled with NaN before, and calls wrong(), which says what is
    /// wrong with it or nothing. A peer with a wrong result is left out of the row, with a note; ours fails
    /// the run.
    void check(const Work& work, Contenders& contenders, std::span<float> output,
               const std::function<std::string()>& wrong);

    /// Measures and records a row. The first contender is ours.
    void measure_row(const Work& work, const Contenders& contenders);
    void add(Row row);

    const std::vector<Row>& rows() const { return rows_; }
    const std::vector<std::string>& notes() const { return notes_; }
    bool failed() const { return failed_; }
    void fail(const std::string& note);
    void note(const std::string& text);
    const FmaLoop& widest_fma() const { return fma_; }

  private:
    BenchOptions options_;
    std::vector<std::unique_ptr<Peer>> peers_;
    FmaLoop fma_;
    std::map<int, std::unique_ptr<Team>> teams_;
    std::map<int, std::unique_ptr<Context>> contexts_;
    std::vector<Row> rows_;
    std::vector<std::string> notes_;
    bool failed_ = false;
};

// One function per file of this folder: adds its rows.
void gemm_rows(Bench& bench);
void conv_rows(Bench& bench);
void elementwise_rows(Bench& bench);
void softmax_rows(Bench& bench);
void call_rows(Bench& bench);
void start_rows(Bench& bench);
void build_rows(Bench& bench);

}  // namespace sporkle::bench
