#include "targets/spirv/run/matrices.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <spirv/unified1/spirv.hpp11>

#include "targets/spirv/interface/instructions.hpp"
#include "targets/spirv/run/physical_device.hpp"

namespace sporkle::spirv::vulkan {
namespace {

using extension::Component;
using extension::Scope;
using spv::Op;
using Id = std::uint32_t;

// SPV_KHR_cooperative_matrix, which Debian 12's SPIR-V headers do not know.
constexpr std::uint32_t op_type_matrix = 4456, op_matrix_load = 4457, op_matrix_multiply_add = 4459;
constexpr std::uint32_t a_is_signed = 1, b_is_signed = 2, c_is_signed = 4, result_is_signed = 8,
                        saturates = 16;

struct Number {
    std::uint32_t width = 0;
    bool is_float = false, is_bfloat = false;
};

struct Matrix {
    Number number;
    std::uint32_t scope = 0, rows = 0, columns = 0;
};

Component component(const Number& number, bool is_signed) {
    if (number.is_bfloat) return Component::bfloat16;
    const auto of = [&](Component smallest) {  // the widths of a family follow each other
        const std::uint32_t step = number.width == 64   ? 3
                                   : number.width == 32 ? 2
                                   : number.width == 16 ? 1
                                                        : 0;
        return static_cast<Component>(static_cast<std::uint32_t>(smallest) + step);
    };
    if (number.is_float)
        return number.width == 64   ? Component::float64
               : number.width == 32 ? Component::float32
                                    : Component::float16;
    return of(is_signed ? Component::sint8 : Component::uint8);
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

/// C (m × n) + A (m × k) · B (k × n).
struct Product {
    std::uint32_t m = 0, n = 0, k = 0;
    Component a{}, b{}, c{}, result{};
    bool is_saturating = false;
    Scope scope{};

    template <class Row>
    bool has_types_of(const Row& row) const {
        return row.a == a && row.b == b && row.c == c && row.result == result && row.scope == scope &&
               (row.saturates == VK_TRUE) == is_saturating;
    }
    std::string text() const {
        return std::to_string(m) + "×" + std::to_string(n) + "×" + std::to_string(k) + " " + name_of(a) +
               "·" + name_of(b) + "+" + name_of(c) + "→" + name_of(result) +
               (scope == Scope::workgroup ? " of a workgroup" : " of a subgroup");
    }
};

class Products {
  public:
    void read(const Instruction& x) {
        const auto& w = x.words;
        const auto operand = [&](std::size_t n) { return n < w.size() ? w[n] : 0; };
        const std::uint32_t op = x.opcode();
        if (Op(op) == Op::OpTypeFloat) numbers_[operand(1)] = {operand(2), true, w.size() > 3};
        if (Op(op) == Op::OpTypeInt) numbers_[operand(1)] = {operand(2), false, false};
        if (Op(op) == Op::OpConstant) constants_[operand(2)] = operand(3);
        if (op == op_type_matrix)
            matrices_[operand(1)] = {numbers_[operand(2)], constants_[operand(3)], constants_[operand(4)],
                                     constants_[operand(5)]};
        const bool computes_matrix = op == op_matrix_load || op == op_matrix_multiply_add;
        if (computes_matrix || x.type() != 0) types_[computes_matrix ? operand(2) : x.result()] = operand(1);
        if (op == op_matrix_multiply_add) add(operand(1), operand(3), operand(4), operand(5), operand(6));
    }
    const std::vector<Product>& all() const { return all_; }

  private:
    void add(Id result_type, Id a, Id b, Id c, std::uint32_t flags) {
        const Matrix left = matrices_[types_[a]], right = matrices_[types_[b]];
        Product product;
        product.m = left.rows;
        product.k = left.columns;
        product.n = right.columns;
        product.a = component(left.number, (flags & a_is_signed) != 0);
        product.b = component(right.number, (flags & b_is_signed) != 0);
        product.c = component(matrices_[types_[c]].number, (flags & c_is_signed) != 0);
        product.result = component(matrices_[result_type].number, (flags & result_is_signed) != 0);
        product.is_saturating = (flags & saturates) != 0;
        product.scope = static_cast<Scope>(left.scope);
        all_.push_back(product);
    }

    std::map<Id, Number> numbers_;
    std::map<Id, std::uint32_t> constants_;
    std::map<Id, Matrix> matrices_;
    std::map<Id, Id> types_;  ///< of values
    std::vector<Product> all_;
};

bool has(const PhysicalDevice& device, const Product& product, std::uint64_t invocations) {
    for (const extension::CooperativeMatrixProperties& row : device.matrices)
        if (product.has_types_of(row) && row.m == product.m && row.n == product.n && row.k == product.k)
            return true;
    const auto fits = [&](std::uint32_t size, std::uint32_t granularity) {
        return granularity > 0 && size > 0 && size % granularity == 0 &&
               size <= device.largest_flexible_dimension;
    };
    for (const extension::FlexibleMatrixProperties& row : device.flexible_matrices)
        if (product.has_types_of(row) && fits(product.m, row.m_granularity) &&
            fits(product.n, row.n_granularity) && fits(product.k, row.k_granularity) &&
            (product.scope != Scope::workgroup || row.invocations == invocations))
            return true;
    return false;
}

}  // namespace

std::string missing_matrices(std::span<const std::uint32_t> module, std::uint64_t invocations,
                             const PhysicalDevice& device) {
    Products products;
    for (const Instruction& x : instructions_of(module)) products.read(x);
    for (const Product& product : products.all())
        if (!has(device, product, invocations)) return product.text();
    return {};
}

}  // namespace sporkle::spirv::vulkan
