// A bundle survives every linker's way unchanged, and makes itself known to a runtime where there is one.
#include <gtest/gtest.h>

#include "codegen/bundle/writer.hpp"
#include "runtime/bundle/elf.hpp"
#include "runtime/bundle/file.hpp"
#include "runtime/bundle/format.hpp"
#include "runtime/bundle/reader.hpp"
#include "tests/bundle_writer/folder.hpp"
#include "tests/bundle_writer/sample.hpp"

namespace sporkle::test {
namespace {

const std::string compiler = SPORKLE_TEST_COMPILER;

class Linking : public testing::Test {
  protected:
    Linking() {
        const std::vector<codegen::CompiledKernel> first{compiled_doubling("twice"), foreign_kernel("minus")};
        const std::vector<codegen::CompiledKernel> second{compiled_doubling("double")};
        folder_.write("first.o", codegen::write_bundle("first", first));
        folder_.write("second.o", codegen::write_bundle("second", second));
    }

    void expect_run(const std::string& command) {
        const Folder::Result result = folder_.run(command);
        ASSERT_EQ(result.status, 0) << command << "\n" << result.output;
        EXPECT_EQ(result.output, "") << command;
    }

    std::string contents(const std::string& file, std::string_view section) {
        const bundle::File loaded = bundle::load_file(folder_.path(file), file);
        const auto found = bundle::find_sections(loaded.bytes, {&section, 1}, file);
        if (found.empty()) return "absent";
        return {reinterpret_cast<const char*>(found[0].bytes.data()), found[0].bytes.size()};
    }

    void expect_same_sections(const std::string& file) {
        for (const char* section : {bundle::manifest_section, bundle::code_section, bundle::data_section}) {
            EXPECT_NE(contents("first.o", section), "absent");
            EXPECT_EQ(contents(file, section), contents("first.o", section)) << section << " of " << file;
        }
        EXPECT_EQ(bundle::read_file(folder_.path(file)).size(), 1u);
    }

    Folder folder_;
};

TEST_F(Linking, LeavesSectionsAsTheyAre) {
    expect_run("ld -r first.o -o relinked.o");
    expect_same_sections("relinked.o");
    expect_run(compiler + " -shared -nostdlib first.o -o shared.so");
    expect_same_sections("shared.so");
    expect_run("strip -g first.o -o stripped.o");
    expect_same_sections("stripped.o");
    folder_.write("main.cpp", std::string("int main() {}\n"));
    for (const std::string option :
         {"", "-static", "-static-pie", "-no-pie", "-Wl,--gc-sections", "-Wl,-z,now"}) {
        expect_run(compiler + " " + option + " main.cpp first.o -o program");
        expect_same_sections("program");
        expect_run("./program");
    }
}

TEST_F(Linking, JoinsSeveralBundles) {
    expect_run("ld -r first.o second.o -o both.o");
    expect_run(compiler + " -shared -nostdlib first.o second.o -o both.so");
    for (const std::string file : {"both.o", "both.so"}) {
        const auto bundles = bundle::read_file(folder_.path(file));
        ASSERT_EQ(bundles.size(), 2u);
        EXPECT_EQ(bundles[0].kernels.at(0).name(), "twice");
        EXPECT_EQ(bundles[1].kernels.at(0).name(), "double");
    }
}

/// Stands for the runtime: counts bundles as they come, and looks at each from within the process.
const std::string small_runtime = R"(
#include <cstdint>
#include <cstdio>
struct Anchor { const std::uint64_t *header, *code, *data; };
static int live = 0, seen = 0;
extern "C" void sporkle_register_bundle(const Anchor* anchor) {
    ++live;
    ++seen;
    const std::uint64_t magic = 0x314c444e424b5053u;
    if (anchor->header[0] != magic || anchor->code[0] != magic || anchor->code[1] != 1) live = -100;
    if (anchor->data != nullptr && (anchor->data[0] != magic || anchor->data[1] != 2)) live = -100;
}
extern "C" void sporkle_unregister_bundle(const Anchor*) {
    if (--live == 0) std::puts("all gone");
}
int main() {
    std::printf("%d bundles\n", live);
}
)";

TEST_F(Linking, RegistersWithTheRuntimeOfTheProgram) {
    folder_.write("main.cpp", small_runtime);
    for (const std::string option : {"", "-static", "-static-pie", "-no-pie", "-Wl,--gc-sections"}) {
        expect_run(compiler + " " + option + " main.cpp first.o second.o -o program");
        const Folder::Result result = folder_.run("./program");
        EXPECT_EQ(result.output, "2 bundles\nall gone\n") << option;
    }
    // A shared library finds the runtime of the program that loads it.
    expect_run(compiler + " -shared -nostdlib first.o -o libfirst.so");
    expect_run(compiler + " main.cpp second.o -Wl,--no-as-needed ./libfirst.so -o program");
    EXPECT_EQ(folder_.run("./program").output, "2 bundles\nall gone\n");
}

TEST_F(Linking, AnArchiveYieldsItsBundleByName) {
    folder_.write("main.cpp", small_runtime);
    expect_run("ar rcs libbundles.a first.o second.o");
    expect_run(compiler + " main.cpp -Wl,-u,sporkle_bundle_second libbundles.a -o program");
    EXPECT_EQ(folder_.run("./program").output, "1 bundles\nall gone\n");
}

TEST_F(Linking, DisassemblyNamesFunctions) {
    const std::string listing = folder_.run("objdump -d -j sporkle_code first.o").output;
    for (const char* name : {"<doubling.map-8.x86-64-v2>:", "<doubling.map-8.x86-64-v3>:",
                             "<doubling.map-4.x86-64-v3>:", "vzeroupper"})
        EXPECT_NE(listing.find(name), std::string::npos) << listing;
    EXPECT_EQ(listing.find("(bad)"), std::string::npos) << "constants were taken for instructions";
    const std::string stack = folder_.run("readelf -SW first.o").output;
    EXPECT_NE(stack.find(".note.GNU-stack"), std::string::npos);
    const std::string relocations = folder_.run("readelf -rW first.o").output;
    EXPECT_EQ(relocations.find("sporkle_code'"), std::string::npos) << relocations;
}

}  // namespace
}  // namespace sporkle::test
