// Products of cooperative matrices, against tables as drivers give them.
#include "targets/spirv/run/matrices.hpp"

#include <gtest/gtest.h>

#include "targets/spirv/interface/word_writer.hpp"
#include "targets/spirv/run/physical_device.hpp"

namespace sporkle::testing {
namespace {

using namespace spirv::vulkan;
using extension::Component;
using extension::Scope;
using spirv::WordWriter;
using spv::Op;

struct Shape {
    std::uint32_t m = 16, n = 16, k = 16, scope = 3, flags = 0;
    std::uint32_t factor_bits = 16, sum_bits = 32;
    bool is_float = true, is_bfloat = false;
};

/// What is found in a module of types, three loads (whose operands do not matter here) and a product.
std::vector<spirv::MatrixProduct> product(const Shape& shape) {
    WordWriter w;
    const auto u32 = w.define(Op::OpTypeInt, {32, 0});
    const auto type = [&](std::uint32_t bits, bool bfloat) {
        if (bfloat) return w.define(Op::OpTypeFloat, {bits, 0});
        if (shape.is_float) return w.define(Op::OpTypeFloat, {bits});
        return bits == 32 ? u32 : w.define(Op::OpTypeInt, {bits, 0});
    };
    const auto factor = type(shape.factor_bits, shape.is_bfloat), sum = type(shape.sum_bits, false);
    const auto constant = [&](std::uint32_t value) { return w.compute(Op::OpConstant, u32, {value}); };
    const auto scope = constant(shape.scope), m = constant(shape.m), n = constant(shape.n);
    const auto k = constant(shape.k), use = constant(0);
    const auto matrix = [&](std::uint32_t number, std::uint32_t rows, std::uint32_t columns) {
        return w.define(static_cast<Op>(4456), {number, scope, rows, columns, use});
    };
    const auto a = matrix(factor, m, k), b = matrix(factor, k, n), c = matrix(sum, m, n);
    const auto load = [&](std::uint32_t of) { return w.compute(static_cast<Op>(4457), of, {use, use}); };
    const auto left = load(a), right = load(b), before = load(c);
    w.compute(static_cast<Op>(4459), c, {left, right, before, shape.flags});
    const std::vector<std::uint32_t> words = w.finish();
    spirv::MatrixProducts products;
    for (const spirv::Instruction& x : spirv::instructions_of(words)) products.read(x);
    return products.all();
}

PhysicalDevice device_with(std::uint32_t m, std::uint32_t n, std::uint32_t k, Component factor,
                           Component sum) {
    PhysicalDevice device;
    extension::CooperativeMatrixProperties row;
    row.m = m;
    row.n = n;
    row.k = k;
    row.a = row.b = factor;
    row.c = row.result = sum;
    row.scope = Scope::subgroup;
    device.matrices.push_back(row);
    return device;
}

TEST(VulkanMatrices, FindsThoseThatThereAre) {
    const PhysicalDevice device = device_with(16, 16, 16, Component::float16, Component::float32);
    EXPECT_EQ(missing_matrices(product({}), 64, device), "");
    EXPECT_EQ(missing_matrices(product({.m = 8}), 64, device), "8×16×16 f16·f16+f32→f32 of a subgroup");
    EXPECT_EQ(missing_matrices(product({.k = 32}), 64, device), "16×16×32 f16·f16+f32→f32 of a subgroup");
    EXPECT_EQ(missing_matrices(product({.sum_bits = 16}), 64, device),
              "16×16×16 f16·f16+f16→f16 of a subgroup");
    EXPECT_EQ(missing_matrices(product({.scope = 2}), 64, device), "16×16×16 f16·f16+f32→f32 of a workgroup");
    EXPECT_EQ(missing_matrices(product({.is_bfloat = true}), 64, device),
              "16×16×16 bf16·bf16+f32→f32 of a subgroup");
    EXPECT_EQ(missing_matrices(product({.flags = 16}), 64, device), "16×16×16 f16·f16+f32→f32 of a subgroup");
}

TEST(VulkanMatrices, TellsSignsOfIntegers) {
    const Shape shape{.flags = 15, .factor_bits = 8, .is_float = false};
    EXPECT_EQ(
        missing_matrices(product(shape), 64, device_with(16, 16, 16, Component::sint8, Component::sint32)),
        "");
    EXPECT_EQ(
        missing_matrices(product(shape), 64, device_with(16, 16, 16, Component::uint8, Component::uint32)),
        "16×16×16 i8·i8+i32→i32 of a subgroup");
}

TEST(VulkanMatrices, FlexibleOnesComeInMultiples) {
    PhysicalDevice device;
    extension::FlexibleMatrixProperties row;
    row.m_granularity = 32;
    row.n_granularity = 16;
    row.k_granularity = 16;
    row.a = row.b = Component::float16;
    row.c = row.result = Component::float32;
    row.scope = Scope::workgroup;
    row.invocations = 256;
    device.flexible_matrices.push_back(row);
    device.largest_flexible_dimension = 256;
    const Shape shape{.m = 128, .n = 256, .k = 64, .scope = 2};
    EXPECT_EQ(missing_matrices(product(shape), 256, device), "");
    EXPECT_NE(missing_matrices(product(shape), 128, device), "");
    Shape other = shape;
    other.m = 48;
    EXPECT_NE(missing_matrices(product(other), 256, device), "");
    other = shape;
    other.n = 512;
    EXPECT_NE(missing_matrices(product(other), 256, device), "");
    other = shape;
    other.scope = 3;
    EXPECT_NE(missing_matrices(product(other), 256, device), "");
}

TEST(VulkanMatrices, ModulesWithoutThem) { EXPECT_EQ(missing_matrices({}, 64, PhysicalDevice()), ""); }

const spirv::MatrixArchitecture& architecture(const std::string& name) {
    for (const spirv::MatrixArchitecture& one : spirv::matrix_architectures)
        if (one.name == name) return one;
    throw std::logic_error("no architecture " + name);
}

/// A device as the architecture "spirv-matrix" wants it.
PhysicalDevice matrix_device() {
    PhysicalDevice device = device_with(16, 16, 16, Component::float16, Component::float32);
    device.matrices.push_back(device_with(16, 16, 16, Component::float16, Component::float16).matrices[0]);
    device.matrices.push_back(device_with(16, 16, 32, Component::sint8, Component::sint32).matrices[0]);
    device.subgroup.minSubgroupSize = device.subgroup.maxSubgroupSize = 32;
    device.subgroup.requiredSubgroupSizeStages = VK_SHADER_STAGE_COMPUTE_BIT;
    device.properties.limits.maxComputeSharedMemorySize = 49152;
    return device;
}

TEST(VulkanMatrices, ArchitectureNeedsShapesSubgroupsAndSharedMemory) {
    const auto& of_subgroups = architecture("spirv-matrix");
    EXPECT_TRUE(has_matrix_architecture(matrix_device(), of_subgroups));
    EXPECT_FALSE(has_matrix_architecture(matrix_device(), architecture("spirv-matrix-bf16")));
    EXPECT_FALSE(has_matrix_architecture(matrix_device(), architecture("spirv-workgroup")));
    for (std::size_t missing = 0; missing < 3; ++missing) {
        PhysicalDevice device = matrix_device();
        device.matrices.erase(device.matrices.begin() + static_cast<std::ptrdiff_t>(missing));
        EXPECT_FALSE(has_matrix_architecture(device, of_subgroups));
    }
    PhysicalDevice device = matrix_device();
    device.subgroup.minSubgroupSize = 64, device.subgroup.maxSubgroupSize = 64;
    EXPECT_FALSE(has_matrix_architecture(device, of_subgroups));
    device = matrix_device();
    device.subgroup.requiredSubgroupSizeStages = 0;
    EXPECT_FALSE(has_matrix_architecture(device, of_subgroups));
    device = matrix_device();
    device.properties.limits.maxComputeSharedMemorySize = 32768;
    EXPECT_FALSE(has_matrix_architecture(device, of_subgroups));
    device = matrix_device();
    device.matrices.push_back(device_with(16, 16, 16, Component::bfloat16, Component::float32).matrices[0]);
    EXPECT_TRUE(has_matrix_architecture(device, architecture("spirv-matrix-bf16")));
}

/// Granularities as drivers give them, for workgroups of 128 and 256 invocations.
PhysicalDevice workgroup_device(Component factor, Component sum) {
    PhysicalDevice device;
    extension::FlexibleMatrixProperties row;
    row.m_granularity = row.n_granularity = row.k_granularity = 32;
    row.a = row.b = factor;
    row.c = row.result = sum;
    row.scope = Scope::workgroup;
    for (const std::uint32_t invocations : {128u, 256u}) {
        row.invocations = invocations;
        device.flexible_matrices.push_back(row);
    }
    device.largest_flexible_dimension = 256;
    return device;
}

TEST(VulkanMatrices, ArchitectureOfWorkgroups) {
    const auto& of_workgroups = architecture("spirv-workgroup-bf16");
    const PhysicalDevice whole = workgroup_device(Component::bfloat16, Component::float32);
    EXPECT_TRUE(has_matrix_architecture(whole, of_workgroups));
    EXPECT_FALSE(has_matrix_architecture(whole, architecture("spirv-workgroup")));
    EXPECT_FALSE(has_matrix_architecture(whole, architecture("spirv-matrix-bf16")));
    PhysicalDevice device = whole;
    device.largest_flexible_dimension = 128;
    EXPECT_FALSE(has_matrix_architecture(device, of_workgroups));
    device = whole;
    device.flexible_matrices.pop_back();  // no more than 128 invocations
    EXPECT_FALSE(has_matrix_architecture(device, of_workgroups));
    device = whole;
    for (auto& row : device.flexible_matrices) row.k_granularity = 128;
    EXPECT_FALSE(has_matrix_architecture(device, of_workgroups));
}

}  // namespace
}  // namespace sporkle::testing
