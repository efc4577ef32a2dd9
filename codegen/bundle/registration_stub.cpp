#include "codegen/bundle/registration_stub.hpp"

#include <elf.h>

namespace sporkle::codegen {
namespace {

constexpr unsigned char stub[] = {
    0xf3, 0x0f, 0x1e, 0xfa,           // endbr64
    0x48, 0x8b, 0x05, 0,    0, 0, 0,  // mov  callee@GOTPCREL(%rip), %rax
    0x48, 0x85, 0xc0,                 // test %rax, %rax
    0x74, 0x09,                       // je   the ret
    0x48, 0x8d, 0x3d, 0,    0, 0, 0,  // lea  anchor(%rip), %rdi
    0xff, 0xe0,                       // jmp  *%rax
    0xc3,                             // ret
};
constexpr std::uint64_t callee_field = 7, anchor_field = 19;
/// Both fields are relative to the end of their instruction, which is the end of the field.
constexpr std::int64_t field_bytes = 4;

}  // namespace

void add_registration(ElfObject& object, const std::string& function_name, const std::string& callee,
                      ElfObject::Symbol anchor, const std::string& array_section) {
    const auto bytes = std::as_bytes(std::span(stub));
    const auto text = object.add_section(".text." + function_name, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
                                         16, {bytes.begin(), bytes.end()});
    object.add_relocation(text, callee_field, R_X86_64_GOTPCREL, object.add_weak_reference(callee),
                          -field_bytes);
    object.add_relocation(text, anchor_field, R_X86_64_PC32, anchor, -field_bytes);
    const auto function = object.add_symbol(function_name, ElfObject::Binding::local,
                                            ElfObject::Kind::function, text, 0, sizeof(stub));

    const std::uint32_t type = array_section == ".init_array" ? SHT_INIT_ARRAY : SHT_FINI_ARRAY;
    const auto array = object.add_section(array_section, type, SHF_ALLOC | SHF_WRITE, 8,
                                          std::vector<std::byte>(sizeof(void*)));
    object.add_relocation(array, 0, R_X86_64_64, function, 0);
}

}  // namespace sporkle::codegen
