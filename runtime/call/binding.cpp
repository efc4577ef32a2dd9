#include "runtime/call/binding.hpp"

#include <algorithm>

#include "runtime/call/formula.hpp"

namespace sporkle::runtime {
namespace {

constexpr std::int64_t most = std::int64_t(1) << 62;

/// Rounded up to whole cache lines, so that buffers begin aligned and threads share none.
std::size_t padded(std::int64_t bytes) {
    return (static_cast<std::size_t>(bytes) + AlignedBytes::alignment - 1) / AlignedBytes::alignment *
           AlignedBytes::alignment;
}

}  // namespace

std::optional<Sizes> sizes_of(const bundle::Variant& variant, const Call& call) {
    std::vector<std::uint64_t> words(static_cast<std::size_t>(call.facts().block.first_scratch));
    call.write_words(words.data());
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

Binding::Binding(const bundle::Variant& variant, const Executable& executable, const Sizes& sizes,
                 int threads, const Facts& facts)
    : executable_(&executable),
      words_(static_cast<std::size_t>(facts.block.first_scratch) + variant.scratch.size()),
      grids_(sizes.grids) {
    std::int64_t most_tasks = 1;
    for (const Grid& grid : grids_) most_tasks = std::max(most_tasks, grid.tasks);
    launch_.threads = static_cast<int>(std::min<std::int64_t>(std::max(threads, 1), most_tasks));

    std::size_t shared_bytes = 0, arena_bytes = 0;
    for (std::size_t s = 0; s < variant.scratch.size(); ++s)
        (variant.scratch[s].per_task ? arena_bytes : shared_bytes) += padded(sizes.scratch[s]);
    shared_ = AlignedBytes(shared_bytes);
    std::size_t all_arenas = 0;
    if (__builtin_mul_overflow(arena_bytes, static_cast<std::size_t>(launch_.threads), &all_arenas))
        throw Error(ErrorCode::out_of_memory,
                    "scratch memory for " + std::to_string(launch_.threads) + " threads");
    arenas_ = AlignedBytes(all_arenas);

    std::size_t shared_at = 0, arena_at = 0;
    for (std::size_t s = 0; s < variant.scratch.size(); ++s) {
        std::uint64_t& word = words_[static_cast<std::size_t>(facts.block.scratch(static_cast<int>(s)))];
        std::size_t& at = variant.scratch[s].per_task ? arena_at : shared_at;
        word = variant.scratch[s].per_task ? at : reinterpret_cast<std::uintptr_t>(shared_.data() + at);
        at += padded(sizes.scratch[s]);
    }
    launch_.words = words_.data();
    launch_.grids = grids_;
    launch_.arenas = arenas_.data();
    launch_.arena_bytes = arena_bytes;
}

}  // namespace sporkle::runtime
