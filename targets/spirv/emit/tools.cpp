#include "targets/spirv/emit/tools.hpp"

#include <spirv-tools/libspirv.hpp>
#include <spirv-tools/optimizer.hpp>

#include <sporkle/error.hpp>

#include "targets/spirv/emit/fragments.hpp"

namespace sporkle::spirv {
namespace {

constexpr spv_target_env environment = SPV_ENV_VULKAN_1_2;

/// Collects messages, one a line.
spvtools::MessageConsumer into(std::string& text) {
    return
        [&text](spv_message_level_t level, const char*, const spv_position_t& position, const char* message) {
            if (level > SPV_MSG_WARNING) return;
            if (!text.empty()) text += "\n";
            text += "word " + std::to_string(position.index) + ": " + message;
        };
}

}  // namespace

std::string validate(std::span<const std::uint32_t> module) {
    std::string faults;
    spvtools::SpirvTools tools(environment);
    tools.SetMessageConsumer(into(faults));
    if (tools.Validate(module.data(), module.size())) return {};
    return faults.empty() ? "it is not valid" : faults;
}

Words optimized(const Words& module) {
    std::string faults;
    spvtools::Optimizer optimizer(environment);
    optimizer.SetMessageConsumer(into(faults));
    optimizer.RegisterPass(spvtools::CreateRedundancyEliminationPass())
        .RegisterPass(spvtools::CreateEliminateDeadConstantPass())
        .RegisterPass(spvtools::CreateCompactIdsPass());
    spvtools::OptimizerOptions options;
    options.set_run_validator(false);
    Words result;
    if (!optimizer.Run(module.data(), module.size(), &result, options))
        throw Error(ErrorCode::invalid_program, "spirv: SPIRV-Tools cannot optimise the module: " + faults);
    return result;
}

std::string disassemble(std::span<const std::uint32_t> module) {
    if (has_matrices(module))
        return "; " + std::to_string(module.size()) +
               " words with cooperative matrices, for the spirv-dis of SPIRV-Tools 2023.4 or later\n";
    spvtools::SpirvTools tools(environment);
    std::string text;
    constexpr std::uint32_t options = SPV_BINARY_TO_TEXT_OPTION_INDENT |
                                      SPV_BINARY_TO_TEXT_OPTION_FRIENDLY_NAMES |
                                      SPV_BINARY_TO_TEXT_OPTION_COMMENT;
    if (!tools.Disassemble(module.data(), module.size(), &text, options))
        throw Error(ErrorCode::invalid_bundle, "these words are no SPIR-V module");
    return text;
}

}  // namespace sporkle::spirv
