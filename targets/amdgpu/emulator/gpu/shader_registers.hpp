// The compute registers of a ring. They outlive submissions, so whoever forgets one gets what was there: at
// first arbitrary bits, except for what the kernel driver sets up with the ring.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>

#include "targets/amdgpu/pm4/registers.hpp"

namespace sporkle::amdgpu::emulator {

class ShaderRegisters {
  public:
    explicit ShaderRegisters(amdgpu::Generation generation) : generation_(generation) {
        for (std::uint32_t k = 0; k < values_.size(); ++k) values_[k] = 0xa5c30000u ^ (k * 0x9e3779b9u | 1u);
        // The memory queue descriptor lets all compute units of the first four engines work.
        for (const pm4::Reg reg : {pm4::Reg::static_thread_mgmt_se0, pm4::Reg::static_thread_mgmt_se2})
            for (std::uint32_t k = 0; k < 2; ++k) set(pm4::offset_of(generation, reg) + k, ~0u);
    }

    void set(std::uint32_t offset, std::uint32_t value) {
        values_[offset] = value;
        written_.set(offset);
    }
    std::uint32_t at(std::uint32_t offset) const { return values_[offset]; }
    std::uint32_t get(pm4::Reg reg, std::uint32_t next = 0) const {
        return values_[pm4::offset_of(generation_, reg) + next];
    }
    bool is_set(pm4::Reg reg, std::uint32_t next = 0) const {
        return written_[pm4::offset_of(generation_, reg) + next];
    }

  private:
    amdgpu::Generation generation_;
    std::array<std::uint32_t, 0x400> values_{};
    std::bitset<0x400> written_;
};

}  // namespace sporkle::amdgpu::emulator
