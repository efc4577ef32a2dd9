#include "tools/sporklec/object_sections.hpp"

#include <elf.h>

#include <cstring>

#include <sporkle/error.hpp>

namespace sporkle::compiler {
namespace {

using Bytes = std::span<const std::byte>;

class Object {
  public:
    Object(Bytes file, const std::string& origin) : file_(file), origin_(origin) {
        if (file.size() < sizeof(Elf64_Ehdr) || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0)
            fail("is no object file; expected what a C++ compiler makes of a file with SPORKLE_EXPORT");
        const auto header = read<Elf64_Ehdr>(0);
        if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
            fail("is an object file of another kind; expected ELF64, little-endian");
        if (header.e_shoff == 0 || header.e_shentsize != sizeof(Elf64_Shdr)) fail("has no sections");
        // The first header holds the numbers that do not fit the ELF header (gABI, "Special Sections").
        const auto first = read<Elf64_Shdr>(header.e_shoff);
        const std::uint64_t count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
        const std::uint64_t names = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first.sh_link;
        if (count > file.size() / sizeof(Elf64_Shdr)) fail("is cut short");
        for (std::uint64_t s = 0; s < count; ++s)
            headers_.push_back(read<Elf64_Shdr>(header.e_shoff + s * sizeof(Elf64_Shdr)));
        if (names >= headers_.size()) fail("has no section names");
        names_ = contents(headers_[names]);
    }

    std::vector<Bytes> named(std::string_view name) const {
        std::vector<Bytes> found;
        for (std::size_t s = 1; s < headers_.size(); ++s) {
            const Elf64_Shdr& header = headers_[s];
            if (header.sh_type == SHT_NOBITS || header.sh_type == SHT_RELA || name_of(header) != name)
                continue;
            if ((header.sh_flags & SHF_COMPRESSED) != 0)
                fail("has a compressed section " + std::string(name));
            for (const Elf64_Shdr& other : headers_)
                if (other.sh_type == SHT_RELA && other.sh_info == s && other.sh_size > 0)
                    fail("has addresses in section " + std::string(name) + ", which holds plain data only");
            found.push_back(contents(header));
        }
        return found;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::input_output, origin_ + " " + what);
    }

    Bytes part(std::uint64_t offset, std::uint64_t size) const {
        if (offset > file_.size() || size > file_.size() - offset) fail("is cut short");
        return file_.subspan(offset, size);
    }

    template <class T>
    T read(std::uint64_t offset) const {
        T record;
        std::memcpy(&record, part(offset, sizeof(T)).data(), sizeof(T));
        return record;
    }

    Bytes contents(const Elf64_Shdr& header) const { return part(header.sh_offset, header.sh_size); }

    std::string_view name_of(const Elf64_Shdr& header) const {
        if (header.sh_name >= names_.size()) return {};
        const auto* const start = reinterpret_cast<const char*>(names_.data()) + header.sh_name;
        return {start, strnlen(start, names_.size() - header.sh_name)};
    }

    Bytes file_;
    const std::string& origin_;
    std::vector<Elf64_Shdr> headers_;
    Bytes names_;
};

}  // namespace

std::vector<std::span<const std::byte>> sections_named(std::span<const std::byte> file, std::string_view name,
                                                       const std::string& origin) {
    return Object(file, origin).named(name);
}

}  // namespace sporkle::compiler
