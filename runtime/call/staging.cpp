#include "runtime/call/staging.hpp"

#include <cstring>

#include "runtime/call/copy.hpp"
#include "runtime/call/overlap.hpp"
#include "runtime/threads/fork.hpp"

namespace sporkle::runtime {
namespace {

std::uint64_t address(const void* data) { return reinterpret_cast<std::uintptr_t>(data); }

bool same_elements(const TensorView& x, const TensorView& y, int rank) {
    if (x.data != y.data) return false;
    for (int d = 0; d < rank; ++d)
        if (x.extents[d] != y.extents[d] || x.strides[d] != y.strides[d]) return false;
    return true;
}

}  // namespace

Staging::Staging(const Arrangement& arrangement, Device& device)
    : arrangement_(arrangement), device_(device), generation_(fork_generation()) {}

void Staging::bring_in(const Call& call, std::uint64_t* words) {
    if (arrangement_.memory() != nullptr) expect_same_process(device_, generation_);
    fetched_.fetch(call, arrangement_.memory());
    const Program& p = call.program();
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role == Role::temporary) continue;
        Place& place = places_[static_cast<std::size_t>(t)];
        switch (arrangement_[t].way) {
            case Arrangement::Way::direct:
                place.address = address(fetched_.view(t).data);
                break;
            case Arrangement::Way::copied:
                copy(call, t);
                break;
            case Arrangement::Way::staged:
                if (!uploaded_before(call, t)) upload(call, t);
                break;
        }
        words[call.facts().block.address(t)] = place.address;
    }
}

void Staging::bring_back(const Call& call) {
    for (int o = 0; o < call.facts().output_count; ++o)
        if (const int t = call.facts().outputs[o]; arrangement_[t].way == Arrangement::Way::staged)
            download(call, t);
    fetched_.put_back();
}

void Staging::reserve() {
    for (int t = 0; t < max_tensors; ++t)
        if (arrangement_[t].device_bytes > 0) buffer(t);
}

DeviceBuffer& Staging::buffer(int t) {
    Place& place = places_[static_cast<std::size_t>(t)];
    if (place.buffer == nullptr) place.buffer = device_.memory()->allocate(arrangement_[t].device_bytes);
    return *place.buffer;
}

AlignedBytes& Staging::passing(Place& place, std::size_t bytes) {
    if (place.passing.size() < bytes) {
        place.passing = AlignedBytes();
        place.passing = AlignedBytes(bytes);
    }
    return place.passing;
}

/// The packed elements in the process's memory.
TensorView Staging::packed_view(const Call& call, int t) {
    const Packing& packing = arrangement_[t].packing;
    const auto element_bytes = size_of(call.program().tensors[t].dtype);
    TensorView view = packing.view;
    view.data = passing(places_[static_cast<std::size_t>(t)],
                        static_cast<std::size_t>(packing.elements * element_bytes))
                    .data() +
                packing.origin * element_bytes;
    return view;
}

/// An input that shares memory with an output: a copy where the code works.
void Staging::copy(const Call& call, int t) {
    const Tensor& facts = call.program().tensors[t];
    Place& place = places_[static_cast<std::size_t>(t)];
    if (arrangement_.memory() == nullptr) {
        TensorView to = packed_view(call, t), from = fetched_.view(t);
        place.address = address(to.data);
        for (int d = 0; d < facts.rank; ++d)  // what is repeated is copied once
            if (from.strides[d] == 0 && from.extents[d] > 1) from.extents[d] = to.extents[d] = 1;
        copy_elements(from, to, facts.rank, size_of(facts.dtype));
        return;
    }
    const DeviceStorage& storage = *call.storage(t);
    const AddressRange range = address_range({&call.tensor(t), facts.rank, size_of(facts.dtype)});
    const std::uint64_t shift = range.lowest % device_alignment, bytes = range.end - range.lowest;
    DeviceBuffer& own = buffer(t);
    device_.memory()->copy(*storage.buffer(), storage.offset(range.lowest), own,
                           static_cast<std::size_t>(shift), static_cast<std::size_t>(bytes));
    place.address = own.address() + shift + (address(call.tensor(t).data) - range.lowest);
}

/// An input that was uploaded for an earlier argument of this call is there.
bool Staging::uploaded_before(const Call& call, int t) {
    const Program& p = call.program();
    if (p.tensors[t].role != Role::input) return false;
    for (int other = 0; other < t; ++other) {
        if (p.tensors[other].role != Role::input || arrangement_[other].way != Arrangement::Way::staged ||
            p.tensors[other].dtype != p.tensors[t].dtype || p.tensors[other].rank != p.tensors[t].rank ||
            !same_elements(fetched_.view(other), fetched_.view(t), p.tensors[t].rank))
            continue;
        places_[static_cast<std::size_t>(t)].address = places_[static_cast<std::size_t>(other)].address;
        return true;
    }
    return false;
}

/// Gives a tensor its place on the device, and an input its contents.
void Staging::upload(const Call& call, int t) {
    const Tensor& facts = call.program().tensors[t];
    const Packing& packing = arrangement_[t].packing;
    const int element_bytes = size_of(facts.dtype);
    const std::size_t bytes = arrangement_[t].device_bytes;
    Place& place = places_[static_cast<std::size_t>(t)];
    DeviceBuffer& own = buffer(t);
    place.address = own.address() + static_cast<std::uint64_t>(packing.origin * element_bytes);
    if (facts.role != Role::input || bytes == 0) return;
    TensorView from = fetched_.view(t);
    const std::byte* first = static_cast<const std::byte*>(from.data) - packing.origin * element_bytes;
    if (!packing.same_strides) {
        TensorView to = packed_view(call, t);
        for (int d = 0; d < facts.rank; ++d)
            if (from.strides[d] == 0 && from.extents[d] > 1) from.extents[d] = to.extents[d] = 1;
        copy_elements(from, to, facts.rank, element_bytes);
        first = place.passing.data();
    }
    device_.memory()->upload(own, 0, first, bytes);
}

void Staging::download(const Call& call, int t) {
    const Tensor& facts = call.program().tensors[t];
    const Packing& packing = arrangement_[t].packing;
    const int element_bytes = size_of(facts.dtype);
    const std::size_t bytes = arrangement_[t].device_bytes;
    if (bytes == 0) return;
    Place& place = places_[static_cast<std::size_t>(t)];
    const TensorView& to = fetched_.view(t);
    if (packing.same_strides) {
        std::byte* first = static_cast<std::byte*>(to.data) - packing.origin * element_bytes;
        device_.memory()->download(*place.buffer, 0, first, bytes);
        return;
    }
    const TensorView from = packed_view(call, t);
    device_.memory()->download(*place.buffer, 0, place.passing.data(), bytes);
    copy_elements(from, to, facts.rank, element_bytes);
}

}  // namespace sporkle::runtime
