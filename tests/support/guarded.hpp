// Memory between two inaccessible pages: touching a byte outside it ends the program.
#pragma once

#include <cstddef>
#include <span>

namespace sporkle::test {

/// Which of its ends lies directly against an inaccessible page.
enum class Side { low, high };

class GuardedMemory {
  public:
    GuardedMemory(std::size_t bytes, Side side);
    ~GuardedMemory();
    GuardedMemory(const GuardedMemory&) = delete;
    GuardedMemory& operator=(const GuardedMemory&) = delete;

    std::byte* data() const { return data_; }
    std::span<std::byte> bytes() const { return {data_, size_}; }

  private:
    void* mapping_ = nullptr;
    std::size_t mapped_ = 0, size_ = 0;
    std::byte* data_ = nullptr;
};

}  // namespace sporkle::test
