#include "targets/x86/run/cpu.hpp"

#include <cpuid.h>

#include <cstring>
#include <fstream>
#include <iterator>

namespace sporkle::x86 {
namespace {

struct Registers {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

/// Zeros for a leaf that the CPU does not have.
Registers cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
    Registers r;
    if (!__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx)) return {};
    return r;
}

constexpr std::uint32_t bit(int number) { return std::uint32_t(1) << number; }

/// What a level demands beyond the level below it.
struct Level {
    const char* name;
    std::uint32_t leaf1_ecx, leaf7_ebx, extended1_ecx;
    std::uint64_t xcr0;
};

constexpr Level levels[] = {
    // SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT; LAHF
    {"x86-64-v2", bit(0) | bit(9) | bit(13) | bit(19) | bit(20) | bit(23), 0, bit(0), 0},
    // FMA, MOVBE, OSXSAVE, AVX, F16C; BMI1, AVX2, BMI2; LZCNT; SSE and AVX state
    {"x86-64-v3", bit(12) | bit(22) | bit(27) | bit(28) | bit(29), bit(3) | bit(5) | bit(8), bit(5), 0x6},
    // AVX-512 F, DQ, CD, BW, VL; mask and 512-bit state
    {"x86-64-v4", 0, bit(16) | bit(17) | bit(28) | bit(30) | bit(31), 0, 0xe0},
};

/// The value after "key<tabs>: " in /proc/cpuinfo, of the first CPU.
std::string cpuinfo(const std::string& key) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos || line.compare(0, key.size(), key) != 0) continue;
        if (line.find_first_not_of(" \t", key.size()) != colon) continue;
        const std::size_t value = line.find_first_not_of(" \t", colon + 1);
        return value == std::string::npos ? "" : line.substr(value);
    }
    return {};
}

/// Size of the data or unified cache of a level, from sysfs ("48K", "2048K"); 0 where unknown.
std::int64_t cache_bytes(int level) {
    for (int index = 0; index < 8; ++index) {
        const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
        std::ifstream level_file(folder + "level"), type_file(folder + "type"), size_file(folder + "size");
        int this_level = 0;
        std::string type;
        std::int64_t size = 0;
        char unit = 0;
        if (!(level_file >> this_level) || !(type_file >> type) || !(size_file >> size)) continue;
        if (this_level != level || type == "Instruction") continue;
        if (size_file >> unit) size *= unit == 'K' ? 1 << 10 : unit == 'M' ? 1 << 20 : 1;
        return size;
    }
    return 0;
}

}  // namespace

CpuidBits read_cpuid_bits() {
    CpuidBits bits;
    bits.leaf1_ecx = cpuid(1).ecx;
    bits.leaf7_ebx = cpuid(7).ebx;
    bits.extended1_ecx = cpuid(0x80000001).ecx;
    if (bits.leaf1_ecx & bit(27)) {  // OSXSAVE: XGETBV may be executed
        std::uint32_t low = 0, high = 0;
        asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        bits.xcr0 = std::uint64_t(high) << 32 | low;
    }
    return bits;
}

std::vector<std::string> usable_levels(const CpuidBits& bits) {
    std::vector<std::string> usable;
    for (const Level& level : levels) {
        const bool has_all = (bits.leaf1_ecx & level.leaf1_ecx) == level.leaf1_ecx &&
                             (bits.leaf7_ebx & level.leaf7_ebx) == level.leaf7_ebx &&
                             (bits.extended1_ecx & level.extended1_ecx) == level.extended1_ecx &&
                             (bits.xcr0 & level.xcr0) == level.xcr0;
        if (!has_all) break;
        usable.insert(usable.begin(), level.name);
    }
    return usable;
}

Cpu identify_cpu() {
    Cpu cpu;
    const Registers vendor = cpuid(0), version = cpuid(1);
    char text[49] = {};
    std::memcpy(text, &vendor.ebx, 4);
    std::memcpy(text + 4, &vendor.edx, 4);
    std::memcpy(text + 8, &vendor.ecx, 4);
    cpu.vendor = text;

    if (cpuid(0x80000000).eax >= 0x80000004) {
        for (std::uint32_t part = 0; part < 3; ++part) {
            const Registers brand = cpuid(0x80000002 + part);
            std::memcpy(text + 16 * part, &brand, 16);
        }
        cpu.model = text;
        cpu.model.erase(cpu.model.find_last_not_of(' ') + 1);
        cpu.model.erase(0, cpu.model.find_first_not_of(' '));
    }
    if (cpu.model.empty()) cpu.model = "unknown x86-64";

    const std::uint32_t base_family = version.eax >> 8 & 0xf;
    const std::uint32_t family = base_family + (base_family == 0xf ? version.eax >> 20 & 0xff : 0);
    const std::uint32_t extended_model =
        base_family == 0x6 || base_family == 0xf ? version.eax >> 16 & 0xf : 0;
    const std::uint32_t model = (extended_model << 4) + (version.eax >> 4 & 0xf);
    cpu.signature =
        std::to_string(family) + "/" + std::to_string(model) + "/" + std::to_string(version.eax & 0xf);
    cpu.microcode = cpuinfo("microcode");
    cpu.l1_bytes = cache_bytes(1);
    cpu.l2_bytes = cache_bytes(2);
    cpu.l3_bytes = cache_bytes(3);
    return cpu;
}

}  // namespace sporkle::x86
