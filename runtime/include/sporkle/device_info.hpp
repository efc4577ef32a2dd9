// What is known of a device of this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sporkle {

struct DeviceInfo {
    std::string name;    ///< what Context::on takes: "cpu"
    std::string target;  ///< the target whose code it runs: "x86"
    std::string model;   ///< "AMD EPYC 9005 …", as the device says
    /// Everything that a measured time depends on, in one line: model, microcode or driver, architecture,
    /// threads.
    std::string fingerprint;
    std::vector<std::string> architectures;  ///< whose code it can run, best first: "x86-64-v4", …
    int threads = 1;
    std::int64_t l1_bytes = 0, l2_bytes = 0, l3_bytes = 0;  ///< data caches, 0 where unknown
    std::int64_t memory_bytes = 0;  ///< memory of its own, 0 where kernels work on the process's memory
    /// Used only for calls that name it or whose arguments lie in its memory; never chosen otherwise. A
    /// software implementation is an example.
    bool by_name_only = false;

    /// What a probe found when the device was opened. Where one is false, the device's code is not used for
    /// reproducible kernels unless it repairs the fault itself.
    struct Arithmetic {
        bool fma_fused = false;        ///< fma rounds once
        bool subnormals_kept = false;  ///< neither inputs nor results are flushed to zero
        bool division_rounds = false;  ///< division and square root are correctly rounded
    } arithmetic;

    std::vector<std::string> notes;  ///< what a person should know: "AVX-512 is switched off by the system"
};

}  // namespace sporkle
