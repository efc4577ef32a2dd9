#include "tools/sporkle/extract.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <system_error>

#include <sporkle/error.hpp>

#include "codegen/bundle/program_bytes.hpp"
#include "codegen/text/program_text.hpp"
#include "targets/amdgpu/pm4/text.hpp"
#include "tools/sporkle/amdgpu/dispatch_facts.hpp"
#include "tools/sporkle/describe.hpp"
#include "tools/sporkle/disassemble.hpp"

namespace sporkle::command {
namespace {

namespace fs = std::filesystem;

/// A file name from a name in a bundle, which may hold anything.
std::string file_name(std::string_view name) {
    std::string result;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '_' || c == '-' || (c == '.' && !result.empty());
        result += plain ? c : '_';
    }
    return result.empty() ? "_" : result.substr(0, 100);
}

/// The name, with a number behind it where it was used before.
std::string unused(const std::string& name, std::set<std::string>& used) {
    std::string result = name;
    for (int number = 2; !used.insert(result).second; ++number) result = name + "-" + std::to_string(number);
    return result;
}

void make_folder(const fs::path& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed)
        throw Error(ErrorCode::input_output,
                    "the folder '" + folder.string() + "' cannot be made: " + failed.message());
}

void write(const fs::path& path, std::string_view bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) throw Error(ErrorCode::input_output, "'" + path.string() + "' cannot be written");
}

void write(const fs::path& path, std::span<const std::byte> bytes) {
    write(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

/// The modules of a variant's dispatches, as other users of Vulkan take them, and their text.
void write_modules(const bundle::Variant& variant, const bundle::Blob& blob, const fs::path& folder,
                   const std::string& name) {
    std::string text =
        "; " + variant.architecture + "/" + variant.schedule + ": " + variant.schedule_text + "\n";
    for (std::size_t d = 0; d < variant.dispatches.size(); ++d) {
        const bundle::Dispatch& dispatch = variant.dispatches[d];
        const auto module = blob.bytes.subspan(dispatch.entry, dispatch.code_bytes);
        const std::string number = variant.dispatches.size() == 1 ? "" : "." + std::to_string(d);
        write(folder / (name + number + ".spv"), module);
        text += "\n; " + dispatch.symbol + "\n" + disassemble_spirv(module);
    }
    write(folder / (name + ".spvasm"), std::string_view(text));
}

std::string listing(const bundle::Variant& variant, const bundle::Blob& blob) {
    std::string text =
        "# " + variant.architecture + "/" + variant.schedule + ": " + variant.schedule_text + "\n";
    for (const bundle::Dispatch& dispatch : variant.dispatches)
        text += "\n" + (dispatch.symbol.empty() ? "dispatch" : dispatch.symbol) + ":\n" +
                disassemble(blob.target, blob.architecture,
                            blob.bytes.subspan(dispatch.entry, dispatch.code_bytes), dispatch.entry);
    return text;
}

/// The code of each dispatch, as text with its resources and by itself, and the packets that run it all.
void write_amdgpu(const bundle::Bundle& bundle, const bundle::Variant& variant, const fs::path& folder,
                  const std::string& name) {
    const bundle::Blob& blob = bundle.blobs[variant.blob];
    const amdgpu::pm4::Template packets = packets_of(bundle, variant);
    const std::vector<DispatchFacts> facts = dispatch_facts(packets);
    std::string text =
        "; " + variant.architecture + "/" + variant.schedule + ": " + variant.schedule_text + "\n";
    for (std::size_t d = 0; d < variant.dispatches.size(); ++d) {
        const bundle::Dispatch& dispatch = variant.dispatches[d];
        const auto code = blob.bytes.subspan(dispatch.entry, dispatch.code_bytes);
        const std::string number = variant.dispatches.size() == 1 ? "" : "." + std::to_string(d);
        write(folder / (name + number + ".bin"), code);
        text += "\n" + dispatch.symbol + ":\n";
        for (const std::string& line : to_lines(facts[d])) text += "; " + line + "\n";
        text += disassemble(blob.target, variant.architecture, code, 0);
    }
    write(folder / (name + ".s"), std::string_view(text));
    write(folder / (name + ".pm4"), std::string_view(amdgpu::pm4::text_of(packets)));
}

void extract(const bundle::Bundle& bundle, const fs::path& folder) {
    std::set<std::string> kernel_names{"blobs", "bundle.json"};
    for (const bundle::Kernel& kernel : bundle.kernels) {
        const fs::path kernel_folder = folder / unused(file_name(kernel.name()), kernel_names);
        make_folder(kernel_folder);
        write(kernel_folder / "program.txt", std::string_view(codegen::to_text(kernel.program)));
        write(kernel_folder / "program.bin", codegen::program_bytes(kernel.program));
        std::set<std::string> variant_names;
        for (const bundle::Variant& variant : kernel.variants) {
            const bundle::Blob& blob = bundle.blobs[variant.blob];
            const std::string name =
                unused(file_name(variant.architecture + "-" + variant.schedule), variant_names);
            if (blob.executable)
                write(kernel_folder / (name + ".s"), std::string_view(listing(variant, blob)));
            if (blob.target == "spirv") write_modules(variant, blob, kernel_folder, name);
            if (blob.target == "amdgpu") write_amdgpu(bundle, variant, kernel_folder, name);
        }
    }
    make_folder(folder / "blobs");
    for (std::size_t b = 0; b < bundle.blobs.size(); ++b)
        write(folder / "blobs" / (std::to_string(b) + "-" + file_name(bundle.blobs[b].architecture) + ".bin"),
              bundle.blobs[b].bytes);
}

}  // namespace

void extract(const std::vector<bundle::Bundle>& bundles, const nlohmann::ordered_json& description,
             const std::string& folder) {
    make_folder(folder);
    write(fs::path(folder) / "bundle.json", std::string_view(description.dump(2) + "\n"));
    for (std::size_t b = 0; b < bundles.size(); ++b) {
        const fs::path own = bundles.size() == 1 ? fs::path(folder) : fs::path(folder) / std::to_string(b);
        make_folder(own);
        extract(bundles[b], own);
    }
}

}  // namespace sporkle::command
