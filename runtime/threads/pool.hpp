// ThreadPool: Sporkle's own worker threads.
//
// Workers begin with the first call that wants them, spin for some ten microseconds after their last work,
// then sleep until there is more. The calling thread always takes part, so a call never waits for a worker
// that has not begun. Several threads may call at once; workers serve their jobs in the order of arrival. A
// child process after fork() gets workers of its own as long as no call was under way in another thread at
// the fork.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include <sporkle/executor.hpp>

namespace sporkle::runtime {

class ThreadPool final : public Executor {
  public:
    /// `concurrency` threads, the calling one included; at least 1.
    explicit ThreadPool(int concurrency);
    ~ThreadPool() override;

    int concurrency() const override { return concurrency_; }
    void parallel_for(std::int64_t count, TaskBody body) override;

  private:
    class Crew;
    Crew& crew();

    const int concurrency_;
    std::mutex starting_;
    std::unique_ptr<Crew> crew_;
    std::uint64_t generation_ = 0;  ///< fork_generation() when the crew was started
};

/// CPUs on which this process may run, at least 1.
int available_cpus();

}  // namespace sporkle::runtime
