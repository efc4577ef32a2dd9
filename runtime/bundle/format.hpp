// The byte layout of a bundle: an ordinary ELF64 little-endian object (relocatable, or a shared object linked
// from it) with three sections of Sporkle's own, found by name. None of them holds relocations, so linking
// does not change their bytes and the checksums stay valid.
//
//   sporkle_manifest  Header, then the FlatBuffers manifest
//   sporkle_code      Marker, then code blobs, each self-contained and position-independent, aligned to 64
//   bytes sporkle_data      Marker, then data blobs (SPIR-V, AMD code objects, PM4 templates), aligned to 64
//   bytes
//
// The names are C identifiers that no linker script knows, so linkers keep them as sections of their own;
// several bundles linked together follow each other in them, 64-byte aligned, and each Marker repeats its
// bundle's identity. A fourth section, .data.rel.ro.sporkle, holds the Anchor (addresses of header and
// markers) and .init_array and .fini_array entries register and unregister it with the runtime when there is
// one in the process.
//
// A path is never handed to the dynamic linker: the loader reads the file, checks it, and maps the code
// itself.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sporkle/hash.hpp>

namespace sporkle::bundle {

inline constexpr char manifest_section[] = "sporkle_manifest";
inline constexpr char code_section[] = "sporkle_code";
inline constexpr char data_section[] = "sporkle_data";
inline constexpr std::uint64_t header_magic = 0x314c444e424b5053u;  // "SPKBNDL1"
/// Changes with what the parts mean: from 2 on, SPIR-V modules carry what drivers need that flush subnormals.
inline constexpr std::uint32_t format_version = 2;
inline constexpr std::size_t blob_alignment = 64;

/// Beginning of the manifest section. All sizes in bytes.
struct Header {
    std::uint64_t magic = header_magic;
    std::uint32_t version = format_version;
    std::uint32_t header_bytes = sizeof(Header);
    std::uint64_t manifest_bytes = 0;
    std::uint64_t code_bytes = 0;  ///< of the code section, its Marker included
    std::uint64_t data_bytes = 0;  ///< of the data section, its Marker included
    Hash manifest_hash;            ///< of the manifest's bytes
    Hash identity;                 ///< of manifest, code and data together; repeated in both Markers
    Hash header_hash;              ///< of the bytes of this Header before this member
};

/// First 64 bytes of the code and the data section; blob offsets count from the beginning of the Marker.
struct Marker {
    std::uint64_t magic = header_magic;
    std::uint64_t kind = 0;  ///< 1 code, 2 data
    Hash identity;
    std::uint64_t reserved[4] = {};
};
static_assert(sizeof(Marker) == blob_alignment);

/// What a linked bundle hands to the runtime (see registry.hpp): addresses in the running process.
struct Anchor {
    const Header* header = nullptr;
    const Marker* code = nullptr;
    const Marker* data = nullptr;
};

}  // namespace sporkle::bundle
