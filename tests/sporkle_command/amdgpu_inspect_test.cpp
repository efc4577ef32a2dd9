// What `sporkle inspect` tells of code for AMD GPUs.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

using Json = nlohmann::json;

class AmdgpuInspect : public ::testing::Test {
  protected:
    std::string run(const std::string& options) {
        const std::string line = std::string(SPORKLE_COMMAND) + " inspect " + SPORKLE_TEST_AMDGPU_BUNDLE +
                                 " " + options + " > " + (folder / "out");
        const int status = std::system(line.c_str());
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << line;
        return text(folder / "out");
    }
    static std::string text(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::stringstream all;
        all << file.rdbuf();
        return all.str();
    }
    TemporaryFolder folder;
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(AmdgpuInspect, JsonTellsTheResourcesOfEachDispatch) {
    const Json bundle = Json::parse(run("--json"))["bundles"].at(0);
    std::set<std::string> architectures;
    bool has_lds = false, has_two = false;
    for (const Json& kernel : bundle["kernels"])
        for (const Json& variant : kernel["variants"]) {
            const std::string chip = variant["architecture"];
            architectures.insert(chip);
            has_two = has_two || variant["dispatches"].size() > 1;
            for (const Json& dispatch : variant["dispatches"]) {
                const Json& resources = dispatch["resources"];
                const bool wave32 = chip.size() == 7;  // gfx1030 and later
                EXPECT_EQ(resources["wave_size"], wave32 ? 32 : 64) << chip;
                EXPECT_GT(resources["vgprs"], 0);
                EXPECT_LE(resources["vgprs"], chip == "gfx90a" || chip == "gfx942" ? 512 : 256);
                EXPECT_GE(resources["sgprs"], 16);
                EXPECT_EQ(int(resources["group_size"]) % int(resources["wave_size"]), 0) << variant;
                EXPECT_GE(resources["waves_per_simd"], 1);
                EXPECT_LE(resources["waves_per_simd"], resources["most_waves_per_simd"]);
                has_lds = has_lds || resources["lds_bytes"] > 0;
                // Reproducible arithmetic depends on these.
                const std::string modes = resources["modes"].dump();
                EXPECT_TRUE(contains(modes, "f32 keeps subnormals")) << modes;
                EXPECT_TRUE(contains(modes, "f32 rounds to nearest even")) << modes;
            }
        }
    EXPECT_EQ(architectures, (std::set<std::string>{"gfx90a", "gfx1100"}));
    EXPECT_TRUE(has_lds);
    EXPECT_TRUE(has_two);
}

TEST_F(AmdgpuInspect, TextShowsRegistersAndOnDemandCodeAndPackets) {
    const std::string summary = run("");
    for (const char* part :
         {"VGPRs, ", "bytes of LDS", "waves per SIMD (limited by ", "descriptor: RSRC1 0x"})
        EXPECT_TRUE(contains(summary, part)) << part;
    EXPECT_FALSE(contains(summary, "s_endpgm"));
    const std::string code = run("--code");
    for (const char* part : {"s_endpgm", "global_store", "prologue:", "DISPATCH_DIRECT",
                             "COMPUTE_PGM_RSRC1 = 0x", "<- kernarg", "epilogue:"})
        EXPECT_TRUE(contains(code, part)) << part;
    EXPECT_FALSE(contains(code, "no instruction"));
}

TEST_F(AmdgpuInspect, ExtractWritesListingCodeAndPackets) {
    const std::string to = folder / "extracted";
    run("--extract " + to);
    for (const Json& kernel : Json::parse(text(to + "/bundle.json"))["bundles"].at(0)["kernels"])
        for (const Json& variant : kernel["variants"]) {
            const std::string name = to + "/" + kernel["name"].get<std::string>() + "/" +
                                     variant["architecture"].get<std::string>() + "-" +
                                     variant["schedule"].get<std::string>();
            const std::string listing = text(name + ".s");
            EXPECT_TRUE(contains(listing, "s_endpgm")) << name;
            EXPECT_TRUE(contains(listing, "waves per SIMD")) << name;
            EXPECT_FALSE(contains(listing, "no instruction")) << name;
            EXPECT_TRUE(contains(text(name + ".pm4"), "dispatch 0:")) << name;
            for (std::size_t d = 0; d < variant["dispatches"].size(); ++d) {
                const std::string number = variant["dispatches"].size() == 1 ? "" : "." + std::to_string(d);
                EXPECT_EQ(std::filesystem::file_size(name + number + ".bin"),
                          variant["dispatches"][d]["code_bytes"].get<std::size_t>());
            }
        }
}

}  // namespace
}  // namespace sporkle::test
