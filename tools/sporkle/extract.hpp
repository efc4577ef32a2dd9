// Writes everything that is in bundles into a folder.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/bundle/bundle.hpp"

namespace sporkle::command {

/// bundle.json         `description`
/// <kernel>/program.txt, program.bin
/// <kernel>/<architecture>-<schedule>.s         disassembly, for machine code
/// <kernel>/<architecture>-<schedule>.spvasm    disassembly, for SPIR-V
/// <kernel>/<architecture>-<schedule>.spv       the module; with several dispatches .0.spv, .1.spv, …
/// For machine code of AMD GPUs also
/// <kernel>/<architecture>-<schedule>.bin       the code alone; with several dispatches .0.bin, .1.bin, …
/// <kernel>/<architecture>-<schedule>.pm4       the packets that run it
/// blobs/<number>-<architecture>.bin
/// With several bundles, each in a folder of its own, 0, 1, …. The folder is made where it is missing. Names
/// from the bundle cannot lead out of it. Throws Error(input_output).
void extract(const std::vector<bundle::Bundle>& bundles, const nlohmann::ordered_json& description,
             const std::string& folder);

}  // namespace sporkle::command
