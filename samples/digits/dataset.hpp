// The digits: reading the file and splitting it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace digits {

inline constexpr int side = 8;  ///< pixels
inline constexpr int pixels = side * side;
inline constexpr int classes = 10;

struct Dataset {
    std::vector<float> images;  ///< `pixels` a digit, grey levels scaled to 0 … 1
    std::vector<std::int32_t> labels;
    int size() const { return static_cast<int>(labels.size()); }
};

/// Throws std::runtime_error that names the file, and the line where one is malformed.
Dataset load(const std::string& path);

/// Random numbers that are the same with every standard library (whose distributions are not).
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    /// Uniform in 0 … n - 1.
    std::uint32_t below(std::uint32_t n);
    /// Uniform in [-limit, limit).
    float symmetric(float limit);

  private:
    std::uint64_t next();  ///< splitmix64
    std::uint64_t state_;
};

/// 0 … n - 1 in random order.
std::vector<int> shuffled(int n, Random& random);

struct Split {
    Dataset training, held_out;
};

/// A random fifth is held out; the seed decides which.
Split split(const Dataset& all, std::uint64_t seed);

}  // namespace digits
