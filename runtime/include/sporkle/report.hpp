// Report: what the runtime tried for a kernel, what it measured, and what it chose.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sporkle/hash.hpp>
#include <sporkle/options.hpp>

namespace sporkle {

/// Names one variant of a kernel, and how many threads run it.
struct Choice {
    std::string device = {};        ///< "cpu"
    std::string architecture = {};  ///< "x86-64-v4"; empty for the reference
    std::string schedule = {};      ///< "gemm-14x32-packed"; "reference" for the reference
    int threads = 0;                ///< 0 where every number will do, or where there is nothing to choose
    friend bool operator==(const Choice&, const Choice&) = default;
};

enum class CandidateState : std::uint8_t {
    untried,
    trying,   ///< still measured now and then
    dropped,  ///< measured and found slower
    chosen,
    failed,  ///< a process died or hung while it was tried: never tried again on this machine
};

struct CandidateReport {
    Choice choice;
    CandidateState state = CandidateState::untried;
    int samples = 0;              ///< timed calls, those remembered from earlier processes included
    double median_seconds = 0.0;  ///< 0 without samples
    double minimum_seconds = 0.0;
};

/// How the choice came about.
enum class Origin : std::uint8_t {
    undecided,  ///< still measuring
    only,       ///< there was one candidate
    pinned,     ///< by Context::pin
    estimated,
    measured,
    searched,    ///< exhaustively
    remembered,  ///< from wisdom
};

/// One workload of a kernel: extents, strides and alignment.
struct WorkloadReport {
    std::string workload;
    Origin origin = Origin::undecided;
    std::int64_t calls = 0;  ///< calls that went through selection; committed prepared calls do not
    std::vector<CandidateReport> candidates;  ///< the model's order
    int chosen = -1;                          ///< number in candidates, -1 while undecided
};

struct Report {
    std::string kernel;
    Hash hash;
    std::vector<WorkloadReport> workloads;  ///< in the order of their first calls
};

const char* name_of(CandidateState state);
const char* name_of(Origin origin);
const char* name_of(Mode mode);

/// As a table for people.
std::string to_text(const Report& report);

}  // namespace sporkle
