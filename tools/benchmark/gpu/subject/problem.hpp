// A kernel with operands in the process's memory: what a row computes, before anybody computes it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <sporkle/context.hpp>
#include <sporkle/element.hpp>

#include "runtime/memory/aligned_bytes.hpp"

namespace sporkle::bench {

class Problem {
  public:
    explicit Problem(KernelId kernel) : kernel_(kernel) {}

    /// The next argument in the kernel's order: a dense row-major tensor, uninitialised. The span stays valid
    /// as long as the Problem. A kernel has one output here, and it comes last.
    template <ElementType T>
    std::span<T> tensor(const std::vector<std::int64_t>& extents) {
        std::byte* data = add_tensor(dtype_of<T>, extents);
        return {reinterpret_cast<T*>(data), operands_.back().bytes.size() / sizeof(T)};
    }
    /// … or a number.
    void number(float value);

    const KernelId& kernel() const { return kernel_; }

    struct Argument {
        Operand operand;              ///< of the process's memory
        runtime::AlignedBytes bytes;  ///< of a tensor
    };
    std::span<const Argument> arguments() const { return operands_; }
    std::vector<Operand> operands() const;
    std::span<std::byte> output() const;
    DType output_dtype() const { return operands_.back().operand.dtype; }

  private:
    std::byte* add_tensor(DType dtype, const std::vector<std::int64_t>& extents);

    KernelId kernel_;
    std::vector<Argument> operands_;
};

}  // namespace sporkle::bench
