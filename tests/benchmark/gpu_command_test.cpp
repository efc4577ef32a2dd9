// The command itself, on the CPU as the device and with libraries for tests as peers: everything but figures.
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tools/benchmark/measure/process.hpp"

namespace sporkle::bench {
namespace {

nlohmann::json run(const std::vector<std::string>& environment, const std::vector<std::string>& options,
                   int expected_status = 0, const std::string& device = "cpu") {
    const auto json =
        std::filesystem::temp_directory_path() / ("sporkle-gpu-" + std::to_string(getpid()) + ".json");
    std::vector<std::string> command{"env", "-u", "SPORKLE_BENCH_CLEAN"};
    command.insert(command.end(), environment.begin(), environment.end());
    const std::vector<std::string> always{SPORKLE_BENCH_GPU,   "gpu",      "--device", device,
                                          "--quick",           "--rounds", "3",        "--peer-path",
                                          SPORKLE_FAKE_NVIDIA, "--json"};
    command.insert(command.end(), always.begin(), always.end());
    command.push_back(json.string());
    command.insert(command.end(), options.begin(), options.end());
    const ProcessResult result = run_process(command);
    EXPECT_EQ(result.status, expected_status) << result.output;
    std::ifstream file(json);
    const nlohmann::json all = nlohmann::json::parse(file, nullptr, false);
    std::filesystem::remove(json);
    EXPECT_FALSE(all.is_discarded());
    return all;
}

TEST(GpuCommand, EveryRowHasFiguresOrAReason) {
    const auto all = run({}, {});
    std::map<std::string, int> groups;
    for (const auto& row : all["rows"]) {
        ++groups[row["group"]];
        if (row["outcome"] == "measured") {
            EXPECT_GT(row["ours"], 0.0) << row["name"];
            EXPECT_TRUE(row["reason"].is_null()) << row["name"];
        } else {
            EXPECT_EQ(row["outcome"], "absent") << row["name"] << ": " << row["reason"];
            EXPECT_TRUE(row["ours"].is_null()) << row["name"];
            EXPECT_FALSE(row["reason"].is_null()) << row["name"];
        }
        if (row["group"] == "memory") {
            EXPECT_GT(row["limit"], 0.0) << row["name"];
        }
        if (row["group"] == "gemm") {
            EXPECT_GT(row["peer"], 0.0) << row["name"];
            EXPECT_FALSE(row["facts"]["checked"].is_null());
            EXPECT_EQ(row["facts"]["clocks"], "SM 1980 MHz, memory 3201 MHz, 412 W");
        }
        if (row["group"] == "conv") {
            EXPECT_TRUE(row["peer_name"].get<std::string>().starts_with("cuDNN"));
            // Winograd is shown and never compared with.
            int winograd = 0;
            for (const auto& one : row["contenders"])
                if (one["name"].get<std::string>().find("Winograd") != std::string::npos) {
                    ++winograd;
                    EXPECT_FALSE(one["comparable"]);
                }
            EXPECT_EQ(winograd, 1) << row["name"];
        }
    }
    EXPECT_EQ(groups["gemm"], 4);
    EXPECT_EQ(groups["memory"], 16);
    EXPECT_EQ(groups["conv"], 3);
    EXPECT_EQ(groups["launches"], 2);
    EXPECT_EQ(groups["start"], 2);
    EXPECT_EQ(all["device"]["CUDA device"], "Fake GPU");
    EXPECT_EQ(all["versions"]["cuBLAS"].get<std::string>().substr(0, 6), "130100");
}

TEST(GpuCommand, APeerThatRoundsToTF32IsLeftOut) {
    const auto all = run({"FAKE_CUBLAS_TF32=1"}, {"--rows", "^GEMM f32"});
    ASSERT_EQ(all["rows"].size(), 1u);
    EXPECT_TRUE(all["rows"][0]["peer"].is_null());
    bool noted = false;
    for (const auto& note : all["notes"])
        noted = noted || note.get<std::string>().find("wrong result of cuBLAS") != std::string::npos;
    EXPECT_TRUE(noted) << all["notes"];
}

TEST(GpuCommand, WithoutPeersTheRowsStay) {
    const auto all = run({"FAKE_CUDA_WITHOUT_DEVICE=1"}, {"--rows", "^GEMM f32|^x . y"});
    ASSERT_EQ(all["rows"].size(), 2u);
    for (const auto& row : all["rows"]) EXPECT_EQ(row["outcome"], "measured");
    EXPECT_TRUE(all["rows"][0]["peer"].is_null());
    EXPECT_EQ(all["rows"][1]["limit_name"], "device copy (own kernel)");
    EXPECT_NE(all["notes"].dump().find("CUDA_ERROR_NO_DEVICE"), std::string::npos);
}

TEST(GpuCommand, RowsThatAreNotThereAreNamed) {
    for (const auto& [rows, text] : {std::pair{"marzipan", "matches --rows 'marzipan'"},
                                     std::pair{"[", "--rows is '[', which is no regular expression"}}) {
        const std::string command =
            std::string(SPORKLE_BENCH_GPU) + " gpu --device cpu --rows '" + rows + "' 2>&1";
        const ProcessResult result = run_process({"sh", "-c", command});
        EXPECT_EQ(result.status, 1);
        EXPECT_NE(result.output.find(text), std::string::npos) << result.output;
    }
}

TEST(GpuCommand, AVariantThatIsNotThereMakesARowAbsent) {
    const auto all = run({}, {"--rows", "^GEMM f32", "--variant", "no such schedule"});
    EXPECT_EQ(all["rows"][0]["outcome"], "absent");
}

/// The reference would compute the call on the CPU.
TEST(GpuCommand, LaunchesOfADeviceWithoutVariantsAreAbsent) {
    const std::string driver = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";
    if (!std::filesystem::exists(driver)) GTEST_SKIP() << driver << " is not there";
    const std::vector<std::string> environment{"VK_ICD_FILENAMES=" + driver, "SPORKLE_VULKAN_PROBE=trust"};
    const auto all = run(environment, {"--rows", "^(replay|submit)"}, 0, "vulkan:0");
    ASSERT_EQ(all["rows"].size(), 2u);
    for (const auto& row : all["rows"]) EXPECT_EQ(row["outcome"], "absent") << row["name"];
}

}  // namespace
}  // namespace sporkle::bench
