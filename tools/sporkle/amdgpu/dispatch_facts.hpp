// What the packets of an AMD variant say of its kernels: registers, LDS, scratch, modes, occupancy.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/bundle/bundle.hpp"
#include "targets/amdgpu/pm4/dispatch_template.hpp"
#include "tools/sporkle/amdgpu/occupancy.hpp"

namespace sporkle::command {

struct DispatchFacts {
    WaveNeeds needs;                       ///< registers as they are allocated, in the units of RSRC1
    std::uint32_t accumulators = 0;        ///< of needs.vgprs, those that matrix instructions gather in
    std::uint32_t scratch_wave_bytes = 0;  ///< 0: none
    std::uint32_t group_size = 0;          ///< work-items
    std::uint32_t user_sgprs = 0;
    std::uint32_t rsrc1 = 0, rsrc2 = 0, rsrc3 = 0;
    Occupancy occupancy;
    std::vector<std::string> modes;  ///< "f32 rounds to nearest even", "f32 keeps subnormals", "WGP mode"
};

/// The packets of a variant of the target "amdgpu". Throws Error(invalid_bundle).
amdgpu::pm4::Template packets_of(const bundle::Bundle& bundle, const bundle::Variant& variant);

/// One for each dispatch. The template is sound (parse_template, build_template).
std::vector<DispatchFacts> dispatch_facts(const amdgpu::pm4::Template& packets);

/// One line each, without an end: registers and memory; occupancy; modes.
std::vector<std::string> to_lines(const DispatchFacts& facts);
nlohmann::ordered_json to_json(const DispatchFacts& facts);

}  // namespace sporkle::command
