#include <sporkle/report.hpp>

#include <cstdio>

namespace sporkle {
namespace {

/// "12.3 µs"
std::string duration(double seconds) {
    const char* unit = "s";
    double value = seconds;
    if (seconds < 1e-6) {
        unit = "ns";
        value = seconds * 1e9;
    } else if (seconds < 1e-3) {
        unit = "µs";
        value = seconds * 1e6;
    } else if (seconds < 1) {
        unit = "ms";
        value = seconds * 1e3;
    }
    char text[32];
    std::snprintf(text, sizeof(text), "%.4g %s", value, unit);
    return text;
}

/// "x86-64-v4/rows", "vulkan:0/spirv/rows", "reference"
std::string name_of(const Choice& choice) {
    if (choice.architecture.empty()) return choice.schedule;
    const std::string variant = choice.architecture + "/" + choice.schedule;
    return choice.device == "cpu" ? variant : choice.device + "/" + variant;
}

/// "  1 thread"; empty where there is nothing to say.
std::string threads(int number) {
    if (number == 0) return {};
    char text[32];
    std::snprintf(text, sizeof(text), "%3d thread%s", number, number == 1 ? "" : "s");
    return text;
}

}  // namespace

const char* name_of(CandidateState state) {
    switch (state) {
        case CandidateState::untried:
            return "untried";
        case CandidateState::trying:
            return "trying";
        case CandidateState::dropped:
            return "dropped";
        case CandidateState::chosen:
            return "chosen";
        case CandidateState::failed:
            return "failed";
    }
    return "invalid";
}

const char* name_of(Origin origin) {
    switch (origin) {
        case Origin::undecided:
            return "undecided";
        case Origin::only:
            return "only one";
        case Origin::pinned:
            return "pinned";
        case Origin::estimated:
            return "estimated";
        case Origin::measured:
            return "measured";
        case Origin::searched:
            return "searched";
        case Origin::remembered:
            return "remembered";
    }
    return "invalid";
}

const char* name_of(Mode mode) {
    switch (mode) {
        case Mode::estimate:
            return "estimate";
        case Mode::measure:
            return "measure";
        case Mode::exhaustive:
            return "exhaustive";
        case Mode::wisdom_only:
            return "wisdom_only";
    }
    return "invalid";
}

std::string to_text(const Report& report) {
    std::string text = "kernel " + report.kernel + "\n";
    for (const WorkloadReport& workload : report.workloads) {
        text += "  " + workload.workload + ": " + name_of(workload.origin) + "\n";
        for (const CandidateReport& candidate : workload.candidates) {
            char line[256];
            std::snprintf(line, sizeof(line), "    %c %-40s %-11s %-8s",
                          candidate.state == CandidateState::chosen ? '*' : ' ',
                          name_of(candidate.choice).c_str(), threads(candidate.choice.threads).c_str(),
                          name_of(candidate.state));
            text += line;
            if (candidate.samples > 0)
                text += " median " + duration(candidate.median_seconds) + ", minimum " +
                        duration(candidate.minimum_seconds) + " of " + std::to_string(candidate.samples);
            text += "\n";
        }
    }
    return text;
}

}  // namespace sporkle
