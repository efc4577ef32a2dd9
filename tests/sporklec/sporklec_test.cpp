// sporklec as its users meet it: options, messages, exit codes, and what it writes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "runtime/bundle/reader.hpp"
#include "tests/bundle_writer/folder.hpp"

namespace sporkle::test {
namespace {

const std::string compiler = SPORKLE_TEST_COMPILER, sporklec = SPORKLE_TEST_SPORKLEC,
                  kernels = SPORKLE_TEST_KERNELS;

class Sporklec : public testing::Test {
  protected:
    Folder::Result run(const std::string& arguments) { return folder_.run(sporklec + " " + arguments); }

    void expect_success(const std::string& arguments) {
        const Folder::Result result = run(arguments);
        EXPECT_EQ(result.status, 0) << arguments << "\n" << result.output;
    }

    void expect_failure(int status, const std::string& arguments, const std::string& message) {
        const Folder::Result result = run(arguments);
        EXPECT_EQ(result.status, status) << arguments << "\n" << result.output;
        EXPECT_NE(result.output.find(message), std::string::npos) << arguments << "\n" << result.output;
        EXPECT_EQ(result.output.rfind("sporklec: ", 0), 0u) << result.output;
    }

    std::string read(const std::string& file) {
        std::ifstream stream(folder_.path(file), std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    Folder folder_;
};

TEST_F(Sporklec, BundlesEveryKernelForEveryTarget) {
    expect_success(kernels + " -o bundle.o --target x86-64-v2 --target=x86-64-v4");
    const auto bundles = bundle::read_file(folder_.path("bundle.o"));
    ASSERT_EQ(bundles.size(), 1u);
    ASSERT_EQ(bundles[0].kernels.size(), 3u);
    EXPECT_EQ(bundles[0].kernels[0].name(), "product");
    EXPECT_EQ(bundles[0].kernels[1].name(), "rows");
    EXPECT_EQ(bundles[0].kernels[2].name(), "twice");
    for (const bundle::Kernel& kernel : bundles[0].kernels) {
        std::set<std::string> architectures;
        std::set<std::string> schedules;
        for (const bundle::Variant& variant : kernel.variants) {
            architectures.insert(variant.architecture);
            EXPECT_TRUE(schedules.insert(variant.architecture + variant.schedule).second) << variant.schedule;
        }
        EXPECT_EQ(architectures, (std::set<std::string>{"x86-64-v2", "x86-64-v4"}));
    }
}

TEST_F(Sporklec, WritesTheSameBytesWhateverTheThreads) {
    expect_success(kernels + " -o one.o --name same --kernel rows -j 1");
    expect_success(kernels + " -o many.o --name same --kernel rows -j 7");
    EXPECT_EQ(read("one.o"), read("many.o"));
    EXPECT_FALSE(read("one.o").empty());
}

TEST_F(Sporklec, TakesTheSameKernelFromTwoFilesOnce) {
    std::filesystem::copy_file(kernels, folder_.path("copy.o"));
    expect_success(kernels + " copy.o -o bundle.o --target x86-64-v3 --kernel twice");
    EXPECT_EQ(bundle::read_file(folder_.path("bundle.o")).at(0).kernels.size(), 1u);
}

TEST_F(Sporklec, NamesTheBundleAfterItsFileUnlessTold) {
    expect_success(kernels + " -o my-kernels.bundle.o --target x86-64-v3 --kernel twice");
    EXPECT_NE(folder_.run("nm my-kernels.bundle.o").output.find(" sporkle_bundle_my_kernels\n"),
              std::string::npos);
    expect_success(kernels + " -o b.o --name other --target x86-64-v3 --kernel twice");
    EXPECT_NE(folder_.run("nm b.o").output.find(" sporkle_bundle_other\n"), std::string::npos);
    expect_failure(1, kernels + " -o b.o --name 3d --target x86-64-v3 --kernel twice", "the name '3d'");
}

TEST_F(Sporklec, PrintsEveryStage) {
    const auto expect_text = [&](const std::string& options, const std::string& part) {
        const Folder::Result result = run(kernels + " --kernel twice " + options);
        EXPECT_EQ(result.status, 0) << result.output;
        EXPECT_NE(result.output.find(part), std::string::npos) << options << "\n" << result.output;
    };
    expect_text("--emit=program", "y(i) = x(i) + x(i)");
    expect_text("--emit=schedule", "kernel twice for x86-64-v4\n");
    expect_text("--emit tile --target x86-64-v3", "load");
    expect_text("--emit=llvm --target x86-64-v3", "fadd <8 x float>");
    expect_text("--emit=asm --target x86-64-v4 --schedule strided", "vaddps");
    expect_success(kernels + " --emit=asm -o text.s --target x86-64-v2 --kernel twice");
    EXPECT_NE(read("text.s").find("addps"), std::string::npos);
}

TEST_F(Sporklec, WritesSpirvModulesAsFiles) {
    if (run(kernels + " --emit=schedule --target spirv --kernel twice").status != 0)
        GTEST_SKIP() << "this sporklec has no target spirv";
    expect_success(kernels + " --emit=spv --target spirv -o modules --kernel twice");
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path("modules"))) {
        EXPECT_EQ(file.path().extension(), ".spv");
        EXPECT_EQ(read("modules/" + file.path().filename().string()).substr(0, 4), "\x03\x02\x23\x07");
        ++files;
    }
    EXPECT_GE(files, 1u);
    expect_failure(2, kernels + " --emit=spv", "give -o FOLDER");
}

TEST_F(Sporklec, PinsASchedule) {
    expect_success(kernels + " -o bundle.o --kernel twice --schedule strided");
    const auto bundles = bundle::read_file(folder_.path("bundle.o"));
    for (const bundle::Variant& v : bundles.at(0).kernels.at(0).variants) EXPECT_EQ(v.schedule, "strided");
    expect_failure(1, kernels + " -o bundle.o --kernel twice --schedule fastest",
                   "no schedule 'fastest'; the kernels have ");
}

TEST_F(Sporklec, ExplainsWrongUsage) {
    expect_failure(2, "", "INPUT is required");
    expect_failure(2, kernels, "no output");
    expect_failure(2, kernels + " -o b.o --target pdp-11", "unknown target 'pdp-11'; this sporklec knows ");
    expect_failure(2, kernels + " -o b.o --target pdp-11", "x86 (x86-64-v2 x86-64-v3 x86-64-v4)");
    expect_failure(2, kernels + " --emit=magic",
                   "unknown stage 'magic'; known ones are program schedule tile");
    expect_failure(2, kernels + " -o b.o --frobnicate", "--frobnicate");
    expect_failure(2, kernels + " --emit=llvm --target spirv", "--emit=llvm shows code for");
    expect_failure(2, kernels + " --emit=spv -o b --target x86-64-v3",
                   "--emit=spv shows code for spirv, but --target gives x86-64-v3");
    expect_failure(1, kernels + " --emit=spv -o b --target spirv-matrix",
                   "--emit=spv has nothing to show: the kernels have no variants for spirv-matrix");
    expect_failure(1, kernels + " --emit=tile --target spirv-matrix", "no variants for spirv-matrix");
    expect_failure(2, kernels + " -o b.o -j 0", "jobs");
    EXPECT_EQ(run("--help").status, 0);
    EXPECT_EQ(run("--version").status, 0);
}

TEST_F(Sporklec, ExplainsBadInputs) {
    expect_failure(1, "absent.o -o b.o", "'absent.o' cannot be read");
    folder_.write("text.o", std::string("not an object file"));
    expect_failure(1, "text.o -o b.o", "'text.o' is no object file");
    folder_.write("plain.cpp", std::string("int main() {}\n"));
    ASSERT_EQ(folder_.run(compiler + " -c plain.cpp -o plain.o").status, 0);
    expect_failure(1, "plain.o -o b.o", "'plain.o' exports no kernels");
    expect_failure(1, kernels + " -o b.o --kernel triple",
                   "no kernel 'triple'; the inputs export product rows twice");
    expect_failure(1, kernels + " --kernel twice --target x86-64-v3 -o absent/b.o",
                   "'absent/b.o' cannot be written");
    EXPECT_EQ(folder_.run("ls").output.find("b.o"), std::string::npos) << "a failed run left a file behind";
}

TEST_F(Sporklec, SurvivesDamagedObjects) {
    std::string bytes;
    {
        std::ifstream stream(kernels, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(stream), {});
    }
    const std::size_t lengths[] = {1, 63, 64, 1000, bytes.size() / 2, bytes.size() - 1};
    for (const std::size_t length : lengths) {
        folder_.write("cut.o", bytes.substr(0, length));
        expect_failure(1, "cut.o --emit=program", "'cut.o'");
    }
    // A record of another version of Sporkle, and one that breaks a rule of Programs.
    const std::size_t record = bytes.find("SPKPROG1");
    ASSERT_NE(record, std::string::npos);
    std::string other = bytes;
    other[record + 8] = 77;
    folder_.write("other.o", other);
    expect_failure(1, "other.o --emit=program", "another version of Sporkle");
    other = bytes;
    other[record + 64] = static_cast<char>(0xff);
    other[record + 65] = static_cast<char>(0xff);
    folder_.write("broken.o", other);
    const Folder::Result result = run("broken.o --emit=program");
    EXPECT_LE(result.status, 1) << result.output;
}

}  // namespace
}  // namespace sporkle::test
