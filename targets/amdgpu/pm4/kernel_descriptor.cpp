#include "targets/amdgpu/pm4/kernel_descriptor.hpp"

#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/register_fields.hpp"
#include "targets/amdgpu/pm4/registers.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_bundle, "sporkle: kernel descriptor: " + what);
}

/// Little-endian, as code objects are.
std::uint64_t number(std::span<const std::byte> bytes, std::size_t offset, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value |= std::to_integer<std::uint64_t>(bytes[offset + i]) << (8 * i);
    return value;
}

void check_zero(std::span<const std::byte> bytes, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i <= last; ++i)
        if (bytes[i] != std::byte{0}) refuse(formatted("reserved byte %zu is not 0", i));
}

void check_register(Reg reg, std::uint32_t value, const Chip& chip) {
    const Register* row = find_register(chip.generation, reg);
    if (!row) {
        if (value != 0) refuse(formatted("RSRC3 is 0x%08x, but %s has no such register", value, chip.name));
        return;
    }
    if (const std::uint32_t stray = value & ~row->defined_bits())
        refuse(formatted("%s is 0x%08x, whose bits 0x%x are reserved on %s", row->name, value, stray,
                         chip.name));
}

void check_zero(const Field& field, std::uint32_t word) {
    if (field.of(word) != 0)
        refuse(formatted("%s is set, which belongs to the loader or to hardware", field.name));
}

/// Scratch is private_segment_buffer's where it is not architected, so that one of them without the other
/// cannot work.
void check_scratch(const KernelDescriptor& d, const Chip& chip) {
    namespace k = kernel_property;
    if (d.private_segment_bytes == 0) return;
    if (!rsrc2::scratch_en.of(d.rsrc2)) refuse("scratch is declared, but SCRATCH_EN is 0");
    if (chip.scratch() == ScratchKind::descriptor && !d.wants(k::private_segment_buffer) &&
        !d.wants(k::flat_scratch_init))
        refuse(formatted("scratch is declared for %s without any SGPRs that say where it is", chip.name));
}

void check(const KernelDescriptor& d, const Chip& chip) {
    check_register(Reg::pgm_rsrc1, d.rsrc1, chip);
    check_register(Reg::pgm_rsrc2, d.rsrc2, chip);
    check_register(Reg::pgm_rsrc3, d.rsrc3, chip);
    check_zero(rsrc1::priv, d.rsrc1);
    check_zero(rsrc1::debug_mode, d.rsrc1);
    check_zero(rsrc1::bulky, d.rsrc1);
    check_zero(rsrc1::cdbg_user, d.rsrc1);
    check_zero(rsrc2::lds_size, d.rsrc2);
    check_zero(chip.is(Generation::gfx12) ? rsrc2::dynamic_vgpr : rsrc2::trap_present, d.rsrc2);
    if (chip.is(Generation::gfx12)) check_zero(rsrc1::disable_perf, d.rsrc1);
    if (d.wave32() && !chip.has_wave32()) refuse(formatted("waves of 32 lanes, which %s has not", chip.name));
    const std::uint32_t given = rsrc2::user_sgpr.of(d.rsrc2), wanted = d.wanted_user_sgprs();
    if (given > chip.user_sgprs())
        refuse(formatted("USER_SGPR is %u; there are %u", given, chip.user_sgprs()));
    if (wanted > given)
        refuse(formatted("its properties ask for %u user SGPRs, USER_SGPR is %u", wanted, given));
    check_scratch(d, chip);
}

}  // namespace

std::uint32_t KernelDescriptor::wanted_user_sgprs() const {
    namespace k = kernel_property;
    std::uint32_t count = wants(k::private_segment_buffer) ? 4 : 0;
    for (const Field& pair :
         {k::dispatch_ptr, k::queue_ptr, k::kernarg_segment_ptr, k::dispatch_id, k::flat_scratch_init})
        if (wants(pair)) count += 2;
    if (wants(k::private_segment_size)) count += 1;
    return count + k::preload_length.of(properties);
}

KernelDescriptor parse_kernel_descriptor(std::span<const std::byte> bytes, const Chip& chip) {
    if (bytes.size() < kernel_descriptor_bytes)
        refuse(formatted("%zu bytes; it has %zu", bytes.size(), kernel_descriptor_bytes));
    const auto word = [&](std::size_t offset) {
        return static_cast<std::uint32_t>(number(bytes, offset, 4));
    };
    KernelDescriptor d;
    d.group_segment_bytes = word(0);
    d.private_segment_bytes = word(4);
    d.kernarg_bytes = word(8);
    check_zero(bytes, 12, 15);
    d.entry_offset = static_cast<std::int64_t>(number(bytes, 16, 8));
    check_zero(bytes, 24, 43);
    d.rsrc3 = word(44);
    d.rsrc1 = word(48);
    d.rsrc2 = word(52);
    d.properties = word(56);
    namespace k = kernel_property;
    constexpr std::uint32_t known =
        k::private_segment_buffer.mask() | k::dispatch_ptr.mask() | k::queue_ptr.mask() |
        k::kernarg_segment_ptr.mask() | k::dispatch_id.mask() | k::flat_scratch_init.mask() |
        k::private_segment_size.mask() | k::wavefront_size32.mask() | k::uses_dynamic_stack.mask() |
        k::preload_length.mask() | k::preload_offset.mask();
    if (d.properties & ~known) refuse(formatted("properties 0x%08x have reserved bits", d.properties));
    check_zero(bytes, 60, 63);
    check(d, chip);
    return d;
}

std::uint64_t entry_address(const KernelDescriptor& descriptor, std::uint64_t descriptor_address) {
    const std::uint64_t address = descriptor_address + static_cast<std::uint64_t>(descriptor.entry_offset);
    if (address % code_alignment != 0)
        refuse(formatted("the code at 0x%llx is not aligned to %zu bytes",
                         static_cast<unsigned long long>(address), code_alignment));
    return address;
}

ProgramRegisters program_registers(const KernelDescriptor& descriptor, const Chip& chip,
                                   std::uint32_t dynamic_lds) {
    const std::uint64_t lds = static_cast<std::uint64_t>(descriptor.group_segment_bytes) + dynamic_lds;
    if (lds > chip.lds_bytes())
        throw Error(ErrorCode::unsupported,
                    formatted("sporkle: the kernel wants %llu bytes of LDS; a workgroup of %s has %u",
                              static_cast<unsigned long long>(lds), chip.name, chip.lds_bytes()));
    const std::uint64_t units = (lds + chip.lds_unit() - 1) / chip.lds_unit();
    return {descriptor.rsrc1, descriptor.rsrc2 | rsrc2::lds_size(units), descriptor.rsrc3};
}

}  // namespace sporkle::amdgpu::pm4
