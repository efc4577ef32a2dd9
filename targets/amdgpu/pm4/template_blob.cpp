#include "targets/amdgpu/pm4/template_blob.hpp"

#include <cstring>
#include <string_view>

#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/packets/nop.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

constexpr std::uint32_t magic = 0x54344D50;  // "PM4T"
constexpr std::uint32_t format_version = 1;
constexpr std::size_t name_words = 4, head_words = 2 + name_words + 4, segment_words = 4;
constexpr std::size_t most_patches_of_segment = 16;
constexpr Field patch_kind{"patch kind", 24, 8}, patch_word{"patch word", 0, 24};

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_bundle, "sporkle: dispatch template: " + what);
}

class Output {
  public:
    void word(std::uint32_t value) {
        for (int i = 0; i < 4; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
    void segment(const Segment& s) {
        word(s.first_word);
        word(s.last_word);
        word(s.first_patch);
        word(s.last_patch);
    }
    void name(std::string_view name) {
        for (std::size_t i = 0; i < 4 * name_words; ++i)
            bytes_.push_back(static_cast<std::byte>(i < name.size() ? name[i] : 0));
    }
    std::vector<std::byte> bytes() { return std::move(bytes_); }

  private:
    std::vector<std::byte> bytes_;
};

class Input {
  public:
    explicit Input(std::span<const std::byte> bytes) : bytes_(bytes) {}

    void need(std::size_t words) const {
        if (words > (bytes_.size() - at_) / 4)
            refuse(formatted("%zu bytes; it has at least %zu", bytes_.size(), at_ + 4 * words));
    }
    /// After need().
    std::uint32_t word() {
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes_[at_++]) << (8 * i);
        return value;
    }
    Segment segment() {
        Segment s;
        s.first_word = word();
        s.last_word = word();
        s.first_patch = word();
        s.last_patch = word();
        return s;
    }
    const Chip& chip() {
        std::string name;
        for (std::size_t i = 0; i < 4 * name_words; ++i)
            name += static_cast<char>(std::to_integer<unsigned char>(bytes_[at_++]));
        const std::size_t length = std::min(name.find('\0'), name.size());
        if (name.find_first_not_of('\0', length) != std::string::npos) refuse("the chip's name has no end");
        name.resize(length);
        for (char& c : name)
            if (c < ' ' || c > '~') c = '?';  // it goes into a message
        const Chip* chip = find_chip(name);
        if (!chip) refuse("it is for an unknown chip, '" + name + "'");
        return *chip;
    }

  private:
    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
};

struct Head {
    const Chip* chip;
    std::uint32_t scratch_bytes_of_wave;
    std::size_t words, patches, dispatches;
    std::size_t total_words() const {
        return head_words + segment_words * (3 + dispatches) + patches + words;
    }
};

/// Bounds every number before anything depends on it.
Head read_head(Input& input) {
    input.need(head_words);
    if (const std::uint32_t found = input.word(); found != magic)
        refuse(formatted("it begins with 0x%08x instead of 0x%08x", found, magic));
    if (const std::uint32_t found = input.word(); found != format_version)
        refuse(formatted("format version %u; this runtime reads %u", found, format_version));
    Head head;
    head.chip = &input.chip();
    head.scratch_bytes_of_wave = input.word();
    head.words = input.word();
    head.patches = input.word();
    head.dispatches = input.word();
    if (head.words > ib_limit) refuse(formatted("%zu words; it has at most %zu", head.words, ib_limit));
    if (head.dispatches == 0 || head.dispatches > most_dispatches)
        refuse(formatted("%zu dispatches; it has 1 to %zu", head.dispatches, most_dispatches));
    if (head.patches > most_patches_of_segment * (3 + head.dispatches))
        refuse(formatted("%zu patches for %zu dispatches", head.patches, head.dispatches));
    input.need(head.total_words() - head_words);
    return head;
}

}  // namespace

std::vector<std::byte> serialize(const Template& from) {
    verify(from);
    Output output;
    output.word(magic);
    output.word(format_version);
    output.name(from.chip->name);
    output.word(from.scratch_bytes_of_wave);
    output.word(static_cast<std::uint32_t>(from.words.size()));
    output.word(static_cast<std::uint32_t>(from.patches.size()));
    output.word(static_cast<std::uint32_t>(from.dispatches.size()));
    for (const Segment& s : {from.prologue, from.barrier, from.epilogue}) output.segment(s);
    for (const Segment& s : from.dispatches) output.segment(s);
    for (const Patch& p : from.patches)
        output.word(patch_kind(static_cast<std::uint8_t>(p.kind)) | patch_word(p.word));
    for (const std::uint32_t word : from.words) output.word(word);
    return output.bytes();
}

std::size_t template_bytes(std::span<const std::byte> bytes) {
    Input input(bytes);
    return 4 * read_head(input).total_words();
}

Template parse_template(std::span<const std::byte> bytes) {
    Input input(bytes);
    const Head head = read_head(input);
    Template t;
    t.chip = head.chip;
    t.scratch_bytes_of_wave = head.scratch_bytes_of_wave;
    for (Segment* s : {&t.prologue, &t.barrier, &t.epilogue}) *s = input.segment();
    t.dispatches.reserve(head.dispatches);
    for (std::size_t d = 0; d < head.dispatches; ++d) t.dispatches.push_back(input.segment());
    t.patches.reserve(head.patches);
    for (std::size_t p = 0; p < head.patches; ++p) {
        const std::uint32_t word = input.word();
        if (patch_kind.of(word) >= patch_kind_count)
            refuse(formatted("patch %zu is of unknown kind %u", p, patch_kind.of(word)));
        t.patches.push_back({static_cast<PatchKind>(patch_kind.of(word)), patch_word.of(word)});
    }
    t.words.reserve(head.words);
    for (std::size_t w = 0; w < head.words; ++w) t.words.push_back(input.word());
    verify(t);
    return t;
}

}  // namespace sporkle::amdgpu::pm4
