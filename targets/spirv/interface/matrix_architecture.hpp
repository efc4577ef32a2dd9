// The architecture "spirv-matrix": what its modules rely on beyond "spirv", so that the emitter uses no more
// and the driver offers it to no device with less.
#pragma once

#include <cstdint>

#include <sporkle/dtype.hpp>

namespace sporkle::spirv::matrix_architecture {

inline constexpr char name[] = "spirv-matrix";

/// Cooperative matrices are spread over subgroups of exactly this size.
inline constexpr std::uint32_t subgroup_size = 32;
inline constexpr std::uint32_t shared_bytes = 49152;

/// rows × steps by steps × columns.
struct Shape {
    std::uint32_t rows = 0, columns = 0, steps = 0;
    DType factor = DType::f16, accumulator = DType::f32;
};
inline constexpr Shape shapes[] = {{16, 16, 16, DType::f16, DType::f32}, {16, 16, 32, DType::i8, DType::i32}};

/// Capabilities, by SPIR-V's numbers: Float16, Int16, Int8, StorageBuffer16BitAccess,
/// StorageBuffer8BitAccess, VulkanMemoryModel, CooperativeMatrixKHR.
inline constexpr std::uint32_t capabilities[] = {9, 22, 39, 4433, 4448, 5345, 6022};

}  // namespace sporkle::spirv::matrix_architecture
