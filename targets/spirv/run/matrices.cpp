#include "targets/spirv/run/matrices.hpp"

#include <algorithm>

#include "targets/spirv/run/physical_device.hpp"

namespace sporkle::spirv::vulkan {
namespace {

using extension::Component;
using extension::Scope;

Component component(const MatrixElement& element) {
    if (element.is_bfloat) return Component::bfloat16;
    if (element.is_float)
        return element.width == 64   ? Component::float64
               : element.width == 32 ? Component::float32
                                     : Component::float16;
    // The widths of a family follow each other.
    const Component least = element.is_signed ? Component::sint8 : Component::uint8;
    const std::uint32_t step = element.width == 64   ? 3
                               : element.width == 32 ? 2
                               : element.width == 16 ? 1
                                                     : 0;
    return static_cast<Component>(static_cast<std::uint32_t>(least) + step);
}

std::string name_of(Component component) {
    switch (component) {
        case Component::float16:
            return "f16";
        case Component::float32:
            return "f32";
        case Component::float64:
            return "f64";
        case Component::sint8:
            return "i8";
        case Component::sint16:
            return "i16";
        case Component::sint32:
            return "i32";
        case Component::sint64:
            return "i64";
        case Component::uint8:
            return "u8";
        case Component::uint16:
            return "u16";
        case Component::uint32:
            return "u32";
        case Component::uint64:
            return "u64";
        case Component::bfloat16:
            return "bf16";
    }
    return "?";
}

template <class Row>
bool has_types(const Row& row, const MatrixProduct& product) {
    return row.a == component(product.a) && row.b == component(product.b) && row.c == component(product.c) &&
           row.result == component(product.result) && row.scope == static_cast<Scope>(product.scope) &&
           (row.saturates == VK_TRUE) == product.saturates;
}

std::string text(const MatrixProduct& product) {
    return std::to_string(product.m) + "×" + std::to_string(product.n) + "×" + std::to_string(product.k) +
           " " + name_of(component(product.a)) + "·" + name_of(component(product.b)) + "+" +
           name_of(component(product.c)) + "→" + name_of(component(product.result)) +
           (static_cast<Scope>(product.scope) == Scope::workgroup ? " of a workgroup" : " of a subgroup");
}

MatrixElement element_of(DType type) {
    return {static_cast<std::uint32_t>(8 * size_of(type)), is_float(type), type == DType::bf16,
            is_integer(type)};
}

MatrixProduct product_of(const MatrixForm& form) {
    const MatrixElement factor = element_of(form.factor), sum = element_of(form.accumulator);
    const Scope scope = form.workgroup > 0 ? Scope::workgroup : Scope::subgroup;
    return {form.rows, form.columns, form.steps,
            factor,    factor,       sum,
            sum,       false,        static_cast<std::uint32_t>(scope)};
}

bool has(const PhysicalDevice& device, const MatrixProduct& product, std::uint64_t invocations) {
    for (const extension::CooperativeMatrixProperties& row : device.matrices)
        if (has_types(row, product) && row.m == product.m && row.n == product.n && row.k == product.k)
            return true;
    const auto fits = [&](std::uint32_t size, std::uint32_t granularity) {
        return granularity > 0 && size > 0 && size % granularity == 0 &&
               size <= device.largest_flexible_dimension;
    };
    for (const extension::FlexibleMatrixProperties& row : device.flexible_matrices)
        if (has_types(row, product) && fits(product.m, row.m_granularity) &&
            fits(product.n, row.n_granularity) && fits(product.k, row.k_granularity) &&
            (static_cast<Scope>(product.scope) != Scope::workgroup || row.invocations == invocations))
            return true;
    return false;
}

}  // namespace

std::string missing_matrices(std::span<const MatrixProduct> products, std::uint64_t invocations,
                             const PhysicalDevice& device) {
    for (const MatrixProduct& product : products)
        if (!has(device, product, invocations)) return text(product);
    return {};
}

bool has_matrix_architecture(const PhysicalDevice& device, const MatrixArchitecture& architecture) {
    const auto& sizes = device.subgroup;
    constexpr std::uint32_t size = MatrixArchitecture::subgroup_size;
    const bool has_subgroups = (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
                               size >= sizes.minSubgroupSize && size <= sizes.maxSubgroupSize;
    const VkPhysicalDeviceLimits& limits = device.properties.limits;
    if (!architecture.of_workgroups &&
        (!has_subgroups || limits.maxComputeSharedMemorySize < MatrixArchitecture::shared_bytes))
        return false;
    return std::all_of(architecture.forms.begin(), architecture.forms.end(),
                       [&](const MatrixForm& form) { return has(device, product_of(form), form.workgroup); });
}

}  // namespace sporkle::spirv::vulkan
