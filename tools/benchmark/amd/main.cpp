// sporkle-bench-amd: what can be known of the code for AMD's GPUs, and of their driver, without a GPU.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <thread>

#include <sporkle/error.hpp>

#include "tools/benchmark/amd/radv.hpp"
#include "tools/benchmark/amd/rows/rows.hpp"
#include "tools/benchmark/amd/subject.hpp"

namespace {

using namespace sporkle::bench;

void write_file(const std::filesystem::path& path, const std::string& text) {
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush())
        throw sporkle::Error(sporkle::ErrorCode::input_output, "cannot write " + path.string());
}

void check_chips(std::vector<std::string>& chips) {
    const std::vector<std::string> known = amd::chips();
    if (chips.empty()) chips = known;
    for (const std::string& chip : chips)
        if (std::find(known.begin(), known.end(), chip) == known.end()) {
            std::string message = "unknown chip '" + chip + "'; known ones are";
            for (const std::string& one : known) message += " " + one;
            throw sporkle::Error(sporkle::ErrorCode::invalid_argument, message);
        }
}

int run_amd(amd::AmdOptions& options, const std::string& groups, const std::string& json) {
    check_chips(options.chips);
    options.program = std::filesystem::read_symlink("/proc/self/exe");
    options.threads = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1u));
    RunInfo info;
    info.machine = this_machine();
    info.versions.emplace_back("Sporkle", SPORKLE_BENCH_VERSION);
    std::vector<Row> rows;
    // Written after each row: what was found is not lost if a later row ends the program.
    const amd::Take take = [&](Row row) {
        rows.push_back(std::move(row));
        if (!json.empty()) write_file(json, to_json(info, rows));
    };
    const std::regex wanted(groups);
    const std::pair<const char*, void (*)(const amd::AmdOptions&, const amd::Take&)> all[] = {
        {"loops", amd::loop_rows},
        {"spills", amd::spill_rows},
        {"transactions", amd::transaction_rows},
        {"matrices", amd::matrix_rows},
        {"submissions", amd::submission_rows},
        {"emulation", amd::emulation_rows}};
    for (const auto& [name, measure] : all)
        if (std::regex_search(name, wanted)) measure(options, take);
    std::cout << to_table(info, rows);
    if (!json.empty()) write_file(json, to_json(info, rows));
    return std::any_of(rows.begin(), rows.end(),
                       [](const Row& row) { return row.outcome == Outcome::failed; });
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app("Looks at code for AMD's GPUs and times their driver, without a GPU.", "sporkle-bench-amd");
    app.require_subcommand(1);

    amd::AmdOptions options;
    std::string json, groups;
    CLI::App* amd_command = app.add_subcommand("amd", "All of it");
    amd_command->add_option("--json", json, "Write all figures to this file, after each row");
    amd_command->add_option("--chip", options.chips, "Only this chip; may be repeated");
    amd_command->add_option(
        "--groups", groups,
        "Only groups that match this regular expression: loops, spills, transactions, matrices, "
        "submissions, emulation");
    amd_command->add_flag("--tiles", options.all_tiles, "The product with every tile, not the first alone");
    amd_command->add_flag("--quick", options.quick, "Few kernels and small sizes, for a test");

    std::string chip, schedule;
    CLI::App* radv = app.add_subcommand("radv", "Print RADV's code for the product (used by amd)");
    radv->add_option("CHIP", chip)->required();
    radv->add_option("SCHEDULE", schedule)->required();

    CLI11_PARSE(app, argc, argv);
    if (radv->parsed()) return amd::print_radv_code(chip, schedule);
    return run_amd(options, groups, json);
} catch (const std::exception& error) {
    std::fprintf(stderr, "sporkle-bench-amd: %s\n", error.what());
    return 1;
}
