// Read-modify-write operations on memory and on LDS.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sporkle::amdgpu::emulator {

enum class AtomicOperation : std::uint8_t {
    swap,
    cmpswap,  // 4 or 8 bytes
    add,
    sub,
    smin,
    umin,
    smax,
    umax,  // 4 or 8 bytes
    bit_and,
    bit_or,
    bit_xor,
    inc,
    dec,              // inc: old >= operand ? 0 : old + 1; dec: old == 0 || old > operand ? operand : old - 1
    sub_clamped,      // operand > old ? 0 : old - operand
    sub_conditional,  // operand > old ? old : old - operand
    reverse_sub,      // operand - old
    fadd,
    fmin,
    fmax,
    fcmpswap,  // 4 or 8 bytes; IEEE, subnormals kept
    pk_add_f16,
    pk_add_bf16,  // two halves of 4 bytes
    mask_or,      // (old & ~first) | second; two operands as cmpswap
};

/// Operands a lane hands over, in units of the access's size.
constexpr int atomic_operands(AtomicOperation op) {
    return op == AtomicOperation::cmpswap || op == AtomicOperation::fcmpswap || op == AtomicOperation::mask_or
               ? 2
               : 1;
}

/// The new value of a memory cell of 4 or 8 bytes. `second` is the compared value of a cmpswap.
std::uint64_t apply_atomic(AtomicOperation op, int bytes, std::uint64_t before, std::uint64_t operand,
                           std::uint64_t second);

}  // namespace sporkle::amdgpu::emulator
