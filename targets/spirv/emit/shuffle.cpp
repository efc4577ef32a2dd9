// Shuffles: through the subgroup where it holds all members that shuffle with each other, else through shared
// memory. Both are in the module; the subgroup's size is a specialisation constant, and with it the choice
// and the size of the shared array. Values travel as 32-bit words.
#include <algorithm>

#include "targets/spirv/emit/kernel_writer.hpp"

namespace sporkle::spirv {
namespace {

int words_of_type(tile::Type type) { return type.lanes * (size_of(type.scalar) == 8 ? 2 : 1); }

/// Words of the largest value that a kernel shuffles.
int most_words(const tile::Kernel& kernel, const tile::Region& region) {
    int most = 0;
    for (const tile::Instruction& x : region.body) {
        if (x.op == tile::Op::shuffle) most = std::max(most, words_of_type(kernel.type_of(x.results[0])));
        for (const tile::Region& inner : x.regions) most = std::max(most, most_words(kernel, inner));
    }
    return most;
}

}  // namespace

std::vector<Id> KernelWriter::words_of(DType type, Id value) {
    const Id word = types().word();
    if (type == DType::boolean)
        return {code_.select(word, value, types().word(std::uint32_t{1}), types().word(std::uint32_t{0}))};
    if (type == DType::f32) return {code_.bitcast(word, value)};
    if (size_of(type) < 8) return {value};
    const Id both = code_.bitcast(types().vector(word, 2), value);
    return {code_.value(spv::Op::OpCompositeExtract, word, {both, 0}),
            code_.value(spv::Op::OpCompositeExtract, word, {both, 1})};
}

Id KernelWriter::from_words(DType type, std::span<const Id> words) {
    if (type == DType::boolean)
        return code_.value(spv::Op::OpINotEqual, types().boolean(),
                           {words[0], types().word(std::uint32_t{0})});
    const Id form = types().in_register(type);
    if (type == DType::f32) return code_.bitcast(form, words[0]);
    if (size_of(type) < 8) return words[0];
    return code_.bitcast(form, code_.value(spv::Op::OpCompositeConstruct, types().vector(types().word(), 2),
                                           {words[0], words[1]}));
}

std::vector<Id> KernelWriter::through_subgroup(std::span<const Id> words, Id source) {
    code_.module().require(spv::Capability::GroupNonUniform);
    code_.module().require(spv::Capability::GroupNonUniformShuffle);
    const Id word = types().word();
    // The subgroup holds whole groups that shuffle: its members' numbers begin at a multiple of its size.
    const Id highest = code_.value(spv::Op::OpISub, word, {inputs_.subgroup_size(), types().word(1)});
    const Id lane = code_.value(spv::Op::OpBitwiseAnd, word, {source, highest});
    const Id subgroup = types().word(static_cast<std::uint32_t>(spv::Scope::Subgroup));
    std::vector<Id> result;
    for (const Id value : words)
        result.push_back(code_.value(spv::Op::OpGroupNonUniformShuffle, word, {subgroup, value, lane}));
    return result;
}

Id KernelWriter::shuffle_array() {
    if (shuffle_array_ != 0) return shuffle_array_;
    // One word of all members after the other, so that neighbours lie in different banks.
    const auto words = static_cast<std::uint32_t>(most_words(kernel_, kernel_.body) * kernel_.members);
    const Id length = code_.module().declare(
        spv::Op::OpSpecConstantOp, types().word(),
        {static_cast<std::uint32_t>(spv::Op::OpSelect), inputs_.subgroup_holds(kernel_.shuffle_width),
         types().word(1), types().word(words)});
    const Id array = types().array(types().word(), length);
    shuffle_array_ = code_.module().declare_variable(types().pointer(spv::StorageClass::Workgroup, array),
                                                     spv::StorageClass::Workgroup);
    code_.module().name(shuffle_array_, "shuffled");
    return shuffle_array_;
}

std::vector<Id> KernelWriter::through_shared_memory(std::span<const Id> words, Id source) {
    const Id word = types().word();
    const Id pointer = types().pointer(spv::StorageClass::Workgroup, word);
    const auto place = [&](Id member, std::size_t n) {
        const Id row =
            types().word(static_cast<std::uint32_t>(n) * static_cast<std::uint32_t>(kernel_.members));
        return code_.value(spv::Op::OpAccessChain, pointer, {shuffle_array(), code_.add(word, member, row)});
    };
    const auto non_private = static_cast<std::uint32_t>(ordered_ ? spv::MemoryAccessMask::NonPrivatePointer
                                                                 : spv::MemoryAccessMask::MaskNone);
    const Id member = inputs_.member_id();
    for (std::size_t n = 0; n < words.size(); ++n)
        code_.effect(spv::Op::OpStore, {place(member, n), words[n], non_private});
    barrier(false);
    std::vector<Id> result;
    for (std::size_t n = 0; n < words.size(); ++n)
        result.push_back(code_.value(spv::Op::OpLoad, word, {place(source, n), non_private}));
    barrier(false);  // before the array is written again
    return result;
}

RegionWriter::Lanes KernelWriter::shuffle(const tile::Instruction& x) {
    const DType type = kernel_.type_of(x.results[0]).scalar;
    std::vector<Id> words;
    for (const Id lane : wide(x.operands[0])) {
        const std::vector<Id> more = words_of(type, lane);
        words.insert(words.end(), more.begin(), more.end());
    }
    const Id source = narrow(x.operands[1])[0];
    const std::vector<Id> forms(words.size(), types().word());
    const std::vector<Id> arrived = code_.choose(
        inputs_.subgroup_holds(kernel_.shuffle_width), forms, [&] { return through_subgroup(words, source); },
        [&] { return through_shared_memory(words, source); });
    Lanes lanes;
    const std::size_t step = size_of(type) == 8 ? 2 : 1;
    for (std::size_t n = 0; n < arrived.size(); n += step)
        lanes.push_back(from_words(type, std::span(arrived).subspan(n, step)));
    return lanes;
}

}  // namespace sporkle::spirv
