// The amdgpu target of codegen/target.hpp.
//
// A variant's code lies in the blob dispatch after dispatch, each at a multiple of 256 bytes, and is followed
// by its setup: the PM4 packets that run it, as a template (pm4/template_blob.hpp).
#include "codegen/target.hpp"

#include <algorithm>

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <sporkle/error.hpp>

#include "codegen/legalize/legalize.hpp"
#include "codegen/simt/distribute.hpp"
#include "targets/amdgpu/emit/back_end.hpp"
#include "targets/amdgpu/emit/code_object.hpp"
#include "targets/amdgpu/emit/machine.hpp"
#include "targets/amdgpu/emit/translate.hpp"
#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/kernel_arguments.hpp"
#include "targets/amdgpu/pm4/template_blob.hpp"
#include "targets/amdgpu/pm4/text.hpp"

namespace sporkle::amdgpu {
namespace {

using codegen::Code;
using codegen::Variant;

constexpr const char* kernel_symbol = "kernel";

/// Bytes behind the last instruction that hardware may fetch ahead.
constexpr std::size_t fetched_ahead = 256;

/// "softmax.rows.gfx1100": a number follows where that name occurs before in the variant.
std::string symbol_of(const Variant& variant, std::size_t dispatch) {
    const std::string& name = variant.dispatches[dispatch].kernel.name;
    std::string symbol = name + "." + variant.machine.architecture;
    const auto first = variant.dispatches.begin();
    const auto same = [&](const codegen::Dispatch& other) { return other.kernel.name == name; };
    const auto before = std::count_if(first, first + static_cast<std::ptrdiff_t>(dispatch), same);
    if (before > 0) symbol += "." + std::to_string(before);
    return symbol;
}

/// The kernel as single threads run it, in operations that the chips have.
tile::Kernel per_thread(const tile::Kernel& kernel) {
    const tile::Kernel threads = kernel.threads > 1 ? codegen::distribute(kernel) : kernel;
    return codegen::expand_half_conversions(codegen::join_stores(codegen::join_loads(threads)),
                                            {.f16_to_f32 = true, .f32_to_f16 = true});
}

std::unique_ptr<llvm::Module> module_of(llvm::LLVMContext& context, const llvm_ir::BackEnd& back_end,
                                        const EmitChip& chip, const tile::Kernel& kernel) {
    auto module = back_end.new_module(context);
    translate(*module, chip, kernel, kernel_symbol);
    back_end.optimize(*module, optimization);
    return module;
}

/// Code of all dispatches and what their template needs.
struct CompiledVariant {
    std::vector<std::vector<std::byte>> code;
    pm4::Template packets;
};

CompiledVariant compile_variant(const Variant& variant) {
    const EmitChip& chip = emit_chip(variant.machine.architecture);
    const Chip& hardware = chip_named(variant.machine.architecture);
    const llvm_ir::BackEnd machine = back_end(chip);
    CompiledVariant result;
    std::vector<pm4::DispatchNeeds> needs;
    for (const codegen::Dispatch& dispatch : variant.dispatches) {
        const tile::Kernel kernel = per_thread(dispatch.kernel);
        llvm::LLVMContext context;
        const auto module = module_of(context, machine, chip, kernel);
        CompiledKernel compiled =
            read_code_object(machine.write(*module, llvm::CodeGenFileType::ObjectFile), kernel_symbol);
        pm4::DispatchNeeds& need = needs.emplace_back();
        need.descriptor = pm4::parse_kernel_descriptor(compiled.descriptor, hardware);
        need.group_size[0] = static_cast<std::uint32_t>(kernel.members);
        result.code.push_back(std::move(compiled.code));
    }
    result.packets = pm4::build_template(hardware, needs);
    return result;
}

void align(std::vector<std::byte>& bytes, std::size_t alignment) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
}

class AmdgpuTarget final : public codegen::EmitTarget {
  public:
    std::string name() const override { return "amdgpu"; }

    std::vector<std::string> architectures() const override {
        std::vector<std::string> names;
        for (const EmitChip& chip : emit_chips()) names.push_back(chip.machine.architecture);
        return names;
    }

    codegen::Machine machine(const std::string& architecture) const override {
        return emit_chip(architecture).machine;
    }

    Code emit(std::span<const Variant> variants) const override {
        Code code;
        for (const Variant& variant : variants) {
            const CompiledVariant compiled = compile_variant(variant);
            code.entries.emplace_back();
            for (std::size_t d = 0; d < compiled.code.size(); ++d) {
                align(code.bytes, pm4::code_alignment);
                const std::size_t start = code.bytes.size();
                code.bytes.insert(code.bytes.end(), compiled.code[d].begin(), compiled.code[d].end());
                code.entries.back().push_back({start, compiled.code[d].size(), symbol_of(variant, d)});
                code.bytes.resize(code.bytes.size() + fetched_ahead);
            }
            const std::vector<std::byte> packets = pm4::serialize(compiled.packets);
            align(code.bytes, 8);
            code.setups.push_back({code.bytes.size(), packets.size(), {}});
            code.bytes.insert(code.bytes.end(), packets.begin(), packets.end());
        }
        return code;
    }

    std::vector<std::string> stages() const override { return {"simt", "llvm", "asm", "pm4"}; }

    std::string stage_text(const Variant& variant, const std::string& stage) const override {
        const EmitChip& chip = emit_chip(variant.machine.architecture);
        if (stage == "pm4") {
            const pm4::Template packets = compile_variant(variant).packets;
            return pm4::text_of(packets.words, *packets.chip);
        }
        if (stage != "simt" && stage != "llvm" && stage != "asm")
            throw Error(ErrorCode::unsupported,
                        "amdgpu: unknown stage '" + stage + "'; known ones are simt llvm asm pm4");
        const llvm_ir::BackEnd machine = back_end(chip);
        std::string text;
        for (const codegen::Dispatch& dispatch : variant.dispatches) {
            const tile::Kernel kernel = per_thread(dispatch.kernel);
            if (stage == "simt") {
                text += tile::print(kernel);
                continue;
            }
            llvm::LLVMContext context;
            const auto module = module_of(context, machine, chip, kernel);
            if (stage == "llvm") {
                text += llvm_ir::text_of(*module);
            } else {
                const auto assembly = machine.write(*module, llvm::CodeGenFileType::AssemblyFile);
                text.append(assembly.begin(), assembly.end());
            }
        }
        return text;
    }
};

}  // namespace

std::unique_ptr<codegen::EmitTarget> make_emit_target() { return std::make_unique<AmdgpuTarget>(); }

}  // namespace sporkle::amdgpu
