// sporkle: what a user of kernels may want to know and do. Exit codes: 0 done, 1 failure, 2 wrong usage.
#include <CLI/CLI.hpp>
#include <iostream>

#include <sporkle/error.hpp>

#include "tools/sporkle/commands.hpp"
#include "tools/sporkle/emulation.hpp"

namespace {

using namespace sporkle::command;

/// Runs what the words ask for. Throws UsageError and sporkle::Error.
void run(int count, char** words) {
    CLI::App app("sporkle shows devices and bundles, and measures ahead of time.");
    app.require_subcommand(1);
    app.set_version_flag("--version", "sporkle " SPORKLE_VERSION);

    bool devices_json = false;
    CLI::App* devices_command = app.add_subcommand("devices", "What can run kernels on this machine");
    devices_command->add_flag("--json", devices_json, "Print JSON");
    devices_command->callback([&] { devices(devices_json); });

    InspectOptions inspect_options;
    CLI::App* inspect_command =
        app.add_subcommand("inspect", "What is in a bundle: kernels, variants, sizes");
    inspect_command
        ->add_option("BUNDLE", inspect_options.bundle,
                     "An object file, shared object or executable that holds bundles")
        ->required();
    inspect_command->add_flag("--json", inspect_options.json, "Print JSON");
    inspect_command->add_flag("--code", inspect_options.code,
                              "Print the disassembly, and the packets that run code for AMD GPUs");
    inspect_command
        ->add_option("--extract", inspect_options.extract,
                     "Write Programs, every blob and the disassembly into this folder")
        ->check([](const std::string& folder) {
            return folder.empty() ? "the name of the folder is empty" : std::string();
        });
    inspect_command->callback([&] { inspect(inspect_options); });

    TuneOptions tune_options;
    CLI::App* tune_command =
        app.add_subcommand("tune", "Try every variant of a kernel and remember the fastest");
    tune_command->add_option("BUNDLE", tune_options.bundle, "The bundle")->required();
    tune_command->add_option("--kernel", tune_options.kernel, "The kernel's name")->required();
    tune_command
        ->add_option("--tensor", tune_options.tensors,
                     "Extents of an argument, as A=64x64; one for each tensor")
        ->allow_extra_args(false);
    tune_command->add_option("--scalar", tune_options.scalars, "Value of a scalar, as a=2.5; otherwise 1")
        ->allow_extra_args(false);
    tune_command->add_option("--device", tune_options.device,
                             "The device to tune for; its own memory holds the arguments. Otherwise all are "
                             "tried, with arguments of the host");
    tune_command
        ->add_option("--threads", tune_options.threads, "Threads to use; 0, the default, is every CPU")
        ->check(CLI::Range(0, 4096));
    tune_command->add_option("--wisdom", tune_options.wisdom,
                             "The file to remember it in, in place of the usual one");
    tune_command->callback([&] { tune(tune_options); });

    WisdomOptions wisdom_options;
    CLI::App* wisdom_command = app.add_subcommand("wisdom", "What was measured on this machine");
    wisdom_command->add_option("--file", wisdom_options.file, "The file, in place of the usual one");
    wisdom_command->add_option("--kernel", wisdom_options.kernel, "Only this kernel");
    wisdom_command->add_flag("--json", wisdom_options.json, "Print JSON");
    CLI::App* list_command = wisdom_command->add_subcommand("list", "Show it, which is the default");
    list_command->fallthrough();
    CLI::App* clear_command = wisdom_command->add_subcommand("clear", "Forget it");
    clear_command->fallthrough();
    wisdom_command->callback([&] {
        if (clear_command->parsed())
            clear_wisdom(wisdom_options);
        else
            list_wisdom(wisdom_options);
    });

    if (count > 1 && words[1][0] != '-') {
        std::string known;
        bool found = false;
        for (const CLI::App* command : app.get_subcommands({})) {
            known += " " + command->get_name();
            found |= command->get_name() == words[1];
        }
        if (!found)
            throw UsageError("there is no command '" + std::string(words[1]) + "'; there are" + known);
    }
    try {
        app.parse(count, words);
    } catch (const CLI::Success& request) {  // --help, --version
        app.exit(request);
    } catch (const CLI::ParseError& error) {
        throw UsageError(error.what());
    }
}

}  // namespace

int main(int count, char** words) {
    try {
        sporkle::command::add_emulated_devices();
        run(count, words);
        if (!std::cout.flush())
            throw sporkle::Error(sporkle::ErrorCode::input_output, "the output cannot be written");
        return 0;
    } catch (const UsageError& error) {
        std::cerr << "sporkle: " << error.what() << "\nTry sporkle --help.\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "sporkle: " << error.what() << "\n";
        return 1;
    }
}
