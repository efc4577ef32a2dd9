#include "runtime/threads/pool.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/threads/fork.hpp"

namespace sporkle::runtime {
namespace {

/// Looks at a condition for some ten microseconds before the thread goes to sleep.
template <class Condition>
bool spin_until(Condition&& holds) {
    for (int turn = 0; turn < 2000; ++turn) {
        if (holds()) return true;
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
    return false;
}

/// Application's signal handlers run on the application's threads: workers block every signal.
class BlockSignals {
  public:
    BlockSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    BlockSignals(const BlockSignals&) = delete;
    BlockSignals& operator=(const BlockSignals&) = delete;

  private:
    sigset_t before_;
};

}  // namespace

class ThreadPool::Crew {
  public:
    explicit Crew(int workers) {
        const BlockSignals block;
        threads_.reserve(static_cast<std::size_t>(workers));
        try {
            for (int w = 0; w < workers; ++w) threads_.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
            // The system grants no more threads. Callers take part themselves, so fewer will do.
        }
    }
    ~Crew() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            open_jobs_.fetch_add(1, std::memory_order_relaxed);  // ends the spinning
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }
    /// In a forked child: the threads do not exist there.
    void abandon() {
        for (std::thread& thread : threads_) thread.detach();
        threads_.clear();
    }

    void run(std::int64_t count, TaskBody body) {
        Job job(body, count);
        int sleepers = 0;
        {
            const std::lock_guard lock(mutex_);
            *last_ = &job;
            last_ = &job.next_job;
            open_jobs_.fetch_add(1, std::memory_order_release);
            sleepers = static_cast<int>(std::min<std::int64_t>(sleepers_, count - 1));
        }
        for (; sleepers > 0; --sleepers) wake_.notify_one();
        std::unique_lock lock(mutex_);
        while (job.next < job.count) {
            const std::int64_t piece = take(job);
            lock.unlock();
            job.body(piece);
            lock.lock();
            job.unfinished.fetch_sub(1, std::memory_order_relaxed);
        }
        lock.unlock();
        const auto finished = [&] { return job.unfinished.load(std::memory_order_acquire) == 0; };
        if (spin_until(finished)) return;
        lock.lock();
        finished_.wait(lock, finished);
    }

  private:
    /// One parallel_for. It lives on its caller's stack: nobody may touch it after `unfinished` became 0.
    struct Job {
        Job(TaskBody job_body, std::int64_t job_count)
            : body(job_body), count(job_count), unfinished(job_count) {}
        TaskBody body;
        std::int64_t count;
        std::int64_t next = 0;                 ///< the first piece that nobody has taken
        std::atomic<std::int64_t> unfinished;  ///< pieces that have not returned
        Job* next_job = nullptr;
    };

    /// Takes a piece of a job, which leaves the queue with its last one. Under the mutex.
    std::int64_t take(Job& job) {
        const std::int64_t piece = job.next++;
        if (job.next < job.count) return piece;
        Job** link = &first_;
        while (*link != &job) link = &(*link)->next_job;
        *link = job.next_job;
        if (last_ == &job.next_job) last_ = link;
        open_jobs_.fetch_sub(1, std::memory_order_relaxed);
        return piece;
    }

    void work() {
        pthread_setname_np(pthread_self(), "sporkle");
        for (;;) {
            spin_until([&] { return open_jobs_.load(std::memory_order_relaxed) > 0; });
            std::unique_lock lock(mutex_);
            ++sleepers_;
            wake_.wait(lock, [&] { return stopping_ || first_ != nullptr; });
            --sleepers_;
            if (stopping_) return;
            while (first_ != nullptr) {
                Job& job = *first_;
                const std::int64_t piece = take(job);
                lock.unlock();
                job.body(piece);
                lock.lock();
                if (job.unfinished.fetch_sub(1, std::memory_order_release) == 1) finished_.notify_all();
            }
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_, finished_;
    Job* first_ = nullptr;  ///< jobs with pieces that nobody has taken
    Job** last_ = &first_;  ///< where the next job is linked
    std::int64_t sleepers_ = 0;
    bool stopping_ = false;
    std::atomic<int> open_jobs_{0};  ///< what spinning workers look at: jobs in the list
    std::vector<std::thread> threads_;
};

ThreadPool::ThreadPool(int concurrency) : concurrency_(std::max(concurrency, 1)) {}

ThreadPool::~ThreadPool() {
    if (crew_ && generation_ != fork_generation()) {
        crew_->abandon();
        static_cast<void>(crew_.release());  // its mutex may be in any state
    }
}

ThreadPool::Crew& ThreadPool::crew() {
    const std::lock_guard lock(starting_);
    if (crew_ && generation_ != fork_generation()) {
        crew_->abandon();
        static_cast<void>(crew_.release());
    }
    if (!crew_) {
        generation_ = fork_generation();
        crew_ = std::make_unique<Crew>(concurrency_ - 1);
    }
    return *crew_;
}

void ThreadPool::parallel_for(std::int64_t count, TaskBody body) {
    if (count <= 1 || concurrency_ == 1) {
        for (std::int64_t piece = 0; piece < count; ++piece) body(piece);
        return;
    }
    crew().run(count, body);
}

int available_cpus() {
    // The set must be as large as the kernel's, which nobody tells: grow until it fits.
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(cpus));
        if (set == nullptr) break;
        const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
        const bool known = sched_getaffinity(0, bytes, set) == 0;
        const int count = known ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (known) return std::max(count, 1);
    }
    return 1;
}

}  // namespace sporkle::runtime
