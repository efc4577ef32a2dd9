// The CUDA driver, as far as the benchmark uses it: one device with one stream, memory, timing by events, and
// a kernel that does next to nothing. Declared here from the driver interface's documentation, so that no
// header of CUDA is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/benchmark/gpu/nvidia/library.hpp"

namespace sporkle::bench {

/// Functions of libcuda. Handles are pointers to types that only the driver knows; results are 0 for success.
struct CudaFunctions {
    using Handle = void*;
    using Address = unsigned long long;

    int (*init)(unsigned) = nullptr;
    int (*error_name)(int, const char**) = nullptr;
    int (*driver_version)(int*) = nullptr;
    int (*device_get)(int*, int) = nullptr;
    int (*device_name)(char*, int, int) = nullptr;
    int (*set_context_flags)(int, unsigned) = nullptr;
    int (*retain_context)(Handle*, int) = nullptr;
    int (*release_context)(int) = nullptr;
    int (*set_current)(Handle) = nullptr;
    int (*allocate)(Address*, std::size_t) = nullptr;
    int (*release)(Address) = nullptr;
    int (*upload)(Address, const void*, std::size_t) = nullptr;
    int (*download)(void*, Address, std::size_t) = nullptr;
    int (*copy_async)(Address, Address, std::size_t, Handle) = nullptr;
    int (*create_stream)(Handle*, unsigned) = nullptr;
    int (*destroy_stream)(Handle) = nullptr;
    int (*synchronize)(Handle) = nullptr;
    int (*create_event)(Handle*, unsigned) = nullptr;
    int (*destroy_event)(Handle) = nullptr;
    int (*record_event)(Handle, Handle) = nullptr;
    int (*synchronize_event)(Handle) = nullptr;
    int (*elapsed)(float*, Handle, Handle) = nullptr;
    int (*load_module)(Handle*, const void*) = nullptr;
    int (*unload_module)(Handle) = nullptr;
    int (*get_function)(Handle*, Handle, const char*) = nullptr;
    int (*launch)(Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle,
                  void**, void**) = nullptr;
    int (*begin_capture)(Handle, int) = nullptr;
    int (*end_capture)(Handle, Handle*) = nullptr;
    int (*instantiate)(Handle*, Handle, unsigned long long) = nullptr;
    int (*launch_graph)(Handle, Handle) = nullptr;
    int (*destroy_graph)(Handle) = nullptr;
    int (*destroy_executable)(Handle) = nullptr;
};

class Cuda {
  public:
    /// Opens the first device. Null where that is impossible; `reason` says why.
    static std::unique_ptr<Cuda> open(const std::vector<std::string>& folders, std::string& reason);

    const std::string& device_name() const { return name_; }
    std::string version() const;  ///< of CUDA that the driver supports
    void* stream() const { return stream_.get(); }

    /// Throws Error(device_failure), naming the function, where the result is not 0.
    void check(int result, const char* function) const;
    const CudaFunctions& functions() const { return cuda_; }

    /// Seconds by the device's clock between two events around what `enqueue` puts on the stream.
    double seconds(const std::function<void()>& enqueue);
    void wait();

    /// Adds 1 to each of 256 floats.
    void launch_tiny(CudaFunctions::Address floats);
    /// A graph of so many of these, one after the other: launches it and waits. Must go before this object.
    std::function<void()> graph_of_tiny(CudaFunctions::Address floats, int count);

  private:
    /// What the driver made, given back with the last copy. Others may hold the primary context, too, so that
    /// its release alone gives nothing back; and graphs are of no context.
    using Owned = std::shared_ptr<void>;

    Cuda(std::unique_ptr<Library> library, const CudaFunctions& functions);
    void load_tiny();

    std::unique_ptr<Library> library_;
    CudaFunctions cuda_;
    std::string name_;
    Owned context_, stream_, begin_, end_, module_;  // the context goes last
    void* tiny_ = nullptr;
};

/// Memory of the CUDA device, freed with the object. Throws Error(out_of_memory).
class CudaMemory {
  public:
    CudaMemory(Cuda& cuda, std::size_t bytes);
    ~CudaMemory();
    CudaMemory(CudaMemory&& other) noexcept;
    CudaMemory& operator=(CudaMemory&&) = delete;

    CudaFunctions::Address address() const { return address_; }
    template <class T>
    T* pointer() const {
        return reinterpret_cast<T*>(static_cast<std::uintptr_t>(address_));
    }
    void put(const void* from);
    void get(void* to) const;

  private:
    Cuda* cuda_;
    CudaFunctions::Address address_ = 0;
    std::size_t bytes_;
};

}  // namespace sporkle::bench
