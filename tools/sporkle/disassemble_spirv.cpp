// Disassembly of SPIR-V by SPIRV-Tools.
#include <cstring>
#include <vector>

#include <spirv-tools/libspirv.hpp>

#include <sporkle/error.hpp>

#include "tools/sporkle/disassemble.hpp"

namespace sporkle::command {

std::string disassemble_spirv(std::span<const std::byte> module) {
    std::vector<std::uint32_t> words(module.size() / sizeof(std::uint32_t));
    std::memcpy(words.data(), module.data(), words.size() * sizeof(std::uint32_t));
    std::string text, fault;
    spvtools::SpirvTools tools(SPV_ENV_VULKAN_1_2);
    tools.SetMessageConsumer([&](spv_message_level_t, const char*, const spv_position_t&,
                                 const char* message) { fault = message; });
    constexpr std::uint32_t options = SPV_BINARY_TO_TEXT_OPTION_INDENT |
                                      SPV_BINARY_TO_TEXT_OPTION_FRIENDLY_NAMES |
                                      SPV_BINARY_TO_TEXT_OPTION_COMMENT;
    if (module.size() % sizeof(std::uint32_t) != 0 || !tools.Disassemble(words, &text, options))
        throw Error(ErrorCode::invalid_bundle, "a SPIR-V module of the bundle cannot be read: " + fault);
    return text;
}

}  // namespace sporkle::command
