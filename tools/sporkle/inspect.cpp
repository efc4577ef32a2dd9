#include <algorithm>
#include <iostream>
#include <optional>

#include <sporkle/signature.hpp>

#include "runtime/bundle/reader.hpp"
#include "targets/amdgpu/pm4/text.hpp"
#include "tools/sporkle/amdgpu/dispatch_facts.hpp"
#include "tools/sporkle/commands.hpp"
#include "tools/sporkle/describe.hpp"
#include "tools/sporkle/disassemble.hpp"
#include "tools/sporkle/extract.hpp"

namespace sporkle::command {
namespace {

/// Every line of a text, moved to the right.
void print_indented(const std::string& text, const char* indent) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::cout << indent << text.substr(begin, end - begin) << "\n";
        begin = end + 1;
    }
}

void print_code(const bundle::Variant& variant, const bundle::Blob& blob, const bundle::Dispatch& dispatch) {
    const auto code = blob.bytes.subspan(dispatch.entry, dispatch.code_bytes);
    print_indented(blob.target == "spirv" ? disassemble_spirv(code)
                                          : disassemble(blob.target, variant.architecture, code, 0),
                   "          ");
}

void print(const bundle::Variant& variant, const bundle::Bundle& bundle, const Program& program,
           bool with_code) {
    std::cout << "    " << variant.architecture << "/" << variant.schedule << ", rank " << variant.rank
              << ", " << code_bytes(variant) << " bytes of code\n      schedule: " << variant.schedule_text
              << "\n";
    for (const bundle::Precondition& condition : variant.preconditions)
        std::cout << "      requires: " << to_text(condition, program) << "\n";
    for (const bundle::Scratch& scratch : variant.scratch)
        std::cout << "      scratch " << scratch.name << ": " << to_text(scratch.bytes, program)
                  << (scratch.per_task ? " bytes per thread\n" : " bytes\n");
    std::optional<amdgpu::pm4::Template> packets;
    std::vector<DispatchFacts> facts;
    if (variant.target == "amdgpu") {
        packets = packets_of(bundle, variant);
        facts = dispatch_facts(*packets);
    }
    for (std::size_t d = 0; d < variant.dispatches.size(); ++d) {
        const bundle::Dispatch& dispatch = variant.dispatches[d];
        std::cout << "      grid";
        for (const bundle::Formula& size : dispatch.grid)
            std::cout << (&size == dispatch.grid ? " " : " x ") << to_text(size, program);
        std::cout << "\n";
        if (packets)
            for (const std::string& line : to_lines(facts[d])) std::cout << "        " << line << "\n";
        if (with_code) print_code(variant, bundle.blobs[variant.blob], dispatch);
    }
    if (packets && with_code) {
        std::cout << "      packets\n";
        print_indented(amdgpu::pm4::text_of(*packets), "        ");
    }
}

void print(const bundle::Kernel& kernel, const bundle::Bundle& bundle, bool with_code) {
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
    for (const bundle::Variant& variant : kernel.variants) print(variant, bundle, kernel.program, with_code);
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
        for (const bundle::Kernel& kernel : bundle.kernels) print(kernel, bundle, options.code);
        for (const bundle::Blob& blob : bundle.blobs)
            std::cout << "  blob for " << blob.target << " " << blob.architecture << ": " << blob.bytes.size()
                      << " bytes, " << (blob.executable ? "machine code" : "data") << "\n";
    }
}

}  // namespace sporkle::command
