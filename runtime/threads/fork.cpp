#include "runtime/threads/fork.hpp"

#include <pthread.h>

#include <atomic>

#include <sporkle/error.hpp>

#include "runtime/device.hpp"

namespace sporkle::runtime {
namespace {

std::atomic<std::uint64_t> generation{0};

}  // namespace

std::uint64_t fork_generation() {
    static const int registered = pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1); });
    static_cast<void>(registered);
    return generation.load(std::memory_order_relaxed);
}

void expect_same_process(const Device& device, std::uint64_t generation) {
    if (generation == fork_generation()) return;
    throw Error(ErrorCode::device_failure, "device " + device.info().name +
                                               " was opened before this process was forked and stayed with "
                                               "the parent; make a Context in the child");
}

}  // namespace sporkle::runtime
