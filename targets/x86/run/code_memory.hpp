// Executable memory for the code of bundles that were read from files.
#pragma once

#include <cstddef>
#include <span>

namespace sporkle::x86 {

/// A copy of machine code in pages of its own: written first, then made executable, never both at once.
class CodeMemory {
  public:
    /// Throws Error(out_of_memory), or Error(device_failure) when the system forbids executable memory.
    explicit CodeMemory(std::span<const std::byte> code);
    ~CodeMemory();
    CodeMemory(const CodeMemory&) = delete;
    CodeMemory& operator=(const CodeMemory&) = delete;

    const std::byte* begin() const { return static_cast<const std::byte*>(pages_); }

  private:
    void* pages_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace sporkle::x86
