#include "runtime/call/scratch.hpp"

#include <algorithm>
#include <string>

#include <sporkle/error.hpp>

#include "runtime/call/formula.hpp"

namespace sporkle::runtime {
namespace {

constexpr std::int64_t most = std::int64_t(1) << 62;

/// Arenas of a device take at most this part of its memory, or so many bytes where that is not known.
constexpr std::size_t part_for_arenas = 16, usual_bytes_for_arenas = std::size_t(256) << 20;

}  // namespace

std::size_t padded_scratch(std::int64_t bytes) {
    return (static_cast<std::size_t>(bytes) + AlignedBytes::alignment - 1) / AlignedBytes::alignment *
           AlignedBytes::alignment;
}

std::optional<Sizes> sizes_of(const bundle::Variant& variant, const Call& call,
                              const Arrangement& arrangement) {
    std::vector<std::uint64_t> words(static_cast<std::size_t>(call.facts().block.first_scratch));
    arrangement.write_words(call, words.data());
    Sizes sizes;
    for (const bundle::Dispatch& dispatch : variant.dispatches) {
        Grid& grid = sizes.grids.emplace_back();
        for (int g = 0; g < 3; ++g) {
            const auto size = evaluate(dispatch.grid[g], words.data());
            if (!size || __builtin_mul_overflow(grid.tasks, *size, &grid.tasks) || grid.tasks > most)
                return std::nullopt;
            grid.size[g] = *size;
        }
    }
    std::int64_t total = 0;
    for (const bundle::Scratch& scratch : variant.scratch) {
        const auto bytes = evaluate(scratch.bytes, words.data());
        if (!bytes || *bytes > most || __builtin_add_overflow(total, *bytes, &total) || total > most)
            return std::nullopt;
        sizes.scratch.push_back(*bytes);
    }
    return sizes;
}

ScratchNeed scratch_need(const bundle::Variant& variant, const Sizes& sizes, Device& device, int threads) {
    ScratchNeed need;
    for (std::size_t s = 0; s < variant.scratch.size(); ++s)
        (variant.scratch[s].per_task ? need.arena_bytes : need.shared_bytes) +=
            padded_scratch(sizes.scratch[s]);
    const bool own_memory = device.memory() != nullptr;
    std::int64_t arenas = own_memory ? device.arenas() : threads;
    if (own_memory && need.arena_bytes > 0) {
        const std::size_t bound = std::max(
            usual_bytes_for_arenas, static_cast<std::size_t>(device.info().memory_bytes) / part_for_arenas);
        arenas = std::min(arenas, static_cast<std::int64_t>(bound / need.arena_bytes));
    }
    std::int64_t most_tasks = 1;
    for (const Grid& grid : sizes.grids) most_tasks = std::max(most_tasks, grid.tasks);
    need.arenas = static_cast<int>(std::clamp<std::int64_t>(arenas, 1, most_tasks));
    std::size_t all = 0;
    if (__builtin_mul_overflow(need.arena_bytes, static_cast<std::size_t>(need.arenas), &all) ||
        __builtin_add_overflow(all, need.shared_bytes, &all))
        throw Error(ErrorCode::out_of_memory,
                    "scratch memory for " + std::to_string(need.arenas) + " tasks at once");
    return need;
}

ScratchMemory::ScratchMemory(Device& device, std::size_t bytes) : bytes_(bytes) {
    if (device.memory() == nullptr)
        memory_ = AlignedBytes(bytes);
    else if (bytes > 0)
        buffer_ = device.memory()->allocate(bytes);
}

std::uint64_t ScratchMemory::address() const {
    return buffer_ == nullptr ? reinterpret_cast<std::uintptr_t>(memory_.data()) : buffer_->address();
}

std::shared_ptr<const ScratchMemory> allocate_scratch(Device& device, ScratchNeed& need,
                                                      SpareKeeper& spares) {
    for (;;) {
        try {
            return with_spares_released(
                spares, device, [&] { return std::make_shared<const ScratchMemory>(device, need.bytes()); });
        } catch (const Error& error) {
            const bool fewer_would_help = need.arenas > 1 && need.arena_bytes > 0;
            if (error.code() != ErrorCode::out_of_memory || device.memory() == nullptr || !fewer_would_help)
                throw;
            need.arenas /= 2;
        }
    }
}

}  // namespace sporkle::runtime
