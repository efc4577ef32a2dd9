// A set of a module's ids.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sporkle::spirv {

/// Ids that no module can have count as not in it.
class IdSet {
  public:
    void insert(std::uint32_t id) {
        if (id > largest) return;
        if (id >= has_.size()) has_.resize(std::max<std::size_t>(id + 1, 2 * has_.size()));
        has_[id] = 1;
    }
    bool contains(std::uint32_t id) const { return id < has_.size() && has_[id] != 0; }

  private:
    static constexpr std::uint32_t largest = 0x3fffff;  ///< SPIR-V specification, 2.17 "Universal Limits"
    std::vector<std::uint8_t> has_;
};

}  // namespace sporkle::spirv
