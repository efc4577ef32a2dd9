#include "targets/spirv/run/executable.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <sporkle/error.hpp>

namespace sporkle::spirv::vulkan {
namespace {

std::uint64_t next_number() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}  // namespace

Executable::Executable(std::shared_ptr<Engine> engine, const bundle::Bundle& bundle,
                       const bundle::Variant& variant)
    : engine_(std::move(engine)), number_(next_number()) {
    const std::span<const std::byte> blob = bundle.blobs[variant.blob].bytes;
    auto pipelines = std::make_shared<Pipelines>();
    for (const bundle::Dispatch& dispatch : variant.dispatches) {
        const std::string what =
            bundle.origin + ", variant '" + variant.schedule + "', dispatch '" + dispatch.symbol + "'";
        if (dispatch.entry > blob.size() || dispatch.code_bytes > blob.size() - dispatch.entry)
            throw Error(ErrorCode::invalid_bundle, what + ": its code lies outside of the blob");
        const std::span<const std::byte> code = blob.subspan(dispatch.entry, dispatch.code_bytes);
        const Numerics& numerics = engine_->numerics;
        pipelines->push_back(
            std::make_unique<Pipeline>(engine_, pipeline_key(code, numerics.facts, numerics.loop_turns), [&] {
                Module module = read_module(code, numerics.facts, what);
                require_support(module, engine_->gpu.physical(), engine_->gpu.features(), what);
                if (numerics.loop_turns > 0) module.words = with_loop_guards(module.words, what);
                return module;
            }));
    }
    pipelines_ = std::move(pipelines);
}

void Executable::run(const runtime::Launch& launch, double* device_seconds) const {
    Engine& engine = *engine_;
    engine.gpu.require_alive();
    Slots::Lease slot = engine.slots.take(number_, launch, device_seconds != nullptr);
    if (!slot->recorded.is(number_, launch, device_seconds != nullptr)) {
        slot->recorded = {};
        slot->commands.begin(false);
        if (launch.word_count > 0)
            std::memcpy(slot->words(), launch.words, launch.word_count * sizeof(std::uint64_t));
        std::vector<DispatchCommand> dispatches;
        runtime::Hazards none;
        append_dispatches(dispatches, launch, slot->words_address(), none);
        if (device_seconds != nullptr) slot->commands.start_clock();
        for (const DispatchCommand& dispatch : dispatches) slot->commands.dispatch(dispatch);
        if (device_seconds != nullptr) slot->commands.stop_clock();
        slot->commands.end(Work::kernels, engine.cpu_reads());
        slot->recorded = Recorded(number_, launch, device_seconds != nullptr);
    }
    if (engine.numerics.loop_turns > 0) clear_guard(slot->guard());
    slot->commands.run();
    if (engine.numerics.loop_turns > 0 && left_early(slot->guard())) engine.report_early_end();
    if (device_seconds != nullptr && slot->commands.has_clock()) *device_seconds = slot->commands.seconds();
}

void Executable::append_dispatches(std::vector<DispatchCommand>& dispatches, const runtime::Launch& launch,
                                   std::uint64_t words, runtime::Hazards& hazards) const {
    DispatchCommand command;
    command.layout = engine_->layout;
    command.constants.words = words;
    command.constants.arenas = reinterpret_cast<std::uintptr_t>(launch.arenas);
    command.constants.arena_bytes = launch.arena_bytes;
    command.arenas = launch.arena_bytes > 0 ? launch.threads : 0;
    command.words = {launch.words,
                     std::min<std::size_t>(launch.word_count, engine_->numerics.facts.pushed_words)};
    for (std::size_t d = 0; d < launch.grids.size(); ++d) {
        if (launch.grids[d].tasks == 0) continue;
        command.after_barrier = hazards.demand_barrier(launch.touched);
        command.pipeline = (*pipelines_)[d]->handle();
        command.grid = launch.grids[d];
        dispatches.push_back(command);
    }
}

}  // namespace sporkle::spirv::vulkan
