// Arrangement: where the tensors of a workload's calls lie when code on a certain device works on them.
//
// There are two kinds of memory: the process's, on which the CPU works, and that of each other device. What
// lies where the code runs is used where it is, but for inputs that must be copied first. On the way to a
// device a tensor loses its gaps and gets memory of its own, so that there is nothing left that it could
// overlap. On the way from a device to the process it keeps its strides, with everything around it that the
// call uses (fetched.hpp). From device to device the way is through the process.
#pragma once

#include <cstdint>

#include "runtime/call/call.hpp"
#include "runtime/call/packing.hpp"

namespace sporkle::runtime {

class Arrangement {
  public:
    enum class Way : std::uint8_t {
        direct,  ///< used where it lies
        copied,  ///< an input that lies in the right memory, but a copy of it is used
        staged,  ///< moved to memory of its own on the device
    };
    struct Tensor {
        Way way = Way::direct;
        bool fetched = false;  ///< brought from a device to the process before
        TensorView view;       ///< extents and strides as the code sees them; no address
        int alignment = 1;     ///< class of its address as the code sees it: 64, 32, 16 or an element's size
        Packing packing;       ///< of what was staged, or copied in the process
        std::size_t device_bytes = 0;  ///< of memory of its own on the device
    };

    /// `memory` is the device on whose memory the code works, null for the process's.
    Arrangement(const Call& call, const Device* memory);

    const Device* memory() const { return memory_; }
    const Tensor& operator[](int tensor) const { return tensors_[tensor]; }
    /// Whether every tensor is used where it lies.
    bool plain() const { return plain_; }
    /// Whether the code writes outputs where the caller has them.
    bool writes_in_place() const { return writes_in_place_; }
    /// Bytes that come and go between memories at a call.
    std::uint64_t transfer_bytes() const { return transfer_bytes_; }

    /// The call's parameter block up to its scratch words as the code would see it; addresses are left open.
    void write_words(const Call& call, std::uint64_t* words) const;

  private:
    void arrange(const Call& call, int tensor);

    const Device* memory_;
    Tensor tensors_[max_tensors];
    bool plain_ = true, writes_in_place_ = false;
    std::uint64_t transfer_bytes_ = 0;
};

/// The largest of 64, 32, 16 and the element's own size that divides the address. Finer classes would make a
/// workload of every buffer that an allocator returns.
int alignment_class(const void* address, int element_bytes);

}  // namespace sporkle::runtime
