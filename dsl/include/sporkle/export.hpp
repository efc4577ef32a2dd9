// How Programs travel from a user's C++ file to the compiler driver: as plain bytes in one section of the
// object file, which `sporklec` reads. SPORKLE_EXPORT (dsl.hpp) writes them; export_reader.hpp reads them.
//
// The section is an array of ExportRecord, one per kernel, without relocations. A record's size is a multiple
// of its alignment, so records of several SPORKLE_EXPORT, and of several object files linked together, follow
// each other without gaps; a reader nevertheless skips zero bytes between records in steps of the alignment.
#pragma once

#include <cstdint>

#include <sporkle/program.hpp>

/// Section of the object file, as a string literal for use in attributes.
#define SPORKLE_PROGRAM_SECTION "sporkle_programs"

namespace sporkle {

inline constexpr char program_section[] = SPORKLE_PROGRAM_SECTION;
inline constexpr std::uint64_t export_magic = 0x31474f52504b5053u;  // bytes "SPKPROG1"
inline constexpr std::uint32_t export_version = 1;  ///< bump when the layout of Program changes
inline constexpr int export_alignment = 64;

struct alignas(export_alignment) ExportRecord {
    std::uint64_t magic = export_magic;
    std::uint32_t version = export_version;
    std::uint32_t program_bytes = sizeof(Program);  ///< a guard against another version of program.hpp
    Program program;
};

static_assert(sizeof(ExportRecord) % export_alignment == 0);

}  // namespace sporkle
