// Hostile input: streams of anything and templates with anything changed in them. Nothing crashes, nothing
// reads beyond the words, and a template that is accepted gives a stream without faults. Worth running with
// sanitizers.
#include <gtest/gtest.h>

#include <memory>

#include "targets/amdgpu/pm4/template_blob.hpp"
#include "targets/amdgpu/pm4/text.hpp"
#include "tests/amdgpu_pm4/streams.hpp"

namespace sporkle::amdgpu::pm4::testing {
namespace {

/// On the heap and of the exact size, so that a sanitizer sees the first word beyond.
struct Exact {
    explicit Exact(const std::vector<std::uint32_t>& words)
        : copy(new std::uint32_t[words.size()]), size(words.size()) {
        std::copy(words.begin(), words.end(), copy.get());
    }
    std::span<const std::uint32_t> span() const { return {copy.get(), size}; }
    std::unique_ptr<std::uint32_t[]> copy;
    std::size_t size;
};

void expect_whole(std::span<const std::uint32_t> stream, const Chip& chip) {
    std::size_t next = 0;
    for (const Packet& packet : decode(stream, chip)) {
        ASSERT_EQ(packet.position, next);
        next += packet.words();
        for (const Fault& fault : packet.faults) {
            ASSERT_GE(fault.position, packet.position);
            ASSERT_LT(fault.position, next);
        }
        ASSERT_FALSE(packet.as<Unknown>() && packet.faults.empty());
    }
    ASSERT_EQ(next, stream.size());
    ASSERT_EQ(text_of(stream, chip).empty(), stream.empty());
}

TEST(Fuzz, AnyWordsAreDecodedToTheirEnd) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE("SPORKLE_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::uint8_t opcodes[] = {0x10, 0x15, 0x16, 0x23, 0x37, 0x3C, 0x3F, 0x40,
                                    0x46, 0x49, 0x50, 0x58, 0x76, 0x79, 0x9B, 0x00};
    for (int i = 0; i < 3000; ++i) {
        const Chip& chip = chips()[random() % chips().size()];
        std::vector<std::uint32_t> words(random() % 24);
        for (std::uint32_t& word : words) {
            word = static_cast<std::uint32_t>(random());
            // Mostly plausible headers and offsets, so that packets are looked into.
            if (random() % 2)
                word = 0xC0000000 | static_cast<std::uint32_t>(random() % 9) << 16 |
                       opcodes[random() % std::size(opcodes)] << 8u;
            if (random() % 6 == 0) word = static_cast<std::uint32_t>(0x1F0 + random() % 0x220);
        }
        expect_whole(Exact(words).span(), chip);
        if (::testing::Test::HasFatalFailure()) return;
    }
}

TEST(Fuzz, ChangedTemplatesAreRefusedOrSound) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE("SPORKLE_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    int accepted = 0, refused = 0;
    for (const char* name : emitted_chips) {
        const Chip& chip = chip_named(name);
        const std::vector<DispatchNeeds> needs = {{small_kernel(chip), {64, 1, 1}, 0},
                                                  {scratch_kernel(chip, 64), {32, 8, 1}, 100}};
        const auto good = serialize(build_template(chip, needs));
        for (int i = 0; i < 500; ++i) {
            auto bytes = std::vector<std::byte>(good);
            for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
                const std::size_t at = random() % bytes.size();
                if (random() % 8 == 0)
                    bytes.resize(at + 1);
                else if (random() % 3 == 0)
                    bytes[at] = static_cast<std::byte>(random());
                else
                    bytes[at] ^= static_cast<std::byte>(1u << random() % 8);
            }
            Template t;
            try {
                t = parse_template(bytes);
            } catch (const Error& error) {
                ++refused;
                ASSERT_EQ(std::string(error.what()).rfind("sporkle: dispatch template: ", 0), 0u)
                    << error.what();
                continue;
            }
            ++accepted;
            SubmissionValues submission = some_submission();
            submission.scratch = 0x100000, submission.scratch_waves = 1;
            const std::vector<DispatchValues> dispatches(t.dispatches.size(), some_dispatch());
            std::vector<std::uint32_t> words(t.submission_words());
            ASSERT_EQ(fill(t, submission, dispatches, words), words.size());
            ASSERT_EQ(faults_of(words, *t.chip), "");
        }
    }
    EXPECT_GT(refused, accepted);
    EXPECT_GT(accepted, 0);  // such as another value in a register
}

TEST(Fuzz, AnyBytesAsTemplateOrDescriptor) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE("SPORKLE_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int i = 0; i < 2000; ++i) {
        std::vector<std::byte> bytes(random() % 100);
        for (std::byte& byte : bytes) byte = random() % 2 ? std::byte{0} : static_cast<std::byte>(random());
        EXPECT_THROW(parse_template(bytes), Error);
        try {
            parse_kernel_descriptor(bytes, chips()[random() % chips().size()]);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_bundle);
        }
    }
}

}  // namespace
}  // namespace sporkle::amdgpu::pm4::testing
