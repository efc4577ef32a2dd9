// What a module asks of a device, read from its words.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "targets/spirv/interface/matrix_products.hpp"

namespace sporkle::spirv {

struct ModuleNeeds {
    std::vector<std::uint32_t> capabilities;  ///< SPIR-V's numbers
    std::uint32_t local_size[3] = {1, 1, 1};
    bool has_subgroup_size = false;  ///< takes SpecId::subgroup_size
    std::uint64_t shared_bytes = 0;  ///< memory of a workgroup
    std::vector<MatrixProduct> products;

    bool uses(std::uint32_t capability) const;
    std::uint64_t invocations() const;  ///< of a workgroup
};

/// Throws Error(invalid_bundle) where the words are no module with one compute kernel called "main" that says
/// how large a workgroup is.
ModuleNeeds needs_of(std::span<const std::uint32_t> module);

}  // namespace sporkle::spirv
