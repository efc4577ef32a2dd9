// The architectures of variants that multiply cooperative matrices: what their modules rely on beyond
// "spirv", so that the emitter uses no more and the driver offers them to no device with less.
//
//   spirv-matrix, -bf16      matrices of a subgroup (VK_KHR_cooperative_matrix), staged by the module
//   spirv-workgroup, -bf16   matrices of a workgroup (VK_NV_cooperative_matrix2), loaded from tensors
#pragma once

#include <cstdint>
#include <span>

#include <sporkle/dtype.hpp>

namespace sporkle::spirv {

/// rows × steps by steps × columns, held by a subgroup, or by a workgroup of so many invocations. Where sums
/// are f16 nothing is multiplied: accumulators of f32 are rounded to them.
struct MatrixForm {
    std::uint32_t rows = 0, columns = 0, steps = 0;
    DType factor = DType::f16, accumulator = DType::f32;
    std::uint32_t workgroup = 0;  ///< 0: of a subgroup
};

struct MatrixArchitecture {
    const char* name;
    std::span<const std::uint32_t> capabilities;  ///< SPIR-V's numbers
    std::span<const MatrixForm> forms;            ///< best first
    bool of_workgroups;

    /// Cooperative matrices of subgroups are spread over subgroups of exactly this size.
    static constexpr std::uint32_t subgroup_size = 32;
    static constexpr std::uint32_t shared_bytes = 49152;
};

namespace matrix_tables {

// Int16, Int8, StorageBuffer16BitAccess, StorageBuffer8BitAccess, VulkanMemoryModel, CooperativeMatrixKHR;
// behind them Float16, or BFloat16TypeKHR and BFloat16CooperativeMatrixKHR; behind these
// CooperativeMatrixTensorAddressingNV and TensorAddressingNV.
inline constexpr std::uint32_t plain[] = {22, 39, 4433, 4448, 5345, 6022, 9};
inline constexpr std::uint32_t plain_bf16[] = {22, 39, 4433, 4448, 5345, 6022, 5116, 5118};
inline constexpr std::uint32_t tensors[] = {22, 39, 4433, 4448, 5345, 6022, 9, 5433, 5439};
inline constexpr std::uint32_t tensors_bf16[] = {22, 39, 4433, 4448, 5345, 6022, 5116, 5118, 5433, 5439};

inline constexpr MatrixForm subgroup[] = {{16, 16, 16, DType::f16, DType::f32},
                                          {16, 16, 16, DType::f16, DType::f16},
                                          {16, 16, 32, DType::i8, DType::i32}};
inline constexpr MatrixForm subgroup_bf16[] = {{16, 16, 16, DType::bf16, DType::f32}};
inline constexpr MatrixForm workgroup[] = {
    {128, 256, 64, DType::f16, DType::f32, 256}, {128, 256, 64, DType::f16, DType::f16, 256},
    {128, 128, 64, DType::f16, DType::f32, 128}, {128, 128, 64, DType::f16, DType::f16, 128},
    {64, 64, 64, DType::f16, DType::f32, 128},   {64, 64, 64, DType::f16, DType::f16, 128},
    {128, 256, 128, DType::i8, DType::i32, 256}, {128, 128, 128, DType::i8, DType::i32, 128},
    {64, 64, 128, DType::i8, DType::i32, 128}};
inline constexpr MatrixForm workgroup_bf16[] = {{128, 256, 64, DType::bf16, DType::f32, 256},
                                                {128, 128, 64, DType::bf16, DType::f32, 128},
                                                {64, 64, 64, DType::bf16, DType::f32, 128}};

}  // namespace matrix_tables

inline constexpr MatrixArchitecture matrix_architectures[] = {
    {"spirv-workgroup", matrix_tables::tensors, matrix_tables::workgroup, true},
    {"spirv-workgroup-bf16", matrix_tables::tensors_bf16, matrix_tables::workgroup_bf16, true},
    {"spirv-matrix", matrix_tables::plain, matrix_tables::subgroup, false},
    {"spirv-matrix-bf16", matrix_tables::plain_bf16, matrix_tables::subgroup_bf16, false}};

}  // namespace sporkle::spirv
