// The device that is measured, opened below the runtime's choosing: a benchmark wants each variant by itself
// and the device's own clock.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sporkle/context.hpp>

#include "runtime/device.hpp"
#include "runtime/memory/device_storage.hpp"
#include "runtime/select/kernel.hpp"
#include "runtime/threads/pool.hpp"

namespace sporkle::bench {

class Accelerator {
  public:
    /// Opens the device of that name; where the name is empty, the first one that is no CPU, hardware before
    /// software. Throws Error(unknown_device), which says what there is and why something is not.
    explicit Accelerator(const std::string& name);

    runtime::Device& device() const { return *device_; }
    const DeviceInfo& info() const { return device().info(); }

    /// A kernel of the linked bundles. Throws Error(unknown_kernel).
    runtime::Kernel& kernel(const KernelId& id);

  private:
    runtime::ThreadPool executor_{runtime::available_cpus()};
    std::unique_ptr<runtime::Device> device_;
    std::vector<std::shared_ptr<const bundle::Bundle>> bundles_;
    std::map<Hash, std::unique_ptr<runtime::Kernel>> kernels_;
};

/// Memory that the device's kernels work on: its own where it has some, else the process's.
class Memory {
  public:
    /// Throws Error(out_of_memory).
    Memory(Accelerator& accelerator, std::size_t bytes);

    /// Of the first byte, as kernels see it.
    void* address() const { return storage_->address(); }
    /// Null for memory of the process.
    const runtime::DeviceStorage* storage() const { return is_device_ ? storage_.get() : nullptr; }
    /// Copies of all bytes, complete when they return.
    void put(const void* from);
    void get(void* to) const;

  private:
    bool is_device_;
    std::size_t bytes_;
    std::unique_ptr<runtime::DeviceStorage> storage_;
};

}  // namespace sporkle::bench
