// The user's command, run as a user runs it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

using Json = nlohmann::json;

struct Ended {
    int code = -1;
    std::string output, errors;
};

class Command : public ::testing::Test {
  protected:
    Ended run(const std::string& words) {
        const std::string line =
            std::string(SPORKLE_COMMAND) + " " + words + " > " + (folder / "out") + " 2> " + (folder / "err");
        const int status = std::system(line.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text(folder / "out"), text(folder / "err")};
    }
    static std::string text(const std::string& path) {
        std::ifstream file(path);
        std::stringstream all;
        all << file.rdbuf();
        return all.str();
    }
    TemporaryFolder folder;
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(Command, DevicesListsTheCpu) {
    const Ended people = run("devices");
    EXPECT_EQ(people.code, 0);
    EXPECT_TRUE(contains(people.output, "cpu: ")) << people.output;
    EXPECT_TRUE(contains(people.output, "subnormals are kept: yes")) << people.output;
    const Ended program = run("devices --json");
    EXPECT_EQ(program.code, 0);
    const Json devices = Json::parse(program.output)["devices"];
    ASSERT_GE(devices.size(), 1u);
    EXPECT_EQ(devices[0]["name"], "cpu");
    EXPECT_EQ(devices[0]["arithmetic"]["division_rounds"], true);
    const Context ctx(plain_options());
    EXPECT_EQ(devices[0]["architectures"], Json(ctx.devices()[0].architectures));
    EXPECT_TRUE(program.errors.empty());
}

TEST_F(Command, DevicesListsOnlyWhatIsWantedAndWhatIsAbsent) {
    ::setenv("SPORKLE_DEVICES", "cpu", 1);
    const Json only = Json::parse(run("devices --json").output);
    EXPECT_EQ(only["devices"].size(), 1u);
    for (const Json& absence : only["absences"])
        EXPECT_TRUE(contains(absence.get<std::string>(), "left out")) << absence;
    ::setenv("SPORKLE_DEVICES", "cpu,flying:3", 1);
    const Ended unknown = run("devices");
    ::unsetenv("SPORKLE_DEVICES");
    EXPECT_EQ(unknown.code, 1);
    EXPECT_TRUE(contains(unknown.errors, "'flying:3'")) << unknown.errors;
}

TEST_F(Command, InspectShowsWhatIsInABundle) {
    const Ended people = run("inspect " + bundle_path());
    EXPECT_EQ(people.code, 0);
    for (const char* part :
         {"kernel saxpy (reproducible)", "x86-64-v3/", "requires: ", "grid ceil(", "schedule: "})
        EXPECT_TRUE(contains(people.output, part)) << part;
    const Ended program = run("inspect --json " + bundle_path());
    EXPECT_EQ(program.code, 0);
    const Json bundle = Json::parse(program.output)["bundles"].at(0);
    ASSERT_EQ(bundle["kernels"].size(), 8u);
    const auto found = std::find_if(bundle["kernels"].begin(), bundle["kernels"].end(),
                                    [](const Json& kernel) { return kernel["name"] == "saxpy"; });
    ASSERT_NE(found, bundle["kernels"].end());
    const Json& saxpy = *found;
    EXPECT_EQ(saxpy["arguments"].size(), 4u);
    EXPECT_EQ(saxpy["arguments"][0]["role"], "scalar");
    EXPECT_EQ(saxpy["arguments"][3]["role"], "output");
    for (const Json& variant : saxpy["variants"]) {
        EXPECT_GT(variant["code_bytes"], 0);
        EXPECT_EQ(variant["dispatches"][0]["grid"].size(), 3u);
    }
    const Ended two = run(std::string("inspect --json ") + SPORKLE_TEST_TWO_BUNDLES);
    EXPECT_EQ(Json::parse(two.output)["bundles"].size(), 2u);
}

TEST_F(Command, InspectExtractsEverything) {
    const std::string to = folder / "deep/extracted";
    const Ended ended = run("inspect " + bundle_path() + " --extract " + to);
    ASSERT_EQ(ended.code, 0) << ended.errors;
    const Json bundle = Json::parse(text(to + "/bundle.json"))["bundles"].at(0);
    for (const Json& kernel : bundle["kernels"]) {
        const std::string own = to + "/" + kernel["name"].get<std::string>();
        EXPECT_TRUE(contains(text(own + "/program.txt"), "kernel " + kernel["name"].get<std::string>()));
        EXPECT_EQ(std::filesystem::file_size(own + "/program.bin"), sizeof(Program));
        for (const Json& variant : kernel["variants"]) {
            const std::string name = own + "/" + variant["architecture"].get<std::string>() + "-" +
                                     variant["schedule"].get<std::string>();
            const bool is_spirv = variant["architecture"] == "spirv";
            const std::string listing = text(name + (is_spirv ? ".spvasm" : ".s"));
            EXPECT_TRUE(contains(listing, is_spirv ? "OpReturn" : "ret")) << variant;
            if (is_spirv) {
                const bool is_one = variant["dispatches"].size() == 1;
                const std::string module = text(name + (is_one ? ".spv" : ".0.spv"));
                EXPECT_EQ(module.substr(0, 4), "\x03\x02\x23\x07") << variant;
            }
            EXPECT_FALSE(contains(listing, "no instruction")) << variant;
            EXPECT_TRUE(contains(listing, variant["schedule_text"].get<std::string>()));
        }
    }
    std::size_t blob = 0;
    for (const Json& described : bundle["blobs"]) {
        const std::string file = to + "/blobs/" + std::to_string(blob++) + "-" +
                                 described["architecture"].get<std::string>() + ".bin";
        EXPECT_EQ(std::filesystem::file_size(file), described["bytes"].get<std::size_t>());
    }
    // Widths are what the architecture has: 512-bit registers in v4 code only.
    EXPECT_TRUE(contains(
        text(to + "/product/x86-64-v4-strided.s") + text(to + "/saxpy/x86-64-v4-linear-v512.s"), "zmm"));
    for (const auto& file : std::filesystem::recursive_directory_iterator(to))
        if (contains(file.path().filename().string(), "x86-64-v3") && file.path().extension() == ".s") {
            EXPECT_FALSE(contains(text(file.path().string()), "zmm")) << file;
        }
    EXPECT_EQ(run("inspect " + bundle_path() + " --extract /proc/nowhere").code, 1);
}

TEST_F(Command, TuneFillsWisdomThatListShowsAndClearForgets) {
    const std::string wisdom = folder / "wisdom.sqlite";
    const std::string tune =
        "tune " + bundle_path() + " --threads 1 --wisdom " + wisdom + " --kernel product ";
    const Ended tuned = run(tune + "--tensor A=8x12 --tensor B=12x16 --tensor C=8x16");
    ASSERT_EQ(tuned.code, 0) << tuned.errors;
    EXPECT_TRUE(contains(tuned.output, "searched") && contains(tuned.output, "* x86-64-")) << tuned.output;
    const Ended listed = run("wisdom list --json --file " + wisdom);
    ASSERT_EQ(listed.code, 0) << listed.errors;
    const Json known = Json::parse(listed.output);
    ASSERT_EQ(known["workloads"].size(), 1u);
    EXPECT_EQ(known["workloads"][0]["kernel"], "product");
    EXPECT_EQ(known["workloads"][0]["exhaustive"], true);
    EXPECT_GT(known["workloads"][0]["timings"], 0);
    EXPECT_TRUE(contains(run("wisdom list --file " + wisdom).output, "product for A f32[8,12]"));
    EXPECT_EQ(run("wisdom --file " + wisdom).output, run("wisdom list --file " + wisdom).output);
    EXPECT_FALSE(contains(run("wisdom --kernel other --file " + wisdom).output, "product"));
    EXPECT_TRUE(contains(run("wisdom clear --file " + wisdom).output, "forgot 1 workloads"));
    EXPECT_TRUE(Json::parse(run("wisdom list --json --file " + wisdom).output)["workloads"].empty());
    const Ended named = run(tune + "--device cpu --tensor A=8x12 --tensor B=12x16 --tensor C=8x16");
    EXPECT_EQ(named.code, 0) << named.errors;
    EXPECT_TRUE(contains(named.output, "searched")) << named.output;
    const Ended nowhere = run(tune + "--device moon:0 --tensor A=8x12 --tensor B=12x16 --tensor C=8x16");
    EXPECT_EQ(nowhere.code, 1);
    EXPECT_TRUE(contains(nowhere.errors, "'moon:0'") && contains(nowhere.errors, "cpu")) << nowhere.errors;
    // What is wrong is named.
    const Ended missing = run(tune + "--tensor A=8x12 --tensor B=12x16");
    EXPECT_EQ(missing.code, 2);
    EXPECT_TRUE(contains(missing.errors, "'C'")) << missing.errors;
    const Ended disagreeing = run(tune + "--tensor A=8x12 --tensor B=13x16 --tensor C=8x16");
    EXPECT_EQ(disagreeing.code, 1);
    EXPECT_TRUE(contains(disagreeing.errors, "13") && contains(disagreeing.errors, "12"))
        << disagreeing.errors;
    EXPECT_EQ(run(tune + "--tensor A=8xy").code, 2);
    EXPECT_EQ(run(tune + "--tensor A=8x12 --tensor B=12x16 --tensor C=8x16 --tensor D=1").code, 2);
    const Ended twice = run(tune + "--tensor A=8x12 --tensor A=9x12");
    EXPECT_EQ(twice.code, 2);
    EXPECT_TRUE(contains(twice.errors, "'A' is given twice: 8x12 and 9x12")) << twice.errors;
    const Ended misspelt = run(tune + "--tensor a=8x12");
    EXPECT_EQ(misspelt.code, 2);
    EXPECT_TRUE(contains(misspelt.errors, "no tensor 'a'; it has: A B C")) << misspelt.errors;
    const Ended unknown = run("tune " + bundle_path() + " --kernel nothing");
    EXPECT_EQ(unknown.code, 1);
    EXPECT_TRUE(contains(unknown.errors, "'nothing'") && contains(unknown.errors, "saxpy")) << unknown.errors;
}

TEST_F(Command, WrongWordsAreUsageErrors) {
    for (const char* words :
         {"", "dance", "inspect", "devices --yaml", "wisdom dance", "tune x.o", "inspect a b"}) {
        const Ended ended = run(words);
        EXPECT_EQ(ended.code, 2) << words;
        EXPECT_TRUE(contains(ended.errors, "sporkle: ")) << ended.errors;
        EXPECT_TRUE(ended.output.empty()) << ended.output;
    }
    const Ended dance = run("dance");
    EXPECT_TRUE(contains(dance.errors, "no command 'dance'; there are devices inspect tune")) << dance.errors;
    EXPECT_EQ(run("inspect " + bundle_path() + " --extract ''").code, 2);
    EXPECT_EQ(run("--help").code, 0);
    EXPECT_TRUE(contains(run("inspect --help").output, "--extract"));
    EXPECT_TRUE(contains(run("--version").output, "sporkle "));
}

TEST_F(Command, UnusableBundlesAreFailures) {
    const Ended missing = run("inspect /nowhere/at.all");
    EXPECT_EQ(missing.code, 1);
    EXPECT_TRUE(contains(missing.errors, "/nowhere/at.all") && contains(missing.errors, "No such file"))
        << missing.errors;
    std::vector<std::byte> bytes = read_bytes_of(bundle_path());
    bytes.resize(bytes.size() / 2);
    write_bytes_to(folder / "half.o", bytes);
    const Ended half = run("inspect " + (folder / "half.o"));
    EXPECT_EQ(half.code, 1);
    EXPECT_TRUE(contains(half.errors, "half.o") && contains(half.errors, "truncated")) << half.errors;
    EXPECT_TRUE(half.output.empty());
}

}  // namespace
}  // namespace sporkle::test
