#include "targets/x86/run/executable.hpp"

#include <algorithm>
#include <atomic>
#include <string>

#include <sporkle/error.hpp>

#include "targets/x86/run/floating_point.hpp"

namespace sporkle::x86 {
namespace {

/// Chunks per thread: enough that a slow thread costs little at the end, few enough that taking one is cheap.
constexpr std::int64_t chunks_per_thread = 8;

}  // namespace

void Executable::run_on_caller(const runtime::Executable& executable, const runtime::Launch& launch) {
    const auto& self = static_cast<const Executable&>(executable);
    const DefaultFloatingPoint standard;
    for (std::size_t d = 0; d < launch.grids.size(); ++d)
        self.entries_[d](launch.words, launch.arenas, 0, launch.grids[d].tasks, launch.grids[d].size);
}

void Executable::run(const runtime::Launch& launch, double*) const {
    if (launch.threads <= 1) return run_on_caller(*this, launch);
    for (std::size_t d = 0; d < launch.grids.size(); ++d) {
        const runtime::Grid& grid = launch.grids[d];
        if (grid.tasks > 1) {
            run_on_threads(entries_[d], grid, launch);
        } else {
            const DefaultFloatingPoint standard;
            entries_[d](launch.words, launch.arenas, 0, grid.tasks, grid.size);
        }
    }
}

/// Every participant has an arena of its own and takes chunks of tasks until none are left.
void Executable::run_on_threads(bundle::EntryPoint entry, const runtime::Grid& grid,
                                const runtime::Launch& launch) const {
    const std::int64_t participants = std::min<std::int64_t>(launch.threads, grid.tasks);
    const std::int64_t chunk = std::max<std::int64_t>(1, grid.tasks / (participants * chunks_per_thread));
    std::atomic<std::int64_t> next{0}, done{0};
    executor_.parallel_for(participants, [&](std::int64_t participant) {
        const DefaultFloatingPoint standard;
        std::byte* arena = launch.arenas + static_cast<std::size_t>(participant) * launch.arena_bytes;
        std::int64_t own = 0;
        for (;;) {
            const std::int64_t first = next.fetch_add(chunk, std::memory_order_relaxed);
            if (first >= grid.tasks) break;
            const std::int64_t last = std::min(first + chunk, grid.tasks);
            entry(launch.words, arena, first, last, grid.size);
            own += last - first;
        }
        done.fetch_add(own, std::memory_order_relaxed);
    });
    if (done.load(std::memory_order_relaxed) != grid.tasks)
        throw Error(ErrorCode::device_failure,
                    "the executor ran " + std::to_string(done.load()) + " of " + std::to_string(grid.tasks) +
                        " tasks: its parallel_for must call the body once for every number below the count");
}

}  // namespace sporkle::x86
