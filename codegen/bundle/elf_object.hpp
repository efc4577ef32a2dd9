// Writes a relocatable ELF64 object file for x86-64 (System V gABI; AMD64 psABI for relocations). The same
// calls give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sporkle::codegen {

class ElfObject {
  public:
    /// Both are numbers that the functions below return.
    struct Section {
        std::size_t number = 0;
    };
    struct Symbol {
        std::size_t number = 0;
    };
    enum class Binding { local, global, weak };
    enum class Kind { none, function, object };

    /// `type` and `flags` are those of <elf.h>: SHT_PROGBITS, SHF_ALLOC, …
    Section add_section(std::string name, std::uint32_t type, std::uint64_t flags, std::size_t alignment,
                        std::vector<std::byte> bytes);
    Symbol add_symbol(std::string name, Binding binding, Kind kind, Section section, std::uint64_t offset,
                      std::uint64_t size);
    /// A symbol that the linker or loader may leave undefined: its address is then null.
    Symbol add_weak_reference(std::string name);
    /// Asks the linker to put symbol + addend at the offset, in the way of an R_X86_64_… type.
    void add_relocation(Section section, std::uint64_t offset, std::uint32_t type, Symbol symbol,
                        std::int64_t addend);

    std::vector<std::byte> bytes() const;

  private:
    struct Relocation {
        std::uint64_t offset;
        std::uint32_t type;
        std::size_t symbol;
        std::int64_t addend;
    };
    struct SectionData {
        std::string name;
        std::uint32_t type;
        std::uint64_t flags;
        std::size_t alignment;
        std::vector<std::byte> bytes;
        std::vector<Relocation> relocations;
    };
    struct SymbolData {
        std::string name;
        Binding binding;
        Kind kind;
        std::size_t section;  ///< 0 where undefined
        std::uint64_t offset, size;
    };

    std::vector<SectionData> sections_;
    std::vector<SymbolData> symbols_;
};

}  // namespace sporkle::codegen
