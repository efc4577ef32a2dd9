// What a target gives to the runtime: devices that run its variants. Each folder under targets/ that has a
// run/ folder implements one RunTarget; the build collects them (sporkle_run_target in
// runtime/CMakeLists.txt), so no list elsewhere names them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sporkle/device_info.hpp>
#include <sporkle/executor.hpp>

#include "runtime/bundle/bundle.hpp"

namespace sporkle::runtime {

/// Size of one dispatch.
struct Grid {
    std::int64_t size[3] = {1, 1, 1};
    std::int64_t tasks = 1;  ///< their product, which fits; may be 0
};

/// Everything about a call that an Executable needs. Whoever makes it keeps the memory.
struct Launch {
    const std::uint64_t* words = nullptr;  ///< the parameter block, scratch words included
    std::span<const Grid> grids;           ///< one for each dispatch of the variant
    int threads = 1;                       ///< at most so many threads take part
    std::byte* arenas = nullptr;  ///< `threads` arenas for task scratch, one after the other, aligned to 64
    std::size_t arena_bytes = 0;  ///< of one arena, a multiple of 64
};

/// A variant that is ready to run on its device.
class Executable {
  public:
    virtual ~Executable() = default;

    /// Runs every dispatch, one after the other, and returns when the results are written. May be called by
    /// several threads at once. Throws Error(device_failure), and whatever the application's Executor throws.
    virtual void run(const Launch& launch) const = 0;

    /// Runs a launch of one thread on the calling thread without any further check. Null where the device
    /// cannot do that. Prepared calls call it directly.
    using Direct = void (*)(const Executable&, const Launch&);
    virtual Direct direct() const { return nullptr; }
};

class Device {
  public:
    virtual ~Device() = default;
    virtual const DeviceInfo& info() const = 0;

    /// Makes a variant ready whose target is info().target and whose architecture is in info().architectures.
    /// The bundle outlives the executable. Throws Error(device_failure) or Error(out_of_memory).
    virtual std::unique_ptr<Executable> load(const bundle::Bundle& bundle,
                                             const bundle::Variant& variant) = 0;
};

class RunTarget {
  public:
    virtual ~RunTarget() = default;
    /// The devices of this kind that the machine has. The executor outlives them.
    virtual std::vector<std::unique_ptr<Device>> open(Executor& executor) const = 0;
};

/// All run targets of this build, from the generated registry.
std::span<const std::unique_ptr<RunTarget>> run_targets();

}  // namespace sporkle::runtime
