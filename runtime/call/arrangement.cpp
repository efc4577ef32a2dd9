#include "runtime/call/arrangement.hpp"

#include "runtime/call/overlap.hpp"

namespace sporkle::runtime {

int alignment_class(const void* address, int element_bytes) {
    for (const unsigned bytes : {64u, 32u, 16u})
        if (reinterpret_cast<std::uintptr_t>(address) % bytes == 0) return static_cast<int>(bytes);
    return element_bytes;
}

Arrangement::Arrangement(const Call& call, const Device* memory) : memory_(memory) {
    for (int t = 0; t < call.program().tensor_count; ++t)
        if (call.program().tensors[t].role != Role::temporary) arrange(call, t);
}

void Arrangement::arrange(const Call& call, int t) {
    const sporkle::Tensor& facts = call.program().tensors[t];
    const int element_bytes = size_of(facts.dtype);
    const DeviceStorage* storage = call.storage(t);
    const Device* lies_on = storage == nullptr ? nullptr : &storage->device();
    Tensor& tensor = tensors_[t];
    tensor.view = call.tensor(t);
    tensor.view.data = nullptr;
    tensor.alignment = alignment_class(call.tensor(t).data, element_bytes);
    const AddressRange range = address_range({&call.tensor(t), facts.rank, element_bytes});
    bool moved = false;
    if (lies_on != memory_ && lies_on != nullptr) {
        tensor.fetched = true;
        moved = storage->host(storage->buffer()->address()) == nullptr;
        if (moved) transfer_bytes_ += range.end - range.lowest;
    }
    if (lies_on != memory_ && memory_ != nullptr) {
        tensor.way = Way::staged;
    } else if (call.must_be_copied(t)) {
        tensor.way = Way::copied;
    }
    writes_in_place_ =
        writes_in_place_ || (facts.role == Role::output && tensor.way == Way::direct && !moved);
    plain_ = plain_ && tensor.way == Way::direct && !tensor.fetched;
    if (tensor.way == Way::direct) return;
    if (tensor.way == Way::copied && memory_ != nullptr) {  // keeps its address modulo the alignment
        tensor.device_bytes = static_cast<std::size_t>(range.end - range.lowest) + device_alignment;
        return;
    }
    tensor.packing = pack(call.tensor(t), facts.rank);
    tensor.view = tensor.packing.view;
    const std::int64_t origin_bytes = tensor.packing.origin * element_bytes;
    tensor.alignment = alignment_class(reinterpret_cast<const void*>(origin_bytes), element_bytes);
    if (tensor.way != Way::staged) return;
    tensor.device_bytes = static_cast<std::size_t>(tensor.packing.elements * element_bytes);
    transfer_bytes_ += tensor.device_bytes;
}

void Arrangement::write_words(const Call& call, std::uint64_t* words) const {
    call.write_words(words);
    if (plain_) return;
    const Program& p = call.program();
    const ParameterBlock& block = call.facts().block;
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role == Role::temporary || tensors_[t].way == Way::direct) continue;
        for (int d = 0; d < p.tensors[t].rank; ++d)
            words[block.stride(t, d)] = static_cast<std::uint64_t>(tensors_[t].view.strides[d]);
    }
}

}  // namespace sporkle::runtime
