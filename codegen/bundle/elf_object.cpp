#include "codegen/bundle/elf_object.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace sporkle::codegen {
namespace {

using Bytes = std::vector<std::byte>;

template <class T>
void append(Bytes& to, const T& record) {
    const auto bytes = std::as_bytes(std::span(&record, 1));
    to.insert(to.end(), bytes.begin(), bytes.end());
}

/// A string table: every string once more, behind an empty one.
class Strings {
  public:
    std::uint32_t add(std::string_view text) {
        const auto offset = static_cast<std::uint32_t>(bytes_.size());
        const auto characters = std::as_bytes(std::span(text));
        bytes_.insert(bytes_.end(), characters.begin(), characters.end());
        bytes_.push_back(std::byte{0});
        return offset;
    }
    const Bytes& bytes() const { return bytes_; }

  private:
    Bytes bytes_{std::byte{0}};
};

/// Puts the file together: contents of sections one after the other, then their headers.
class File {
  public:
    File() : bytes_(sizeof(Elf64_Ehdr)), headers_(1, Elf64_Shdr{}) {}

    /// Returns the section's number. `header` lacks name, offset and size.
    std::size_t add(std::string_view name, Elf64_Shdr header, std::span<const std::byte> contents) {
        align(header.sh_addralign);
        header.sh_name = names_.add(name);
        header.sh_offset = bytes_.size();
        header.sh_size = contents.size();
        bytes_.insert(bytes_.end(), contents.begin(), contents.end());
        headers_.push_back(header);
        return headers_.size() - 1;
    }

    Bytes finish() {
        Elf64_Shdr names{};
        names.sh_type = SHT_STRTAB;
        names.sh_addralign = 1;
        // The section of section names holds its own name, so that must be there before its contents are.
        const std::uint32_t own_name = names_.add(".shstrtab");
        names.sh_name = own_name;
        names.sh_offset = bytes_.size();
        names.sh_size = names_.bytes().size();
        bytes_.insert(bytes_.end(), names_.bytes().begin(), names_.bytes().end());
        headers_.push_back(names);

        align(alignof(Elf64_Shdr));
        Elf64_Ehdr file{};
        std::memcpy(file.e_ident, ELFMAG, SELFMAG);
        file.e_ident[EI_CLASS] = ELFCLASS64;
        file.e_ident[EI_DATA] = ELFDATA2LSB;
        file.e_ident[EI_VERSION] = EV_CURRENT;
        file.e_type = ET_REL;
        file.e_machine = EM_X86_64;
        file.e_version = EV_CURRENT;
        file.e_shoff = bytes_.size();
        file.e_ehsize = sizeof(Elf64_Ehdr);
        file.e_shentsize = sizeof(Elf64_Shdr);
        file.e_shnum = static_cast<Elf64_Half>(headers_.size());
        file.e_shstrndx = static_cast<Elf64_Half>(headers_.size() - 1);
        for (const Elf64_Shdr& header : headers_) append(bytes_, header);
        std::memcpy(bytes_.data(), &file, sizeof(file));
        return std::move(bytes_);
    }

  private:
    void align(std::size_t alignment) {
        if (alignment > 1) bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
    }

    Bytes bytes_;
    std::vector<Elf64_Shdr> headers_;
    Strings names_;
};

}  // namespace

ElfObject::Section ElfObject::add_section(std::string name, std::uint32_t type, std::uint64_t flags,
                                          std::size_t alignment, std::vector<std::byte> bytes) {
    sections_.push_back({std::move(name), type, flags, alignment, std::move(bytes), {}});
    return {sections_.size()};  // section 0 is no section
}

ElfObject::Symbol ElfObject::add_symbol(std::string name, Binding binding, Kind kind, Section section,
                                        std::uint64_t offset, std::uint64_t size) {
    symbols_.push_back({std::move(name), binding, kind, section.number, offset, size});
    return {symbols_.size() - 1};
}

ElfObject::Symbol ElfObject::add_weak_reference(std::string name) {
    return add_symbol(std::move(name), Binding::weak, Kind::none, {0}, 0, 0);
}

void ElfObject::add_relocation(Section section, std::uint64_t offset, std::uint32_t type, Symbol symbol,
                               std::int64_t addend) {
    sections_[section.number - 1].relocations.push_back({offset, type, symbol.number, addend});
}

std::vector<std::byte> ElfObject::bytes() const {
    File file;
    for (const SectionData& section : sections_) {
        Elf64_Shdr header{};
        header.sh_type = section.type;
        header.sh_flags = section.flags;
        header.sh_addralign = section.alignment;
        file.add(section.name, header, section.bytes);
    }

    // Local symbols come before all others (gABI, "Symbol Table").
    std::vector<std::size_t> number_of(symbols_.size());
    Strings names;
    Bytes table;
    append(table, Elf64_Sym{});
    std::size_t count = 1, locals = 1;
    for (const bool local : {true, false})
        for (std::size_t s = 0; s < symbols_.size(); ++s) {
            const SymbolData& symbol = symbols_[s];
            if ((symbol.binding == Binding::local) != local) continue;
            number_of[s] = count++;
            if (local) locals = count;
            constexpr unsigned char bindings[] = {STB_LOCAL, STB_GLOBAL, STB_WEAK};
            constexpr unsigned char kinds[] = {STT_NOTYPE, STT_FUNC, STT_OBJECT};
            Elf64_Sym record{};
            record.st_name = names.add(symbol.name);
            record.st_info = ELF64_ST_INFO(bindings[static_cast<int>(symbol.binding)],
                                           kinds[static_cast<int>(symbol.kind)]);
            record.st_shndx = static_cast<Elf64_Section>(symbol.section);
            record.st_value = symbol.offset;
            record.st_size = symbol.size;
            append(table, record);
        }

    const std::size_t relocated = static_cast<std::size_t>(std::count_if(
        sections_.begin(), sections_.end(), [](const auto& s) { return !s.relocations.empty(); }));
    const std::size_t symbol_table = sections_.size() + relocated + 1;
    for (std::size_t s = 0; s < sections_.size(); ++s) {
        if (sections_[s].relocations.empty()) continue;
        Bytes records;
        for (const Relocation& relocation : sections_[s].relocations) {
            Elf64_Rela record{};
            record.r_offset = relocation.offset;
            record.r_info = ELF64_R_INFO(number_of[relocation.symbol], relocation.type);
            record.r_addend = relocation.addend;
            append(records, record);
        }
        Elf64_Shdr header{};
        header.sh_type = SHT_RELA;
        header.sh_flags = SHF_INFO_LINK;
        header.sh_link = static_cast<Elf64_Word>(symbol_table);
        header.sh_info = static_cast<Elf64_Word>(s + 1);
        header.sh_addralign = alignof(Elf64_Rela);
        header.sh_entsize = sizeof(Elf64_Rela);
        file.add(".rela" + sections_[s].name, header, records);
    }

    Elf64_Shdr symbols{};
    symbols.sh_type = SHT_SYMTAB;
    symbols.sh_link = static_cast<Elf64_Word>(symbol_table + 1);
    symbols.sh_info = static_cast<Elf64_Word>(locals);
    symbols.sh_addralign = alignof(Elf64_Sym);
    symbols.sh_entsize = sizeof(Elf64_Sym);
    file.add(".symtab", symbols, table);
    Elf64_Shdr strings{};
    strings.sh_type = SHT_STRTAB;
    strings.sh_addralign = 1;
    file.add(".strtab", strings, names.bytes());
    return file.finish();
}

}  // namespace sporkle::codegen
