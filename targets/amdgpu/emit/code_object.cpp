#include "targets/amdgpu/emit/code_object.hpp"

#include <cstdint>
#include <cstring>

#include <llvm/Object/ELFObjectFile.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

[[noreturn]] void broken(const std::string& what) {
    throw Error(ErrorCode::unsupported, "amdgpu: LLVM's code object " + what);
}

template <class T>
T expect(llvm::Expected<T> value) {
    if (!value) broken("is damaged: " + llvm::toString(value.takeError()));
    return std::move(*value);
}

}  // namespace

CompiledKernel read_code_object(std::span<const char> bytes, const std::string& symbol) {
    const auto object = expect(llvm::object::ObjectFile::createELFObjectFile(
        llvm::MemoryBufferRef(llvm::StringRef(bytes.data(), bytes.size()), "code object")));
    for (const llvm::object::SectionRef& section : object->sections()) {
        const auto relocated = expect(section.getRelocatedSection());
        if (relocated == object->section_end()) continue;
        const llvm::StringRef name = expect(relocated->getName());
        // The descriptor's distance to the entry is one, which the loader does not need.
        if (name == ".text" && section.relocation_begin() != section.relocation_end())
            broken("needs relocations in the text of " + symbol);
    }
    CompiledKernel result;
    bool has_code = false, has_descriptor = false;
    for (const llvm::object::SymbolRef& entry : object->symbols()) {
        const llvm::StringRef name = expect(entry.getName());
        if (name != symbol && name != symbol + ".kd") continue;
        const auto section = expect(entry.getSection());
        const llvm::StringRef contents = expect(section->getContents());
        const std::uint64_t offset = expect(entry.getValue());
        if (name == symbol) {
            // Up to the section's end: the padding behind the last instruction belongs to it, since hardware
            // fetches ahead.
            if (offset > contents.size()) broken("has an entry outside its text");
            const llvm::StringRef code = contents.drop_front(offset);
            result.code.resize(code.size());
            std::memcpy(result.code.data(), code.data(), code.size());
            has_code = true;
        } else {
            if (offset > contents.size() || contents.size() - offset < result.descriptor.size())
                broken("has a descriptor outside its section");
            std::memcpy(result.descriptor.data(), contents.data() + offset, result.descriptor.size());
            has_descriptor = true;
        }
    }
    if (!has_code || !has_descriptor) broken("has no kernel " + symbol);
    return result;
}

}  // namespace sporkle::amdgpu
