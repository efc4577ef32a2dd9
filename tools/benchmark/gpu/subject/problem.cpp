#include "tools/benchmark/gpu/subject/problem.hpp"

#include <cstring>

namespace sporkle::bench {

std::byte* Problem::add_tensor(DType dtype, const std::vector<std::int64_t>& extents) {
    Argument argument;
    Operand& operand = argument.operand;
    operand.dtype = dtype;
    operand.rank = static_cast<std::uint8_t>(extents.size());
    std::int64_t elements = 1;
    for (std::size_t d = extents.size(); d-- > 0; elements *= extents[d]) {
        operand.extents[d] = extents[d];
        operand.strides[d] = elements;
    }
    // AlignedBytes keeps the size it was asked for.
    argument.bytes =
        runtime::AlignedBytes(static_cast<std::size_t>(elements) * static_cast<std::size_t>(size_of(dtype)));
    operand.data = argument.bytes.data();
    operands_.push_back(std::move(argument));
    return operands_.back().bytes.data();
}

void Problem::number(float value) {
    Argument argument;
    argument.operand.is_scalar = true;
    std::memcpy(&argument.operand.bits, &value, sizeof value);
    operands_.push_back(std::move(argument));
}

std::vector<Operand> Problem::operands() const {
    std::vector<Operand> all;
    for (const Argument& argument : operands_) all.push_back(argument.operand);
    return all;
}

std::span<std::byte> Problem::output() const {
    const runtime::AlignedBytes& bytes = operands_.back().bytes;
    return {bytes.data(), bytes.size()};
}

}  // namespace sporkle::bench
