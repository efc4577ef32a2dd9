// What NVIDIA's management library says of the GPU just now. It is only read: nothing is set.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/benchmark/gpu/nvidia/library.hpp"

namespace sporkle::bench {

class GpuClocks {
  public:
    /// Null where the library is not there or knows no GPU; `reason` says why.
    static std::unique_ptr<GpuClocks> open(const std::vector<std::string>& folders, std::string& reason);
    ~GpuClocks();

    std::string driver() const;
    /// "SM 1980 MHz, memory 3201 MHz, 412 W, 54 C": what can be read.
    std::string now() const;

  private:
    struct Functions {
        int (*init)() = nullptr;
        int (*shutdown)() = nullptr;
        int (*driver)(char*, unsigned) = nullptr;
        int (*device)(unsigned, void**) = nullptr;
        int (*clock)(void*, int, unsigned*) = nullptr;
        int (*power)(void*, unsigned*) = nullptr;
        int (*temperature)(void*, int, unsigned*) = nullptr;
    };
    GpuClocks(std::unique_ptr<Library> library, const Functions& functions, void* device)
        : library_(std::move(library)), nvml_(functions), device_(device) {}

    std::unique_ptr<Library> library_;
    Functions nvml_;
    void* device_;
};

}  // namespace sporkle::bench
