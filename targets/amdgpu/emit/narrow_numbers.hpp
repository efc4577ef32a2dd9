// Which 32-bit integers of a kernel are known to fit in 24 bits: products of such numbers take one
// instruction at full rate (v_mul_i32_i24, v_mad_i32_i24), those of others four times as long. Sums of
// products of bytes are made of them, also where the bytes went through shared memory as words.
#pragma once

#include <vector>

#include "codegen/ir/tile.hpp"

namespace sporkle::amdgpu {

class NarrowNumbers {
  public:
    explicit NarrowNumbers(const tile::Kernel& kernel);

    /// Whether every lane of the value, of type i32 or u32, is within -2^23 … 2^23 - 1, taken as signed.
    bool fits(tile::Value v) const { return values_[v.id]; }

  private:
    void region(const tile::Region& region);
    void instruction(const tile::Instruction& i);
    bool result_fits(const tile::Instruction& i) const;
    void loop(const tile::Instruction& i);
    void require(tile::Value v, bool fits);

    const tile::Kernel& kernel_;
    std::vector<bool> values_;   ///< by id
    std::vector<bool> buffers_;  ///< all that is stored there fits
    bool changed_ = false;
};

}  // namespace sporkle::amdgpu
