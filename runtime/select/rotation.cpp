#include "runtime/select/rotation.hpp"

#include <algorithm>
#include <cstring>

#include "runtime/call/copy.hpp"
#include "runtime/call/overlap.hpp"

namespace sporkle::runtime {
namespace {

constexpr std::size_t most_copies = 256;
constexpr std::uint64_t most_bytes = std::uint64_t(1) << 30;
constexpr std::int64_t usual_cache = std::int64_t(32) << 20;

AddressRange range_of(const Call& call, int tensor) {
    const Tensor& facts = call.program().tensors[tensor];
    return address_range({&call.tensor(tensor), facts.rank, size_of(facts.dtype)});
}

}  // namespace

Rotation::Rotation(const Call& call, std::int64_t cache_bytes) {
    std::uint64_t bytes = 1;
    for (int t = 0; t < call.program().tensor_count; ++t) {
        if (call.program().tensors[t].role == Role::temporary) continue;
        const AddressRange range = range_of(call, t);
        bytes += range.end - range.lowest;
    }
    const auto wanted = static_cast<std::uint64_t>(cache_bytes > 0 ? cache_bytes : usual_cache) * 3 / 2;
    const std::uint64_t copies =
        std::min({wanted / bytes + 1, most_bytes / bytes, std::uint64_t(most_copies)});
    call.copy_inputs();  // what shares memory with an output is copied from its copy
    for (std::uint64_t n = 0; n < std::max<std::uint64_t>(copies, 1); ++n) calls_.push_back(copy(call));
}

Call Rotation::copy(const Call& call) {
    const Program& p = call.program();
    std::vector<Operand> operands(p.argument_count);
    for (int a = 0; a < p.argument_count; ++a) {
        Operand& operand = operands[static_cast<std::size_t>(a)];
        const int number = p.arguments[a].number;
        operand.is_scalar = p.arguments[a].is_scalar;
        if (operand.is_scalar) {
            operand.dtype = p.scalars[number].dtype;
            operand.bits = call.arguments()[static_cast<std::size_t>(a)].scalar;
            continue;
        }
        const Tensor& facts = p.tensors[number];
        TensorView view = call.tensor(number);
        operand.dtype = facts.dtype;
        operand.rank = facts.rank;
        const AddressRange range = range_of(call, number);
        const std::size_t shift = range.lowest % AlignedBytes::alignment;
        AlignedBytes& memory =
            memory_.emplace_back(static_cast<std::size_t>(range.end - range.lowest) + shift);
        std::memset(memory.data(), 0, memory.size());
        const TensorView from = view;
        view.data = memory.data() + shift + (reinterpret_cast<std::uintptr_t>(from.data) - range.lowest);
        if (range.lowest == range.end) view.data = memory.data();
        if (facts.role == Role::input) copy_elements(from, view, facts.rank, size_of(facts.dtype));
        operand.data = view.data;
        std::copy_n(view.extents, max_rank, operand.extents);
        std::copy_n(view.strides, max_rank, operand.strides);
    }
    return Call(p, call.facts(), operands);
}

}  // namespace sporkle::runtime
