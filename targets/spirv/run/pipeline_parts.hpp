// What a pipeline is made of, and how that is kept in a file: then another process makes the pipeline without
// a look into the module, since adapting that takes longer than all else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sporkle/hash.hpp>

#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::spirv::vulkan {

/// The module is known by its adapted words, or by an identifier, which the driver has given it.
struct PipelineParts {
    std::uint32_t subgroup_size = 1;  ///< to ask for; 1: none
    std::uint32_t shuffle_size = 0;   ///< SpecId::subgroup_size; 0: the module has none
    std::span<const std::uint32_t> words;
    std::span<const std::uint8_t> identifier;
    std::span<const std::byte> driver_cache;  ///< what the driver made of it; may be empty
};

std::vector<std::byte> to_bytes(const PipelineParts& parts);
/// The parts are views of the bytes, which are aligned to words. Nothing where to_bytes cannot have made
/// them.
std::optional<PipelineParts> parts_of(std::span<const std::byte> bytes);

/// Names a file: a hash of everything that decides what becomes of a module on the device whose files they
/// are, this version of Sporkle included. `loop_turns` as in Numerics.
Hash pipeline_key(std::span<const std::byte> module, const DeviceFacts& facts, std::uint32_t loop_turns);

}  // namespace sporkle::spirv::vulkan
