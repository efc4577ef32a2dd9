#include "targets/amdgpu/run/executable.hpp"

#include <algorithm>
#include <cstring>

#include <sporkle/error.hpp>

#include "targets/amdgpu/pm4/command_writer.hpp"
#include "targets/amdgpu/pm4/template_blob.hpp"

namespace sporkle::amdgpu {
namespace {

constexpr std::size_t fetched_ahead = 256;     ///< bytes behind the code that hardware may read
constexpr std::int64_t most_groups = 1 << 30;  ///< in one dimension of a dispatch
constexpr std::size_t most_pieces = 1024;      ///< in one submission
constexpr std::size_t argument_alignment = 64;

std::size_t aligned(std::size_t value, std::size_t alignment) {
    return (value + alignment - 1) / alignment * alignment;
}

}  // namespace

std::vector<Piece> pieces_of(const runtime::Launch& launch) {
    std::vector<Piece> pieces;
    for (std::size_t d = 0; d < launch.grids.size(); ++d) {
        const runtime::Grid& grid = launch.grids[d];
        if (grid.tasks == 0) continue;
        std::int64_t step[3] = {most_groups, most_groups, most_groups};
        if (launch.arena_bytes > 0) {
            step[0] = std::max(launch.threads, 1);
            step[1] = std::max<std::int64_t>(1, step[0] / std::max<std::int64_t>(grid.size[0], 1));
            step[2] = std::max<std::int64_t>(1, step[1] / std::max<std::int64_t>(grid.size[1], 1));
            // Several rows at a time only where whole rows fit, several planes only where whole planes do.
            if (step[0] < grid.size[0]) step[1] = 1;
            if (step[1] < grid.size[1]) step[2] = 1;
        }
        for (std::int64_t z = 0; z < grid.size[2]; z += step[2])
            for (std::int64_t y = 0; y < grid.size[1]; y += step[1])
                for (std::int64_t x = 0; x < grid.size[0]; x += step[0]) {
                    Piece& piece = pieces.emplace_back();
                    piece.dispatch = d;
                    const std::int64_t at[3] = {x, y, z};
                    for (int dim = 0; dim < 3; ++dim) {
                        piece.first[dim] = at[dim];
                        piece.groups[dim] =
                            static_cast<std::uint32_t>(std::min(step[dim], grid.size[dim] - at[dim]));
                    }
                }
    }
    return pieces;
}

Executable::Executable(std::shared_ptr<Engine> engine, const bundle::Bundle& bundle,
                       const bundle::Variant& variant)
    : engine_(std::move(engine)), losses_(engine_->queue.losses()) {
    const std::span<const std::byte> blob = bundle.blobs[variant.blob].bytes;
    const std::string what = bundle.origin + ", variant '" + variant.schedule + "'";
    packets_ = pm4::parse_template(blob.subspan(variant.setup, variant.setup_bytes));
    const Chip& chip = *engine_->gpu->facts().chip;
    if (packets_.chip != &chip)
        throw Error(ErrorCode::unsupported,
                    what + " is for " + packets_.chip->name + ", but this GPU is " + chip.name);
    if (packets_.dispatches.size() != variant.dispatches.size())
        throw Error(ErrorCode::invalid_bundle,
                    what + " has packets for " + std::to_string(packets_.dispatches.size()) +
                        " dispatches and code for " + std::to_string(variant.dispatches.size()));
    std::size_t bytes = 0;
    for (const bundle::Dispatch& dispatch : variant.dispatches) {
        images_.push_back(blob.subspan(dispatch.entry, dispatch.code_bytes));
        code_.push_back(bytes);
        bytes = aligned(bytes + dispatch.code_bytes + fetched_ahead, pm4::code_alignment);
    }
    memory_ = engine_->code_memory(bytes);
    for (std::uint64_t& place : code_) place += memory_->address();
    put_code();
}

void Executable::put_code() const {
    for (std::size_t d = 0; d < code_.size(); ++d)
        std::memcpy(memory_->host() + (code_[d] - memory_->address()), images_[d].data(), images_[d].size());
}

void Executable::renew() const {
    const std::uint32_t losses = engine_->queue.losses();
    if (losses_ == losses) return;
    const std::lock_guard lock(renewal_);
    if (losses_ == losses) return;
    put_code();
    losses_ = losses;
}

KernelArguments Executable::arguments(const runtime::Launch& launch, const Piece& piece,
                                      std::uint64_t words) {
    KernelArguments arguments;
    arguments.words = words;
    arguments.arenas = reinterpret_cast<std::uintptr_t>(launch.arenas);
    arguments.arena_bytes = launch.arena_bytes;
    std::copy_n(piece.first, 3, arguments.first);
    std::copy_n(piece.groups, 2, arguments.groups);
    return arguments;
}

void Executable::run(const runtime::Launch& launch, double* device_seconds) const {
    renew();
    const std::vector<Piece> pieces = pieces_of(launch);
    const Engine::Scratch scratch = engine_->scratch(packets_.scratch_bytes_of_wave);
    const Slots::Lease slot = engine_->slots.take();
    const std::size_t word_bytes = aligned(launch.word_count * sizeof(std::uint64_t), argument_alignment);
    std::uint64_t ticks = 0;
    for (std::size_t begin = 0; begin < pieces.size(); begin += most_pieces) {
        const std::size_t end = std::min(begin + most_pieces, pieces.size());
        slot->reserve(engine_->gpu, packets_.submission_words(end - begin),
                      word_bytes + (end - begin) * argument_alignment);
        std::byte* const arguments = slot->arguments->host();
        const std::uint64_t address = slot->arguments->address();
        std::memcpy(arguments, launch.words, launch.word_count * sizeof(std::uint64_t));
        pm4::SubmissionValues values = slot->next_submission();
        values.scratch = scratch.buffer ? scratch.buffer->address() : 0;
        values.scratch_waves = scratch.waves;
        pm4::CommandWriter writer(slot->packet_memory());
        writer.begin(packets_, values);
        for (std::size_t n = begin; n < end; ++n) {
            const std::size_t offset = word_bytes + (n - begin) * argument_alignment;
            const KernelArguments own = Executable::arguments(launch, pieces[n], address);
            std::memcpy(arguments + offset, &own, sizeof(own));
            pm4::DispatchValues dispatch;
            dispatch.program = code_[pieces[n].dispatch];
            dispatch.kernarg = address + offset;
            std::copy_n(pieces[n].groups, 3, dispatch.groups);
            writer.dispatch(packets_, pieces[n].dispatch, dispatch);
        }
        ticks += slot->run(engine_->queue, writer.end(packets_));
    }
    if (device_seconds != nullptr && engine_->gpu->facts().counter_khz > 0)
        *device_seconds = engine_->seconds(ticks);
}

}  // namespace sporkle::amdgpu
