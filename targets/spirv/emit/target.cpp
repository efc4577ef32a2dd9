// The SPIR-V target of codegen/target.hpp.
#include "codegen/target.hpp"

#include <algorithm>
#include <cstring>

#include <sporkle/error.hpp>

#include "codegen/legalize/legalize.hpp"
#include "codegen/simt/distribute.hpp"
#include "targets/spirv/emit/fragments.hpp"
#include "targets/spirv/emit/tools.hpp"
#include "targets/spirv/emit/translate.hpp"
#include "targets/spirv/interface/matrix_architecture.hpp"

namespace sporkle::spirv {
namespace {

using codegen::Code;
using codegen::Dispatch;
using codegen::Variant;

constexpr char plain_name[] = "spirv";

/// What every device has at least; how much more a device has changes no code.
codegen::Machine plain_machine() {
    codegen::Machine machine;
    machine.target = "spirv";
    machine.architecture = plain_name;
    machine.vector_bits = 128;
    machine.vector_registers = 255;
    machine.has_fma = true;        // where it is not, the module's repair stands in
    machine.fma_may_flush = true;  // on NVIDIA's
    machine.has_masks = true;
    machine.threads_per_workgroup = 256;
    machine.subgroup_size = 32;
    machine.shared_bytes = 32768;
    return machine;
}

/// For what needs cooperative matrices, and nothing else.
codegen::Machine matrix_machine(const MatrixArchitecture& architecture) {
    codegen::Machine machine = plain_machine();
    machine.architecture = architecture.name;
    machine.shared_bytes = MatrixArchitecture::shared_bytes;
    machine.matrix_threads = MatrixArchitecture::subgroup_size;
    for (const MatrixForm& form : architecture.forms) {
        const codegen::MatrixShape shape{static_cast<int>(form.rows), static_cast<int>(form.columns),
                                         static_cast<int>(form.steps), form.factor, form.accumulator};
        if (form.accumulator == DType::f16)
            machine.matrix_rounds = true;
        else if (form.workgroup > 0)
            machine.matrix_tiles.push_back({shape, static_cast<int>(form.workgroup)});
        else
            machine.matrix_shapes.push_back(shape);
    }
    machine.matrix_only = true;
    return machine;
}

/// Null for the plain one.
const MatrixArchitecture* find(const std::string& architecture) {
    std::string known = plain_name;
    for (const MatrixArchitecture& one : matrix_architectures) {
        if (architecture == one.name) return &one;
        known += std::string(", ") + one.name;
    }
    if (architecture == plain_name) return nullptr;
    throw Error(ErrorCode::unsupported,
                "spirv: unknown architecture '" + architecture + "'; there are " + known);
}

/// "softmax.rows.spirv": a number follows where that name occurs before in the variant.
std::string symbol_of(const Variant& variant, std::size_t dispatch) {
    const std::string& name = variant.dispatches[dispatch].kernel.name;
    std::string symbol = name + "." + variant.machine.architecture;
    const auto first = variant.dispatches.begin();
    const auto same = [&](const Dispatch& other) { return other.kernel.name == name; };
    const auto before = std::count_if(first, first + static_cast<std::ptrdiff_t>(dispatch), same);
    if (before > 0) symbol += "." + std::to_string(before);
    return symbol;
}

/// The kernel as single threads run it, in operations that SPIR-V has.
tile::Kernel per_thread(const tile::Kernel& kernel) {
    const tile::Kernel threads = kernel.threads > 1 ? codegen::distribute(kernel) : kernel;
    return codegen::expand_half_conversions(
        codegen::join_divisions(codegen::join_stores(codegen::join_loads(threads))), {});
}

/// SPIRV-Tools of Debian 12 know no cooperative matrices: modules with them go as they are.
Words module_of(const tile::Kernel& kernel) {
    if (has_fragments(kernel)) return translate(per_thread(kernel));
    const Words module = optimized(translate(per_thread(kernel)));
    const std::string faults = validate(module);
    if (!faults.empty())
        throw Error(ErrorCode::invalid_program,
                    "spirv: the module of kernel '" + kernel.name + "' is not valid: " + faults);
    return module;
}

class SpirvTarget final : public codegen::EmitTarget {
  public:
    std::string name() const override { return "spirv"; }
    std::vector<std::string> architectures() const override {
        std::vector<std::string> names{plain_name};
        for (const MatrixArchitecture& architecture : matrix_architectures)
            names.emplace_back(architecture.name);
        return names;
    }

    codegen::Machine machine(const std::string& architecture) const override {
        const MatrixArchitecture* const matrices = find(architecture);
        return matrices == nullptr ? plain_machine() : matrix_machine(*matrices);
    }

    /// The modules one after the other.
    Code emit(std::span<const Variant> variants) const override {
        Code code;
        for (const Variant& variant : variants) {
            find(variant.machine.architecture);
            code.entries.emplace_back();
            for (std::size_t d = 0; d < variant.dispatches.size(); ++d) {
                const Words module = module_of(variant.dispatches[d].kernel);
                const auto bytes = std::as_bytes(std::span(module));
                code.entries.back().push_back({code.bytes.size(), bytes.size(), symbol_of(variant, d)});
                code.bytes.insert(code.bytes.end(), bytes.begin(), bytes.end());
            }
        }
        return code;
    }

    std::vector<std::string> stages() const override { return {"simt", "spirv"}; }

    std::string stage_text(const Variant& variant, const std::string& stage) const override {
        if (stage != "simt" && stage != "spirv")
            throw Error(ErrorCode::unsupported,
                        "spirv: unknown stage '" + stage + "'; known ones are simt spirv");
        find(variant.machine.architecture);
        std::string text;
        for (std::size_t d = 0; d < variant.dispatches.size(); ++d) {
            const tile::Kernel& kernel = variant.dispatches[d].kernel;
            text += stage == "simt" ? tile::print(per_thread(kernel))
                                    : "; " + symbol_of(variant, d) + "\n" + disassemble(module_of(kernel));
        }
        return text;
    }
};

}  // namespace

std::unique_ptr<codegen::EmitTarget> make_emit_target() { return std::make_unique<SpirvTarget>(); }

}  // namespace sporkle::spirv
