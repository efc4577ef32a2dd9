// Operand: one argument of a kernel's call without C++ types, as tools and bindings give it. Context::run
// makes these from arrays, views and numbers.
#pragma once

#include <cstdint>

#include <sporkle/dtype.hpp>
#include <sporkle/program.hpp>

namespace sporkle {

namespace runtime {
class DeviceStorage;
}

struct Operand {
    bool is_scalar = false;
    DType dtype = DType::f32;
    std::uint8_t rank = 0;
    bool read_only = false;               ///< the memory may not be written, so the operand is no output
    std::uint64_t bits = 0;               ///< scalar: the value's bit pattern in the low bytes
    void* data = nullptr;                 ///< tensor: address of the element with all subscripts 0
    std::int64_t extents[max_rank] = {};  ///< tensor: elements
    std::int64_t strides[max_rank] = {};  ///< tensor: in elements; may be 0 or negative
    /// Tensor: the memory in which `data` is an address, where that is a device's (DeviceView::storage); null
    /// for the process's own.
    const runtime::DeviceStorage* storage = nullptr;
};

}  // namespace sporkle
