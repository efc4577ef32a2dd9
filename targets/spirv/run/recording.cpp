#include "targets/spirv/run/recording.hpp"

#include <algorithm>
#include <cstring>

namespace sporkle::spirv::vulkan {
namespace {

constexpr std::uint64_t words_alignment = 64;

std::uint64_t block_bytes(const runtime::Launch& launch) {
    const std::uint64_t bytes = guard_bytes + launch.word_count * sizeof(std::uint64_t);
    return (bytes + words_alignment - 1) / words_alignment * words_alignment;
}

}  // namespace

Recording::Recording(std::shared_ptr<Engine> engine, std::span<const runtime::Device::Step> steps)
    : engine_(std::move(engine)) {
    engine_->gpu.require_alive();
    std::uint64_t bytes = 0;
    std::size_t word_count = 0;
    for (const auto& step : steps) {
        bytes += block_bytes(step.launch);
        word_count += step.launch.word_count;
    }
    parameters_.reserve(word_count);
    words_ = engine_->words.allocate(bytes);
    try {
        std::uint64_t offset = 0;
        runtime::Hazards hazards;
        for (const auto& step : steps) {
            const auto& executable = static_cast<const Executable&>(*step.executable);
            runtime::Launch launch = step.launch;
            launch.words = parameters_.data() + parameters_.size();
            parameters_.insert(parameters_.end(), step.launch.words,
                               step.launch.words + step.launch.word_count);
            if (launch.word_count > 0)
                std::memcpy(words_.host + offset + guard_bytes, launch.words,
                            launch.word_count * sizeof(std::uint64_t));
            executable.append_dispatches(dispatches_, launch, words_.address + offset + guard_bytes, hazards);
            guards_.push_back(words_.host + offset);
            offset += block_bytes(step.launch);
            if (std::find(pipelines_.begin(), pipelines_.end(), executable.pipelines()) == pipelines_.end())
                pipelines_.push_back(executable.pipelines());
        }
        commands_ = recorded(false);
    } catch (...) {
        engine_->words.release(words_);
        throw;
    }
}

std::unique_ptr<CommandBuffer> Recording::recorded(bool timed) {
    auto commands = std::make_unique<CommandBuffer>(*engine_, engine_->compute, Work::kernels);
    commands->begin(false);
    if (timed) commands->start_clock();
    for (const DispatchCommand& dispatch : dispatches_) commands->dispatch(dispatch);
    if (timed) commands->stop_clock();
    commands->end(Work::kernels, engine_->cpu_reads());
    return commands;
}

Recording::~Recording() {
    if (!engine_->gpu.hangs()) engine_->words.release(words_);
}

void Recording::run(double* device_seconds) {
    const std::lock_guard lock(mutex_);
    const bool guarded = engine_->numerics.loop_turns > 0;
    if (guarded)
        for (std::byte* guard : guards_) clear_guard(guard);
    if (device_seconds != nullptr && timed_commands_ == nullptr) timed_commands_ = recorded(true);
    CommandBuffer& commands = device_seconds != nullptr ? *timed_commands_ : *commands_;
    commands.run();
    if (guarded && std::any_of(guards_.begin(), guards_.end(), left_early)) engine_->report_early_end();
    if (device_seconds != nullptr && commands.has_clock()) *device_seconds = commands.seconds();
}

}  // namespace sporkle::spirv::vulkan
