// Pretended devices: "pretended:0" and "pretended:1", with memory of their own, that run x86 code.
//
// A program that links this has them beside the CPU. Their addresses are real ones with a mark in the upper
// bits: the CPU faults on them, and a launch that holds anything but addresses of its device's live buffers,
// or a tensor that reaches beyond its buffer, is an Error(device_failure). New memory holds noise. Everything
// is counted, and everything can be made to fail. Of recorded launches without a barrier between them the
// last runs first.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "runtime/device.hpp"

namespace sporkle::test {

/// What the devices do from now on, and what they have done. Not to be changed while calls are under way.
struct PretendedDevice {
    // Set before a Context opens the device.
    bool by_name_only = false;
    bool has_clock = false;
    bool records = true;
    bool host_visible = false;
    int arenas = 3;
    std::int64_t info_memory_bytes = std::int64_t(1) << 30;

    std::size_t room = std::size_t(1) << 30;            ///< bytes that can be allocated
    std::function<bool(const std::string&)> refuses;    ///< schedules that cannot be loaded
    std::function<double(const std::string&)> seconds;  ///< what the device's clock says of a schedule
    int runs_until_failure = -1;                        ///< of launches; -1 is never
    int transfers_until_failure = -1;
    double transfer_delay = 0;  ///< seconds of each upload or download

    std::atomic<long> uploads{0}, uploaded_bytes{0}, downloads{0}, downloaded_bytes{0};
    std::atomic<long> copied_bytes{0}, cleared_bytes{0}, allocations{0}, loads{0}, launches{0};
    std::atomic<long> submissions{0};  ///< runs of an executable or a recording
    std::atomic<long> barriers{0};     ///< that recordings were found to need
    std::atomic<long> live_buffers{0}, live_bytes{0}, overruns{0};
    std::atomic<long> most_arenas{0}, arena_bytes{0};  ///< of any launch with arenas, and of the last one

    /// Sets all counters but those of what lives to 0.
    void forget();
};

/// The state of "pretended:<number>".
PretendedDevice& pretended(int number = 0);
/// Puts everything back to how it was in the beginning. No device may be open.
void reset_pretended();
/// How often the target was opened.
int pretended_openings();
/// When not empty, the target has no devices, for this reason.
std::string& pretended_absence();

}  // namespace sporkle::test
