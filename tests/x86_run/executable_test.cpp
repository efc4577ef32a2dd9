// Launching entry points that the test itself defines.
#include "targets/x86/run/executable.hpp"

#include <gtest/gtest.h>
#include <xmmintrin.h>

#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <sporkle/error.hpp>

#include "runtime/threads/pool.hpp"

namespace sporkle::x86 {
namespace {

/// What an entry point is given as its parameter block.
struct Seen {
    std::mutex mutex;
    std::vector<int> runs;        ///< of each task
    std::set<std::byte*> arenas;  ///< in use, and in use by whom
    bool arena_shared = false;
    std::vector<std::array<std::int64_t, 3>> grids;
    std::set<unsigned> control;  ///< MXCSR control bits
};

void watch(const std::uint64_t* parameters, std::byte* arena, std::int64_t first, std::int64_t last,
           const std::int64_t* grid) {
    Seen& seen = *reinterpret_cast<Seen*>(parameters[0]);
    {
        const std::lock_guard lock(seen.mutex);
        seen.arena_shared = !seen.arenas.insert(arena).second || seen.arena_shared;
        seen.grids.push_back({grid[0], grid[1], grid[2]});
        seen.control.insert(_mm_getcsr() & ~0x3fu);
        for (std::int64_t t = first; t < last; ++t) ++seen.runs[static_cast<std::size_t>(t)];
    }
    std::this_thread::yield();
    const std::lock_guard lock(seen.mutex);
    seen.arenas.erase(arena);
}

struct Watched {
    Seen seen;
    void operator()(Executor& executor, std::int64_t tasks, int threads) {
        const Executable executable({watch}, nullptr, executor);
        seen.runs.assign(static_cast<std::size_t>(tasks), 0);
        const std::uint64_t words[] = {reinterpret_cast<std::uint64_t>(&seen)};
        runtime::Grid grid;
        grid.size[0] = tasks;
        grid.tasks = tasks;
        alignas(64) std::byte arenas[64 * 8];
        runtime::Launch launch;
        launch.words = words;
        launch.grids = {&grid, 1};
        launch.threads = threads;
        launch.arenas = arenas;
        launch.arena_bytes = 64;
        executable.run(launch);
    }
};

TEST(Executable, RunsEveryTaskOnceAndNeverSharesAnArena) {
    runtime::ThreadPool pool(4);
    for (const std::int64_t tasks : {0, 1, 2, 3, 5, 64, 997}) {
        for (const int threads : {1, 2, 4}) {
            Watched run;
            run(pool, tasks, threads);
            for (const int n : run.seen.runs) ASSERT_EQ(n, 1) << tasks << " tasks, " << threads << " threads";
            EXPECT_FALSE(run.seen.arena_shared);
            for (const auto& grid : run.seen.grids)
                EXPECT_EQ(grid, (std::array<std::int64_t, 3>{tasks, 1, 1}));
        }
    }
}

TEST(Executable, RunsUnderDefaultArithmeticAndGivesTheCallersBack) {
    const unsigned before = _mm_getcsr();
    runtime::ThreadPool pool(3);
    for (const int threads : {1, 3}) {
        _mm_setcsr(0x1f80 | 0x8040 | 0x6000);  // flush to zero, denormals are zero, round to zero
        Watched run;
        run(pool, 100, threads);
        EXPECT_EQ(_mm_getcsr() & ~0x3fu, 0x1f80u | 0x8040 | 0x6000);
        EXPECT_EQ(run.seen.control, std::set<unsigned>{0x1f80});
        _mm_setcsr(before);
    }
}

/// Calls the pieces one after the other, in reverse order.
class Backwards final : public Executor {
  public:
    int concurrency() const override { return 4; }
    void parallel_for(std::int64_t count, TaskBody body) override {
        for (std::int64_t piece = count; piece-- > 0;) body(piece);
    }
};

/// Loses all pieces.
class Idle final : public Executor {
  public:
    int concurrency() const override { return 4; }
    void parallel_for(std::int64_t, TaskBody) override {}
};

TEST(Executable, IsContentWithASequentialExecutor) {
    Backwards executor;
    Watched run;
    run(executor, 50, 4);
    for (const int n : run.seen.runs) EXPECT_EQ(n, 1);
}

TEST(Executable, NoticesAnExecutorThatDoesNotDoItsWork) {
    Idle executor;
    Watched run;
    try {
        run(executor, 50, 4);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::device_failure);
        EXPECT_NE(std::string(error.what()).find("0 of 50 tasks"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace sporkle::x86
