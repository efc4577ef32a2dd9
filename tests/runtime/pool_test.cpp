#include "runtime/threads/pool.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "tests/runtime/support.hpp"

namespace sporkle::runtime {
namespace {

TEST(ThreadPool, RunsEveryPieceOnce) {
    ThreadPool pool(4);
    for (const std::int64_t count : {0, 1, 2, 3, 4}) {
        for (int round = 0; round < 300; ++round) {
            std::vector<int> calls(static_cast<std::size_t>(count));
            pool.parallel_for(count, [&](std::int64_t piece) { ++calls[static_cast<std::size_t>(piece)]; });
            for (const int n : calls) ASSERT_EQ(n, 1);
        }
    }
}

TEST(ThreadPool, UsesSeveralThreadsAtOnce) {
    ThreadPool pool(3);
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    pool.parallel_for(3, [&](std::int64_t) {
        const int now = ++inside;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        // Each piece waits until all are under way: without three threads this would not end.
        while (most < 3) std::this_thread::yield();
        --inside;
    });
    EXPECT_EQ(most, 3);
}

TEST(ThreadPool, ServesSeveralCallersAtOnce) {
    ThreadPool pool(4);
    std::atomic<std::int64_t> total{0};
    std::vector<std::thread> callers;
    for (int c = 0; c < 6; ++c)
        callers.emplace_back([&] {
            for (int round = 0; round < 500; ++round) {
                std::atomic<std::int64_t> own{0};
                pool.parallel_for(4, [&](std::int64_t piece) { own += piece + 1; });
                ASSERT_EQ(own, 10);  // all of its own pieces have returned
                total += own;
            }
        });
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(total, 6 * 500 * 10);
}

TEST(ThreadPool, WakesSleepers) {
    ThreadPool pool(2);
    for (int round = 0; round < 3; ++round) {
        std::atomic<int> arrived{0};
        pool.parallel_for(2, [&](std::int64_t) {
            ++arrived;
            while (arrived < 2) std::this_thread::yield();
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // long enough for workers to fall asleep
    }
}

TEST(ThreadPool, IdleWorkersUseNoProcessor) {
    ThreadPool pool(4);
    pool.parallel_for(4, [](std::int64_t) {});
    const auto used = [] {
        rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        return 1e6 * static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec);
    };
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const double before = used();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_LT(used() - before, 30e3);  // microseconds; a spinning worker would use ten times as much
}

TEST(ThreadPool, WorkersTakeNoSignals) {
    ThreadPool pool(2);
    std::atomic<int> arrived{0}, open{0};
    const pthread_t caller = pthread_self();
    pool.parallel_for(2, [&](std::int64_t) {
        ++arrived;
        while (arrived < 2) std::this_thread::yield();
        if (pthread_equal(pthread_self(), caller)) return;
        sigset_t blocked;
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        open += sigismember(&blocked, SIGTERM) == 0;
    });
    EXPECT_EQ(open, 0);
}

TEST(ThreadPool, WorksInAForkedChild) {
    if (!test::forks_may_start_threads)
        GTEST_SKIP() << "the thread sanitizer forbids threads in a forked child";
    ThreadPool pool(3);
    pool.parallel_for(3, [](std::int64_t) {});
    const int status = test::in_child([&] {
        std::atomic<int> calls{0};
        for (int round = 0; round < 10; ++round) pool.parallel_for(3, [&](std::int64_t) { ++calls; });
        return calls == 30 ? 7 : 1;
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 7);
    std::atomic<int> calls{0};
    pool.parallel_for(3, [&](std::int64_t) { ++calls; });
    EXPECT_EQ(calls, 3);
}

TEST(ThreadPool, CountsTheCpusOfThisProcess) {
    const int cpus = available_cpus();
    EXPECT_GE(cpus, 1);
    const int status = test::in_child([] {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        sched_setaffinity(0, sizeof(one), &one);
        return available_cpus();
    });
    EXPECT_EQ(WEXITSTATUS(status), 1);
}

}  // namespace
}  // namespace sporkle::runtime
