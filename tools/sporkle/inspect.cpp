#include <iostream>

#include <sporkle/signature.hpp>

#include "runtime/bundle/reader.hpp"
#include "tools/sporkle/commands.hpp"
#include "tools/sporkle/describe.hpp"
#include "tools/sporkle/extract.hpp"

namespace sporkle::command {
namespace {

void print(const bundle::Variant& variant, const Program& program) {
    std::cout << "    " << variant.architecture << "/" << variant.schedule << ", rank " << variant.rank
              << ", " << code_bytes(variant) << " bytes of code\n      schedule: " << variant.schedule_text
              << "\n";
    for (const bundle::Precondition& condition : variant.preconditions)
        std::cout << "      requires: " << to_text(condition, program) << "\n";
    for (const bundle::Scratch& scratch : variant.scratch)
        std::cout << "      scratch " << scratch.name << ": " << to_text(scratch.bytes, program)
                  << (scratch.per_task ? " bytes per thread\n" : " bytes\n");
    for (const bundle::Dispatch& dispatch : variant.dispatches) {
        std::cout << "      grid";
        for (const bundle::Formula& size : dispatch.grid)
            std::cout << (&size == dispatch.grid ? " " : " x ") << to_text(size, program);
        std::cout << "\n";
    }
}

void print(const bundle::Kernel& kernel) {
    std::cout << "  kernel " << kernel.name()
              << (kernel.program.numerics == Numerics::fast ? " (fast)" : " (reproducible)") << ", hash "
              << to_text(kernel.hash) << "\n    arguments:";
    const Signature signature = signature_of(kernel.program);
    for (int a = 0; a < signature.count; ++a) {
        const ArgumentSignature& argument = signature.arguments[a];
        std::cout << (a == 0 ? " " : ", ") << (argument.role == Role::output ? "out " : "")
                  << argument.name.view() << " " << name_of(argument.dtype);
        if (!argument.is_scalar) std::cout << " rank " << int(argument.rank);
    }
    std::cout << "\n";
    for (const bundle::Variant& variant : kernel.variants) print(variant, kernel.program);
}

}  // namespace

void inspect(const InspectOptions& options) {
    const std::vector<bundle::Bundle> bundles = bundle::read_file(options.bundle);
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const bundle::Bundle& bundle : bundles) list.push_back(to_json(bundle));
    const nlohmann::ordered_json whole = {{"file", options.bundle}, {"bundles", std::move(list)}};
    if (!options.extract.empty()) extract(bundles, whole, options.extract);
    if (options.json) {
        std::cout << whole.dump(2) << "\n";
        return;
    }
    for (const bundle::Bundle& bundle : bundles) {
        std::cout << "bundle " << to_text(bundle.identity) << " by " << bundle.producer << "\n";
        for (const bundle::Kernel& kernel : bundle.kernels) print(kernel);
        for (const bundle::Blob& blob : bundle.blobs)
            std::cout << "  blob for " << blob.target << " " << blob.architecture << ": " << blob.bytes.size()
                      << " bytes, " << (blob.executable ? "machine code" : "data") << "\n";
    }
}

}  // namespace sporkle::command
