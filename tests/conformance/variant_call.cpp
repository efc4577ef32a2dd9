#include "tests/conformance/variant_call.hpp"

#include <sporkle/narrow.hpp>

#include "codegen/lower/row_places.hpp"

namespace sporkle::testing {
namespace {

constexpr std::int64_t alignment = 64;

std::uint64_t word_of(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

}  // namespace

VariantCall::VariantCall(const Program& program, const codegen::Variant& variant, Call& call)
    : program_(program),
      variant_(variant),
      call_(call),
      block_(program),
      extents_(resolve_extents(program, call.arguments())) {
    words_.assign(static_cast<std::size_t>(block_.scratch(static_cast<int>(variant.scratch.size()))), 0);
    const auto set = [&](int word, std::uint64_t value) { words_[static_cast<std::size_t>(word)] = value; };
    for (int t = 0; t < program.tensor_count; ++t) {
        if (program.tensors[t].role == Role::temporary) continue;
        const CallTensor& tensor = call.tensors[static_cast<std::size_t>(t)];
        set(block_.address(t), word_of(tensor.data()));
        for (int d = 0; d < program.tensors[t].rank; ++d) {
            set(block_.stride(t, d), static_cast<std::uint64_t>(tensor.strides[d]));
            set(block_.extent(program, t, d), static_cast<std::uint64_t>(tensor.extents[d]));
        }
    }
    for (int i = 0; i < program.index_count; ++i)
        set(block_.index(i), static_cast<std::uint64_t>(extents_.index[i]));
    for (int s = 0; s < program.scalar_count; ++s)
        set(block_.scalar(s), call.scalars[static_cast<std::size_t>(s)]);
    for (std::size_t n = 0; n < variant.scratch.size(); ++n) {
        const std::int64_t bytes =
            (evaluate(variant.scratch[n].bytes) + alignment - 1) / alignment * alignment;
        const bool per_task = variant.scratch[n].per_task;
        shared_bytes_.push_back(per_task ? 0 : bytes);
        if (!per_task) continue;
        set(block_.scratch(static_cast<int>(n)), static_cast<std::uint64_t>(task_bytes_));
        task_bytes_ += bytes;
    }
}

void VariantCall::place_tensor(int tensor, std::uint64_t address) {
    words_[static_cast<std::size_t>(block_.address(tensor))] = address;
}

void VariantCall::place_scratch(int number, std::uint64_t address) {
    words_[static_cast<std::size_t>(block_.scratch(number))] = address;
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

runtime::Grid VariantCall::grid(std::size_t dispatch) const {
    runtime::Grid grid;
    for (int g = 0; g < 3; ++g) {
        grid.size[g] = evaluate(variant_.dispatches[dispatch].grid[g]);
        grid.tasks *= grid.size[g];
    }
    return grid;
}

int VariantCall::tensor_at(int word) const {
    for (int t = 0; t < program_.tensor_count; ++t)
        if (block_.base[t] >= 0 && block_.address(t) == word) return t;
    return -1;
}

int VariantCall::scratch_at(int word) const {
    const int number = word - block_.scratch(0);
    return number >= 0 && number < static_cast<int>(variant_.scratch.size()) ? number : -1;
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
                if (words_[static_cast<std::size_t>(block_.address(condition.tensor))] %
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
            case Condition::numbers_fit_32:
                if (!numbers_fit_32(program_, extents_, [&](int tensor, int dim) {
                        return call_.tensors[static_cast<std::size_t>(tensor)].strides[dim];
                    }))
                    return false;
                break;
            case Condition::extent_at_least: {
                // Beyond 1 a matter of speed, not of correctness: tests run the variant all the same. But
                // rows of more than a piece are read in whole pieces.
                const bool relies =
                    condition.value == 1 || variant_.schedule.register_elements > codegen::row_piece;
                if (relies && extents_.index[condition.index] < condition.value) return false;
                break;
            }
        }
    }
    return true;
}

}  // namespace sporkle::testing
