// How a Context is set up.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sporkle {

class Executor;

/// How a variant is chosen for a kernel and a workload (extents, strides, alignment). Every variant gives the
/// same bits, so the choice never changes a result.
enum class Mode : std::uint8_t {
    estimate,    ///< the model's first guess; measures nothing and reads no wisdom
    measure,     ///< wisdom where there is some; else tries a few variants on real calls, then commits
    exhaustive,  ///< wisdom of an exhaustive search where there is some; else the first call tries every
                 ///< variant
    wisdom_only  ///< wisdom; where there is none and there is a choice to make, Error(unsupported)
};

enum class LogLevel : std::uint8_t { debug, info, warning };

struct Options {
    /// Where unset: $SPORKLE_MODE, else measure.
    std::optional<Mode> mode;

    /// File that remembers what was measured; the empty string for none. Where unset: $SPORKLE_WISDOM, else
    /// $XDG_CACHE_HOME/sporkle/wisdom.sqlite, else $HOME/.cache/sporkle/wisdom.sqlite.
    std::optional<std::string> wisdom;

    /// Threads that one call may use, the calling one included. 0: $SPORKLE_THREADS, else every CPU that this
    /// process may run on. Ignored where there is an executor.
    int threads = 0;

    /// Devices to do with: names ("vulkan:0") or families ("vulkan"); others are as if they were not there. A
    /// device that is used by name only counts as named when its own name stands here. Where empty:
    /// $SPORKLE_DEVICE, one device or the first of a family ("amdgpu"), or $SPORKLE_DEVICES, separated by
    /// commas, else all.
    std::vector<std::string> devices;

    /// The application's own threads, or null for Sporkle's. It must outlive the Context.
    Executor* executor = nullptr;

    /// Bundles to load beside those that are linked into the program.
    std::vector<std::string> bundles;

    /// Gets warnings (wisdom that cannot be used, a kernel that falls back to the reference) and, at the
    /// levels below, what is chosen and why. Where unset, warnings go to the standard error stream when
    /// $SPORKLE_LOG is set. It may be called by several threads at once and must not call the Context.
    std::function<void(LogLevel, std::string_view)> log;
};

}  // namespace sporkle
