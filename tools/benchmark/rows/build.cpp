// What Sporkle costs its user at build time: seconds to compile a file of kernels, megabytes of library.
#include <filesystem>

#include "tools/benchmark/measure/process.hpp"
#include "tools/benchmark/rows/bench.hpp"

namespace sporkle::bench {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> compile_command(const std::string& compiler, const std::string& file,
                                         const std::string& object) {
    std::vector<std::string> command{
        compiler, "-std=c++20", "-O2", "-c", std::string(SPORKLE_BENCH_SOURCES "/") + file, "-o", object};
    const std::string includes = SPORKLE_BENCH_INCLUDES;
    for (std::size_t from = 0; from < includes.size();) {
        const std::size_t to = std::min(includes.find(':', from), includes.size());
        if (to > from) command.push_back("-I" + includes.substr(from, to - from));
        from = to + 1;
    }
    return command;
}

void compile_row(Bench& bench, const std::string& compiler, const std::string& folder) {
    Work work{"build", "compile five kernels, " + compiler, 1, Unit::seconds(), {},
              {},      Bar{Bar::Kind::at_most, 2}};
    if (!bench.wants(work.name)) return;
    if (!program_exists(compiler)) return bench.note(work.name + ": " + compiler + " is not installed");
    const auto compiling = [&](const std::string& name, const std::string& file) {
        return contender(name, [command = compile_command(compiler, file, folder + "/object.o")] {
            if (run_process(command).status != 0)
                throw Error(ErrorCode::input_output, command.front() + " failed on " + command[4]);
        });
    };
    Contenders contenders{compiling("Sporkle", "compiled/five_kernels.cpp")};
#ifdef SPORKLE_BENCH_EIGEN
    contenders.push_back(compiling("one Eigen product", "compiled/eigen_product.cpp"));
#endif
    bench.measure_row(work, contenders);
}

double stripped_megabytes(const std::string& library, const std::string& folder) {
    const std::string copy = folder + "/stripped";
    if (run_process({"strip", "--strip-unneeded", "-o", copy, library}).status != 0)
        throw Error(ErrorCode::input_output, "strip failed on " + library);
    return double(fs::file_size(copy)) / 1e6;
}

void size_row(Bench& bench, const std::string& folder) {
    const std::string name = "runtime library, stripped";
    if (!bench.wants(name)) return;
    Measurement measurement;
    const auto add = [&](const std::string& who, const std::string& library) {
        Timing timing;
        timing.name = who;
        timing.seconds = summarise({stripped_megabytes(library, folder)});
        timing.round_times[0] = timing.seconds.median;
        measurement.timings.push_back(timing);
    };
    // A static library is weighed as the shared one that it would be: an archive carries much that no program
    // loads.
    std::string runtime = SPORKLE_BENCH_RUNTIME;
    if (runtime.ends_with(".a")) {
        const std::string shared = folder + "/runtime.so";
        if (run_process(
                {"c++", "-shared", "-o", shared, "-Wl,--whole-archive", runtime, "-Wl,--no-whole-archive"})
                .status != 0)
            throw Error(ErrorCode::input_output, "linking " + runtime + " as a shared library failed");
        runtime = shared;
    }
    add("Sporkle", runtime);
    constexpr const char* peers[][2] = {SPORKLE_BENCH_PEER_LIBRARIES};
    for (const auto& [who, library] : peers)
        if (who != nullptr) add(who, library);
    Row row = make_row("build", name, 1, Unit::megabytes(), "", measurement);
    row.bar = Bar{Bar::Kind::at_most, 1};
    bench.add(std::move(row));
}

}  // namespace

void build_rows(Bench& bench) {
    std::string folder = (fs::temp_directory_path() / "sporkle-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr)
        throw Error(ErrorCode::input_output, "no temporary folder " + folder);
    compile_row(bench, "g++", folder);
    compile_row(bench, "clang++-19", folder);
    size_row(bench, folder);
    fs::remove_all(folder);
}

}  // namespace sporkle::bench
