// Which cooperative matrices a module multiplies.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "targets/spirv/interface/instructions.hpp"

namespace sporkle::spirv {

/// The elements of a matrix.
struct MatrixElement {
    std::uint32_t width = 0;  ///< bits
    bool is_float = false, is_bfloat = false;
    bool is_signed = false;  ///< of integers
};

/// C (m × n) + A (m × k) · B (k × n).
struct MatrixProduct {
    std::uint32_t m = 0, n = 0, k = 0;
    MatrixElement a, b, c, result;
    bool saturates = false;
    std::uint32_t scope = 0;  ///< SPIR-V's number: 2 a workgroup, 3 a subgroup
};

/// Gathers the products from the instructions of a module, in order.
class MatrixProducts {
  public:
    void read(const Instruction& instruction);
    const std::vector<MatrixProduct>& all() const { return all_; }

  private:
    struct Matrix {
        MatrixElement element;
        std::uint32_t scope = 0, rows = 0, columns = 0;
    };
    void add(std::span<const std::uint32_t> words);

    std::map<std::uint32_t, MatrixElement> elements_;
    std::map<std::uint32_t, std::uint32_t> constants_;
    std::map<std::uint32_t, Matrix> matrices_;
    std::map<std::uint32_t, std::uint32_t> types_;  ///< of values, once there are matrices
    std::vector<MatrixProduct> all_;
};

}  // namespace sporkle::spirv
