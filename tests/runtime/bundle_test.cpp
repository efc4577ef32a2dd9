// Reading bundles: sound ones, and files that are none.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "runtime/bundle/checksum.hpp"
#include "runtime/bundle/reader.hpp"
#include "tests/runtime/bundle_editor.hpp"
#include "tests/runtime/kernels.hpp"
#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

using bundle::Bundle;
using bundle::Header;

/// The refusal of a file with these bytes.
std::string refusal(const std::vector<std::byte>& bytes) {
    const TemporaryFolder folder;
    const std::string path = folder / "some.o";
    write_bytes_to(path, bytes);
    const Thrown thrown = thrown_by([&] { bundle::read_file(path); });
    EXPECT_EQ(thrown.code, ErrorCode::invalid_bundle);
    EXPECT_NE(thrown.message.find("some.o"), std::string::npos) << thrown.message;
    return thrown.message;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Bundle, IsReadFromObjectFileAndSharedObject) {
    const std::vector<Bundle> object = bundle::read_file(bundle_path());
    const std::vector<Bundle> shared = bundle::read_file(SPORKLE_TEST_SHARED_BUNDLE);
    ASSERT_EQ(object.size(), 1u);
    ASSERT_EQ(shared.size(), 1u);
    EXPECT_EQ(object[0].identity, shared[0].identity);
    ASSERT_EQ(object[0].kernels.size(), 8u);
    const auto found = std::find_if(object[0].kernels.begin(), object[0].kernels.end(),
                                    [](const bundle::Kernel& k) { return k.name() == "product"; });
    ASSERT_NE(found, object[0].kernels.end());
    EXPECT_EQ(found->hash, product.hash());
    for (const bundle::Variant& variant : found->variants) {
        EXPECT_FALSE(variant.schedule.empty());
        EXPECT_EQ(object[0].blobs[variant.blob].architecture, variant.architecture);
    }
    EXPECT_FALSE(object[0].in_place);
}

TEST(Bundle, SeveralLinkedTogetherAreAllRead) {
    const std::vector<Bundle> both = bundle::read_file(SPORKLE_TEST_TWO_BUNDLES);
    ASSERT_EQ(both.size(), 2u);
    EXPECT_NE(both[0].identity, both[1].identity);
    EXPECT_EQ(std::max(both[0].kernels.size(), both[1].kernels.size()), 8u);
    EXPECT_EQ(std::min(both[0].kernels.size(), both[1].kernels.size()), 1u);
}

TEST(Bundle, UnreadableFilesAreErrorsOfTheirOwn) {
    const TemporaryFolder folder;
    for (const std::string& path : {folder / "missing.o", folder.path().string(), std::string("/dev/zero")}) {
        const Thrown thrown = thrown_by([&] { bundle::read_file(path); });
        EXPECT_EQ(thrown.code, ErrorCode::input_output);
        EXPECT_TRUE(contains(thrown.message, path)) << thrown.message;
    }
    const std::string pipe = folder / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(thrown_by([&] { bundle::read_file(pipe); }).code, ErrorCode::input_output);
}

TEST(Bundle, ForeignFilesAreToldFromBundles) {
    EXPECT_TRUE(contains(refusal({}), "is no bundle"));
    EXPECT_TRUE(contains(refusal(std::vector<std::byte>(1000, std::byte('x'))), "is no bundle"));
    const Thrown other = thrown_by([] { bundle::read_file(SPORKLE_TEST_FOREIGN_OBJECT); });
    EXPECT_EQ(other.code, ErrorCode::invalid_bundle);
    EXPECT_TRUE(contains(other.message, "has no section sporkle_manifest")) << other.message;
    std::vector<std::byte> bytes = read_bytes_of(bundle_path());
    bytes[4] = std::byte(1);  // ELFCLASS32
    EXPECT_TRUE(contains(refusal(bytes), "ELF64"));
}

TEST(Bundle, TruncatedFilesAreRefused) {
    const std::vector<std::byte> bytes = read_bytes_of(bundle_path());
    for (std::size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / 300) {
        const std::string message =
            refusal({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)});
        EXPECT_TRUE(contains(message, length < 16 ? "is no bundle" : "is truncated"))
            << length << ": " << message;
    }
}

TEST(Bundle, OtherVersionsAreNamed) {
    for (const std::uint32_t version : {bundle::format_version - 1, bundle::format_version + 1}) {
        BundleEditor editor(read_bytes_of(bundle_path()));
        Header header;
        std::memcpy(&header, editor.header().data(), sizeof(header));
        header.version = version;
        std::memcpy(editor.header().data(), &header, sizeof(header));
        editor.seal();
        const std::string message = refusal(editor.file());
        EXPECT_TRUE(contains(message, "format version " + std::to_string(version) +
                                          ", but this runtime reads version " +
                                          std::to_string(bundle::format_version)))
            << message;
        EXPECT_TRUE(contains(message, version > bundle::format_version ? "newer" : "older")) << message;
    }
}

TEST(Bundle, ResealedBundlesAreSound) {
    // What the tests of refusals rely on: sealing alone changes nothing.
    const std::vector<std::byte> bytes = read_bytes_of(bundle_path());
    BundleEditor editor(bytes);
    editor.seal_blobs();
    editor.seal();
    EXPECT_EQ(editor.file(), bytes);
}

TEST(Bundle, ChecksumsCoverCodeManifestAndHeader) {
    BundleEditor code(read_bytes_of(bundle_path()));
    code.code()[code.code().size() / 2] ^= std::byte(1);
    EXPECT_TRUE(contains(refusal(code.file()), "code or data does not match its checksum"));
    code.seal();  // the blob's own checksum is still the old one
    EXPECT_TRUE(contains(refusal(code.file()), "does not match its checksum"));
    BundleEditor manifest(read_bytes_of(bundle_path()));
    manifest.manifest()[manifest.manifest().size() / 2] ^= std::byte(1);
    EXPECT_TRUE(contains(refusal(manifest.file()), "manifest does not match its checksum"));
    BundleEditor header(read_bytes_of(bundle_path()));
    header.header()[offsetof(Header, code_bytes)] ^= std::byte(1);
    EXPECT_TRUE(contains(refusal(header.file()), "header does not match its checksum"));
}

}  // namespace
}  // namespace sporkle::test
