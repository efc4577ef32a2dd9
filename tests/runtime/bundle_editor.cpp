#include "tests/runtime/bundle_editor.hpp"

#include <sporkle_manifest_generated.h>

#include <cstring>
#include <stdexcept>

#include "runtime/bundle/checksum.hpp"
#include "runtime/bundle/elf.hpp"

namespace sporkle::test {

using namespace bundle;

BundleEditor::BundleEditor(std::vector<std::byte> file) : file_(std::move(file)) {
    section_ = writable(manifest_section);
    code_ = writable(code_section);
    data_ = writable(data_section);
    Header header;
    std::memcpy(&header, section_.data(), sizeof(header));
    manifest_bytes_ = header.manifest_bytes;
}

std::span<std::byte> BundleEditor::writable(const char* section) {
    const std::string_view names[] = {section};
    const auto found = find_sections(file_, names, "the test's bundle");
    if (found.empty()) return {};
    return {file_.data() + (found[0].bytes.data() - file_.data()), found[0].bytes.size()};
}

void BundleEditor::seal_blobs() {
    for (const manifest::Blob* blob : *manifest::GetManifest(manifest().data())->blobs()) {
        const std::span<std::byte> bytes =
            (blob->executable() ? code_ : data_).subspan(blob->offset(), blob->size());
        const Hash hash = hash_of_bytes(bytes);
        const manifest::Hash128 stored(hash.high, hash.low);
        const auto place = reinterpret_cast<const std::byte*>(blob->hash()) - manifest().data();
        std::memcpy(manifest().data() + place, &stored, sizeof(stored));
    }
}

void BundleEditor::seal() {
    Header header;
    std::memcpy(&header, section_.data(), sizeof(header));
    header.manifest_hash = hash_of_bytes(manifest());
    const auto after_marker = [](std::span<std::byte> section, std::size_t size) {
        return size == 0 ? std::span<std::byte>() : section.first(size).subspan(sizeof(Marker));
    };
    header.identity = identity_of(manifest(), after_marker(code_, header.code_bytes),
                                  after_marker(data_, header.data_bytes));
    for (const std::span<std::byte>& section : {code_, data_})
        if (section.size() >= sizeof(Marker))
            std::memcpy(section.data() + offsetof(Marker, identity), &header.identity, sizeof(Hash));
    header.header_hash = hash_of_header(header);
    std::memcpy(section_.data(), &header, sizeof(header));
}

}  // namespace sporkle::test
