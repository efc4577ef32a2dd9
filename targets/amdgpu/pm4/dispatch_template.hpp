// The packets that run a variant's dispatches, made when kernels are built, with the places named that are
// only known when they run. It lies in the bundle beside the code (template_blob.hpp) and is filled by
// command_writer.hpp.
//
// A submission is
//
//   prologue     wait for the ring's earlier waves, invalidate all caches, take the begin timestamp
//   dispatch     every register that a dispatch depends on, then DISPATCH_DIRECT
//   (barrier     wait for the waves, invalidate the caches that compute units keep for themselves
//    dispatch)*
//   epilogue     wait for the waves, take the end timestamp, write the caches back and then the fence's value
//   padding
//
// Registers outlive a submission, even a process, so nothing is left as it was found.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/kernel_descriptor.hpp"

namespace sporkle::amdgpu::pm4 {

/// What a patch point takes; a pair is two neighbouring words, the low one first.
enum class PatchKind : std::uint8_t {
    program,   ///< pair: address of the code / 256
    kernarg,   ///< pair: address of the kernel's arguments
    groups_x,  ///< workgroups
    groups_y,
    groups_z,
    scratch_base,        ///< pair: address of scratch / 256
    scratch_descriptor,  ///< pair: first two words of scratch's buffer descriptor
    flat_scratch,        ///< pair: address of scratch
    scratch_waves,       ///< COMPUTE_TMPRING_SIZE, whose WAVESIZE stands in the template
    begin_timestamp,     ///< pair: address of 8 bytes
    end_timestamp,       ///< pair: address of 8 bytes
    fence_address,       ///< pair: address of 8 bytes
    fence_value,         ///< pair
};
inline constexpr int patch_kind_count = 13;
const char* name_of(PatchKind kind);
/// Words that a patch point of this kind covers.
constexpr std::uint32_t words_of(PatchKind kind) {
    const bool single = kind == PatchKind::groups_x || kind == PatchKind::groups_y ||
                        kind == PatchKind::groups_z || kind == PatchKind::scratch_waves;
    return single ? 1 : 2;
}

struct Patch {
    PatchKind kind;
    std::uint32_t word;  ///< in Template::words
    bool operator==(const Patch&) const = default;
};

/// A part of the submission: half-open ranges of words and of patches.
struct Segment {
    std::uint32_t first_word = 0, last_word = 0;
    std::uint32_t first_patch = 0, last_patch = 0;
    constexpr std::uint32_t words() const { return last_word - first_word; }
    bool operator==(const Segment&) const = default;
};

struct Template {
    const Chip* chip = nullptr;
    std::vector<std::uint32_t> words;
    std::vector<Patch> patches;
    Segment prologue, barrier, epilogue;
    std::vector<Segment> dispatches;
    /// The most that a wave of any dispatch has; 0 where none needs scratch, and then no patch asks for it.
    std::uint32_t scratch_bytes_of_wave = 0;

    /// Words of a submission of so many launches of all dispatches, padding included. Submissions of several
    /// templates need at most the sum of theirs.
    std::size_t submission_words(std::size_t launches = 1) const;
    bool operator==(const Template&) const = default;
};

inline constexpr std::size_t most_dispatches = 1024;

struct DispatchNeeds {
    KernelDescriptor descriptor;
    std::uint32_t group_size[3] = {1, 1, 1};  ///< work-items
    std::uint32_t dynamic_lds = 0;            ///< bytes, beyond what the kernel declares
};

/// Throws Error(unsupported) where the chip cannot run a dispatch or a kernel asks for SGPRs that Sporkle
/// does not fill (AQL packet, queue, preloaded arguments), Error(invalid_argument) for a group of no
/// work-items.
Template build_template(const Chip& chip, std::span<const DispatchNeeds> dispatches);

}  // namespace sporkle::amdgpu::pm4
