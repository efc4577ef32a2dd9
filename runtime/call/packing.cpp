#include "runtime/call/packing.hpp"

#include <cstdlib>

namespace sporkle::runtime {
namespace {

/// Dimensions that have a stride, by its size.
struct ByStride {
    int dims[max_rank];
    int count = 0;

    ByStride(const TensorView& view, int rank) {
        for (int d = rank - 1; d >= 0; --d) {
            if (view.extents[d] <= 1 || view.strides[d] == 0) continue;
            int place = count++;
            for (; place > 0 && std::abs(view.strides[dims[place - 1]]) > std::abs(view.strides[d]); --place)
                dims[place] = dims[place - 1];
            dims[place] = d;
        }
    }
};

bool is_empty(const TensorView& view, int rank) {
    for (int d = 0; d < rank; ++d)
        if (view.extents[d] == 0) return true;
    return false;
}

}  // namespace

bool has_gaps(const TensorView& view, int rank) {
    if (is_empty(view, rank)) return false;
    const ByStride order(view, rank);
    std::int64_t together = 1;  // elements in one piece so far
    for (int n = 0; n < order.count; ++n) {
        const int d = order.dims[n];
        if (std::abs(view.strides[d]) > together) return true;
        together += (view.extents[d] - 1) * std::abs(view.strides[d]);
    }
    return false;
}

Packing pack(const TensorView& view, int rank) {
    Packing result;
    result.view = view;
    result.view.data = nullptr;
    if (is_empty(view, rank)) return result;
    const ByStride order(view, rank);
    std::int64_t packed = 1, range = 1;
    for (int n = 0; n < order.count; ++n) {
        const int d = order.dims[n];
        packed *= view.extents[d];  // it fits: resolve_extents has bounded the number of elements
        range += (view.extents[d] - 1) * std::abs(view.strides[d]);
    }
    result.same_strides = range <= packed || !has_gaps(view, rank);
    std::int64_t step = 1;
    for (int n = 0; n < order.count; ++n) {
        const int d = order.dims[n];
        std::int64_t& stride = result.view.strides[d];
        if (!result.same_strides) stride = stride < 0 ? -step : step;
        if (stride < 0) result.origin -= (view.extents[d] - 1) * stride;
        step *= view.extents[d];
    }
    result.elements = result.same_strides ? range : packed;
    return result;
}

}  // namespace sporkle::runtime
