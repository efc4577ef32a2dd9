// Which parts of a block of memory are free: best fit, with neighbours joined as soon as they are free.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace sporkle::spirv::vulkan {

class Ranges {
  public:
    /// All of [begin, end) is free.
    Ranges(std::uint64_t begin, std::uint64_t end);

    /// Offset of `bytes` free bytes, which are taken from the smallest free range that holds them; nothing
    /// where none does. `bytes` is above 0. Offsets are begin plus sums of sizes that were asked for.
    std::optional<std::uint64_t> take(std::uint64_t bytes);
    /// Gives back what take returned.
    void give(std::uint64_t offset, std::uint64_t bytes);
    bool all_free() const { return used_ == 0; }
    std::uint64_t largest_free() const { return by_size_.empty() ? 0 : by_size_.rbegin()->first; }

  private:
    void insert(std::uint64_t offset, std::uint64_t bytes);
    void erase(std::map<std::uint64_t, std::uint64_t>::iterator range);

    std::map<std::uint64_t, std::uint64_t> by_offset_;           ///< offset → bytes
    std::set<std::pair<std::uint64_t, std::uint64_t>> by_size_;  ///< (bytes, offset)
    std::uint64_t used_ = 0;
};

}  // namespace sporkle::spirv::vulkan
