// Changes a bundle's bytes and makes its checksums right again, as somebody hostile would.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "runtime/bundle/format.hpp"

namespace sporkle::test {

class BundleEditor {
  public:
    /// The bytes of an object file with one bundle.
    explicit BundleEditor(std::vector<std::byte> file);

    std::span<std::byte> manifest() {
        return section_.subspan(sizeof(bundle::Header)).first(manifest_bytes_);
    }
    std::span<std::byte> header() { return section_.first(sizeof(bundle::Header)); }
    std::span<std::byte> code() { return code_; }  ///< Marker included

    /// Recomputes the checksum of every blob in the manifest; only for manifests that are sound.
    void seal_blobs();
    /// Recomputes the checksums of manifest, identity, Markers and header.
    void seal();

    const std::vector<std::byte>& file() const { return file_; }

  private:
    std::span<std::byte> writable(const char* section);

    std::vector<std::byte> file_;
    std::span<std::byte> section_, code_, data_;
    std::size_t manifest_bytes_ = 0;
};

}  // namespace sporkle::test
