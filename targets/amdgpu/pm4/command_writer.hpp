// Fills templates: one submission, of one launch or of several, into memory that is there already. Nothing is
// allocated. Words are written in order and patched where they stand, so the memory may be the GPU's, but
// cacheable memory is faster.
#pragma once

#include <cstdint>
#include <span>

#include "targets/amdgpu/pm4/dispatch_template.hpp"

namespace sporkle::amdgpu::pm4 {

struct DispatchValues {
    std::uint64_t program = 0;  ///< address of the code (entry_address)
    std::uint64_t kernarg = 0;  ///< address of the kernel's arguments
    std::uint32_t groups[3] = {0, 0, 0};
};

struct SubmissionValues {
    std::uint64_t begin_timestamp = 0, end_timestamp = 0;  ///< addresses of 8 bytes
    std::uint64_t fence_address = 0, fence_value = 0;  ///< address of 8 bytes, and what it gets at the end
    std::uint64_t scratch = 0;                         ///< address, where a template needs scratch
    std::uint32_t scratch_waves = 0;                   ///< that it has room for (scratch_bytes)
};

/// begin, dispatch…, end. All of them throw Error(invalid_argument) for addresses that hardware could not
/// take, scratch that is missing, and memory that is too short (Template::submission_words).
class CommandWriter {
  public:
    explicit CommandWriter(std::span<std::uint32_t> memory) : memory_(memory) {}

    void begin(const Template& from, const SubmissionValues& values);
    /// Dispatch `number` of a template for the same chip. It waits for everything before it, or for nothing:
    /// then it may run at the same time as those back to the last one that waited. One without workgroups is
    /// left out, as hardware would.
    void dispatch(const Template& from, std::size_t number, const DispatchValues& values, bool waits = true);
    /// Words of the submission, a multiple of eight. `from` is for the same chip.
    std::size_t end(const Template& from);

  private:
    std::uint32_t* copy(const Template& from, const Segment& segment);
    void patch(const Template& from, const Segment& segment, const DispatchValues& values);

    std::span<std::uint32_t> memory_;
    std::size_t used_ = 0;
    SubmissionValues values_;
    const Chip* chip_ = nullptr;
    bool first_ = true;
};

/// One launch of all dispatches of a template. Returns the words of the submission.
std::size_t fill(const Template& from, const SubmissionValues& submission,
                 std::span<const DispatchValues> dispatches, std::span<std::uint32_t> memory);

}  // namespace sporkle::amdgpu::pm4
