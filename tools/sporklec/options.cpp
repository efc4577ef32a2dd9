#include "tools/sporklec/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "tools/sporklec/modules.hpp"

namespace sporkle::compiler {
namespace {

/// "x86 (x86-64-v2 x86-64-v3 x86-64-v4)", all targets of this build.
std::string known_targets() {
    std::string text;
    for (const auto& target : codegen::emit_targets()) {
        if (!text.empty()) text += ", ";
        text += target->name() + " (";
        std::string separator;
        for (const std::string& architecture : target->architectures()) {
            text += separator + architecture;
            separator = " ";
        }
        text += ")";
    }
    return text;
}

std::vector<std::string> known_stages() {
    std::vector<std::string> stages{"program", "schedule", "tile"};
    for (const auto& target : codegen::emit_targets())
        for (const std::string& stage : target->stages())
            if (std::find(stages.begin(), stages.end(), stage) == stages.end()) stages.push_back(stage);
    stages.emplace_back(modules_stage);
    return stages;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

/// Adds what a word of --target stands for: one architecture, or all of a target.
void add_destinations(const std::string& word, std::vector<Destination>& destinations) {
    bool known = false;
    for (const auto& target : codegen::emit_targets())
        for (const std::string& architecture : target->architectures()) {
            if (word != architecture && word != target->name()) continue;
            known = true;
            const auto same = [&](const Destination& d) { return d.architecture == architecture; };
            if (std::none_of(destinations.begin(), destinations.end(), same))
                destinations.push_back({target.get(), architecture});
        }
    if (!known) throw UsageError("unknown target '" + word + "'; this sporklec knows " + known_targets());
}

/// A C identifier from a file's name: "out/my-kernels.o" → "my_kernels".
std::string name_from(const std::string& path) {
    std::string name = std::filesystem::path(path).filename().string();
    name = name.substr(0, name.find('.'));
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) name.insert(0, "_");
    return name;
}

/// A stage may be of some targets only: then one of these must be wanted.
void check_stage(const Options& options) {
    std::string makers, wanted;
    for (const auto& target : codegen::emit_targets()) {
        const auto stages = target->stages();
        const bool makes = options.stage == modules_stage
                               ? target->name() == "spirv"
                               : std::find(stages.begin(), stages.end(), options.stage) != stages.end();
        if (makes) makers += " " + target->name();
    }
    if (makers.empty()) return;  // of every target
    for (const Destination& destination : options.destinations) {
        if ((makers + " ").find(" " + destination.target->name() + " ") != std::string::npos) return;
        wanted += " " + destination.architecture;
    }
    throw UsageError("--emit=" + options.stage + " shows code for" + makers + ", but --target gives" +
                     wanted);
}

void check(const Options& options) {
    const auto stages = known_stages();
    if (!options.stage.empty()) {
        if (std::find(stages.begin(), stages.end(), options.stage) == stages.end())
            throw UsageError("unknown stage '" + options.stage + "'; known ones are " + joined(stages));
        check_stage(options);
        if (options.stage == modules_stage && options.output.empty())
            throw UsageError("--emit=spv writes SPIR-V modules, one file each: give -o FOLDER");
    } else if (options.output.empty()) {
        throw UsageError("no output: give -o BUNDLE.o, or --emit=STAGE to print a stage");
    }
}

}  // namespace

std::optional<Options> parse_options(int count, char** words) {
    Options options;
    std::vector<std::string> targets;
    options.jobs = std::max(1u, std::thread::hardware_concurrency());

    CLI::App app(
        "sporklec compiles kernels for every wanted architecture into one bundle.\n"
        "INPUT are object files of C++ sources with SPORKLE_EXPORT(kernel, ...).");
    app.add_option("INPUT", options.inputs, "Object files with exported kernels")->required();
    app.add_option("-o,--output", options.output,
                   "The bundle to write; with --emit, the text (spv: the folder)");
    app.add_option(
           "--target", targets,
           "An architecture, or a target for all of its architectures; may be repeated. Default: all. "
           "Known: " +
               known_targets())
        ->allow_extra_args(false);
    app.add_option("--name", options.name,
                   "Name of the bundle, in its symbol sporkle_bundle_NAME. Default: from the output's name");
    app.add_option("--emit", options.stage, "Print a stage instead: " + joined(known_stages()));
    app.add_option("--kernel", options.kernel, "Only this kernel");
    app.add_option("--schedule", options.schedule, "Only this schedule");
    app.add_option("-j,--jobs", options.jobs, "Threads to compile with. Default: one for each processor")
        ->check(CLI::Range(1, 1024));
    app.add_flag("-v,--verbose", options.verbose, "Tell what is compiled");
    app.set_version_flag("--version", "sporklec " SPORKLE_VERSION);

    try {
        app.parse(count, words);
    } catch (const CLI::Success& request) {  // --help, --version
        app.exit(request);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw UsageError(error.what());
    }
    if (targets.empty())
        for (const auto& target : codegen::emit_targets()) targets.push_back(target->name());
    for (const std::string& word : targets) add_destinations(word, options.destinations);
    check(options);
    if (options.name.empty()) options.name = name_from(options.output);
    return options;
}

}  // namespace sporkle::compiler
