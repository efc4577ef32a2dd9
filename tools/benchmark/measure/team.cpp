#include "tools/benchmark/measure/team.hpp"

#include "tools/benchmark/measure/clock.hpp"

namespace sporkle::bench {

Team::Team(int size) : seconds_(static_cast<std::size_t>(size < 1 ? 1 : size)) {
    for (int thread = 1; thread < this->size(); ++thread)
        helpers_.emplace_back([this, thread] { help(thread); });
}

Team::~Team() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
}

const std::vector<double>& Team::run(const std::function<void(int)>& work) {
    arrived_ = 0;
    finished_ = 0;
    {
        const std::lock_guard lock(mutex_);
        work_ = &work;
        ++generation_;
    }
    wake_.notify_all();
    take_part(0);
    while (finished_.load(std::memory_order_acquire) < size()) std::this_thread::yield();
    return seconds_;
}

void Team::help(int thread) {
    long seen = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stop_ || generation_ != seen; });
            if (stop_) return;
            seen = generation_;
        }
        take_part(thread);
    }
}

void Team::take_part(int thread) {
    arrived_.fetch_add(1, std::memory_order_acq_rel);
    // Waking takes tens of microseconds: whoever is early waits busily, so that all start together.
    while (arrived_.load(std::memory_order_acquire) < size()) std::this_thread::yield();
    const double start = now();
    (*work_)(thread);
    seconds_[static_cast<std::size_t>(thread)] = now() - start;
    finished_.fetch_add(1, std::memory_order_release);
}

}  // namespace sporkle::bench
