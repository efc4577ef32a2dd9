#include "tests/conformance/variant_call.hpp"

#include <cstring>
#include <memory>

#include <sporkle/parameter_block.hpp>

namespace sporkle::testing {
namespace {

constexpr std::size_t alignment = 64;

std::byte* aligned(std::vector<std::byte>& bytes) {
    void* start = bytes.data();
    std::size_t room = bytes.size();
    return static_cast<std::byte*>(std::align(alignment, 1, start, room));
}

std::uint64_t word_of(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

}  // namespace

VariantCall::VariantCall(const Program& program, const codegen::Variant& variant, Call& call)
    : program_(program),
      variant_(variant),
      call_(call),
      extents_(resolve_extents(program, call.arguments())) {
    const ParameterBlock block(program);
    words_.assign(static_cast<std::size_t>(block.scratch(static_cast<int>(variant.scratch.size()))), 0);
    const auto set = [&](int word, std::uint64_t value) { words_[static_cast<std::size_t>(word)] = value; };
    for (int t = 0; t < program.tensor_count; ++t) {
        if (program.tensors[t].role == Role::temporary) continue;
        CallTensor& tensor = call.tensors[static_cast<std::size_t>(t)];
        set(block.address(t), word_of(tensor.data()));
        for (int d = 0; d < program.tensors[t].rank; ++d) {
            set(block.stride(t, d), static_cast<std::uint64_t>(tensor.strides[d]));
            set(block.extent(program, t, d), static_cast<std::uint64_t>(tensor.extents[d]));
        }
    }
    for (int i = 0; i < program.index_count; ++i)
        set(block.index(i), static_cast<std::uint64_t>(extents_.index[i]));
    for (int s = 0; s < program.scalar_count; ++s)
        set(block.scalar(s), call.scalars[static_cast<std::size_t>(s)]);
    shared_.resize(variant.scratch.size());
    for (std::size_t n = 0; n < variant.scratch.size(); ++n) {
        const std::int64_t bytes = (evaluate(variant.scratch[n].bytes) + 63) / 64 * 64;
        if (variant.scratch[n].per_task) {
            set(block.scratch(static_cast<int>(n)), static_cast<std::uint64_t>(task_bytes_));
            task_bytes_ += bytes;
        } else {
            shared_[n].resize(static_cast<std::size_t>(bytes) + alignment);
            set(block.scratch(static_cast<int>(n)), word_of(aligned(shared_[n])));
        }
    }
}

void VariantCall::relocate(int tensor, std::byte* address) {
    words_[static_cast<std::size_t>(ParameterBlock(program_).address(tensor))] = word_of(address);
}

std::int64_t VariantCall::evaluate(const codegen::Formula& formula) const {
    std::int64_t sum = 0;
    for (const auto& term : formula.terms) {
        std::int64_t product = term.coefficient;
        for (const auto& factor : term.factors) {
            std::int64_t value = 1;
            for (const int word : factor.words)
                value *= static_cast<std::int64_t>(words_[static_cast<std::size_t>(word)]);
            product *= (value + factor.divisor - 1) / factor.divisor;
        }
        sum += product;
    }
    return sum;
}

std::vector<std::int64_t> VariantCall::grid(const codegen::Dispatch& dispatch) const {
    return {evaluate(dispatch.grid[0]), evaluate(dispatch.grid[1]), evaluate(dispatch.grid[2])};
}

bool VariantCall::fits() const {
    using codegen::Condition;
    for (const auto& condition : variant_.preconditions) {
        const CallTensor& t = call_.tensors[condition.tensor];
        switch (condition.condition) {
            case Condition::stride_is:
                if (t.extents[condition.dim] > 1 && t.strides[condition.dim] != condition.value) return false;
                break;
            case Condition::dense: {
                std::int64_t expected = 1;
                for (int d = t.rank; d-- > 0;) {
                    if (t.extents[d] > 1 && t.strides[d] != expected) return false;
                    expected *= t.extents[d];
                }
                break;
            }
            case Condition::aligned:
                if (words_[static_cast<std::size_t>(ParameterBlock(program_).address(condition.tensor))] %
                        static_cast<std::uint64_t>(condition.value) !=
                    0)
                    return false;
                break;
            case Condition::extent_multiple:
                if (extents_.index[condition.index] % condition.value != 0) return false;
                break;
            case Condition::extent_at_most:
                if (extents_.index[condition.index] > condition.value) return false;
                break;
            case Condition::stride_multiple:
                if (t.extents[condition.dim] > 1 && t.strides[condition.dim] % condition.value != 0)
                    return false;
                break;
            case Condition::extent_at_least:
                // A matter of speed, not of correctness: tests run the variant all the same.
                break;
        }
    }
    return true;
}

std::string VariantCall::interpret() {
    for (const codegen::Dispatch& dispatch : variant_.dispatches) {
        const tile::Kernel& kernel = dispatch.kernel;
        std::vector<tile::Memory> memory(kernel.buffers.size());
        for (std::size_t n = 0; n < kernel.buffers.size(); ++n) {
            const tile::Buffer& buffer = kernel.buffers[n];
            if (buffer.space != tile::Space::global) continue;
            for (std::size_t s = 0; s < shared_.size(); ++s)
                if (!shared_[s].empty() &&
                    word_of(aligned(shared_[s])) == words_[static_cast<std::size_t>(buffer.word)])
                    memory[n] = {
                        aligned(shared_[s]), 0,
                        static_cast<std::int64_t>(shared_[s].size() - alignment) / size_of(buffer.dtype) - 1};
            const ParameterBlock block(program_);
            for (int t = 0; t < program_.tensor_count; ++t) {
                if (block.base[t] < 0 || block.address(t) != buffer.word) continue;
                CallTensor& tensor = call_.tensors[static_cast<std::size_t>(t)];
                memory[n] = {tensor.data(), tensor.lowest, tensor.highest};
            }
        }
        tile::Execution execution;
        execution.parameters = words_;
        execution.buffers = memory;
        execution.task_bytes = task_bytes_;
        const auto g = grid(dispatch);
        execution.grid = {g[0], g[1], g[2]};
        if (std::string fault = tile::interpret(kernel, execution); !fault.empty())
            return kernel.name + ": " + fault;
    }
    return {};
}

void VariantCall::execute(const std::vector<bundle::EntryPoint>& entries) {
    std::vector<std::byte> arena(static_cast<std::size_t>(task_bytes_) + alignment);
    for (std::size_t n = 0; n < variant_.dispatches.size(); ++n) {
        const auto g = grid(variant_.dispatches[n]);
        const std::int64_t tasks = g[0] * g[1] * g[2];
        const std::int64_t middle = tasks / 2;
        if (middle > 0) entries[n](words_.data(), aligned(arena), 0, middle, g.data());
        if (tasks > middle) entries[n](words_.data(), aligned(arena), middle, tasks, g.data());
    }
}

}  // namespace sporkle::testing
