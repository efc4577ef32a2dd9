#include "codegen/text/variant_text.hpp"

#include <sporkle/parameter_block.hpp>

#include "codegen/text/formula_text.hpp"

namespace sporkle::codegen {
namespace {

std::string parameter_words(const Program& program, const Variant& variant) {
    const ParameterBlock block(program);
    const int words = block.scratch(static_cast<int>(variant.scratch.size()));
    std::string text = "  parameter words:";
    for (int word = 0; word < words; ++word)
        text += (word > 0 ? ", " : " ") + std::to_string(word) + " " + word_name(program, word);
    return text + "\n";
}

}  // namespace

std::string word_name(const Program& p, int word) {
    const ParameterBlock block(p);
    const auto of = [](const Name& name) { return std::string(name.view()); };
    if (word >= block.first_scratch) return "scratch[" + std::to_string(word - block.first_scratch) + "]";
    if (word >= block.first_scalar) return of(p.scalars[word - block.first_scalar].name);
    if (word >= block.first_index) return of(p.indices[word - block.first_index].name);
    for (int t = p.tensor_count - 1; t >= 0; --t) {
        if (block.address(t) < 0 || block.address(t) > word) continue;
        const Tensor& tensor = p.tensors[t];
        const int place = word - block.address(t) - 1;
        if (place < 0) return of(tensor.name);
        if (place < tensor.rank) return of(tensor.name) + ".stride[" + std::to_string(place) + "]";
        return of(tensor.name) + ".extent[" + std::to_string(place - tensor.rank) + "]";
    }
    return "word[" + std::to_string(word) + "]";
}

std::string to_text(const Precondition& c, const Program& program) {
    const std::string tensor(program.tensors[c.tensor].name.view());
    const std::string index(program.indices[c.index].name.view());
    const std::string value = std::to_string(c.value);
    switch (c.condition) {
        case Condition::stride_is:
            return "stride of " + tensor + "[" + std::to_string(c.dim) + "] is " + value;
        case Condition::dense:
            return tensor + " is dense";
        case Condition::aligned:
            return tensor + " is aligned to " + value + " bytes";
        case Condition::extent_multiple:
            return "extent of " + index + " is a multiple of " + value;
        case Condition::extent_at_most:
            return "extent of " + index + " is at most " + value;
        case Condition::extent_at_least:
            return "extent of " + index + " is at least " + value;
        case Condition::stride_multiple:
            return "stride of " + tensor + "[" + std::to_string(c.dim) + "] is a multiple of " + value;
        case Condition::numbers_fit_32:
            return "numbers fit 32 bits";
    }
    return "unknown condition";
}

std::string to_text(const Variant& v, const Program& program, bool kernels) {
    const WordName names = [&](int word) { return word_name(program, word); };
    std::string text = "variant " + v.schedule.name + " for " + v.machine.target + " " +
                       v.machine.architecture +
                       (v.numerics == Numerics::fast ? " (fast)\n" : " (reproducible)\n");
    text += "  schedule: " + to_text(v.schedule) + "\n";
    for (const Precondition& c : v.preconditions) text += "  requires: " + to_text(c, program) + "\n";
    for (std::size_t n = 0; n < v.scratch.size(); ++n)
        text += "  scratch[" + std::to_string(n) + "] " + v.scratch[n].name + ": " +
                to_text(v.scratch[n].bytes, names) +
                (v.scratch[n].per_task ? " bytes per task\n" : " bytes\n");
    text += parameter_words(program, v);
    for (const Dispatch& d : v.dispatches) {
        text += "  dispatch " + d.kernel.name + ", grid " + to_text(d.grid[0], names) + " x " +
                to_text(d.grid[1], names) + " x " + to_text(d.grid[2], names) + "\n";
        if (kernels) text += tile::print(d.kernel);
    }
    return text;
}

}  // namespace sporkle::codegen
