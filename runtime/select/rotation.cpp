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

Operand operand_of(const Call& call, int tensor) {
    const Tensor& facts = call.program().tensors[tensor];
    Operand operand;
    operand.dtype = facts.dtype;
    operand.rank = facts.rank;
    std::copy_n(call.tensor(tensor).extents, max_rank, operand.extents);
    std::copy_n(call.tensor(tensor).strides, max_rank, operand.strides);
    return operand;
}

}  // namespace

Rotation::Rotation(const Call& call, std::int64_t cache_bytes, SpareKeeper& spares) : spares_(spares) {
    std::uint64_t bytes = 1;
    for (int t = 0; t < call.program().tensor_count; ++t) {
        if (call.program().tensors[t].role == Role::temporary) continue;
        const AddressRange range = range_of(call, t);
        bytes += range.end - range.lowest;
    }
    const auto wanted = static_cast<std::uint64_t>(cache_bytes > 0 ? cache_bytes : usual_cache) * 3 / 2;
    const std::uint64_t copies =
        std::min({wanted / bytes + 1, most_bytes / bytes, std::uint64_t(most_copies)});
    for (std::uint64_t n = 0; n < std::max<std::uint64_t>(copies, 1); ++n) {
        try {
            calls_.push_back(copy(call));
        } catch (const Error& error) {
            if (error.code() != ErrorCode::out_of_memory || calls_.empty()) throw;
            return;
        }
    }
}

Call Rotation::copy(const Call& call) {
    const Program& p = call.program();
    std::vector<Operand> operands(p.argument_count);
    for (int a = 0; a < p.argument_count; ++a) {
        Operand& operand = operands[static_cast<std::size_t>(a)];
        const int number = p.arguments[a].number;
        if (p.arguments[a].is_scalar) {
            operand.is_scalar = true;
            operand.dtype = p.scalars[number].dtype;
            operand.bits = call.arguments()[static_cast<std::size_t>(a)].scalar;
        } else {
            operand = call.storage(number) == nullptr ? copy_in_process(call, number)
                                                      : copy_on_device(call, number);
        }
    }
    return Call(p, call.facts(), operands);
}

Operand Rotation::copy_in_process(const Call& call, int number) {
    const Tensor& facts = call.program().tensors[number];
    Operand operand = operand_of(call, number);
    const AddressRange range = range_of(call, number);
    const std::size_t shift = range.lowest % AlignedBytes::alignment;
    AlignedBytes& memory = memory_.emplace_back(static_cast<std::size_t>(range.end - range.lowest) + shift);
    std::memset(memory.data(), 0, memory.size());
    const TensorView& from = call.tensor(number);
    TensorView to = from;
    to.data = memory.data() + shift + (reinterpret_cast<std::uintptr_t>(from.data) - range.lowest);
    if (range.lowest == range.end) to.data = memory.data();
    if (facts.role == Role::input) copy_elements(from, to, facts.rank, size_of(facts.dtype));
    operand.data = to.data;
    return operand;
}

Operand Rotation::copy_on_device(const Call& call, int number) {
    const DeviceStorage& from = *call.storage(number);
    Operand operand = operand_of(call, number);
    const AddressRange range = range_of(call, number);
    const std::uint64_t shift = range.lowest % device_alignment;
    const auto bytes = static_cast<std::size_t>(range.end - range.lowest);
    DeviceMemory& device_memory = from.memory();
    const DeviceStorage& to =
        storages_.emplace_back(nullptr, from.device(), with_spares_released(spares_, from.device(), [&] {
                                   return device_memory.allocate(bytes + static_cast<std::size_t>(shift));
                               }));
    const std::uint64_t origin = to.buffer()->address() + shift;
    if (bytes > 0)
        device_memory.copy(*from.buffer(), from.offset(range.lowest), *to.buffer(),
                           static_cast<std::size_t>(shift), bytes);
    operand.storage = &to;
    operand.data = reinterpret_cast<void*>(static_cast<std::uintptr_t>(
        origin + (reinterpret_cast<std::uintptr_t>(call.tensor(number).data) - range.lowest)));
    if (bytes == 0) operand.data = to.address();
    return operand;
}

}  // namespace sporkle::runtime
