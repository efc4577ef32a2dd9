// A few threads that start the same work at the same moment, for measuring limits of all cores together.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sporkle::bench {

/// `size` threads: the caller and size - 1 helpers, which sleep between runs.
class Team {
  public:
    explicit Team(int size);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    int size() const { return static_cast<int>(seconds_.size()); }

    /// Calls work(thread) on every thread after all of them have arrived; returns each thread's seconds.
    const std::vector<double>& run(const std::function<void(int)>& work);

  private:
    void help(int thread);
    void take_part(int thread);

    std::vector<double> seconds_;
    const std::function<void(int)>* work_ = nullptr;
    std::atomic<int> arrived_{0}, finished_{0};
    std::mutex mutex_;
    std::condition_variable wake_;
    long generation_ = 0;
    bool stop_ = false;
    std::vector<std::thread> helpers_;
};

}  // namespace sporkle::bench
