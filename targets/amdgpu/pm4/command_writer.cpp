#include "targets/amdgpu/pm4/command_writer.hpp"

#include <cstring>

#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/packets/nop.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"
#include "targets/amdgpu/pm4/register_fields.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_argument, "sporkle: amdgpu: " + what);
}

void check_address(const char* what, std::uint64_t address, std::uint64_t alignment) {
    if (address == 0 || address % alignment != 0)
        refuse(formatted("address 0x%llx for %s; it is not 0 and a multiple of %llu",
                         static_cast<unsigned long long>(address), what,
                         static_cast<unsigned long long>(alignment)));
}

/// Descriptors and the registers of program and scratch hold 48 bits.
void check_48_bits(const char* what, std::uint64_t address) {
    if (address >> 48 != 0)
        refuse(formatted("address 0x%llx for %s has more than 48 bits",
                         static_cast<unsigned long long>(address), what));
}

void put_pair(std::uint32_t* words, std::uint64_t value) {
    words[0] = low_word(value);
    words[1] = high_word(value);
}

}  // namespace

std::uint32_t* CommandWriter::copy(const Template& from, const Segment& segment) {
    if (segment.words() > memory_.size() - used_)
        refuse(formatted("%zu words are too few for the submission", memory_.size()));
    std::uint32_t* to = memory_.data() + used_;
    std::memcpy(to, from.words.data() + segment.first_word, segment.words() * sizeof(std::uint32_t));
    used_ += segment.words();
    return to;
}

void CommandWriter::patch(const Template& from, const Segment& segment, const DispatchValues& values) {
    std::uint32_t* const begin = copy(from, segment);
    for (std::uint32_t p = segment.first_patch; p < segment.last_patch; ++p) {
        std::uint32_t* const words = begin + (from.patches[p].word - segment.first_word);
        switch (from.patches[p].kind) {
            case PatchKind::program:
                put_pair(words, values.program >> 8);
                break;
            case PatchKind::kernarg:
                put_pair(words, values.kernarg);
                break;
            case PatchKind::groups_x:
                *words = values.groups[0];
                break;
            case PatchKind::groups_y:
                *words = values.groups[1];
                break;
            case PatchKind::groups_z:
                *words = values.groups[2];
                break;
            case PatchKind::scratch_base:
                put_pair(words, values_.scratch >> 8);
                break;
            case PatchKind::scratch_descriptor:
                words[0] = low_word(values_.scratch);
                words[1] |= high_word(values_.scratch);  // beside the swizzle bit
                break;
            case PatchKind::flat_scratch:
                put_pair(words, values_.scratch);
                break;
            case PatchKind::scratch_waves:
                *words |= values_.scratch_waves;
                break;
            case PatchKind::begin_timestamp:
                put_pair(words, values_.begin_timestamp);
                break;
            case PatchKind::end_timestamp:
                put_pair(words, values_.end_timestamp);
                break;
            case PatchKind::fence_address:
                put_pair(words, values_.fence_address);
                break;
            case PatchKind::fence_value:
                put_pair(words, values_.fence_value);
                break;
        }
    }
}

std::size_t Template::submission_words(std::size_t launches) const {
    std::size_t one = 0;
    for (const Segment& dispatch : dispatches) one += dispatch.words() + barrier.words();
    const std::size_t all = launches * one - (launches == 0 ? 0 : barrier.words());  // none before the first
    return padded(prologue.words() + all + epilogue.words());
}

void CommandWriter::begin(const Template& from, const SubmissionValues& values) {
    check_address("the begin timestamp", values.begin_timestamp, 8);
    check_address("the end timestamp", values.end_timestamp, 8);
    check_address("the fence", values.fence_address, 8);
    used_ = 0;
    first_ = true;
    values_ = values;
    chip_ = from.chip;
    patch(from, from.prologue, {});
}

void CommandWriter::dispatch(const Template& from, std::size_t number, const DispatchValues& values,
                             bool waits) {
    if (!chip_ || from.chip != chip_) refuse("a dispatch of a template for another chip");
    if (number >= from.dispatches.size())
        refuse(formatted("dispatch %zu of a template of %zu", number, from.dispatches.size()));
    if (values.groups[0] == 0 || values.groups[1] == 0 || values.groups[2] == 0) return;
    check_address("the code", values.program, code_alignment);
    check_48_bits("the code", values.program);
    if (values.kernarg != 0) check_address("the arguments", values.kernarg, 8);  // a kernel may have none
    if (chip_->group_ids() == GroupIds::trap_temporaries &&
        (values.groups[1] > 65536 || values.groups[2] > 65536))
        refuse(formatted("%u x %u x %u workgroups; %s has at most 65536 in y and z", values.groups[0],
                         values.groups[1], values.groups[2], chip_->name));
    if (from.scratch_bytes_of_wave != 0) {
        check_address("scratch", values_.scratch, 256);
        check_48_bits("scratch", values_.scratch);
        if (values_.scratch_waves == 0 || values_.scratch_waves > tmpring::waves.largest())
            refuse(formatted("scratch for %u waves; it is for 1 to %u", values_.scratch_waves,
                             tmpring::waves.largest()));
    }
    if (!first_ && waits) copy(from, from.barrier);
    first_ = false;
    patch(from, from.dispatches[number], values);
}

std::size_t CommandWriter::end(const Template& from) {
    if (!chip_ || from.chip != chip_) refuse("the end of a template for another chip");
    patch(from, from.epilogue, {});
    const std::size_t words = padded(used_);
    if (words > ib_limit) refuse(formatted("a submission of %zu words; it has at most %zu", words, ib_limit));
    if (words > memory_.size()) refuse(formatted("%zu words are too few for the submission", memory_.size()));
    while (used_ < words) memory_[used_++] = nop_word;
    return words;
}

std::size_t fill(const Template& from, const SubmissionValues& submission,
                 std::span<const DispatchValues> dispatches, std::span<std::uint32_t> memory) {
    if (dispatches.size() != from.dispatches.size())
        refuse(formatted("values for %zu dispatches; the template has %zu", dispatches.size(),
                         from.dispatches.size()));
    CommandWriter writer(memory);
    writer.begin(from, submission);
    for (std::size_t d = 0; d < dispatches.size(); ++d) writer.dispatch(from, d, dispatches[d]);
    return writer.end(from);
}

}  // namespace sporkle::amdgpu::pm4
