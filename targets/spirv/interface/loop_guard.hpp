// For drivers that end loops early. Mesa's lavapipe gives an invocation 65535 turns in all its loops
// together; then each loop is left after one turn, and the results are wrong without a word. On such a device
// every loop of a module is made to say so: where it is left although its condition still holds, a word
// before the parameter block is set, and the launch fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace sporkle::spirv {

/// Bytes before each parameter block that guarded modules write to.
inline constexpr std::uint64_t guard_bytes = 64;
/// What stands there: whether a loop was left early, a place to write to when it was not, and a zero.
struct GuardWords {
    std::uint64_t unused[5] = {};
    std::uint64_t nothing = 0;
    std::uint64_t elsewhere = 0;
    std::uint64_t left_early = 0;
};
static_assert(sizeof(GuardWords) == guard_bytes);

/// The guard before a parameter block, as the CPU sees them: cleared before a launch, looked at afterwards.
inline void clear_guard(std::byte* before_block) {
    const GuardWords clear;
    std::memcpy(before_block, &clear, sizeof clear);
}
inline bool left_early(const std::byte* before_block) {
    GuardWords words;
    std::memcpy(&words, before_block, sizeof words);
    return words.left_early != 0;
}

/// The module with guards. Its loops have the form that the emitter gives them: the header ends with
/// OpLoopMerge and a branch on a comparison of integers that leaves the loop; `what` names it in messages.
/// Throws Error(unsupported) for other loops.
std::vector<std::uint32_t> with_loop_guards(std::span<const std::uint32_t> module, const std::string& what);

}  // namespace sporkle::spirv
