// What all of the pretended kernel shares: its lock, and the log that says in words what an error number
// cannot.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "targets/amdgpu/emulator/kernel/options.hpp"
#include "targets/amdgpu/pm4/formatted.hpp"

namespace sporkle::amdgpu::emulator {

using pm4::formatted;

struct Shared {
    std::mutex mutex;                 ///< guards everything that the kernel knows
    std::condition_variable changed;  ///< fences were signaled, jobs came
    KernelOptions options;
    std::vector<std::string> faults;

    void note(std::string text) { faults.push_back(std::move(text)); }
    /// Notes what was wrong and gives the error number back.
    int refuse(int error, std::string text) {
        note(std::move(text));
        return error;
    }
    /// Waits until an absolute time of CLOCK_MONOTONIC in ns, negative: for ever. Whether it holds in the
    /// end.
    template <class Holds>
    bool wait_until(std::unique_lock<std::mutex>& lock, std::int64_t time_ns, Holds&& holds) {
        if (time_ns < 0) {
            changed.wait(lock, holds);
            return true;
        }
        const std::chrono::steady_clock::time_point end{std::chrono::nanoseconds(time_ns)};
        return changed.wait_until(lock, end, holds);
    }
};

}  // namespace sporkle::amdgpu::emulator
