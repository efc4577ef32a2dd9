#include "runtime/context/settings.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include <sporkle/error.hpp>
#include <sporkle/report.hpp>

#include "runtime/threads/pool.hpp"
#include "runtime/wisdom/schema.hpp"

namespace sporkle::runtime {
namespace {

constexpr int most_threads = 4096;

/// Null where the variable is unset or empty.
const char* variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr || *value == 0 ? nullptr : value;
}

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

}  // namespace

Mode mode_setting(std::optional<Mode> wanted) {
    if (wanted) return *wanted;
    const char* word = variable("SPORKLE_MODE");
    if (word == nullptr) return Mode::measure;
    for (const Mode mode : {Mode::estimate, Mode::measure, Mode::exhaustive, Mode::wisdom_only})
        if (std::strcmp(word, name_of(mode)) == 0) return mode;
    refuse("SPORKLE_MODE is '" + std::string(word) +
           "'; expected estimate, measure, exhaustive or wisdom_only");
}

int threads_setting(int wanted) {
    if (wanted < 0 || wanted > most_threads)
        refuse("the option threads is " + std::to_string(wanted) + "; expected 0 (all CPUs) to " +
               std::to_string(most_threads));
    if (wanted > 0) return wanted;
    const char* word = variable("SPORKLE_THREADS");
    if (word == nullptr) return available_cpus();
    int number = 0;
    const char* end = word + std::strlen(word);
    const auto [at, error] = std::from_chars(word, end, number);
    if (error != std::errc() || at != end || number < 1 || number > most_threads)
        refuse("SPORKLE_THREADS is '" + std::string(word) + "'; expected a number from 1 to " +
               std::to_string(most_threads));
    return number;
}

std::vector<std::string> devices_setting(const std::vector<std::string>& wanted) {
    if (!wanted.empty()) return wanted;
    std::vector<std::string> words;
    if (const char* one = variable("SPORKLE_DEVICE")) {
        // A family stands for its first device; the CPU has no number.
        const std::string name = one;
        const bool is_whole = name == "cpu" || name.find(':') != std::string::npos;
        return {is_whole ? name : name + ":0"};
    }
    const char* list = variable("SPORKLE_DEVICES");
    if (list == nullptr) return words;
    for (const char* word = list;; ++list) {
        if (*list != ',' && *list != 0) continue;
        if (list == word)
            refuse(
                "SPORKLE_DEVICES has an empty place; expected names with commas in between, as cpu,vulkan:0");
        words.emplace_back(word, list);
        if (*list == 0) return words;
        word = list + 1;
    }
}

std::string wisdom_setting(const std::optional<std::string>& wanted) {
    return wanted ? *wanted : default_wisdom_path();
}

}  // namespace sporkle::runtime
