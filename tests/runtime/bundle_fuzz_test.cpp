// Bundles with bytes changed at random: refused with an error, or, where the change does not matter, read as
// before.
#include <gtest/gtest.h>

#include <sporkle_manifest_generated.h>

#include <cstring>
#include <random>

#include "runtime/bundle/reader.hpp"
#include "runtime/call/binding.hpp"
#include "runtime/call/workload.hpp"
#include "tests/runtime/bundle_editor.hpp"
#include "tests/runtime/support.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::test {
namespace {

/// Everything that is done with a bundle short of running its code.
void use(const bundle::Bundle& bundle) {
    std::vector<float> memory(1 << 12);
    for (const bundle::Kernel& kernel : bundle.kernels) {
        const runtime::Facts facts(kernel.program);
        std::vector<Operand> operands(kernel.program.argument_count);
        for (int a = 0; a < kernel.program.argument_count; ++a) {
            Operand& operand = operands[static_cast<std::size_t>(a)];
            const Argument& argument = kernel.program.arguments[a];
            operand.is_scalar = argument.is_scalar;
            if (argument.is_scalar) {
                operand.dtype = kernel.program.scalars[argument.number].dtype;
                continue;
            }
            operand.dtype = kernel.program.tensors[argument.number].dtype;
            operand.rank = kernel.program.tensors[argument.number].rank;
            operand.data = memory.data() + 64 * a;
            for (int d = 0; d < operand.rank; ++d) {
                operand.extents[d] = 3;
                operand.strides[d] = d + 1 == operand.rank ? 1 : 3;
            }
        }
        try {
            const runtime::Call call(kernel.program, facts, operands);
            const runtime::Arrangement arrangement(call, nullptr);
            static_cast<void>(runtime::workload_text(call));
            for (const bundle::Variant& variant : kernel.variants) {
                static_cast<void>(runtime::fits(variant, call, arrangement));
                static_cast<void>(runtime::sizes_of(variant, call, arrangement));
            }
        } catch (const Error&) {
            // A Program that another kernel's arguments do not fit.
        }
    }
}

/// Whether the bytes are read as bundles; anything but a sporkle::Error ends the test.
bool is_read(const std::vector<std::byte>& bytes) {
    const std::size_t rounded = (bytes.size() / 64 + 1) * 64;
    std::shared_ptr<void> storage(std::aligned_alloc(64, rounded), std::free);
    std::memcpy(storage.get(), bytes.data(), bytes.size());
    try {
        for (const bundle::Bundle& bundle : bundle::read_bytes(
                 {static_cast<const std::byte*>(storage.get()), bytes.size()}, storage, "the fuzzed bundle"))
            use(bundle);
        return true;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_bundle);
        EXPECT_NE(std::string(error.what()).find("the fuzzed bundle"), std::string::npos) << error.what();
        return false;
    }
}

class BundleFuzz : public ::testing::Test {
  protected:
    void SetUp() override {
        seed_ = sporkle::testing::test_seed();
        random_.seed(seed_);
    }
    std::size_t below(std::size_t n) { return random_() % n; }

    /// A byte of the manifest; seldom one of the Program, most of which is unused table space.
    std::size_t place_in(std::span<const std::byte> manifest) {
        const auto* program = manifest::GetManifest(bytes_manifest_.data())->kernels()->Get(0)->program();
        const auto begin = static_cast<std::size_t>(
            program->data() - reinterpret_cast<const std::uint8_t*>(bytes_manifest_.data()));
        for (;;) {
            const std::size_t place = below(manifest.size());
            if (place < begin || place >= begin + program->size() || below(10) == 0) return place;
        }
    }

    /// A small bundle keeps the checksums cheap.
    const std::vector<std::byte> bytes_ = read_bytes_of(SPORKLE_TEST_SMALL_BUNDLE);
    BundleEditor original_{bytes_};
    const std::span<const std::byte> bytes_manifest_ = original_.manifest();
    unsigned seed_ = 0;
    std::mt19937_64 random_;
};

TEST_F(BundleFuzz, FlippedBitsAnywhere) {
    ASSERT_TRUE(is_read(bytes_));
    int refused = 0;
    for (int round = 0; round < 4000; ++round) {
        std::vector<std::byte> changed = bytes_;
        for (std::size_t flips = 1 + below(3); flips > 0; --flips)
            changed[below(changed.size())] ^= std::byte(1 << below(8));
        refused += !is_read(changed);
    }
    EXPECT_GT(refused, 2000);
}

TEST_F(BundleFuzz, TruncationsAndInsertions) {
    for (int round = 0; round < 1000; ++round) {
        std::vector<std::byte> changed = bytes_;
        changed.resize(below(changed.size()));
        EXPECT_FALSE(is_read(changed));
        changed = bytes_;
        changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(below(changed.size())), 1 + below(100),
                       std::byte(below(256)));
        static_cast<void>(is_read(changed));
    }
}

TEST_F(BundleFuzz, HostileElfHeaders) {
    int refused = 0;
    for (int round = 0; round < 4000; ++round) {
        std::vector<std::byte> changed = bytes_;
        std::uint64_t section_headers = 0;
        std::memcpy(&section_headers, changed.data() + 40, 8);
        const bool in_sections = below(2) == 0;
        const std::size_t begin = in_sections ? section_headers : 0;
        const std::size_t end = in_sections ? changed.size() : 64;
        const std::uint64_t values[] = {
            0, 1, 0x40, 0x7fffffffffffffffu, ~std::uint64_t(0), random_(), changed.size()};
        const std::uint64_t value = values[below(7)];
        const std::size_t place = begin + below(end - begin);
        std::memcpy(changed.data() + place, &value,
                    std::min<std::size_t>(1 + below(8), changed.size() - place));
        refused += !is_read(changed);
    }
    EXPECT_GT(refused, 500);
}

TEST_F(BundleFuzz, HostileManifestsWithRightChecksums) {
    int refused = 0, read = 0;
    for (int round = 0; round < 6000; ++round) {
        BundleEditor editor(bytes_);
        const std::span<std::byte> manifest = editor.manifest();
        for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
            const std::size_t place = place_in(manifest);
            switch (below(3)) {
                case 0:
                    manifest[place] ^= std::byte(1 << below(8));
                    break;
                case 1:
                    manifest[place] = std::byte(below(2) == 0 ? 0xff : 0);
                    break;
                default: {  // offsets and counts are words
                    const std::uint32_t values[] = {0,
                                                    1,
                                                    0x7fffffff,
                                                    0xffffffff,
                                                    static_cast<std::uint32_t>(manifest.size()),
                                                    static_cast<std::uint32_t>(random_())};
                    const std::uint32_t value = values[below(6)];
                    if (place + 4 <= manifest.size()) std::memcpy(manifest.data() + place, &value, 4);
                }
            }
        }
        editor.seal();
        (is_read(editor.file()) ? read : refused) += 1;
    }
    EXPECT_GT(refused, 1000);
    EXPECT_GT(read, 100);  // padding, names, scratch sizes: the rest was reached as well
}

}  // namespace
}  // namespace sporkle::test
