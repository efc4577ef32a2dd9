#include "targets/spirv/emit/packed_words.hpp"

#include <algorithm>

namespace sporkle::spirv {

std::vector<Id> PackedWords::unpacked(std::span<const Id> words, DType type, int count) {
    Types& types = code_.types();
    const int bits = 8 * size_of(type), in_word = 32 / bits;
    const bool extends_sign = is_integer(type) && is_signed(type);
    std::vector<Id> values;
    for (int n = 0; n < count; ++n) {
        const Id word = words[static_cast<std::size_t>(n / in_word)];
        const int place = n % in_word;
        const Id element = code_.value(
            extends_sign ? spv::Op::OpBitFieldSExtract : spv::Op::OpBitFieldUExtract, types.word(),
            {word, types.word(static_cast<std::uint32_t>(place * bits)),
             types.word(static_cast<std::uint32_t>(bits))});
        values.push_back(type == DType::boolean ? code_.value(spv::Op::OpINotEqual, types.boolean(),
                                                              {element, types.word(std::uint32_t{0})})
                                                : element);
        if (type != DType::boolean) origins_[element] = {word, static_cast<std::size_t>(place)};
    }
    return values;
}

Id PackedWords::whole_word(std::span<const Id> values, std::size_t in_word) const {
    if (values.size() < in_word) return 0;
    const auto first = origins_.find(values[0]);
    if (first == origins_.end()) return 0;
    for (std::size_t place = 0; place < in_word; ++place) {
        const auto found = origins_.find(values[place]);
        if (found == origins_.end() || found->second.word != first->second.word ||
            found->second.place != place)
            return 0;
    }
    return first->second.word;
}

std::vector<Id> PackedWords::packed(std::span<const Id> values, DType type) {
    Types& types = code_.types();
    const std::size_t bits = static_cast<std::size_t>(8 * size_of(type)), in_word = 32 / bits;
    std::vector<Id> words;
    for (std::size_t n = 0; n < values.size(); ++n) {
        const std::size_t place = n % in_word;
        if (place == 0)
            if (const Id whole = whole_word(values.subspan(n, std::min(in_word, values.size() - n)), in_word);
                whole != 0) {
                words.push_back(whole);
                n += in_word - 1;
                continue;
            }
        const Id value = type == DType::boolean
                             ? code_.select(types.word(), values[n], types.word(std::uint32_t{1}),
                                            types.word(std::uint32_t{0}))
                             : values[n];
        if (place == 0)
            words.push_back(value);
        else
            words.back() =
                code_.value(spv::Op::OpBitFieldInsert, types.word(),
                            {words.back(), value, types.word(static_cast<std::uint32_t>(place * bits)),
                             types.word(static_cast<std::uint32_t>(bits))});
    }
    return words;
}

}  // namespace sporkle::spirv
