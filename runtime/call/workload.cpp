#include "runtime/call/workload.hpp"

#include <algorithm>

#include <sporkle/narrow.hpp>

namespace sporkle::runtime {
namespace {

/// Strides of dimensions with less than two elements say nothing.
std::int64_t stride_that_counts(const TensorView& view, int dim) {
    return view.extents[dim] > 1 ? view.strides[dim] : 0;
}

bool is_dense(const TensorView& view, int rank) {
    std::int64_t expected = 1;
    for (int d = rank - 1; d >= 0; --d) {
        if (view.extents[d] > 1 && view.strides[d] != expected) return false;
        expected *= view.extents[d];
    }
    return true;
}

}  // namespace

Hash workload_hash(const Call& call) {
    const Program& p = call.program();
    Hasher hasher;
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role == Role::temporary) continue;
        const TensorView& view = call.tensor(t);
        const int alignment = alignment_class(view.data, size_of(p.tensors[t].dtype));
        hasher.word(static_cast<std::uint64_t>(2 * alignment + (call.must_be_copied(t) ? 1 : 0)));
        for (int d = 0; d < p.tensors[t].rank; ++d) {
            hasher.word(static_cast<std::uint64_t>(view.extents[d]));
            hasher.word(static_cast<std::uint64_t>(stride_that_counts(view, d)));
        }
        if (!call.on_devices()) continue;
        const DeviceStorage* storage = call.storage(t);
        const Device* device = storage == nullptr ? nullptr : &storage->device();
        hasher.word(reinterpret_cast<std::uintptr_t>(device));
    }
    return hasher.finish();
}

std::string workload_text(const Call& call) {
    const Program& p = call.program();
    std::string text;
    for (int t = 0; t < p.tensor_count; ++t) {
        const Tensor& tensor = p.tensors[t];
        if (tensor.role == Role::temporary) continue;
        const TensorView& view = call.tensor(t);
        const auto list = [&](auto&& number_of) {
            std::string numbers;
            for (int d = 0; d < tensor.rank; ++d)
                numbers += (d == 0 ? "" : ",") + std::to_string(number_of(d));
            return numbers;
        };
        text += (text.empty() ? "" : " ") + std::string(tensor.name.view()) + " " +
                std::string(name_of(tensor.dtype)) + "[" + list([&](int d) { return view.extents[d]; }) + "]";
        if (!is_dense(view, tensor.rank))
            text += "/(" + list([&](int d) { return stride_that_counts(view, d); }) + ")";
        text += "@" + std::to_string(alignment_class(view.data, size_of(tensor.dtype)));
        if (call.must_be_copied(t)) text += " copied";
        if (call.storage(t) != nullptr) text += " on " + call.storage(t)->device().info().name;
    }
    return text;
}

bool fits(const bundle::Variant& variant, const Call& call, const Arrangement& arrangement) {
    using bundle::Condition;
    const Program& p = call.program();
    const auto holds = [&](const bundle::Precondition& condition) {
        const Arrangement::Tensor& tensor = arrangement[condition.tensor];
        const TensorView& view = tensor.view;
        const std::int64_t extent = call.extents().index[condition.index];
        switch (condition.condition) {
            case Condition::stride_is:
                return view.extents[condition.dim] <= 1 || view.strides[condition.dim] == condition.value;
            case Condition::dense:
                return is_dense(view, p.tensors[condition.tensor].rank);
            case Condition::aligned:
                // By the class, not by the address: calls of one workload must agree.
                return tensor.alignment % condition.value == 0;
            case Condition::extent_multiple:
                return extent % condition.value == 0;
            case Condition::extent_at_most:
                return extent <= condition.value;
            case Condition::extent_at_least:
                return extent >= condition.value;
            case Condition::stride_multiple:
                return view.extents[condition.dim] <= 1 || view.strides[condition.dim] % condition.value == 0;
            case Condition::numbers_fit_32:
                return numbers_fit_32(p, call.extents(), [&](int of_tensor, int dim) {
                    return stride_that_counts(arrangement[of_tensor].view, dim);
                });
        }
        return false;
    };
    return std::all_of(variant.preconditions.begin(), variant.preconditions.end(), holds);
}

}  // namespace sporkle::runtime
