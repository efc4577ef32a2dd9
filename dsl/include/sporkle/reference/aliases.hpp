// Inputs that share memory with outputs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <sporkle/extents.hpp>
#include <sporkle/program.hpp>

namespace sporkle::evaluation {

/// The addresses [first, last) between which a tensor's elements lie; empty when it has none.
struct AddressRange {
    std::uintptr_t first = 0, last = 0;

    AddressRange(const Tensor& tensor, const TensorView& view) {
        std::int64_t lowest = 0, highest = 0;
        for (int d = 0; d < tensor.rank; ++d) {
            if (view.extents[d] == 0) return;
            if (view.extents[d] == 1) continue;  // its stride may be anything
            const std::int64_t reach = (view.extents[d] - 1) * view.strides[d];
            (reach < 0 ? lowest : highest) += reach;
        }
        const auto origin = reinterpret_cast<std::uintptr_t>(view.data);
        const std::int64_t size = size_of(tensor.dtype);
        first = origin + static_cast<std::uintptr_t>(lowest * size);
        last = origin + static_cast<std::uintptr_t>((highest + 1) * size);
    }
    bool overlaps(const AddressRange& other) const { return first < other.last && other.first < last; }
};

inline bool shares_memory_with_output(const Program& p, const TensorView* views, int input) {
    const AddressRange range(p.tensors[input], views[input]);
    for (int t = 0; t < p.tensor_count; ++t)
        if (p.tensors[t].role == Role::output && range.overlaps(AddressRange(p.tensors[t], views[t])))
            return true;
    return false;
}

/// Copies a tensor into `bytes` and makes `view` a row-major view of the copy. A dimension of stride 0 keeps
/// its stride: its elements are one.
inline void copy_dense(const Tensor& tensor, TensorView& view, std::vector<std::byte>& bytes) {
    const std::size_t size = static_cast<std::size_t>(size_of(tensor.dtype));
    std::int64_t extents[max_rank] = {}, strides[max_rank] = {}, elements = 1;
    for (int d = tensor.rank - 1; d >= 0; --d) {
        const bool repeats = view.strides[d] == 0 || view.extents[d] == 1;
        extents[d] = repeats ? std::min<std::int64_t>(view.extents[d], 1) : view.extents[d];
        strides[d] = repeats ? 0 : elements;
        elements *= extents[d];
    }
    bytes.resize(static_cast<std::size_t>(elements) * size);
    std::int64_t at[max_rank] = {};
    for (std::int64_t e = 0; e < elements; ++e) {
        std::int64_t offset = 0;
        for (int d = 0; d < tensor.rank; ++d)
            if (extents[d] > 1) offset += at[d] * view.strides[d];
        const auto* from =
            static_cast<const std::byte*>(view.data) + offset * static_cast<std::int64_t>(size);
        std::memcpy(bytes.data() + static_cast<std::size_t>(e) * size, from, size);
        for (int d = tensor.rank - 1; d >= 0 && ++at[d] == extents[d]; --d) at[d] = 0;
    }
    view.data = bytes.data();
    std::copy_n(strides, max_rank, view.strides);
}

}  // namespace sporkle::evaluation
