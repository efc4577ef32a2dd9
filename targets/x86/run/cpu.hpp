// What this CPU and the operating system can do, from CPUID and XGETBV (Intel SDM volume 2, CPUID; AMD APM
// volume 3, appendix E; levels from the System V psABI, "Micro-Architecture Levels").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sporkle::x86 {

/// Feature bits as the instructions report them, so that tests can describe other machines.
struct CpuidBits {
    std::uint32_t leaf1_ecx = 0, leaf7_ebx = 0, extended1_ecx = 0;
    std::uint64_t xcr0 = 0;  ///< register state that the system saves; 0 where XGETBV is not available
};

CpuidBits read_cpuid_bits();

/// Levels whose code can run, best first: "x86-64-v4", "x86-64-v3", "x86-64-v2". Empty below v2.
std::vector<std::string> usable_levels(const CpuidBits& bits);

struct Cpu {
    std::string vendor;     ///< "AuthenticAMD"
    std::string model;      ///< brand string; "unknown x86-64" where there is none
    std::string signature;  ///< family, model and stepping: "26/2/1"
    std::string microcode;  ///< "0xb002116", empty where the system does not tell
    std::int64_t l1_bytes = 0, l2_bytes = 0, l3_bytes = 0;
};

Cpu identify_cpu();

}  // namespace sporkle::x86
