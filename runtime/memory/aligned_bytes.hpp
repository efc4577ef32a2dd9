// Uninitialised memory that begins at a multiple of 64 bytes.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>

#include <sporkle/error.hpp>

namespace sporkle::runtime {

class AlignedBytes {
  public:
    static constexpr std::size_t alignment = 64;

    AlignedBytes() = default;
    /// Throws Error(out_of_memory).
    explicit AlignedBytes(std::size_t size) : size_(size) {
        if (size > std::size_t(1) << 62) refuse(size);
        data_ = static_cast<std::byte*>(std::aligned_alloc(alignment, (size / alignment + 1) * alignment));
        if (data_ == nullptr) refuse(size);
    }
    AlignedBytes(AlignedBytes&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    AlignedBytes& operator=(AlignedBytes&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~AlignedBytes() { std::free(data_); }

    std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }

  private:
    [[noreturn]] static void refuse(std::size_t size) {
        throw Error(ErrorCode::out_of_memory, "no memory for " + std::to_string(size) + " bytes of scratch");
    }

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace sporkle::runtime
