// sporklec: from the Programs in object files to a bundle. Exit codes: 0 done, 1 failure, 2 wrong usage.
#include <chrono>
#include <iostream>
#include <sstream>

#include <sporkle/error.hpp>

#include "codegen/bundle/writer.hpp"
#include "tools/sporklec/compile.hpp"
#include "tools/sporklec/inputs.hpp"
#include "tools/sporklec/modules.hpp"
#include "tools/sporklec/options.hpp"
#include "tools/sporklec/output.hpp"
#include "tools/sporklec/stages.hpp"

namespace {

using namespace sporkle::compiler;

void print(const std::vector<sporkle::Program>& programs, const Options& options) {
    if (options.stage == modules_stage) return write_modules(programs, options);
    if (options.output.empty()) return print_stage(programs, options, std::cout);
    std::ostringstream text;
    print_stage(programs, options, text);
    write_output(options.output, std::as_bytes(std::span(text.view())));
}

void tell(const std::vector<sporkle::codegen::CompiledKernel>& kernels, std::size_t bytes, double seconds) {
    std::size_t variants = 0;
    for (const auto& kernel : kernels)
        for (const auto& part : kernel.parts) {
            std::cerr << kernel.program.name.view() << " for " << part.variants[0].machine.architecture
                      << ": " << part.variants.size() << " variants, " << part.code.bytes.size()
                      << " bytes\n";
            variants += part.variants.size();
        }
    std::cerr << variants << " variants of " << kernels.size() << " kernels in " << seconds
              << " s; the bundle has " << bytes << " bytes\n";
}

void build(const std::vector<sporkle::Program>& programs, const Options& options) {
    const auto start = std::chrono::steady_clock::now();
    const auto kernels = compile(programs, options);
    const auto bundle = sporkle::codegen::write_bundle(options.name, kernels);
    write_output(options.output, bundle);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    if (options.verbose) tell(kernels, bundle.size(), time.count());
}

}  // namespace

int main(int count, char** words) {
    try {
        const auto options = parse_options(count, words);
        if (!options) return 0;
        const auto programs = read_inputs(*options);
        check_schedule_name(programs, *options);
        options->stage.empty() ? build(programs, *options) : print(programs, *options);
        if (!std::cout.flush())
            throw sporkle::Error(sporkle::ErrorCode::input_output, "cannot write the output");
        return 0;
    } catch (const UsageError& error) {
        std::cerr << "sporklec: " << error.what() << "\nTry sporklec --help.\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "sporklec: " << error.what() << "\n";
        return 1;
    }
}
