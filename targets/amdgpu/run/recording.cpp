#include "targets/amdgpu/run/recording.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <vector>

#include "runtime/hazards.hpp"

namespace sporkle::amdgpu {
namespace {

constexpr std::size_t argument_alignment = 64;
constexpr std::size_t most_words = 0xFFFFF;  ///< of an indirect buffer

std::size_t aligned(std::size_t value) {
    return (value + argument_alignment - 1) / argument_alignment * argument_alignment;
}

struct Part {
    const Executable* executable;
    const runtime::Launch* launch;
    std::vector<Piece> pieces;
};

}  // namespace

std::unique_ptr<Recording> Recording::make(std::shared_ptr<Engine> engine,
                                           std::span<const runtime::Device::Step> steps) {
    std::unique_ptr<Recording> result(new Recording(std::move(engine)));
    std::vector<Part> parts;
    std::size_t words = 0, argument_bytes = 0;
    std::uint32_t scratch_bytes_of_wave = 0;
    for (const runtime::Device::Step& step : steps) {
        Part& part = parts.emplace_back();
        part.executable = static_cast<const Executable*>(step.executable);
        result->executables_.push_back(part.executable);
        part.launch = &step.launch;
        part.pieces = pieces_of(step.launch);
        const pm4::Template& packets = part.executable->packets();
        words += packets.submission_words(std::max<std::size_t>(part.pieces.size(), 1));
        argument_bytes +=
            aligned(step.launch.word_count * sizeof(std::uint64_t)) + part.pieces.size() * argument_alignment;
        scratch_bytes_of_wave = std::max(scratch_bytes_of_wave, packets.scratch_bytes_of_wave);
    }
    if (parts.empty()) return result;
    if (words > most_words) return nullptr;
    Slot& slot = result->slot_;
    slot.reserve(result->engine_->gpu, words, argument_bytes);
    result->scratch_ = result->engine_->scratch(scratch_bytes_of_wave);
    pm4::SubmissionValues values = slot.next_submission();
    values.scratch = result->scratch_.buffer ? result->scratch_.buffer->address() : 0;
    values.scratch_waves = result->scratch_.waves;

    pm4::CommandWriter writer(slot.packet_memory());
    const pm4::Template& first = parts.front().executable->packets();
    writer.begin(first, values);
    std::size_t offset = 0;
    runtime::Hazards hazards;
    bool waits = false, had_scratch = false;
    for (const Part& part : parts) {
        // Waves of different kernels would take each other's scratch, whose place depends on its size.
        const bool has_scratch = part.executable->packets().scratch_bytes_of_wave > 0;
        waits = hazards.demand_barrier(part.launch->touched) || has_scratch || had_scratch || waits;
        had_scratch = has_scratch;
        const std::uint64_t word_address = slot.arguments->address() + offset;
        const std::size_t word_bytes = part.launch->word_count * sizeof(std::uint64_t);
        std::memcpy(slot.arguments->host() + offset, part.launch->words, word_bytes);
        offset += aligned(word_bytes);
        for (const Piece& piece : part.pieces) {
            const KernelArguments own = Executable::arguments(*part.launch, piece, word_address);
            std::memcpy(slot.arguments->host() + offset, &own, sizeof(own));
            pm4::DispatchValues dispatch;
            dispatch.program = part.executable->code(piece.dispatch);
            dispatch.kernarg = slot.arguments->address() + offset;
            std::copy_n(piece.groups, 3, dispatch.groups);
            writer.dispatch(part.executable->packets(), piece.dispatch, dispatch, waits);
            waits = true;  // for the next piece
            offset += argument_alignment;
        }
        if (!part.pieces.empty()) waits = false;
    }
    result->words_ = writer.end(first);
    return result;
}

void Recording::run(double* device_seconds) {
    if (words_ == 0) {
        if (device_seconds != nullptr) *device_seconds = 0;
        return;
    }
    const std::lock_guard one_at_a_time(mutex_);
    for (const Executable* executable : executables_) executable->renew();
    // The packets write the same value each time.
    auto& report = *reinterpret_cast<Slot::Report*>(slot_.report->host());
    std::atomic_ref<std::uint64_t>(report.fence).store(0, std::memory_order_release);
    const std::uint64_t ticks = slot_.run(engine_->queue, words_);
    if (device_seconds != nullptr && engine_->gpu->facts().counter_khz > 0)
        *device_seconds = engine_->seconds(ticks);
}

}  // namespace sporkle::amdgpu
