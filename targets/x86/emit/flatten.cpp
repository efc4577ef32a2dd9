#include "targets/x86/emit/flatten.hpp"

#include <cstring>
#include <limits>
#include <optional>

#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Object/ELFObjectFile.h>

#include <sporkle/error.hpp>

namespace sporkle::x86 {
namespace {

using llvm::object::ELF64LEObjectFile;
using llvm::object::ELFRelocationRef;
using llvm::object::ELFSectionRef;
using llvm::object::ELFSymbolRef;

constexpr std::size_t largest_alignment = 64;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::unsupported, "x86: the code cannot be made self-contained: " + what);
}

template <class T>
T checked(llvm::Expected<T> value) {
    if (!value) refuse(llvm::toString(value.takeError()));
    return std::move(*value);
}

class Linker {
  public:
    explicit Linker(const ELF64LEObjectFile& object) : object_(object) {}

    Flat run() {
        place_sections(true);   // code first, so that function offsets depend on nothing else
        place_sections(false);  // then constants
        for (const llvm::object::SectionRef section : object_.sections()) relocate(section);
        for (const ELFSymbolRef symbol : object_.symbols()) {
            if (symbol.getELFType() != llvm::ELF::STT_FUNC) continue;
            flat_.functions[checked(symbol.getName()).str()] = {address_of(symbol), symbol.getSize()};
        }
        return std::move(flat_);
    }

  private:
    void place_sections(bool code) {
        for (const llvm::object::SectionRef reference : object_.sections()) {
            const ELFSectionRef section(reference);
            const std::uint64_t flags = section.getFlags();
            const bool loaded = (flags & llvm::ELF::SHF_ALLOC) != 0 && section.getSize() > 0;
            const bool executable = (flags & llvm::ELF::SHF_EXECINSTR) != 0;
            if (!loaded || executable != code) continue;
            const std::string name = checked(section.getName()).str();
            if ((flags & llvm::ELF::SHF_WRITE) != 0 || section.isBSS()) refuse("writable section " + name);
            const std::size_t alignment = section.getAlignment().value();
            if (alignment > largest_alignment) refuse("alignment of section " + name);
            const llvm::StringRef contents = checked(section.getContents());
            const std::size_t start = (flat_.bytes.size() + alignment - 1) / alignment * alignment;
            flat_.bytes.resize(start + contents.size());
            std::memcpy(flat_.bytes.data() + start, contents.data(), contents.size());
            start_of_[section.getIndex()] = start;
        }
    }

    std::uint64_t address_of(const ELFSymbolRef& symbol) const {
        const auto section = checked(symbol.getSection());
        const auto place =
            section == object_.section_end() ? start_of_.end() : start_of_.find(section->getIndex());
        if (place == start_of_.end()) refuse("undefined symbol '" + checked(symbol.getName()).str() + "'");
        return place->second + checked(symbol.getValue());
    }

    /// Applies the relocations of a section that holds relocations for one that was placed.
    void relocate(const llvm::object::SectionRef& relocations) {
        const auto target = checked(relocations.getRelocatedSection());
        if (target == object_.section_end()) return;
        const auto place = start_of_.find(target->getIndex());
        if (place == start_of_.end()) return;
        for (const ELFRelocationRef relocation : relocations.relocations()) {
            const std::uint64_t type = relocation.getType();
            const ELFSymbolRef symbol(*relocation.getSymbol());
            const std::uint64_t value = address_of(symbol);
            if (type != llvm::ELF::R_X86_64_PC32 && type != llvm::ELF::R_X86_64_PLT32)
                refuse("relocation of type " +
                       llvm::object::getELFRelocationTypeName(llvm::ELF::EM_X86_64,
                                                              static_cast<std::uint32_t>(type))
                           .str() +
                       " for '" + checked(symbol.getName()).str() + "'");
            const std::uint64_t at = place->second + relocation.getOffset();
            const auto distance = static_cast<std::int64_t>(value) + checked(relocation.getAddend()) -
                                  static_cast<std::int64_t>(at);
            const auto word = static_cast<std::int32_t>(distance);
            if (word != distance) refuse("a distance beyond 2 GiB");
            if (relocation.getOffset() > target->getSize() ||
                target->getSize() - relocation.getOffset() < sizeof(word))
                refuse("a relocation outside its section");
            std::memcpy(flat_.bytes.data() + at, &word, sizeof(word));
        }
    }

    const ELF64LEObjectFile& object_;
    Flat flat_;
    std::map<std::uint64_t, std::uint64_t> start_of_;  ///< offset in the blob by section number
};

}  // namespace

Flat flatten(std::string_view object) {
    const llvm::MemoryBufferRef memory(llvm::StringRef(object.data(), object.size()), "object");
    const auto file = checked(llvm::object::ObjectFile::createELFObjectFile(memory));
    const auto* const elf = llvm::dyn_cast<ELF64LEObjectFile>(file.get());
    if (elf == nullptr) refuse("not an ELF64 object");
    return Linker(*elf).run();
}

}  // namespace sporkle::x86
