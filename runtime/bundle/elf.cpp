#include "runtime/bundle/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include <sporkle/error.hpp>

namespace sporkle::bundle {
namespace {

class Reader {
  public:
    Reader(std::span<const std::byte> file, const std::string& origin) : file_(file), origin_(origin) {}

    std::vector<Section> sections(std::span<const std::string_view> names) {
        read_identification();
        Elf64_Ehdr header;
        read(header, 0, "the ELF header");
        if (header.e_shoff == 0 || header.e_shentsize != sizeof(Elf64_Shdr))
            fail(
                "has no section headers; expected an object file, a shared object or an executable with "
                "sections");
        // The first header holds the numbers that do not fit the ELF header (System V gABI, "Special
        // Sections").
        Elf64_Shdr first;
        read(first, header.e_shoff, "the first section header");
        const std::uint64_t count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
        const std::uint64_t names_at = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first.sh_link;
        if (count > file_.size() / sizeof(Elf64_Shdr) ||
            header.e_shoff > file_.size() - count * sizeof(Elf64_Shdr))
            fail("is truncated: its " + std::to_string(count) + " section headers begin at byte " +
                 std::to_string(header.e_shoff) + ", but the file has only " + std::to_string(file_.size()) +
                 " bytes");
        if (names_at >= count) fail("has no section names");
        const auto section_header = [&](std::uint64_t number) {
            Elf64_Shdr result;
            read(result, header.e_shoff + number * sizeof(Elf64_Shdr), "a section header");
            return result;
        };
        const std::span<const std::byte> strings = contents(section_header(names_at), "the section names");

        std::vector<Section> found;
        for (std::uint64_t s = 1; s < count; ++s) {
            const Elf64_Shdr section = section_header(s);
            const std::string_view name = string_at(strings, section.sh_name);
            if (std::find(names.begin(), names.end(), name) == names.end()) continue;
            const std::string what = "section " + std::string(name);
            if (section.sh_type == SHT_NOBITS || (section.sh_flags & SHF_COMPRESSED))
                fail(what + " is empty or compressed");
            for (const Section& other : found)
                if (other.name == name) fail("has two sections " + std::string(name));
            found.push_back({name, contents(section, what)});
        }
        return found;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::invalid_bundle, origin_ + " " + what);
    }

    void read_identification() const {
        unsigned char identification[EI_NIDENT];
        if (file_.size() < EI_NIDENT || std::memcmp(file_.data(), ELFMAG, SELFMAG) != 0)
            fail(
                "is no bundle: it does not begin like an ELF file; expected an object file or shared object "
                "made by "
                "sporklec");
        std::memcpy(identification, file_.data(), EI_NIDENT);
        if (identification[EI_CLASS] != ELFCLASS64 || identification[EI_DATA] != ELFDATA2LSB)
            fail("is an ELF file of another kind; expected ELF64, little-endian");
    }

    template <class T>
    void read(T& to, std::uint64_t offset, const char* what) const {
        if (offset > file_.size() || sizeof(T) > file_.size() - offset)
            fail(std::string("is truncated: ") + what + " at byte " + std::to_string(offset) +
                 " lies beyond the file's " + std::to_string(file_.size()) + " bytes");
        std::memcpy(&to, file_.data() + offset, sizeof(T));
    }

    std::span<const std::byte> contents(const Elf64_Shdr& section, const std::string& what) const {
        if (section.sh_offset > file_.size() || section.sh_size > file_.size() - section.sh_offset)
            fail("is truncated: " + what + " takes bytes " + std::to_string(section.sh_offset) + " to " +
                 std::to_string(section.sh_offset + section.sh_size) + ", but the file has only " +
                 std::to_string(file_.size()));
        return file_.subspan(section.sh_offset, section.sh_size);
    }

    /// Empty for a name that does not end inside the strings.
    static std::string_view string_at(std::span<const std::byte> strings, std::uint64_t offset) {
        if (offset >= strings.size()) return {};
        const auto* begin = reinterpret_cast<const char*>(strings.data() + offset);
        const void* end = std::memchr(begin, 0, strings.size() - offset);
        if (end == nullptr) return {};
        return {begin, static_cast<std::size_t>(static_cast<const char*>(end) - begin)};
    }

    std::span<const std::byte> file_;
    const std::string& origin_;
};

}  // namespace

std::vector<Section> find_sections(std::span<const std::byte> file, std::span<const std::string_view> names,
                                   const std::string& origin) {
    return Reader(file, origin).sections(names);
}

}  // namespace sporkle::bundle
