// v_cmp_<condition>_<type> and v_cmp_class_<type>.
#pragma once

#include <string>
#include <vector>

#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {

struct Comparison {
    std::string name;  ///< "lt_f32": what follows v_cmp_ or v_cmpx_
    VectorOperation operation;
};
const std::vector<Comparison>& comparisons();

}  // namespace sporkle::amdgpu::emulator
