#include "targets/amdgpu/emit/machine.hpp"

#include <vector>

#include <sporkle/error.hpp>

#include "targets/amdgpu/emit/matrix_unit.hpp"

namespace sporkle::amdgpu {
namespace {

EmitChip chip(const char* name, int wave_size, std::int64_t l2_bytes) {
    EmitChip result;
    codegen::Machine& m = result.machine;
    m.target = "amdgpu";
    m.architecture = name;
    m.vector_bits = 128;
    m.vector_registers = 256;
    m.has_fma = true;
    m.has_masks = true;
    m.l1_bytes = 16 << 10;
    m.l2_bytes = l2_bytes;
    m.threads_per_workgroup = 256;
    m.subgroup_size = wave_size;
    m.shared_bytes = 64 << 10;
    result.wave_size = wave_size;
    result.generation = chip_named(name).generation;
    for (const MatrixInstruction& one : matrix_instructions(result.generation))
        m.matrix_shapes.push_back(one.shape);
    m.matrix_threads = m.matrix_shapes.empty() ? 0 : wave_size;
    m.matrix_rounds = m.matrix_along_steps = !m.matrix_shapes.empty();
    return result;
}

}  // namespace

std::span<const EmitChip> emit_chips() {
    static const std::vector<EmitChip> all{chip("gfx906", 64, 4 << 20),  chip("gfx90a", 64, 8 << 20),
                                           chip("gfx942", 64, 4 << 20),  chip("gfx1030", 32, 4 << 20),
                                           chip("gfx1100", 32, 6 << 20), chip("gfx1201", 32, 8 << 20)};
    return all;
}

std::string features_of(const EmitChip& chip, bool has_dots) {
    std::string features = chip.wave_size == 32 ? "+wavefrontsize32" : "";
    if (has_dots) return features;
    for (const char* dots : {"dot1-insts", "dot2-insts", "dot7-insts", "dot8-insts"})
        features += std::string(features.empty() ? "-" : ",-") + dots;
    return features;
}

const EmitChip& emit_chip(const std::string& architecture) {
    std::string known;
    for (const EmitChip& candidate : emit_chips()) {
        if (candidate.machine.architecture == architecture) return candidate;
        known += " " + candidate.machine.architecture;
    }
    throw Error(ErrorCode::unsupported,
                "amdgpu: unknown architecture '" + architecture + "'; known ones are" + known);
}

}  // namespace sporkle::amdgpu
