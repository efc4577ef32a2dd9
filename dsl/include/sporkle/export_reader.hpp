// Reads the Programs that SPORKLE_EXPORT wrote out of the bytes of an object file's section: export.hpp.
#pragma once

#include <sporkle/posix_index.hpp>  // before <cstring>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <sporkle/error.hpp>
#include <sporkle/export.hpp>
#include <sporkle/validate.hpp>

namespace sporkle {

/// The valid Programs of a section, in its order. Bytes may be anything; those that are no record of this
/// version of Sporkle, or hold an invalid Program, are an Error(invalid_program).
inline std::vector<Program> read_exports(std::span<const std::byte> section) {
    const auto refuse = [](std::size_t offset, const std::string& why) {
        throw Error(ErrorCode::invalid_program, "section " + std::string(program_section) + ", byte " +
                                                    std::to_string(offset) + ": " + why);
    };
    std::vector<Program> programs;
    for (std::size_t offset = 0; offset < section.size();) {
        ExportRecord head;  // of which the bytes before the Program are read
        constexpr std::size_t head_bytes = offsetof(ExportRecord, program);
        if (section.size() - offset < head_bytes) refuse(offset, "a record is cut off");
        std::memcpy(&head.magic, section.data() + offset + offsetof(ExportRecord, magic), sizeof(head.magic));
        std::memcpy(&head.version, section.data() + offset + offsetof(ExportRecord, version),
                    sizeof(head.version));
        std::memcpy(&head.program_bytes, section.data() + offset + offsetof(ExportRecord, program_bytes),
                    sizeof(head.program_bytes));
        if (head.magic == 0) {  // padding that a linker put between two object files
            offset += export_alignment;
            continue;
        }
        if (head.magic != export_magic) refuse(offset, "no record of SPORKLE_EXPORT is here");
        if (head.version != export_version || head.program_bytes != sizeof(Program))
            refuse(offset, "the record is of another version of Sporkle (" + std::to_string(head.version) +
                               ", with Programs of " + std::to_string(head.program_bytes) +
                               " bytes; expected " + std::to_string(export_version) + ", with " +
                               std::to_string(sizeof(Program)) + " bytes)");
        if (section.size() - offset < sizeof(ExportRecord)) refuse(offset, "a record is cut off");
        std::string error;
        programs.emplace_back();
        if (!parse_program(section.subspan(offset + head_bytes, sizeof(Program)), programs.back(), error))
            refuse(offset, error);
        offset += sizeof(ExportRecord);
    }
    return programs;
}

}  // namespace sporkle
