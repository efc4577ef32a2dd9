// The command itself, on one chip and with small work: everything but figures.
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tools/benchmark/measure/process.hpp"

namespace sporkle::bench {
namespace {

nlohmann::json run(const std::vector<std::string>& options) {
    const auto json =
        std::filesystem::temp_directory_path() / ("sporkle-amd-" + std::to_string(getpid()) + ".json");
    std::vector<std::string> command{SPORKLE_BENCH_AMD, "amd", "--quick", "--json", json.string()};
    command.insert(command.end(), options.begin(), options.end());
    const ProcessResult result = run_process(command);
    EXPECT_EQ(result.status, 0) << result.output;
    std::ifstream file(json);
    const nlohmann::json all = nlohmann::json::parse(file, nullptr, false);
    std::filesystem::remove(json);
    EXPECT_FALSE(all.is_discarded());
    return all;
}

TEST(AmdCommand, EveryRowHasFiguresOrAReason) {
    const auto all = run({"--chip", "gfx1100"});
    std::map<std::string, int> groups;
    for (const auto& row : all["rows"]) {
        ++groups[row["group"]];
        EXPECT_EQ(row["bar"].is_null(), row["unit"] == "M/s" || row["unit"] == "%") << row["name"];
        if (row["outcome"] == "absent") {
            EXPECT_FALSE(row["reason"].is_null()) << row["name"];
            continue;
        }
        ASSERT_EQ(row["outcome"], "measured") << row["name"] << ": " << row["reason"];
        EXPECT_FALSE(row["ours"].is_null()) << row["name"];
        if (row["unit"] == "FMA/instr") {
            EXPECT_GT(row["ours"], 0.0);
            EXPECT_TRUE(row["peer"].is_null() == row["facts"].contains("absent peer"));
            EXPECT_EQ(row["bar"]["holds"].is_null(), row["peer"].is_null());
        }
        if (row["unit"] == "x") {
            EXPECT_GE(row["ours"], 1.0) << "fewer transactions than there are bytes: " << row["name"];
        }
        if (row["unit"] == "ns" || row["unit"] == "M/s" || row["unit"] == "%") {
            EXPECT_GT(row["ours"], 0.0);
        }
    }
    EXPECT_EQ(groups["FMAs per instruction"], 1);
    EXPECT_EQ(groups["spilled registers"], 2);
    EXPECT_GE(groups["transactions over compulsory ones"], 1);
    EXPECT_EQ(groups["matrix instructions of those in the inner loop"], 1);
    EXPECT_EQ(groups["a dispatch, patched and queued"], 1);
    EXPECT_EQ(groups["instructions of waves emulated a second"], 2);
}

TEST(AmdCommand, UnknownChipsAreRefused) {
    const ProcessResult result = run_process({SPORKLE_BENCH_AMD, "amd", "--quick", "--chip", "gfx1"});
    EXPECT_EQ(result.status, 1);
}

}  // namespace
}  // namespace sporkle::bench
