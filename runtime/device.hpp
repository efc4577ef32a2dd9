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

/// Memory of a device that has its own. Freed with the object, which may be destroyed while the device still
/// works on it: the driver keeps it until that has ended.
class DeviceBuffer {
  public:
    virtual ~DeviceBuffer() = default;
    virtual std::uint64_t address() const = 0;  ///< as kernels see it, a multiple of 256
    virtual std::size_t bytes() const = 0;
    /// Where the CPU sees the same memory, coherently; null where it does not.
    virtual std::byte* host() const { return nullptr; }
};

/// The memory of a device whose kernels cannot work on the process's own. Thread-safe. All member functions
/// throw Error(device_failure) when the device is lost.
class DeviceMemory {
  public:
    virtual ~DeviceMemory() = default;
    /// Uninitialised; bytes may be 0. Throws Error(out_of_memory).
    virtual std::unique_ptr<DeviceBuffer> allocate(std::size_t bytes) = 0;
    /// Copies of [offset, offset + bytes), complete when they return.
    virtual void upload(DeviceBuffer& to, std::size_t offset, const void* from, std::size_t bytes) = 0;
    virtual void download(const DeviceBuffer& from, std::size_t offset, void* to, std::size_t bytes) = 0;
    /// Copies between places that do not overlap. What a device has nothing better for goes through the host.
    virtual void copy(const DeviceBuffer& from, std::size_t from_offset, DeviceBuffer& to,
                      std::size_t to_offset, std::size_t bytes);
    /// Makes all bytes zero.
    virtual void clear(DeviceBuffer& buffer, std::size_t offset, std::size_t bytes);
};

/// Bytes [begin, end) that a launch reads, and may write, at addresses as its code sees them.
struct Touched {
    std::uint64_t begin = 0, end = 0;
    bool writes = false;
};

/// Everything about a call that an Executable needs. Whoever makes it keeps the memory. Addresses in the
/// words and of the arenas are the device's where it has memory of its own, else the process's.
struct Launch {
    const std::uint64_t* words = nullptr;  ///< the parameter block, scratch words included
    std::size_t word_count = 0;
    std::span<const Grid> grids;  ///< one for each dispatch of the variant
    /// At most so many tasks run at once, each on an arena of its own. On a device with memory of its own it
    /// counts the arenas and says nothing where arena_bytes is 0.
    int threads = 1;
    std::byte* arenas = nullptr;  ///< `threads` arenas for task scratch, one after the other, aligned to 64
    std::size_t arena_bytes = 0;  ///< of one arena, a multiple of 64
    /// All that its dispatches touch beside their parameter block; empty where nobody has looked.
    std::span<const Touched> touched;
};

/// A variant that is ready to run on its device.
class Executable {
  public:
    virtual ~Executable() = default;

    /// Runs every dispatch, one after the other, and returns when the results are written. May be called by
    /// several threads at once. Throws Error(device_failure), and whatever the application's Executor throws.
    /// Where the device has a clock, the seconds between begin and end of the work are stored in
    /// *device_seconds if that is not null; else it is left alone.
    virtual void run(const Launch& launch, double* device_seconds = nullptr) const = 0;

    /// Runs a launch of one thread on the calling thread without any further check. Null where the device
    /// cannot do that. Prepared calls call it directly.
    using Direct = void (*)(const Executable&, const Launch&);
    virtual Direct direct() const { return nullptr; }
};

/// Launches that were recorded once and run often. The results are as if each began when the one before had
/// ended; those that Launch::touched shows to be independent may overlap.
class DeviceRecording {
  public:
    virtual ~DeviceRecording() = default;
    /// Runs all of it and returns when the results are written; device_seconds as in Executable::run.
    virtual void run(double* device_seconds = nullptr) = 0;
};

class Device {
  public:
    virtual ~Device() = default;
    virtual const DeviceInfo& info() const = 0;

    /// Makes a variant ready whose target is info().target and whose architecture is in info().architectures.
    /// The bundle outlives the executable. Throws Error(device_failure), Error(out_of_memory), or
    /// Error(unsupported) with the reason where this device lacks what the code needs.
    virtual std::unique_ptr<Executable> load(const bundle::Bundle& bundle,
                                             const bundle::Variant& variant) = 0;

    /// Null where kernels work on the process's memory. Otherwise every tensor and scratch buffer of a launch
    /// lies in memory from here.
    virtual DeviceMemory* memory() { return nullptr; }
    /// Arenas for task scratch that are worth having for a launch: so many tasks run at once at most.
    virtual int arenas() const { return info().threads; }
    /// Whether Executable::run and DeviceRecording::run tell device_seconds, each time.
    virtual bool has_clock() const { return false; }

    struct Step {
        const Executable* executable = nullptr;
        Launch launch;
    };
    /// Records launches of this device's executables. What the launches point to (words, arenas, tensors) is
    /// read when recording and outlives the recording. Null where the device has nothing better than running
    /// one launch after the other.
    virtual std::unique_ptr<DeviceRecording> record(std::span<const Step>) { return nullptr; }
};

class RunTarget {
  public:
    virtual ~RunTarget() = default;
    /// DeviceInfo::target of its devices: "spirv". Bundles without code for it never cause it to be opened.
    virtual std::string target() const = 0;
    /// What its devices are called: "cpu", where there is one and no more, else "vulkan" for "vulkan:0",
    /// "vulkan:1", …
    virtual std::string family() const = 0;
    /// The devices of this kind that the machine has; it may take long, and is called when one of them is
    /// first wanted, at most once by a Context. What a person should know of those that are not there, such
    /// as the reason why there is none at all, is appended to `notes`. An Error that it throws counts as such
    /// a reason. The executor outlives the devices.
    virtual std::vector<std::unique_ptr<Device>> open(Executor& executor,
                                                      std::vector<std::string>& notes) const = 0;
};

/// All run targets of this build, from the generated registry.
std::span<const std::unique_ptr<RunTarget>> run_targets();

/// Adds a target that is no part of the library, such as an emulator in a tool or a test. To be called before
/// the first Context is made, by one thread.
void add_run_target(std::unique_ptr<RunTarget> target);

}  // namespace sporkle::runtime
