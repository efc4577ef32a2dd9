// Machine code of the host's kind, mapped into this process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/bundle/entry_point.hpp"

namespace sporkle::test {

/// Owns an executable copy of a self-contained blob. The caller sees to it that the CPU has what the code
/// needs.
class ExecutableBlob {
  public:
    /// Throws Error(out_of_memory) when the system gives no memory for it.
    explicit ExecutableBlob(std::span<const std::byte> bytes);
    ~ExecutableBlob();
    ExecutableBlob(const ExecutableBlob&) = delete;
    ExecutableBlob& operator=(const ExecutableBlob&) = delete;

    /// The function at an offset of the blob.
    bundle::EntryPoint entry(std::uint64_t offset) const;

  private:
    std::byte* memory_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace sporkle::test
