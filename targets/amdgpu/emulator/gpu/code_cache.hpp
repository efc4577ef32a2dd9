// The instruction cache: decoded programs by their entry. After an invalidation the bytes of a program are
// compared with what memory has now; without one, code that was overwritten runs as it was.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>

#include "targets/amdgpu/emulator/gpu/gpu_memory.hpp"
#include "targets/amdgpu/emulator/isa/program.hpp"

namespace sporkle::amdgpu::emulator {

class CodeCache {
  public:
    explicit CodeCache(const emulator::Chip& chip);
    ~CodeCache();

    /// The program at an address of the present job, whose bytes are fetched through `unit`. Throws WaveFault
    /// where not even its first instruction can be fetched.
    Program& program(const PageTable& table, int wave_size, std::uint64_t entry, Memory& unit);
    void invalidate() { ++generation_; }

  private:
    class Recorded;
    const emulator::Chip& chip_;
    std::uint64_t generation_ = 1;
    std::map<std::tuple<std::uint64_t, std::uint64_t, int>, std::unique_ptr<Recorded>> programs_;
};

}  // namespace sporkle::amdgpu::emulator
