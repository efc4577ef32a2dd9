#include "targets/amdgpu/emulator/isa/atomic.hpp"

#include "targets/amdgpu/emulator/isa/float_functions.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

template <class U>
U integer_result(AtomicOperation op, U before, U operand, U second) {
    using S = std::make_signed_t<U>;
    const S sb = static_cast<S>(before), so = static_cast<S>(operand);
    switch (op) {
        case AtomicOperation::swap:
            return operand;
        case AtomicOperation::cmpswap:
            return before == second ? operand : before;
        case AtomicOperation::add:
            return before + operand;
        case AtomicOperation::sub:
            return before - operand;
        case AtomicOperation::reverse_sub:
            return operand - before;
        case AtomicOperation::smin:
            return so < sb ? operand : before;
        case AtomicOperation::umin:
            return operand < before ? operand : before;
        case AtomicOperation::smax:
            return so > sb ? operand : before;
        case AtomicOperation::umax:
            return operand > before ? operand : before;
        case AtomicOperation::bit_and:
            return before & operand;
        case AtomicOperation::bit_or:
            return before | operand;
        case AtomicOperation::bit_xor:
            return before ^ operand;
        case AtomicOperation::mask_or:
            return (before & ~operand) | second;
        case AtomicOperation::inc:
            return before >= operand ? 0 : before + 1;
        case AtomicOperation::dec:
            return before == 0 || before > operand ? operand : before - 1;
        case AtomicOperation::sub_clamped:
            return operand > before ? 0 : before - operand;
        case AtomicOperation::sub_conditional:
            return operand > before ? before : before - operand;
        default:
            return before;
    }
}

template <class F>
BitsOf<F> float_result(AtomicOperation op, BitsOf<F> before, BitsOf<F> operand, BitsOf<F> second) {
    const F a = from_bits<F>(before), b = from_bits<F>(operand);
    switch (op) {
        case AtomicOperation::fadd:
            return bits_of(Add{}(a, b));
        case AtomicOperation::fmin:
            return bits_of(minimum_number(a, b));
        case AtomicOperation::fmax:
            return bits_of(maximum_number(a, b));
        default:  // fcmpswap
            return a == from_bits<F>(second) ? operand : before;
    }
}

}  // namespace

std::uint64_t apply_atomic(AtomicOperation op, int bytes, std::uint64_t before, std::uint64_t operand,
                           std::uint64_t second) {
    const auto b = static_cast<std::uint32_t>(before), o = static_cast<std::uint32_t>(operand);
    switch (op) {
        case AtomicOperation::fadd:
        case AtomicOperation::fmin:
        case AtomicOperation::fmax:
        case AtomicOperation::fcmpswap:
            return bytes == 8 ? float_result<double>(op, before, operand, second)
                              : float_result<float>(op, b, o, static_cast<std::uint32_t>(second));
        case AtomicOperation::pk_add_f16: {
            const auto sum = [](std::uint32_t x, std::uint32_t y) {
                return float_to_half(Add{}(half_to_float(x & 0xffffu), half_to_float(y & 0xffffu)));
            };
            return sum(b, o) | sum(b >> 16, o >> 16) << 16;
        }
        case AtomicOperation::pk_add_bf16: {
            const auto sum = [](std::uint32_t x, std::uint32_t y) {
                return float_to_bfloat(Add{}(bfloat_to_float(x & 0xffffu), bfloat_to_float(y & 0xffffu)));
            };
            return sum(b, o) | sum(b >> 16, o >> 16) << 16;
        }
        default:
            return bytes == 8 ? integer_result<std::uint64_t>(op, before, operand, second)
                              : integer_result<std::uint32_t>(op, b, o, static_cast<std::uint32_t>(second));
    }
}

}  // namespace sporkle::amdgpu::emulator
