#include "targets/amdgpu/emulator/gpu/model.hpp"

#include <vector>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu::emulator {
namespace {

struct Row {
    const char* name;
    std::uint32_t device_id, counter_khz;
    std::uint64_t engine_khz;
    std::uint32_t vgprs_of_simd, waves_of_simd;
};
// PCI numbers of boards with the chip; counters from the kernel's reference clocks (soc15_get_xclk, nv.c).
constexpr Row rows[] = {
    {"gfx906", 0x66af, 25000, 1800000, 256, 10},    {"gfx90a", 0x740f, 25000, 1700000, 512, 8},
    {"gfx942", 0x74a1, 100000, 2100000, 512, 8},    {"gfx1030", 0x73bf, 100000, 2250000, 1024, 16},
    {"gfx1100", 0x744c, 100000, 2500000, 1536, 16}, {"gfx1201", 0x7550, 100000, 2970000, 1536, 16},
};

GpuModel model_of(const Row& row) {
    GpuModel model;
    model.chip = &chip_named(row.name);
    model.processor = &find_chip(std::string_view(row.name));
    model.device_id = row.device_id;
    model.family = model.chip->revisions[0].family;
    model.external_rev = model.chip->revisions[0].first;
    model.ip_version = model.chip->versions[0];
    if (model.has_gl1()) {
        model.arrays_per_engine = 2;
        model.units_per_array = 2;
    }
    model.counter_khz = row.counter_khz;
    model.engine_khz = row.engine_khz;
    model.vram_bytes = std::uint64_t{8} << 30;
    model.gtt_bytes = std::uint64_t{8} << 30;
    model.vgprs_of_simd = row.vgprs_of_simd;
    model.waves_of_simd = row.waves_of_simd;
    return model;
}

}  // namespace

std::span<const GpuModel> models() {
    static const std::vector<GpuModel> all = [] {
        std::vector<GpuModel> made;
        for (const Row& row : rows) made.push_back(model_of(row));
        return made;
    }();
    return all;
}

const GpuModel& model_named(std::string_view chip) {
    std::string names;
    for (const GpuModel& model : models()) {
        if (chip == model.chip->name) return model;
        names += (names.empty() ? "" : ", ") + std::string(model.chip->name);
    }
    throw Error(ErrorCode::unsupported,
                "the AMD emulator has no GPU '" + std::string(chip) + "'; it has " + names);
}

}  // namespace sporkle::amdgpu::emulator
