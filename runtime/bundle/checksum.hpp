// The checksums of a bundle, as the writer computes and the reader checks them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <sporkle/hash.hpp>

#include "runtime/bundle/format.hpp"

namespace sporkle::bundle {

/// Hash of bytes: their little-endian 64-bit words, the last one filled up with zeros, then their number.
inline Hash hash_of_bytes(std::span<const std::byte> bytes) {
    Hasher hasher;
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data() + at, 8);
        hasher.word(word);
    }
    if (at < bytes.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, bytes.size() - at);
        hasher.word(word);
    }
    hasher.word(bytes.size());
    return hasher.finish();
}

/// Header::identity. `code` and `data` are the bytes of the sections after their Markers, empty where there
/// are none.
inline Hash identity_of(std::span<const std::byte> manifest, std::span<const std::byte> code,
                        std::span<const std::byte> data) {
    Hasher hasher;
    for (const auto& part : {manifest, code, data}) {
        const Hash hash = hash_of_bytes(part);
        hasher.word(hash.high);
        hasher.word(hash.low);
    }
    return hasher.finish();
}

/// Header::header_hash.
inline Hash hash_of_header(const Header& header) {
    return hash_of_bytes(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, header_hash)));
}

}  // namespace sporkle::bundle
