// Numbers that depend on nothing but the member that computes them, worked out when the code is made.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codegen/ir/tile.hpp"
#include "targets/amdgpu/emit/lane_moves.hpp"

namespace sporkle::amdgpu {

class MemberNumbers {
  public:
    explicit MemberNumbers(const tile::Kernel& kernel);

    /// The value of a scalar of type i64 in each member; null where it depends on anything else.
    const std::vector<std::uint64_t>* of(tile::Value v);

    /// Where members take the number's value from, if each wave's do from the same wave and all waves alike.
    std::optional<LanePattern> pattern(tile::Value source, int wave_size);

  private:
    struct Known {
        bool is_done = false;
        std::optional<std::vector<std::uint64_t>> values;  ///< by member, as Instruction::bits
    };
    void note(const tile::Region& region);
    std::optional<std::vector<std::uint64_t>> compute(const tile::Instruction& by);

    const tile::Kernel& kernel_;
    std::vector<const tile::Instruction*> definitions_;  ///< by value id
    std::vector<Known> known_;
};

}  // namespace sporkle::amdgpu
