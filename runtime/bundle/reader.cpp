#include "runtime/bundle/reader.hpp"

#include <cstring>

#include <sporkle/error.hpp>

#include "runtime/bundle/checksum.hpp"
#include "runtime/bundle/elf.hpp"
#include "runtime/bundle/file.hpp"
#include "runtime/bundle/manifest.hpp"

namespace sporkle::bundle {
namespace {

using Bytes = std::span<const std::byte>;

[[noreturn]] void fail(const std::string& origin, const std::string& what) {
    throw Error(ErrorCode::invalid_bundle, origin + " " + what);
}

/// The header at the beginning of `bytes`, once it can be trusted to be one of this version.
Header read_header(Bytes bytes, const std::string& origin) {
    Header header;
    if (bytes.size() < sizeof(Header))
        fail(origin, "is truncated: its section " + std::string(manifest_section) + " has " +
                         std::to_string(bytes.size()) + " bytes, fewer than the " +
                         std::to_string(sizeof(Header)) + " of a header");
    std::memcpy(&header, bytes.data(), sizeof(Header));
    if (header.magic != header_magic)
        fail(origin, "is corrupt: its header does not begin with the mark SPKBNDL1");
    if (header.version != format_version)
        fail(origin, "has format version " + std::to_string(header.version) +
                         ", but this runtime reads version " + std::to_string(format_version) +
                         (header.version > format_version ? "; a newer Sporkle made it"
                                                          : "; an older Sporkle made it"));
    if (header.header_bytes != sizeof(Header) || header.header_hash != hash_of_header(header))
        fail(origin, "is corrupt: its header does not match its checksum");
    return header;
}

/// The part of a section that belongs to one bundle, its Marker checked; empty where the bundle has none.
Bytes take_section(Bytes& section, std::uint64_t size, std::uint64_t kind, const Header& header,
                   const char* name, const std::string& origin) {
    if (size == 0) return {};
    if (size < sizeof(Marker) || size > section.size())
        fail(origin, "is truncated: its header counts " + std::to_string(size) + " bytes in section " + name +
                         ", where " + std::to_string(section.size()) + " are left");
    Marker marker;
    std::memcpy(&marker, section.data(), sizeof(Marker));
    if (marker.magic != header_magic || marker.kind != kind || marker.identity != header.identity)
        fail(origin, std::string("is corrupt: section ") + name + " does not belong to its manifest");
    const Bytes own = section.first(size);
    const std::size_t padded = (size + blob_alignment - 1) / blob_alignment * blob_alignment;
    section = section.subspan(std::min<std::size_t>(padded, section.size()));
    return own;
}

Bytes after_marker(Bytes section) { return section.empty() ? section : section.subspan(sizeof(Marker)); }

void read_contents(const Header& header, const Contents& contents, Bundle& bundle) {
    if (hash_of_bytes(contents.manifest) != header.manifest_hash)
        fail(bundle.origin, "is corrupt: its manifest does not match its checksum");
    if (identity_of(contents.manifest, after_marker(contents.code), after_marker(contents.data)) !=
        header.identity)
        fail(bundle.origin, "is corrupt: its code or data does not match its checksum");
    bundle.identity = header.identity;
    parse_manifest(contents, bundle);
}

}  // namespace

std::vector<Bundle> read_bytes(Bytes file, std::shared_ptr<const void> storage, const std::string& origin) {
    const std::string_view names[] = {manifest_section, code_section, data_section};
    Bytes manifests, code, data;
    for (const Section& section : find_sections(file, names, origin)) {
        if (section.name == manifest_section) manifests = section.bytes;
        if (section.name == code_section) code = section.bytes;
        if (section.name == data_section) data = section.bytes;
    }
    if (manifests.empty())
        fail(origin, "is no bundle: it has no section " + std::string(manifest_section) +
                         "; expected an object file or shared object made by sporklec");

    // Bundles that were linked together follow each other in every section, in one order.
    std::vector<Bundle> bundles;
    while (!manifests.empty()) {
        const Header header = read_header(manifests, origin);
        if (header.manifest_bytes > manifests.size() - sizeof(Header))
            fail(origin, "is truncated: its manifest has " + std::to_string(header.manifest_bytes) +
                             " bytes, but only " + std::to_string(manifests.size() - sizeof(Header)) +
                             " are left in the section");
        const std::size_t used = sizeof(Header) + header.manifest_bytes;
        Contents contents;
        // FlatBuffers wants its bytes aligned, and the section's place in the file is not to be trusted.
        std::vector<std::uint64_t> aligned((header.manifest_bytes + 7) / 8);
        if (header.manifest_bytes > 0)
            std::memcpy(aligned.data(), manifests.data() + sizeof(Header), header.manifest_bytes);
        contents.manifest = std::as_bytes(std::span(aligned)).first(header.manifest_bytes);
        contents.code = take_section(code, header.code_bytes, 1, header, code_section, origin);
        contents.data = take_section(data, header.data_bytes, 2, header, data_section, origin);
        Bundle& bundle = bundles.emplace_back();
        bundle.origin = origin;
        bundle.storage = storage;
        read_contents(header, contents, bundle);
        const std::size_t padded = (used + blob_alignment - 1) / blob_alignment * blob_alignment;
        manifests = manifests.subspan(std::min(padded, manifests.size()));
    }
    return bundles;
}

std::vector<Bundle> read_file(const std::string& path) {
    const std::string origin = "bundle '" + path + "'";
    const File file = load_file(path, origin);
    return read_bytes(file.bytes, file.storage, origin);
}

Bundle read_linked(const Anchor& anchor) {
    Bundle bundle;
    bundle.origin = "a bundle linked into this program";
    bundle.in_place = true;
    if (anchor.header == nullptr) fail(bundle.origin, "is corrupt: it has no header");
    const auto* start = reinterpret_cast<const std::byte*>(anchor.header);
    const Header header = read_header({start, sizeof(Header)}, bundle.origin);
    Contents contents;
    contents.manifest = {start + sizeof(Header), header.manifest_bytes};
    Bytes code, data;
    if (anchor.code != nullptr) code = {reinterpret_cast<const std::byte*>(anchor.code), header.code_bytes};
    if (anchor.data != nullptr) data = {reinterpret_cast<const std::byte*>(anchor.data), header.data_bytes};
    contents.code = take_section(code, header.code_bytes, 1, header, code_section, bundle.origin);
    contents.data = take_section(data, header.data_bytes, 2, header, data_section, bundle.origin);
    read_contents(header, contents, bundle);
    return bundle;
}

}  // namespace sporkle::bundle
