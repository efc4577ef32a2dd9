#include "codegen/bundle/writer.hpp"

#include <elf.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include <sporkle/error.hpp>

#include "codegen/bundle/elf_object.hpp"
#include "codegen/bundle/manifest_builder.hpp"
#include "codegen/bundle/registration_stub.hpp"
#include "runtime/bundle/checksum.hpp"
#include "runtime/bundle/format.hpp"

namespace sporkle::codegen {
namespace {

using Bytes = std::vector<std::byte>;
using Binding = ElfObject::Binding;
using Kind = ElfObject::Kind;

bool is_identifier(const std::string& name) {
    const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
    const auto is_allowed = [&](unsigned char c) { return is_letter(c) || std::isdigit(c) != 0; };
    return !name.empty() && is_letter(static_cast<unsigned char>(name[0])) &&
           std::all_of(name.begin(), name.end(), is_allowed);
}

std::span<const std::byte> after_marker(const Bytes& section) {
    if (section.empty()) return {};
    return std::span(section).subspan(sizeof(bundle::Marker));
}

void set_marker(Bytes& section, std::uint64_t kind, const Hash& identity) {
    if (section.empty()) return;
    bundle::Marker marker;
    marker.kind = kind;
    marker.identity = identity;
    std::memcpy(section.data(), &marker, sizeof(marker));
}

/// The manifest section: Header, then manifest.
Bytes manifest_section(const BundleContents& contents, const Hash& identity) {
    bundle::Header header;
    header.manifest_bytes = contents.manifest.size();
    header.code_bytes = contents.code.size();
    header.data_bytes = contents.data.size();
    header.manifest_hash = bundle::hash_of_bytes(contents.manifest);
    header.identity = identity;
    header.header_hash = bundle::hash_of_header(header);
    Bytes section(sizeof(header));
    std::memcpy(section.data(), &header, sizeof(header));
    section.insert(section.end(), contents.manifest.begin(), contents.manifest.end());
    return section;
}

}  // namespace

std::vector<std::byte> write_bundle(const std::string& name, std::span<const CompiledKernel> kernels) {
    if (!is_identifier(name))
        throw Error(ErrorCode::invalid_argument,
                    "bundle: the name '" + name +
                        "' becomes part of a symbol; expected letters, digits and _, "
                        "not beginning with a digit");
    BundleContents contents = build_manifest(kernels);
    const Hash identity =
        bundle::identity_of(contents.manifest, after_marker(contents.code), after_marker(contents.data));
    set_marker(contents.code, 1, identity);
    set_marker(contents.data, 2, identity);

    ElfObject object;
    const auto whole_section = [&](const char* section_name, std::uint64_t flags, Bytes bytes) {
        const std::uint64_t size = bytes.size();
        const auto section = object.add_section(section_name, SHT_PROGBITS, SHF_ALLOC | flags,
                                                bundle::blob_alignment, std::move(bytes));
        return std::pair(section, size);
    };
    const auto start_of = [&](ElfObject::Section section, const std::string& what, std::uint64_t size) {
        return object.add_symbol("sporkle." + name + "." + what, Binding::local, Kind::object, section, 0,
                                 size);
    };

    // The Anchor: the addresses of header and markers, filled in by the linker.
    Bytes pointers(sizeof(bundle::Anchor));
    const auto anchors = object.add_section(".data.rel.ro.sporkle", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 8,
                                            std::move(pointers));
    object.add_symbol("sporkle_bundle_" + name, Binding::global, Kind::object, anchors, 0,
                      sizeof(bundle::Anchor));
    // Code of this object reaches it by a local name, since the global one could be replaced in a process.
    const auto anchor = start_of(anchors, "anchor", sizeof(bundle::Anchor));
    const auto [manifest, manifest_bytes] =
        whole_section(bundle::manifest_section, 0, manifest_section(contents, identity));
    object.add_relocation(anchors, offsetof(bundle::Anchor, header), R_X86_64_64,
                          start_of(manifest, "manifest", manifest_bytes), 0);
    if (!contents.code.empty()) {
        const auto [code, size] =
            whole_section(bundle::code_section, SHF_EXECINSTR, std::move(contents.code));
        object.add_relocation(anchors, offsetof(bundle::Anchor, code), R_X86_64_64,
                              start_of(code, "code_marker", sizeof(bundle::Marker)), 0);
        for (const PlacedFunction& f : contents.functions)
            object.add_symbol(f.name, Binding::local, Kind::function, code, f.offset, f.size);
        for (const PlacedData& d : contents.constants)
            object.add_symbol("sporkle.constants", Binding::local, Kind::object, code, d.offset, d.size);
    }
    if (!contents.data.empty()) {
        const auto [data, size] = whole_section(bundle::data_section, 0, std::move(contents.data));
        object.add_relocation(anchors, offsetof(bundle::Anchor, data), R_X86_64_64,
                              start_of(data, "data", size), 0);
    }

    add_registration(object, "sporkle_register." + name, "sporkle_register_bundle", anchor, ".init_array");
    add_registration(object, "sporkle_unregister." + name, "sporkle_unregister_bundle", anchor,
                     ".fini_array");
    object.add_section(".note.GNU-stack", SHT_PROGBITS, 0, 1, {});
    return object.bytes();
}

}  // namespace sporkle::codegen
