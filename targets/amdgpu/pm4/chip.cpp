#include "targets/amdgpu/pm4/chip.hpp"

#include <cstdio>
#include <string>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

constexpr std::uint32_t ip(std::uint32_t major, std::uint32_t minor, std::uint32_t revision) {
    return major << 16 | minor << 8 | revision;
}
constexpr std::uint32_t any = 0xffffffff;

// Families, from amdgpu_drm.h (AMDGPU_FAMILY_*).
constexpr std::uint32_t ai = 141, rv = 142, nv = 143, vgh = 144, gfx11_0_0 = 145, yc = 146, gfx11_0_1 = 148,
                        gc_10_3_6 = 149, gfx11_5_0 = 150, gc_10_3_7 = 151, gfx12_0_0 = 152;

constexpr WorkItemIds unpacked = WorkItemIds::one_register_each, packed = WorkItemIds::packed;
using G = Generation;

// Version 11.0.3 is gfx1101 and 11.0.1 is gfx1103: no slip.
constexpr Chip table[] = {
    {"gfx900", "Vega10", G::gfx9, {ip(9, 0, 1)}, {{ai, 0x01, 0x13}}, unpacked},
    {"gfx902", "Raven", G::gfx9, {ip(9, 1, 0), ip(9, 2, 2)}, {{rv, 0x00, 0x90}}, unpacked},
    {"gfx904", "Vega12", G::gfx9, {ip(9, 2, 1)}, {{ai, 0x14, 0x27}}, unpacked},
    {"gfx906", "Vega20", G::gfx9, {ip(9, 4, 0)}, {{ai, 0x28, 0x31}}, unpacked},
    {"gfx908", "MI100", G::gfx9, {ip(9, 4, 1)}, {{ai, 0x32, 0x3b}}, unpacked, false, 8},
    {"gfx90a", "MI200", G::gfx90a, {ip(9, 4, 2)}, {{ai, 0x3c, 0x45}}, packed, false, 8},
    {"gfx90c", "Renoir", G::gfx9, {ip(9, 3, 0)}, {{rv, 0x91, any}}, unpacked},
    {"gfx942", "MI300", G::gfx942, {ip(9, 4, 3), ip(9, 4, 4)}, {{ai, 0x46, any}}, packed},
    {"gfx1010", "Navi10", G::gfx10, {ip(10, 1, 10)}, {{nv, 0x01, 0x09}}, unpacked},
    {"gfx1011", "Navi12", G::gfx10, {ip(10, 1, 2)}, {{nv, 0x0a, 0x13}}, unpacked},
    {"gfx1012", "Navi14", G::gfx10, {ip(10, 1, 1)}, {{nv, 0x14, 0x27}}, unpacked},
    {"gfx1030", "Navi21", G::gfx10, {ip(10, 3, 0)}, {{nv, 0x28, 0x31}}, unpacked},
    {"gfx1031", "Navi22", G::gfx10, {ip(10, 3, 2)}, {{nv, 0x32, 0x3b}}, unpacked},
    {"gfx1032", "Navi23", G::gfx10, {ip(10, 3, 4)}, {{nv, 0x3c, 0x45}}, unpacked},
    {"gfx1033", "VanGogh", G::gfx10, {ip(10, 3, 1)}, {{vgh, 0, any}}, unpacked},
    {"gfx1034", "Navi24", G::gfx10, {ip(10, 3, 5)}, {{nv, 0x46, 0x4f}}, unpacked},
    {"gfx1035", "Rembrandt", G::gfx10, {ip(10, 3, 3)}, {{yc, 0, any}}, unpacked},
    {"gfx1036",
     "Raphael, Mendocino",
     G::gfx10,
     {ip(10, 3, 6), ip(10, 3, 7)},
     {{gc_10_3_6, 0, any}, {gc_10_3_7, 0, any}},
     unpacked},
    {"gfx1100", "Navi31", G::gfx11, {ip(11, 0, 0)}, {{gfx11_0_0, 0x01, 0x0f}}, packed, true, 8},
    {"gfx1101", "Navi32", G::gfx11, {ip(11, 0, 3)}, {{gfx11_0_0, 0x20, any}}, packed, false, 8},
    {"gfx1102", "Navi33", G::gfx11, {ip(11, 0, 2)}, {{gfx11_0_0, 0x10, 0x1f}}, packed, true, 8},
    {"gfx1103", "Phoenix", G::gfx11, {ip(11, 0, 1), ip(11, 0, 4)}, {{gfx11_0_1, 0, any}}, packed, false, 8},
    {"gfx1150", "Strix Point", G::gfx11, {ip(11, 5, 0)}, {{gfx11_5_0, 0x01, 0x3f}}, packed, false, 8},
    {"gfx1151", "Strix Halo", G::gfx11, {ip(11, 5, 1)}, {{gfx11_5_0, 0xc0, 0xff}}, packed, false, 8},
    {"gfx1152", "Krackan", G::gfx11, {ip(11, 5, 2)}, {{gfx11_5_0, 0x40, 0x4f}}, packed, false, 8},
    {"gfx1200", "Navi44", G::gfx12, {ip(12, 0, 0)}, {{gfx12_0_0, 0x40, 0x4f}}, packed, false, 9},
    {"gfx1201", "Navi48", G::gfx12, {ip(12, 0, 1)}, {{gfx12_0_0, 0x50, any}}, packed, false, 9},
};

}  // namespace

const char* name_of(Generation generation) {
    switch (generation) {
        case Generation::gfx9:
            return "gfx9";
        case Generation::gfx90a:
            return "gfx90a";
        case Generation::gfx942:
            return "gfx942";
        case Generation::gfx10:
            return "gfx10";
        case Generation::gfx11:
            return "gfx11";
        case Generation::gfx12:
            return "gfx12";
    }
    return "unknown generation";
}

std::span<const Chip> chips() { return table; }

const Chip* find_chip(std::string_view name) {
    for (const Chip& chip : table)
        if (name == chip.name) return &chip;
    return nullptr;
}

const Chip& chip_named(std::string_view name) {
    if (const Chip* chip = find_chip(name)) return *chip;
    std::string names;
    for (const Chip& chip : table) names += std::string(names.empty() ? "" : ", ") + chip.name;
    throw Error(ErrorCode::unsupported,
                "sporkle: no AMD chip is called '" + std::string(name) + "'; known are " + names);
}

const Chip& identify(std::uint32_t family, std::uint32_t external_rev, std::uint32_t version) {
    char text[160];
    if (version != 0) {
        for (const Chip& chip : table)
            for (const std::uint32_t known : chip.versions)
                if (known == version) return chip;
        std::snprintf(text, sizeof text,
                      "sporkle: unknown AMD graphics IP version %u.%u.%u (family %u, external revision 0x%x)",
                      version >> 16, version >> 8 & 0xff, version & 0xff, family, external_rev);
        throw Error(ErrorCode::unsupported, text);
    }
    for (const Chip& chip : table)
        for (const Chip::Revisions& known : chip.revisions)
            if (known.family != 0 && known.family == family && known.first <= external_rev &&
                external_rev <= known.last)
                return chip;
    std::snprintf(text, sizeof text,
                  "sporkle: unknown AMD chip: family %u, external revision 0x%x, no IP version", family,
                  external_rev);
    throw Error(ErrorCode::unsupported, text);
}

}  // namespace sporkle::amdgpu
