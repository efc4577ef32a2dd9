// How fast this machine moves memory: reading, and copying in the best of several ways.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/benchmark/measure/team.hpp"

namespace sporkle::bench {

/// Memory for measuring: 64-byte aligned, touched. Throws std::bad_alloc.
class Arena {
  public:
    explicit Arena(std::size_t bytes);
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    float* data() const { return data_; }
    std::size_t bytes() const { return bytes_; }

  private:
    float* data_;
    std::size_t bytes_;
};

/// The copy limit for a working set: half of it is read, half written.
class CopyLimit {
  public:
    /// Tries plain stores, non-temporal stores and the C library's memcpy on `bytes` in all (read and written
    /// together), and stays with the fastest.
    CopyLimit(std::size_t bytes, Team& team);

    /// Bytes per second, read and written together, measured now over at least `seconds`.
    double rate(double seconds = 0.4e-3);
    const std::string& method() const { return method_; }

  private:
    using Copy = void (*)(float* to, const float* from, std::size_t floats);
    double rate_of(Copy copy, long repetitions);

    Team& team_;
    Arena from_, to_;
    std::size_t floats_;
    Copy copy_ = nullptr;
    std::string method_;
    double best_rate_ = 0;
};

/// The read limit for a working set: all of it is summed.
class ReadLimit {
  public:
    ReadLimit(std::size_t bytes, Team& team);
    /// Bytes per second, measured now over at least `seconds`.
    double rate(double seconds = 0.4e-3);

  private:
    double rate_of(long repetitions);

    Team& team_;
    Arena from_;
    std::size_t floats_;
    double best_rate_ = 0;
};

}  // namespace sporkle::bench
