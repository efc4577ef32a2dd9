// Templates: what they set for which kernel, how they are filled, and what is refused when they are read
// back.
#include <gtest/gtest.h>

#include "targets/amdgpu/pm4/register_fields.hpp"
#include "targets/amdgpu/pm4/scratch.hpp"
#include "targets/amdgpu/pm4/template_blob.hpp"
#include "targets/amdgpu/pm4/text.hpp"
#include "tests/amdgpu_pm4/streams.hpp"

namespace sporkle::amdgpu::pm4::testing {
namespace {

Template one_dispatch(const Chip& chip, const KernelDescriptor& descriptor, std::uint32_t x = 64,
                      std::uint32_t y = 1, std::uint32_t z = 1) {
    const DispatchNeeds needs{descriptor, {x, y, z}, 0};
    return build_template(chip, std::span(&needs, 1));
}

std::vector<std::uint32_t> filled(const Template& t, const SubmissionValues& submission) {
    const std::vector<DispatchValues> dispatches(t.dispatches.size(), some_dispatch());
    std::vector<std::uint32_t> words(t.submission_words());
    EXPECT_EQ(fill(t, submission, dispatches, words), words.size());
    return words;
}

template <class F>
std::string refusal(F action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Template, EveryChipOfTheTableCanBeDispatchedTo) {
    for (const Chip& chip : chips()) {
        const Template t = one_dispatch(chip, small_kernel(chip));
        EXPECT_EQ(faults_of(filled(t, some_submission()), chip), "") << chip.name;
        EXPECT_EQ(parse_template(serialize(t)), t) << chip.name;
    }
}

TEST(Template, ScratchByDescriptor) {
    SubmissionValues submission = some_submission();
    submission.scratch = 0x7F0011223300, submission.scratch_waves = 100;
    const Chip& gfx906 = chip_named("gfx906");
    Template t = one_dispatch(gfx906, scratch_kernel(gfx906, 24));  // 24 · 64 = 1536 -> 2 KiB
    EXPECT_EQ(t.scratch_bytes_of_wave, 2048u);
    auto words = filled(t, submission);
    EXPECT_EQ(faults_of(words, gfx906), "");
    EXPECT_EQ(register_at_dispatch(words, gfx906, "COMPUTE_TMPRING_SIZE"), 100u | 2u << 12);
    EXPECT_EQ(register_at_dispatch(words, gfx906, "COMPUTE_USER_DATA_0"), 0x11223300u);
    EXPECT_EQ(register_at_dispatch(words, gfx906, "COMPUTE_USER_DATA_1"), 0x80007F00u);
    EXPECT_EQ(register_at_dispatch(words, gfx906, "COMPUTE_USER_DATA_2"), 0xFFFFFFFFu);
    EXPECT_EQ(register_at_dispatch(words, gfx906, "COMPUTE_USER_DATA_3"), 0x00E00000u);
    EXPECT_EQ(register_at_dispatch(words, gfx906, "COMPUTE_USER_DATA_4"), 0x1040u);
    EXPECT_EQ(scratch_bytes(gfx906, 2048, 100, 4), 204800u);

    const Chip& gfx1030 = chip_named("gfx1030");
    t = one_dispatch(gfx1030, scratch_kernel(gfx1030, 24));  // waves of 32: 768 -> 1 KiB
    EXPECT_EQ(t.scratch_bytes_of_wave, 1024u);
    words = filled(t, submission);
    EXPECT_EQ(register_at_dispatch(words, gfx1030, "COMPUTE_TMPRING_SIZE"), 100u | 1u << 12);
    EXPECT_EQ(register_at_dispatch(words, gfx1030, "COMPUTE_USER_DATA_3"), 0x31C16000u);
}

TEST(Template, FlatScratchAndTheSizeOfScratch) {
    const Chip& chip = chip_named("gfx906");
    KernelDescriptor d = scratch_kernel(chip, 24);
    d.properties |= 0x60;  // flat_scratch_init, private_segment_size
    d.rsrc2 = (d.rsrc2 & ~rsrc2::user_sgpr.mask()) | rsrc2::user_sgpr(9);
    SubmissionValues submission = some_submission();
    submission.scratch = 0x7F0011223300, submission.scratch_waves = 1;
    const auto words = filled(one_dispatch(chip, d), submission);
    EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_USER_DATA_6"), 0x11223300u);
    EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_USER_DATA_7"), 0x7F00u);
    EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_USER_DATA_8"), 24u);
}

TEST(Template, ArchitectedScratch) {
    SubmissionValues submission = some_submission();
    submission.scratch = 0x7F0011223300, submission.scratch_waves = 0xFFF;
    for (const char* name : {"gfx942", "gfx1100", "gfx1201"}) {
        const Chip& chip = chip_named(name);
        const Template t = one_dispatch(chip, scratch_kernel(chip, 20));
        const std::uint32_t bytes = chip.has_wave32() ? 768 : 2048, unit = chip.has_wave32() ? 256 : 1024;
        EXPECT_EQ(t.scratch_bytes_of_wave, bytes) << name;
        const auto words = filled(t, submission);
        EXPECT_EQ(faults_of(words, chip), "");
        EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_TMPRING_SIZE"), 0xFFFu | bytes / unit << 12);
        EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_DISPATCH_SCRATCH_BASE_LO"), 0x00112233u);
        EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_DISPATCH_SCRATCH_BASE_HI"), 0x7Fu);
    }
    EXPECT_EQ(scratch_bytes(chip_named("gfx1100"), 768, 100, 6), 768u * 100 * 6);
    EXPECT_EQ(scratch_bytes(chip_named("gfx942"), 2048, 100, 4), 204800u);
}

TEST(Template, ScratchThatNoWaveCanHaveIsRefused) {
    const Chip& chip = chip_named("gfx906");
    EXPECT_EQ(refusal([&] { one_dispatch(chip, scratch_kernel(chip, 131072)); }),
              "sporkle: pm4: 8192 does not fit WAVESIZE, a field of 13 bits");
}

TEST(Template, GroupSizes) {
    const Chip& chip = chip_named("gfx1201");
    const auto words = filled(one_dispatch(chip, small_kernel(chip), 8, 16, 2), some_submission());
    EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_NUM_THREAD_X"), 8u);
    EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_NUM_THREAD_Y"), 16u);
    EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_NUM_THREAD_Z"), 2u);
    EXPECT_EQ(register_at_dispatch(words, chip, "COMPUTE_RESOURCE_LIMITS"), 1u << 22);  // 8 waves
    EXPECT_EQ(refusal([&] { one_dispatch(chip, small_kernel(chip), 0); }),
              "sporkle: amdgpu: a group of 0 x 1 x 1 work-items");
    EXPECT_EQ(refusal([&] { one_dispatch(chip, small_kernel(chip), 64, 64); }),
              "sporkle: amdgpu: a group of 4096 work-items; there are at most 1024");
}

TEST(Template, WhatIsNotProvidedIsRefused) {
    const Chip& chip = chip_named("gfx90a");
    KernelDescriptor d = small_kernel(chip);
    d.properties |= 2;
    EXPECT_EQ(refusal([&] { one_dispatch(chip, d); }),
              "sporkle: amdgpu: the kernel wants ENABLE_SGPR_DISPATCH_PTR, which is not provided");
    d.properties = 0x0009 | 1 << 16;
    EXPECT_EQ(refusal([&] { one_dispatch(chip, d); }),
              "sporkle: amdgpu: the kernel wants KERNARG_PRELOAD_SPEC_LENGTH, which is not provided");
    d.properties = 0x0809;
    EXPECT_EQ(refusal([&] { one_dispatch(chip, d); }),
              "sporkle: amdgpu: the kernel's stack is of unknown size");
    EXPECT_EQ(refusal([&] { build_template(chip, {}); }),
              "sporkle: amdgpu: a template of 0 dispatches; it has 1 to 1024");
}

TEST(Template, SeveralDispatchesHaveBarriersBetween) {
    const Chip& chip = chip_named("gfx1030");
    const std::vector<DispatchNeeds> needs(3, {small_kernel(chip), {64, 1, 1}, 0});
    const Template t = build_template(chip, needs);
    std::string order;
    for (const Packet& packet : decode(filled(t, some_submission()), chip)) {
        if (packet.as<DispatchDirect>()) order += 'D';
        if (packet.as<EventWrite>()) order += 'w';
        if (packet.as<AcquireMem>()) order += 'a';
        if (packet.as<CopyData>()) order += 't';
        if (packet.as<ReleaseMem>()) order += 'r';
    }
    EXPECT_EQ(order, "watDwaDwaDwrr");
}

TEST(Template, DispatchesWithoutGroupsAreLeftOut) {
    const Chip& chip = chip_named("gfx1030");
    const std::vector<DispatchNeeds> needs(3, {small_kernel(chip), {64, 1, 1}, 0});
    const Template t = build_template(chip, needs);
    std::vector<DispatchValues> dispatches(3, some_dispatch());
    dispatches[0].groups[1] = 0;
    dispatches[2].groups[0] = 0;
    std::vector<std::uint32_t> words(t.submission_words());
    words.resize(fill(t, some_submission(), dispatches, words));
    EXPECT_EQ(faults_of(words, chip), "");
    const auto packets = decode(words, chip);
    EXPECT_EQ(
        std::count_if(packets.begin(), packets.end(), [](const Packet& p) { return p.as<DispatchDirect>(); }),
        1);
    EXPECT_EQ(
        std::count_if(packets.begin(), packets.end(), [](const Packet& p) { return p.as<AcquireMem>(); }), 1);
}

TEST(CommandWriter, SeveralLaunchesGoIntoOneSubmission) {
    const Chip& chip = chip_named("gfx1100");
    const Template a = one_dispatch(chip, small_kernel(chip)),
                   b = one_dispatch(chip, scratch_kernel(chip, 64));
    std::vector<std::uint32_t> words(a.submission_words(2) + b.submission_words());
    SubmissionValues submission = some_submission();
    submission.scratch = 0x100000, submission.scratch_waves = 32;
    CommandWriter writer(words);
    writer.begin(a, submission);
    writer.dispatch(a, 0, some_dispatch());
    writer.dispatch(b, 0, some_dispatch());
    writer.dispatch(a, 0, some_dispatch());
    words.resize(writer.end(a));
    EXPECT_EQ(faults_of(words, chip), "");
}

TEST(CommandWriter, RefusesWhatHardwareCouldNotTake) {
    const Chip& chip = chip_named("gfx1201");
    const Template t = one_dispatch(chip, scratch_kernel(chip, 64));
    const auto attempt = [&](auto change, std::size_t room = 1000) {
        SubmissionValues submission = some_submission();
        submission.scratch = 0x100000, submission.scratch_waves = 32;
        DispatchValues dispatch = some_dispatch();
        change(submission, dispatch);
        std::vector<std::uint32_t> words(room);
        return refusal([&] { fill(t, submission, std::span(&dispatch, 1), words); });
    };
    EXPECT_EQ(attempt([](auto&, auto&) {}), "");
    EXPECT_EQ(attempt([](auto&, auto& d) { d.program = 0x10080; }),
              "sporkle: amdgpu: address 0x10080 for the code; it is not 0 and a multiple of 256");
    EXPECT_EQ(attempt([](auto&, auto& d) { d.program = 1ull << 48; }),
              "sporkle: amdgpu: address 0x1000000000000 for the code has more than 48 bits");
    EXPECT_EQ(attempt([](auto&, auto& d) { d.kernarg = 4; }),
              "sporkle: amdgpu: address 0x4 for the arguments; it is not 0 and a multiple of 8");
    EXPECT_EQ(attempt([](auto& s, auto&) { s.fence_address = 4; }),
              "sporkle: amdgpu: address 0x4 for the fence; it is not 0 and a multiple of 8");
    EXPECT_EQ(attempt([](auto& s, auto&) { s.begin_timestamp = 0; }),
              "sporkle: amdgpu: address 0x0 for the begin timestamp; it is not 0 and a multiple of 8");
    EXPECT_EQ(attempt([](auto& s, auto&) { s.scratch = 0; }),
              "sporkle: amdgpu: address 0x0 for scratch; it is not 0 and a multiple of 256");
    EXPECT_EQ(attempt([](auto& s, auto&) { s.scratch_waves = 4096; }),
              "sporkle: amdgpu: scratch for 4096 waves; it is for 1 to 4095");
    EXPECT_EQ(attempt([](auto&, auto& d) { d.groups[1] = 65537; }),
              "sporkle: amdgpu: 100 x 65537 x 3 workgroups; gfx1201 has at most 65536 in y and z");
    const std::size_t needed = t.submission_words();
    EXPECT_EQ(attempt([](auto&, auto&) {}, needed), "");
    for (std::size_t room = 0; room < needed; ++room)
        EXPECT_NE(attempt([](auto&, auto&) {}, room), "") << room << " of " << needed;

    const Template other = one_dispatch(chip_named("gfx1200"), small_kernel(chip));
    std::vector<std::uint32_t> words(1000);
    CommandWriter writer(words);
    EXPECT_NE(refusal([&] { writer.dispatch(t, 0, some_dispatch()); }), "");  // before begin
    writer.begin(other, some_submission());
    EXPECT_EQ(refusal([&] { writer.dispatch(t, 0, some_dispatch()); }),
              "sporkle: amdgpu: a dispatch of a template for another chip");
    EXPECT_EQ(refusal([&] { writer.dispatch(other, 1, some_dispatch()); }),
              "sporkle: amdgpu: dispatch 1 of a template of 1");
}

TEST(Template, TextNamesThePatches) {
    const Chip& chip = chip_named("gfx1201");
    const std::string text = text_of(one_dispatch(chip, small_kernel(chip)));
    for (const char* expected : {"prologue:\n     0  c0004600  EVENT_WRITE\n",
                                 "00000000    COMPUTE_PGM_LO = 0x00000000  <- program\n",
                                 "00000000    COMPUTE_USER_DATA_1 = 0x00000000  <- kernarg\n",
                                 "00000000    DIM_Z 0x0  <- groups_z\n", "dispatch 0:\n",
                                 "barrier between dispatches:\n", "DATA_HI 0x0  <- fence_value\n"})
        EXPECT_NE(text.find(expected), std::string::npos) << expected << text;
    EXPECT_EQ(text.find('!'), std::string::npos) << text;
}

class Blob : public ::testing::Test {
  protected:
    const Chip& chip = chip_named("gfx1100");
    Template good = one_dispatch(chip, scratch_kernel(chip, 64));
};

TEST_F(Blob, ComesBackAndLeavesWhatFollows) {
    auto bytes = serialize(good);
    EXPECT_EQ(bytes, serialize(good));
    EXPECT_EQ(template_bytes(bytes), bytes.size());
    bytes.resize(bytes.size() + 5);
    EXPECT_EQ(template_bytes(bytes), bytes.size() - 5);
    EXPECT_EQ(parse_template(bytes), good);
}

TEST_F(Blob, EveryCutIsNoticed) {
    const auto bytes = serialize(good);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_NE(refusal([&] { parse_template(std::span(bytes).first(size)); }), "") << size;
}

TEST_F(Blob, HeadsAreChecked) {
    const auto with = [&](std::size_t word, std::uint32_t value) {
        auto bytes = serialize(good);
        for (std::size_t i = 0; i < 4; ++i) bytes[4 * word + i] = static_cast<std::byte>(value >> (8 * i));
        return refusal([&] { parse_template(bytes); });
    };
    EXPECT_EQ(with(0, 1), "sporkle: dispatch template: it begins with 0x00000001 instead of 0x54344d50");
    EXPECT_EQ(with(1, 2), "sporkle: dispatch template: format version 2; this runtime reads 1");
    EXPECT_EQ(with(2, 0x39786667), "sporkle: dispatch template: it is for an unknown chip, 'gfx9100'");
    EXPECT_EQ(with(5, 1), "sporkle: dispatch template: the chip's name has no end");
    EXPECT_EQ(
        with(6, 0),
        "sporkle: dispatch template: a wave has 2048 bytes of scratch in its packets, but 0 in its head");
    EXPECT_EQ(with(7, 0xFFFFFFFF), "sporkle: dispatch template: 4294967295 words; it has at most 1048575");
    EXPECT_EQ(with(8, 0xFFFFFFFF), "sporkle: dispatch template: 4294967295 patches for 1 dispatches");
    EXPECT_EQ(with(9, 0), "sporkle: dispatch template: 0 dispatches; it has 1 to 1024");
    EXPECT_EQ(with(9, 0xFFFFFFFF), "sporkle: dispatch template: 4294967295 dispatches; it has 1 to 1024");
}

std::string verdict(const Template& t) {
    return refusal([&] { verify(t); });
}

/// Which user SGPRs hold an address is for the kernel to say; the packets cannot tell.
bool is_user_data(PatchKind kind) {
    return kind == PatchKind::kernarg || kind == PatchKind::flat_scratch ||
           kind == PatchKind::scratch_descriptor;
}

TEST_F(Blob, PatchesStandWhereTheyBelong) {
    EXPECT_EQ(verdict(good), "");
    for (std::size_t p = 0; p < good.patches.size(); ++p) {
        const PatchKind right = good.patches[p].kind;
        for (int k = 0; k < patch_kind_count; ++k) {
            const auto kind = static_cast<PatchKind>(k);
            if (kind == right || (is_user_data(kind) && is_user_data(right))) continue;
            Template t = good;
            t.patches[p].kind = kind;
            EXPECT_NE(verdict(t), "") << name_of(right) << " as " << name_of(kind);
        }
        if (is_user_data(right)) continue;
        for (const int step : {-1, 1, 1000}) {
            Template t = good;
            t.patches[p].word += static_cast<std::uint32_t>(step);
            EXPECT_NE(verdict(t), "") << name_of(right) << " moved by " << step;
        }
        Template t = good;
        t.patches.erase(t.patches.begin() + static_cast<std::ptrdiff_t>(p));
        for (Segment* segment : {&t.prologue, &t.barrier, &t.epilogue, &t.dispatches[0]}) {
            if (segment->first_patch > p) --segment->first_patch;
            if (segment->last_patch > p) --segment->last_patch;
        }
        EXPECT_NE(verdict(t), "") << name_of(right) << " left out";
    }
}

TEST_F(Blob, NothingElseWritesMemoryOrStartsPrograms) {
    Template t = good;
    const Segment& dispatch = t.dispatches[0];
    // DISPATCH_DIRECT becomes a write to a fixed address.
    const std::uint32_t write[] = {0xC0033700, 0x00100500, 0x1000, 0, 7};
    std::copy(std::begin(write), std::end(write), t.words.begin() + dispatch.last_word - 5);
    EXPECT_NE(verdict(t), "");
    // The program's address is set again behind its patch.
    t = good;
    const std::uint32_t again[] = {0xC0017600, 0x20C, 0x1234};
    t.words.insert(t.words.end() - 5, std::begin(again), std::end(again));
    t.dispatches[0].last_word += 3;
    for (Patch& patch : t.patches)
        if (patch.kind >= PatchKind::groups_x && patch.kind <= PatchKind::groups_z) patch.word += 3;
    EXPECT_EQ(verdict(t), "sporkle: dispatch template: dispatch 0: it sets COMPUTE_PGM_LO twice");
}

TEST_F(Blob, RegistersThatADispatchNeedsAreMissed) {
    Template t = good;
    for (std::size_t w = t.dispatches[0].first_word; w < t.words.size(); ++w)
        if (t.words[w] == 0xC0017600 && t.words[w + 1] == 0x215) t.words[w] = 0xC0011000;  // a NOP
    EXPECT_NE(verdict(t), "");
}

}  // namespace
}  // namespace sporkle::amdgpu::pm4::testing
