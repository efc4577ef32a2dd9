// Code on a pretended device: x86 code, on the addresses that the pretended ones stand for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sporkle/parameter_block.hpp>
#include <sporkle/program.hpp>

#include "tests/runtime/pretended/memory.hpp"

namespace sporkle::test {

/// A launch with real addresses.
struct RealLaunch {
    std::vector<std::uint64_t> words;
    std::vector<runtime::Grid> grids;
    runtime::Launch launch;
};

class PretendedExecutable final : public runtime::Executable {
  public:
    PretendedExecutable(std::unique_ptr<runtime::Executable> code, const Program& program,
                        const bundle::Variant& variant, PretendedMemory& memory, PretendedDevice& state)
        : code_(std::move(code)), program_(program), variant_(variant), memory_(memory), state_(state) {}

    void run(const runtime::Launch& launch, double* device_seconds) const override;

    /// Throws Error(device_failure) for addresses that are not this device's.
    std::unique_ptr<RealLaunch> translate(const runtime::Launch& launch) const;
    /// Returns the seconds that the device's clock tells.
    double run_translated(const RealLaunch& launch) const;

  private:
    void translate_tensor(std::vector<std::uint64_t>& words, int tensor) const;

    std::unique_ptr<runtime::Executable> code_;
    const Program program_;
    const bundle::Variant variant_;
    PretendedMemory& memory_;
    PretendedDevice& state_;
};

}  // namespace sporkle::test
