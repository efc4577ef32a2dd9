#include <sporkle/device_array.hpp>

#include <string>
#include <vector>

#include <sporkle/error.hpp>

#include "runtime/call/copy.hpp"
#include "runtime/call/overlap.hpp"
#include "runtime/call/packing.hpp"
#include "runtime/memory/aligned_bytes.hpp"
#include "runtime/memory/device_storage.hpp"

namespace sporkle::detail {
namespace {

using runtime::address_range;
using runtime::AddressRange;
using runtime::AlignedBytes;
using runtime::DeviceStorage;
using runtime::has_gaps;
using runtime::overlap;

/// One side of a copy.
struct Side {
    TensorView view;
    const DeviceStorage* storage;
    int rank, element_bytes;
    AddressRange range;

    explicit Side(const Operand& operand)
        : storage(operand.storage), rank(operand.rank), element_bytes(size_of(operand.dtype)) {
        view.data = operand.data;
        for (int d = 0; d < rank; ++d) {
            view.extents[d] = operand.extents[d];
            view.strides[d] = operand.strides[d];
        }
        range = address_range({&view, rank, element_bytes});
    }
    std::size_t bytes() const { return static_cast<std::size_t>(range.end - range.lowest); }
    /// The tensor as it lies in memory of the process that holds its whole range.
    TensorView in(std::byte* memory) const {
        TensorView result = view;
        result.data = memory + (reinterpret_cast<std::uintptr_t>(view.data) - range.lowest);
        return result;
    }
    void download(void* to) const {
        storage->memory().download(*storage->buffer(), storage->offset(range.lowest), to, bytes());
    }
    void upload(const void* from) const {
        storage->memory().upload(*storage->buffer(), storage->offset(range.lowest), from, bytes());
    }
};

/// Whether both lie alike and without gaps, so that one piece of bytes is all of either.
bool in_one_piece(const Side& x, const Side& y) {
    for (int d = 0; d < x.rank; ++d)
        if (x.view.extents[d] > 1 && x.view.strides[d] != y.view.strides[d]) return false;
    return !has_gaps(x.view, x.rank);
}

void check_extents(const Operand& from, const Operand& to, const char* action) {
    for (int d = 0; d < from.rank; ++d)
        if (from.extents[d] != to.extents[d])
            throw Error(ErrorCode::invalid_argument,
                        std::string(action) + ": dimension " + std::to_string(d) + " has extent " +
                            std::to_string(from.extents[d]) + " in the source, but extent " +
                            std::to_string(to.extents[d]) + " in the target");
}

void copy_in_process(const Side& from, const Side& to) {
    if (!overlap({&from.view, from.rank, from.element_bytes}, {&to.view, to.rank, to.element_bytes}))
        return runtime::copy_elements(from.view, to.view, from.rank, from.element_bytes);
    AlignedBytes passing(from.bytes());
    const TensorView between = from.in(passing.data());
    runtime::copy_elements(from.view, between, from.rank, from.element_bytes);
    runtime::copy_elements(between, to.view, from.rank, from.element_bytes);
}

void copy_to_process(const Side& from, const Side& to) {
    if (in_one_piece(from, to)) return from.download(reinterpret_cast<void*>(to.range.lowest));
    const AlignedBytes passing(from.bytes());
    from.download(passing.data());
    runtime::copy_elements(from.in(passing.data()), to.view, from.rank, from.element_bytes);
}

void copy_to_device(const Side& from, const Side& to) {
    if (in_one_piece(from, to)) return to.upload(reinterpret_cast<const void*>(from.range.lowest));
    const AlignedBytes passing(to.bytes());
    if (has_gaps(to.view, to.rank)) to.download(passing.data());  // what is in between stays as it is
    runtime::copy_elements(from.view, to.in(passing.data()), from.rank, from.element_bytes);
    to.upload(passing.data());
}

void copy_between_devices(const Side& from, const Side& to) {
    const bool apart = from.range.end <= to.range.lowest || to.range.end <= from.range.lowest;
    if (&from.storage->device() == &to.storage->device() && apart && in_one_piece(from, to))
        return to.storage->memory().copy(*from.storage->buffer(), from.storage->offset(from.range.lowest),
                                         *to.storage->buffer(), to.storage->offset(to.range.lowest),
                                         to.bytes());
    const AlignedBytes passing(from.bytes());
    from.download(passing.data());
    Side between = from;
    between.view = from.in(passing.data());
    between.range = address_range({&between.view, from.rank, from.element_bytes});
    copy_to_device(between, to);
}

}  // namespace

std::string_view device_of(const DeviceStorage* storage) {
    return storage == nullptr ? std::string_view("cpu") : storage->device().info().name;
}

void* host_address(const DeviceStorage* storage, void* address) {
    return storage->host(reinterpret_cast<std::uintptr_t>(address));
}

void refuse_host_view(const DeviceStorage* storage) {
    throw Error(ErrorCode::unsupported, "the host cannot touch the memory of " +
                                            std::string(device_of(storage)) +
                                            "; copy_to and copy_from move its contents");
}

void copy_elements(const Operand& from_operand, const Operand& to_operand, const char* action) {
    check_extents(from_operand, to_operand, action);
    const Side from(from_operand), to(to_operand);
    if (to.bytes() == 0) return;
    if (from.storage == nullptr)
        return to.storage == nullptr ? copy_in_process(from, to) : copy_to_device(from, to);
    return to.storage == nullptr ? copy_to_process(from, to) : copy_between_devices(from, to);
}

}  // namespace sporkle::detail
