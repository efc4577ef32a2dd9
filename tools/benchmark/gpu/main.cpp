// sporkle-bench-gpu: measures Sporkle on a GPU against NVIDIA's libraries and the device's own limits. A
// program of its own, because it travels: it needs no other library than the C library, and finds the driver
// and the peers on the machine where it runs.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "tools/benchmark/gpu/rows/gpu_bench.hpp"
#include "tools/benchmark/gpu/rows/start.hpp"
#include "tools/benchmark/measure/process.hpp"

namespace {

using namespace sporkle::bench;

/// Where NVIDIA's libraries may lie beside the system's folders: what the user says, then Python's packages.
std::vector<std::string> peer_folders(const std::vector<std::string>& given) {
    std::vector<std::string> folders = given;
    if (const char* more = std::getenv("SPORKLE_BENCH_PEER_PATH"))
        for (std::string& folder : split_path(more)) folders.push_back(std::move(folder));
    std::vector<std::string> sites = folders;  // a site-packages folder may be given, too
    if (program_exists("python3")) {
        const ProcessResult python = run_process(
            {"python3", "-c", "import sysconfig; print(sysconfig.get_paths()['platlib'], end='')"});
        if (python.status == 0) sites.push_back(python.output);
    }
    for (std::string& folder : library_folders_of_python(sites)) folders.push_back(std::move(folder));
    folders.insert(folders.end(),
                   {"/usr/local/cuda/lib64", "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib"});
    std::erase_if(folders, [](const std::string& folder) { return !std::filesystem::is_directory(folder); });
    return folders;
}

/// NVIDIA's libraries load parts of themselves by name, and the dynamic linker reads its path only when a
/// program starts: so this one starts again, with the path that they need. f32 means f32: no library may use
/// TF32 in its place.
void start_with_environment(const std::vector<std::string>& folders, char** argv) {
    if (std::getenv("SPORKLE_BENCH_CLEAN") != nullptr) return;
    setenv("SPORKLE_BENCH_CLEAN", "1", 1);
    setenv("NVIDIA_TF32_OVERRIDE", "0", 1);
    for (const char* name : {"CUBLAS_EMULATE_SINGLE_PRECISION", "SPORKLE_MODE", "SPORKLE_WISDOM"})
        unsetenv(name);
    std::string path;
    for (const std::string& folder : folders) path += folder + ":";
    if (const char* old = std::getenv("LD_LIBRARY_PATH")) path += old;
    if (!path.empty()) setenv("LD_LIBRARY_PATH", path.c_str(), 1);
    execv("/proc/self/exe", argv);
    std::perror("sporkle-bench-gpu: cannot start again with another environment");
    std::exit(1);
}

void write_file(const std::filesystem::path& path, const std::string& text) {
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush())
        throw sporkle::Error(sporkle::ErrorCode::input_output, "cannot write " + path.string());
}

std::regex regex_from(const std::string& text, const char* option) {
    try {
        return std::regex(text, std::regex::icase);
    } catch (const std::regex_error& error) {
        throw sporkle::Error(
            sporkle::ErrorCode::invalid_argument,
            std::string(option) + " is '" + text + "', which is no regular expression: " + error.what());
    }
}

int run_gpu(GpuOptions options, const std::string& json, const std::string& wanted) {
    // Written after each row: what was measured is not lost if a later row ends the program.
    GpuBench* running = nullptr;
    if (!json.empty())
        options.after_row = [&] { write_file(json, to_json(running->info(), running->rows())); };
    GpuBench bench(std::move(options));
    running = &bench;
    gpu_gemm_rows(bench);
    gpu_memory_rows(bench);
    gpu_conv_rows(bench);
    gpu_launch_rows(bench);
    gpu_start_rows(bench);
    gpu_shape_rows(bench);
    if (bench.rows().empty())
        throw sporkle::Error(sporkle::ErrorCode::invalid_argument,
                             "no row has a name that matches --rows '" + wanted + "'");
    std::cout << to_table(bench.info(), bench.rows());
    if (!json.empty()) write_file(json, to_json(bench.info(), bench.rows()));
    return bench.failed() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app("Measures Sporkle on a GPU against NVIDIA's libraries and the device's own limits.",
                 "sporkle-bench-gpu");
    app.require_subcommand(1);

    GpuOptions options;
    std::string json, rows, variants;
    std::vector<std::string> peers;
    options.loaders = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 16u));
    CLI::App* gpu = app.add_subcommand("gpu", "Everything that runs on a GPU");
    gpu->add_option("--json", json, "Write all figures to this file, after each row");
    gpu->add_option("--device", options.device, "Device to measure (default: the first that is no CPU)");
    gpu->add_option("--rows", rows, "Measure only rows whose name matches this regular expression");
    gpu->add_option("--variant", variants,
                    "Choose only among variants whose schedule's name matches this regular expression");
    gpu->add_flag("--variants", options.list_variants, "Check every variant and print its time");
    gpu->add_flag("--quick", options.quick, "Small sizes, for a test of everything but the figures");
    gpu->add_option("--rounds", options.rounds, "Rounds per row")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    gpu->add_option("--seconds", options.seconds, "Begin no row later than this")
        ->check(CLI::NonNegativeNumber);
    gpu->add_option("--loaders", options.loaders, "Threads that make variants ready")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    gpu->add_option("--peer-path", peers,
                    "Folder with NVIDIA's libraries, or a site-packages folder of Python (also "
                    "$SPORKLE_BENCH_PEER_PATH; python3's own is found)");

    std::string started;
    CLI::App* start =
        app.add_subcommand("start", "Time how long this process takes to make kernels ready (used by gpu)");
    start->add_option("--device", started, "Device")->required();

    CLI11_PARSE(app, argc, argv);
    if (start->parsed()) return gpu_start_once(started);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // what is printed is not lost if a later row ends the program
    options.peer_folders = peer_folders(peers);
    start_with_environment(options.peer_folders, argv);
    if (!rows.empty()) options.rows = regex_from(rows, "--rows");
    options.variants = regex_from(variants, "--variant");
    return run_gpu(std::move(options), json, rows);
} catch (const std::exception& error) {
    std::fprintf(stderr, "sporkle-bench-gpu: %s\n", error.what());
    return 1;
}
