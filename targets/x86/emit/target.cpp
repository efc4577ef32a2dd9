// The x86 target of codegen/target.hpp.
#include "codegen/target.hpp"

#include <algorithm>

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <sporkle/error.hpp>

#include "codegen/legalize/legalize.hpp"
#include "targets/x86/emit/back_end.hpp"
#include "targets/x86/emit/flatten.hpp"
#include "targets/x86/emit/level.hpp"
#include "targets/x86/emit/translate.hpp"

namespace sporkle::x86 {
namespace {

using codegen::Code;
using codegen::Dispatch;
using codegen::Variant;

constexpr std::size_t code_alignment = 64;

/// "softmax.rows.x86-64-v3": lowerings name a kernel after its Program and schedule. A number follows where
/// that name occurs before in the variant.
std::string symbol_of(const Variant& variant, std::size_t dispatch) {
    const std::string& name = variant.dispatches[dispatch].kernel.name;
    std::string symbol = name + "." + variant.machine.architecture;
    const auto first = variant.dispatches.begin();
    const auto same = [&](const Dispatch& other) { return other.kernel.name == name; };
    const auto before = std::count_if(first, first + static_cast<std::ptrdiff_t>(dispatch), same);
    if (before > 0) symbol += "." + std::to_string(before);
    return symbol;
}

/// The kernel in operations that the level has.
tile::Kernel legalized(const tile::Kernel& kernel, const Level& level) {
    const tile::Kernel narrowed = codegen::expand_half_conversions(
        kernel, {.f16_to_f32 = level.has_f16c, .f32_to_f16 = level.has_f16c});
    return level.machine.has_fma ? narrowed : codegen::expand_fma(narrowed);
}

/// All dispatches of a variant, optimised.
std::unique_ptr<llvm::Module> compile(llvm::LLVMContext& context, const llvm_ir::BackEnd& back_end,
                                      const Level& level, const Variant& variant) {
    auto module = back_end.new_module(context);
    module->setPICLevel(llvm::PICLevel::BigPIC);
    for (std::size_t d = 0; d < variant.dispatches.size(); ++d) {
        const tile::Kernel kernel = legalized(variant.dispatches[d].kernel, level);
        const int first_scratch_word = kernel.parameter_words - static_cast<int>(variant.scratch.size());
        translate(*module, level, kernel, symbol_of(variant, d), first_scratch_word);
    }
    back_end.optimize(*module, optimization);
    return module;
}

class X86Target final : public codegen::EmitTarget {
  public:
    std::string name() const override { return "x86"; }

    std::vector<std::string> architectures() const override {
        std::vector<std::string> names;
        for (const Level& level : levels()) names.push_back(level.machine.architecture);
        return names;
    }

    codegen::Machine machine(const std::string& architecture) const override {
        return level_of(architecture).machine;
    }

    Code emit(std::span<const Variant> variants) const override {
        Code code;
        code.executable = true;
        for (const Variant& variant : variants) {
            const Level& level = level_of(variant.machine.architecture);
            const llvm_ir::BackEnd machine = back_end(level);
            llvm::LLVMContext context;
            const auto module = compile(context, machine, level, variant);
            const auto object = machine.write(*module, llvm::CodeGenFileType::ObjectFile);
            const Flat flat = flatten({object.data(), object.size()});

            const std::size_t start =
                (code.bytes.size() + code_alignment - 1) / code_alignment * code_alignment;
            code.bytes.resize(start);
            code.bytes.insert(code.bytes.end(), flat.bytes.begin(), flat.bytes.end());
            code.entries.emplace_back();
            for (std::size_t d = 0; d < variant.dispatches.size(); ++d) {
                const std::string symbol = symbol_of(variant, d);
                const Flat::Function& function = flat.functions.at(symbol);
                code.entries.back().push_back({start + function.offset, function.size, symbol});
            }
        }
        return code;
    }

    std::vector<std::string> stages() const override { return {"llvm", "asm"}; }

    std::string stage_text(const Variant& variant, const std::string& stage) const override {
        if (stage != "llvm" && stage != "asm")
            throw Error(ErrorCode::unsupported,
                        "x86: unknown stage '" + stage + "'; known ones are llvm asm");
        const Level& level = level_of(variant.machine.architecture);
        const llvm_ir::BackEnd machine = back_end(level);
        llvm::LLVMContext context;
        const auto module = compile(context, machine, level, variant);
        if (stage == "llvm") return llvm_ir::text_of(*module);
        const auto assembly = machine.write(*module, llvm::CodeGenFileType::AssemblyFile);
        return {assembly.begin(), assembly.end()};
    }
};

}  // namespace

std::unique_ptr<codegen::EmitTarget> make_emit_target() { return std::make_unique<X86Target>(); }

}  // namespace sporkle::x86
