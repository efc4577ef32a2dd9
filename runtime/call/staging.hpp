// Staging: brings the tensors of one call at a time to where its code works and what it wrote back again. Its
// memory is kept from call to call.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/call/arrangement.hpp"
#include "runtime/call/fetched.hpp"
#include "runtime/device.hpp"
#include "runtime/memory/aligned_bytes.hpp"

namespace sporkle::runtime {

class Staging {
  public:
    /// For calls of the workload that was so arranged. The arrangement and the device outlive this.
    Staging(const Arrangement& arrangement, Device& device);

    /// Makes the memory on the device that calls may need. It is made when it is needed otherwise, and where
    /// two arguments are the same memory less is needed. Throws Error(out_of_memory).
    void reserve();
    /// Brings the inputs and writes the addresses of all tensors into a parameter block that
    /// Arrangement::write_words has written. Throws Error(out_of_memory), Error(device_failure).
    void bring_in(const Call& call, std::uint64_t* words);
    /// Takes the outputs back to where the caller has them.
    void bring_back(const Call& call);

  private:
    struct Place {
        std::unique_ptr<DeviceBuffer> buffer;
        AlignedBytes passing;  ///< elements without their gaps, in the process; or a copy in the process
        std::uint64_t address = 0;
    };
    void copy(const Call& call, int tensor);
    void upload(const Call& call, int tensor);
    void download(const Call& call, int tensor);
    bool uploaded_before(const Call& call, int tensor);
    DeviceBuffer& buffer(int tensor);
    AlignedBytes& passing(Place& place, std::size_t bytes);
    TensorView packed_view(const Call& call, int tensor);

    const Arrangement& arrangement_;
    Device& device_;
    const std::uint64_t generation_;  ///< of forks, when this was made
    Fetched fetched_;
    std::vector<Place> places_ = std::vector<Place>(max_tensors);
};

}  // namespace sporkle::runtime
