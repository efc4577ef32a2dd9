// Tuner: decides which candidate is the fastest from the times of calls. It knows no clock and runs nothing,
// so that its decisions can be tested: it says which candidate to time next and is told how long that took.
//
// First every candidate is timed in turn, so that a change of the machine's speed meets all of them; those
// that are clearly slower leave early. The two best are then timed in alternation until one is confirmed.
// Times are compared by their medians, since now and then a sample is disturbed by other work; the first
// sample of each candidate, which fills caches and faults pages in, does not count.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace sporkle::runtime {

class Tuner {
  public:
    /// `thorough` takes about twice as many samples.
    Tuner(std::size_t candidates, bool thorough);

    /// A candidate that must not be run, because it failed here or before. When no other is left, slower ones
    /// return.
    void exclude(std::size_t candidate);
    /// One that was excluded may run after all.
    void include(std::size_t candidate);
    /// A candidate that is known to be slower than another one. Not to be called for the fastest.
    void drop(std::size_t candidate);
    /// A call that `next` asked for did not come to an end.
    void abandon(std::size_t candidate) { --candidates_[candidate].under_way; }

    /// The candidate to time next; nothing when it is decided, or when all are excluded. Several calls may be
    /// under way before their times are recorded.
    std::optional<std::size_t> next();
    /// Seconds that a call took. Times from earlier processes count as well.
    void record(std::size_t candidate, double seconds);
    /// The fastest candidate, once that is known. It has run at least once.
    std::optional<std::size_t> decision() const { return decision_; }

    struct Summary {
        int samples = 0;
        double median = 0, minimum = 0;  ///< over the samples that count; 0 without any
        bool excluded = false;           ///< by exclude
        bool dropped = false;            ///< clearly slower
    };
    Summary summary(std::size_t candidate) const;

  private:
    struct Candidate {
        std::vector<double> samples;
        std::vector<double> confirmations;  ///< samples taken in alternation with the other finalist
        int under_way = 0;
        bool excluded = false, dropped = false;
        bool live() const { return !excluded && !dropped; }
    };
    static double median(std::vector<double> samples);
    static double minimum(const std::vector<double>& samples);
    static bool is_slow(const Candidate& candidate, double best_minimum, double best_median);
    static std::vector<double> counted(const Candidate& candidate);
    double best_median() const;
    int rounds() const;
    void drop_slow();
    void advance();

    std::vector<Candidate> candidates_;
    bool thorough_;
    bool confirming_ = false;
    std::optional<std::size_t> decision_;
};

}  // namespace sporkle::runtime
