// Virtual addresses of one GPU that are not in use: first fit, neighbours joined as soon as they are free.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace sporkle::amdgpu {

class AddressSpace {
  public:
    AddressSpace(std::uint64_t begin, std::uint64_t end) : free_{{begin, end}} {}

    /// Address of `bytes` free bytes at a multiple of `alignment`, a power of two; nothing where there are
    /// none.
    std::optional<std::uint64_t> take(std::uint64_t bytes, std::uint64_t alignment);
    /// Gives back what take returned.
    void give(std::uint64_t address, std::uint64_t bytes);

  private:
    std::mutex mutex_;
    std::map<std::uint64_t, std::uint64_t> free_;  ///< begin → end
};

}  // namespace sporkle::amdgpu
