// The kernel descriptor: 64 bytes that LLVM writes for each kernel of a code object (symbol "<kernel>.kd").
//
// Source: LLVM "User Guide for AMDGPU Backend", "Kernel Descriptor"; llvm/Support/AMDHSAKernelDescriptor.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/field.hpp"

namespace sporkle::amdgpu::pm4 {

inline constexpr std::size_t kernel_descriptor_bytes = 64, kernel_descriptor_alignment = 64,
                             code_alignment = 256;

/// Bits of `properties`: which user SGPRs the kernel wants, in this order.
namespace kernel_property {
inline constexpr Field private_segment_buffer{"ENABLE_SGPR_PRIVATE_SEGMENT_BUFFER", 0, 1};
inline constexpr Field dispatch_ptr{"ENABLE_SGPR_DISPATCH_PTR", 1, 1};
inline constexpr Field queue_ptr{"ENABLE_SGPR_QUEUE_PTR", 2, 1};
inline constexpr Field kernarg_segment_ptr{"ENABLE_SGPR_KERNARG_SEGMENT_PTR", 3, 1};
inline constexpr Field dispatch_id{"ENABLE_SGPR_DISPATCH_ID", 4, 1};
inline constexpr Field flat_scratch_init{"ENABLE_SGPR_FLAT_SCRATCH_INIT", 5, 1};
inline constexpr Field private_segment_size{"ENABLE_SGPR_PRIVATE_SEGMENT_SIZE", 6, 1};
inline constexpr Field wavefront_size32{"ENABLE_WAVEFRONT_SIZE32", 10, 1};
inline constexpr Field uses_dynamic_stack{"USES_DYNAMIC_STACK", 11, 1};
inline constexpr Field preload_length{"KERNARG_PRELOAD_SPEC_LENGTH", 16, 7};  ///< with the 16 bits after
inline constexpr Field preload_offset{"KERNARG_PRELOAD_SPEC_OFFSET", 23, 9};
}  // namespace kernel_property

struct KernelDescriptor {
    std::uint32_t group_segment_bytes = 0;    ///< LDS that the kernel declares
    std::uint32_t private_segment_bytes = 0;  ///< scratch of a lane
    std::uint32_t kernarg_bytes = 0;
    std::int64_t entry_offset = 0;  ///< of the code, from the descriptor's own address; 0 before linking
    std::uint32_t rsrc1 = 0, rsrc2 = 0, rsrc3 = 0;
    std::uint32_t properties = 0;  ///< the 16 bits of kernel_property, above them the preload words

    bool wants(const Field& property) const { return property.of(properties) != 0; }
    bool wave32() const { return wants(kernel_property::wavefront_size32); }
    std::uint32_t wave_size() const { return wave32() ? 32 : 64; }
    /// SGPRs that `properties` asks for, preloaded arguments included.
    std::uint32_t wanted_user_sgprs() const;
    bool operator==(const KernelDescriptor&) const = default;
};

/// Reads and checks a descriptor. Throws Error(invalid_bundle) that names the field where bytes are missing,
/// reserved ones are not 0, or the values cannot be meant for the chip.
KernelDescriptor parse_kernel_descriptor(std::span<const std::byte> bytes, const Chip& chip);

/// Address of the code, given the descriptor's. Throws Error(invalid_bundle) unless it is a multiple of 256.
std::uint64_t entry_address(const KernelDescriptor& descriptor, std::uint64_t descriptor_address);

/// What the registers get.
struct ProgramRegisters {
    std::uint32_t rsrc1 = 0, rsrc2 = 0, rsrc3 = 0;
    bool operator==(const ProgramRegisters&) const = default;
};
/// The descriptor's values with the size of the LDS, which it leaves to the loader: what the kernel declares
/// and `dynamic_lds` bytes more. Throws Error(unsupported) where the chip has less.
ProgramRegisters program_registers(const KernelDescriptor& descriptor, const Chip& chip,
                                   std::uint32_t dynamic_lds = 0);

}  // namespace sporkle::amdgpu::pm4
