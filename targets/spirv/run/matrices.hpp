// Which cooperative matrices a module multiplies, and whether a device has them: a driver may do anything
// with others.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "targets/spirv/interface/matrix_architecture.hpp"
#include "targets/spirv/interface/matrix_products.hpp"

namespace sporkle::spirv::vulkan {

struct PhysicalDevice;

/// The first of the products that the device lacks, such as "16×16×16 f16·f16+f32→f32 of a
/// subgroup"; empty where there is none. `invocations` is the size of the workgroup.
std::string missing_matrices(std::span<const MatrixProduct> products, std::uint64_t invocations,
                             const PhysicalDevice& device);

/// Whether the device has the matrices, and the subgroups and shared memory for them.
bool has_matrix_architecture(const PhysicalDevice& device, const MatrixArchitecture& architecture);

}  // namespace sporkle::spirv::vulkan
