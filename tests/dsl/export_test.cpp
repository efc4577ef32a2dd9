// Programs in an object file's section: all are there, and bytes that are no Programs are refused.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sporkle/export_reader.hpp>
#include <sporkle/hash.hpp>

#include "tests/dsl/export_kernels.hpp"
#include "tests/dsl/exported_section.hpp"

namespace sporkle::testing {
namespace {

TEST(Export, SeveralMacrosInSeveralFiles) {
    const std::vector<Program> programs = read_exports(exported_section());
    ASSERT_EQ(programs.size(), 4u);
    const auto find = [&](const auto& kernel) {
        return std::count_if(programs.begin(), programs.end(), [&](const Program& p) {
            return p.name.view() == kernel.name() && hash_of(p) == kernel.hash() &&
                   std::memcmp(&p, &kernel.program(), sizeof(p)) == 0;
        });
    };
    EXPECT_EQ(find(one), 1);
    EXPECT_EQ(find(two), 1);
    EXPECT_EQ(find(three), 1);
    EXPECT_EQ(find(four), 1);
}

/// A copy of the section, in which a test may spoil something.
std::vector<std::byte> bytes() { return {exported_section().begin(), exported_section().end()}; }
std::string refusal(const std::vector<std::byte>& section) {
    try {
        read_exports(section);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_program);
        return error.what();
    }
    return "accepted";
}

TEST(Export, NothingIsNoProgram) { EXPECT_TRUE(read_exports({}).empty()); }

TEST(Export, SkipsPaddingBetweenRecords) {
    std::vector<std::byte> padded = bytes();
    padded.insert(padded.begin() + sizeof(ExportRecord), 2 * export_alignment, std::byte{0});
    padded.insert(padded.end(), export_alignment, std::byte{0});
    EXPECT_EQ(read_exports(padded).size(), 4u);
}

TEST(Export, RefusesWhatIsCutOff) {
    const std::vector<std::byte> whole = bytes();
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{16}, sizeof(ExportRecord) - 1,
                                   sizeof(ExportRecord) + 8}) {
        const std::string message =
            refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        EXPECT_NE(message.find("cut off"), std::string::npos) << size << ": " << message;
    }
}

TEST(Export, RefusesForeignBytesAndOtherVersions) {
    std::vector<std::byte> spoiled = bytes();
    spoiled[0] = std::byte{'?'};
    EXPECT_NE(refusal(spoiled).find("no record of SPORKLE_EXPORT"), std::string::npos);
    spoiled = bytes();
    spoiled[offsetof(ExportRecord, version)] = std::byte{99};
    EXPECT_NE(refusal(spoiled).find("another version of Sporkle"), std::string::npos);
    spoiled = bytes();
    spoiled[offsetof(ExportRecord, program_bytes)] ^= std::byte{1};
    EXPECT_NE(refusal(spoiled).find("another version of Sporkle"), std::string::npos);
}

TEST(Export, RefusesAnInvalidProgram) {
    std::vector<std::byte> spoiled = bytes();
    spoiled[sizeof(ExportRecord) + offsetof(ExportRecord, program) + offsetof(Program, tensor_count)] =
        std::byte{200};
    const std::string message = refusal(spoiled);
    EXPECT_NE(message.find("byte " + std::to_string(sizeof(ExportRecord))), std::string::npos) << message;
    EXPECT_NE(message.find("tensors"), std::string::npos) << message;
}

}  // namespace
}  // namespace sporkle::testing
