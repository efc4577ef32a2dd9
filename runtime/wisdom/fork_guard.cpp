#include "runtime/wisdom/fork_guard.hpp"

#include <pthread.h>

#include <mutex>
#include <set>

#include "runtime/wisdom/wisdom.hpp"

namespace sporkle::runtime {
namespace {

/// Lives forever: a fork may come after every destructor.
struct Living {
    std::mutex mutex;
    std::set<Wisdom*> wisdoms;
};

Living& living() {
    static auto* const instance = new Living;
    return *instance;
}

void before_fork() {
    living().mutex.lock();
    for (Wisdom* wisdom : living().wisdoms) wisdom->hold();
}

void after_fork() {
    for (Wisdom* wisdom : living().wisdoms) wisdom->release();
    living().mutex.unlock();
}

}  // namespace

void ForkGuard::add(Wisdom& wisdom) {
    static const int registered = pthread_atfork(before_fork, after_fork, after_fork);
    static_cast<void>(registered);
    const std::lock_guard lock(living().mutex);
    living().wisdoms.insert(&wisdom);
}

void ForkGuard::remove(Wisdom& wisdom) {
    const std::lock_guard lock(living().mutex);
    living().wisdoms.erase(&wisdom);
}

}  // namespace sporkle::runtime
