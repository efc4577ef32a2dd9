// Machine: what a lowering may know of an architecture, as data. A target provides one per architecture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sporkle/dtype.hpp>

namespace sporkle::codegen {

/// What a matrix unit multiplies at once: rows × steps by steps × columns, of factors into accumulators.
struct MatrixShape {
    int rows = 0, columns = 0, steps = 0;
    DType factor = DType::f16, accumulator = DType::f32;
    friend bool operator==(const MatrixShape&, const MatrixShape&) = default;
};

/// A product as large as a workgroup's block, which so many threads compute together.
struct MatrixTile {
    MatrixShape shape;
    int threads = 0;
    friend bool operator==(const MatrixTile&, const MatrixTile&) = default;
};

struct Machine {
    std::string target;        ///< "x86"
    std::string architecture;  ///< "x86-64-v3"
    int vector_bits = 128;     ///< width of one vector register
    int vector_registers = 16;
    bool has_fma = false;  ///< fused multiply-add is one instruction (else it is built from wider arithmetic)
    bool fma_may_flush = false;  ///< devices exist on which Op::flushes is true
    bool has_masks = false;      ///< masked loads and stores cost the same as plain ones
    int fma_per_cycle = 2;       ///< vector FMAs started per cycle
    int fma_latency = 4;         ///< cycles
    std::int64_t l1_bytes = 32 << 10, l2_bytes = 512 << 10, l3_bytes = 8 << 20;
    int threads_per_workgroup = 1;  ///< 1: a task is one thread
    int subgroup_size = 1;
    std::int64_t shared_bytes = 0;
    std::vector<MatrixShape> matrix_shapes;  ///< of its matrix unit, best first
    int matrix_threads = 0;                  ///< threads of a member that hold fragments together
    /// Of a matrix unit that the threads of a whole workgroup use together, staging being its own business.
    std::vector<MatrixTile> matrix_tiles;
    bool matrix_rounds = false;  ///< it rounds accumulators of f32 to f16
    /// Its threads hold consecutive steps of a factor's row or column, and load them at once where they are
    /// neighbours.
    bool matrix_along_steps = false;
    /// Variants for it are only those that use the matrix unit: devices that have it run those of a plainer
    /// architecture as well.
    bool matrix_only = false;

    /// Lanes of one vector register for elements of the given size.
    int lanes(int element_bytes) const { return vector_bits / 8 / element_bytes; }
};

}  // namespace sporkle::codegen
