#include <iostream>
#include <nlohmann/json.hpp>

#include <sporkle/error.hpp>

#include "runtime/wisdom/schema.hpp"
#include "runtime/wisdom/wisdom.hpp"
#include "tools/sporkle/commands.hpp"

namespace sporkle::command {
namespace {

std::string path_of(const WisdomOptions& options) {
    const std::string path = options.file.empty() ? runtime::default_wisdom_path() : options.file;
    if (path.empty())
        throw Error(ErrorCode::input_output,
                    "there is no wisdom: none of --file, SPORKLE_WISDOM, XDG_CACHE_HOME and HOME "
                    "names a file");
    return path;
}

runtime::Log to_stderr() {
    return runtime::Log([](LogLevel level, std::string_view message) {
        if (level == LogLevel::warning) std::cerr << "sporkle: " << message << "\n";
    });
}

}  // namespace

void list_wisdom(const WisdomOptions& options) {
    const runtime::Log log = to_stderr();
    runtime::Wisdom wisdom(path_of(options), log);
    nlohmann::ordered_json workloads = nlohmann::ordered_json::array(),
                           failures = nlohmann::ordered_json::array();
    const auto wanted = [&](const std::string& kernel) {
        return options.kernel.empty() || kernel == options.kernel;
    };
    for (const runtime::WisdomEntry& entry : wisdom.entries()) {
        if (!wanted(entry.key.kernel)) continue;
        nlohmann::ordered_json row = {{"kernel", entry.key.kernel},
                                      {"workload", entry.key.workload},
                                      {"fingerprint", entry.key.fingerprint},
                                      {"timings", entry.timings}};
        if (entry.choice) {
            row["variant"] = entry.choice->variant;
            row["threads"] = entry.choice->threads;
            row["exhaustive"] = entry.choice->exhaustive;
            row["seconds"] = entry.choice->seconds;
        }
        workloads.push_back(std::move(row));
    }
    for (const runtime::WisdomFailure& failure : wisdom.failures())
        if (wanted(failure.kernel))
            failures.push_back({{"kernel", failure.kernel},
                                {"variant", failure.variant},
                                {"workload", failure.workload},
                                {"fingerprint", failure.fingerprint},
                                {"state", failure.failed ? "failed" : "in flight"}});
    if (options.json) {
        std::cout << nlohmann::ordered_json{{"file", wisdom.path()},
                                            {"workloads", workloads},
                                            {"failures", failures}}
                         .dump(2)
                  << "\n";
        return;
    }
    std::cout << wisdom.path() << ": " << workloads.size() << " workloads\n";
    for (const auto& row : workloads) {
        std::cout << row["kernel"].get<std::string>() << " for " << row["workload"].get<std::string>()
                  << "\n  ";
        if (row.contains("variant"))
            std::cout << row["variant"].get<std::string>() << " on " << row["threads"] << " threads, "
                      << row["seconds"].get<double>() * 1e6 << " µs"
                      << (row["exhaustive"] ? ", searched exhaustively" : "");
        else
            std::cout << "not decided yet";
        std::cout << ", " << row["timings"] << " timings\n  on " << row["fingerprint"].get<std::string>()
                  << "\n";
    }
    for (const auto& row : failures)
        std::cout << row["kernel"].get<std::string>() << ": variant " << row["variant"].get<std::string>()
                  << " " << row["state"].get<std::string>() << " for " << row["workload"].get<std::string>()
                  << "\n";
}

void clear_wisdom(const WisdomOptions& options) {
    const runtime::Log log = to_stderr();
    runtime::Wisdom wisdom(path_of(options), log);
    std::cout << "forgot " << wisdom.forget(options.kernel) << " workloads in " << wisdom.path() << "\n";
}

}  // namespace sporkle::command
