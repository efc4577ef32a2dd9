#include "targets/spirv/emit/local_memory.hpp"

#include <algorithm>
#include <bit>

#include "codegen/ir/rules.hpp"

namespace sporkle::spirv {
namespace {

/// The widest vectors, in lanes, that an access to the buffer could use.
int lanes_of_accesses(const tile::Kernel& kernel, const IndexForms& forms, const tile::Region& region,
                      int buffer, int lanes, bool* has_vectors) {
    for (const tile::Instruction& x : region.body) {
        for (const tile::Region& inner : x.regions)
            lanes = lanes_of_accesses(kernel, forms, inner, buffer, lanes, has_vectors);
        if (x.buffer == buffer && (x.op == tile::Op::matrix_load || x.op == tile::Op::matrix_store)) {
            const std::size_t stored = x.op == tile::Op::matrix_store ? 1 : 0;
            for (const std::size_t n : {stored, stored + 1})
                while (lanes > 1 && forms.known_factor(x.operands[n]) % lanes != 0) lanes /= 2;
        }
        if (x.buffer != buffer || (x.op != tile::Op::load && x.op != tile::Op::store)) continue;
        const std::size_t stored = x.op == tile::Op::store ? 1 : 0;
        const tile::Type type = kernel.type_of(stored != 0 ? x.operands[0] : x.results[0]);
        if (type.lanes == 1) continue;
        *has_vectors = true;
        const std::int64_t known = std::max<std::int64_t>(forms.known_factor(x.operands[stored]),
                                                          x.alignment / size_of(type.scalar));
        while (lanes > 1 && (type.lanes % lanes != 0 || known % lanes != 0)) lanes /= 2;
    }
    return lanes;
}

}  // namespace

int vector_lanes_of(const tile::Kernel& kernel, const IndexForms& forms, int buffer) {
    const tile::Buffer& b = kernel.buffers[static_cast<std::size_t>(buffer)];
    if (b.space != tile::Space::shared) return 1;
    bool has_vectors = false;
    const int widest = size_of(b.dtype) == 8 ? 2 : 4;
    const int lanes = lanes_of_accesses(kernel, forms, kernel.body, buffer, widest, &has_vectors);
    return has_vectors ? lanes : 1;
}

LocalMemory::LocalMemory(Code& code, const tile::Kernel& kernel, const IndexForms& forms, int buffer,
                         bool ordered)
    : code_(code) {
    const tile::Buffer& b = kernel.buffers[static_cast<std::size_t>(buffer)];
    const bool is_shared = b.space == tile::Space::shared;
    type_ = b.dtype;
    storage_ = is_shared ? spv::StorageClass::Workgroup : spv::StorageClass::Function;
    ordered_ = ordered && is_shared;
    keeps_register_form_ = !is_shared;
    Types& types = code.types();
    if (is_shared && size_of(type_) == 1) code.module().require(spv::Capability::Int8);
    if (is_shared && size_of(type_) == 2) code.module().require(spv::Capability::Int16);
    element_ = keeps_register_form_ ? types.in_register(type_) : types.in_memory(type_);
    vector_lanes_ = vector_lanes_of(kernel, forms, buffer);
    const auto count =
        static_cast<std::uint32_t>(std::max<std::int64_t>(1, (b.size + vector_lanes_ - 1) / vector_lanes_));
    const Id array = types.array(types.vector(element_, vector_lanes_), types.word(count));
    const Id pointer = types.pointer(storage_, array);
    array_ = is_shared ? code.module().declare_variable(pointer, storage_) : code.variable(pointer);
    code.module().name(array_, b.name);
}

Id LocalMemory::plus(Id index, int constant) {
    if (constant == 0) return index;
    Types& types = code_.types();
    return code_.add(types.word(), index, types.word(static_cast<std::uint32_t>(constant)));
}

/// A pointer to one element.
Id LocalMemory::place_of(Id element) {
    Types& types = code_.types();
    const Id pointer = types.pointer(storage_, element_);
    if (vector_lanes_ == 1) return code_.value(spv::Op::OpAccessChain, pointer, {array_, element});
    const auto lanes = static_cast<std::uint32_t>(vector_lanes_);
    const Id vector = code_.value(spv::Op::OpShiftRightLogical, types.word(),
                                  {element, types.word(static_cast<std::uint32_t>(std::countr_zero(lanes)))});
    const Id component = code_.value(spv::Op::OpBitwiseAnd, types.word(), {element, types.word(lanes - 1)});
    return code_.value(spv::Op::OpAccessChain, pointer, {array_, vector, component});
}

Id LocalMemory::vector_place(Index first, int behind) {
    Types& types = code_.types();
    const Id pointer = types.pointer(storage_, types.vector(element_, vector_lanes_));
    return code_.value(spv::Op::OpAccessChain, pointer, {array_, plus(first.vector, behind)});
}

Id LocalMemory::load_from(Id place, Id pointee) {
    if (!ordered_) return code_.value(spv::Op::OpLoad, pointee, {place});
    return code_.value(spv::Op::OpLoad, pointee,
                       {place, static_cast<std::uint32_t>(spv::MemoryAccessMask::NonPrivatePointer)});
}

void LocalMemory::store_to(Id place, Id value) {
    if (!ordered_) return code_.effect(spv::Op::OpStore, {place, value});
    code_.effect(spv::Op::OpStore,
                 {place, value, static_cast<std::uint32_t>(spv::MemoryAccessMask::NonPrivatePointer)});
}

Id LocalMemory::in_array(Id value) const {
    return keeps_register_form_ ? value : to_memory(code_, type_, value);
}

Id LocalMemory::load(Id element) {
    const Id stored = load_from(place_of(element), element_);
    return keeps_register_form_ ? stored : from_memory(code_, type_, stored);
}

void LocalMemory::store(Id element, Id value) { store_to(place_of(element), in_array(value)); }

std::vector<Id> LocalMemory::load_block(Index first, int lanes) {
    std::vector<Id> values;
    if (!moves_vectors(first, static_cast<std::size_t>(lanes))) {
        for (int lane = 0; lane < lanes; ++lane) values.push_back(load(plus(first.element, lane)));
        return values;
    }
    const Id form = code_.types().vector(element_, vector_lanes_);
    for (int lane = 0; lane < lanes; lane += vector_lanes_) {
        const Id loaded = load_from(vector_place(first, lane / vector_lanes_), form);
        for (int component = 0; component < vector_lanes_; ++component)
            values.push_back(from_memory(code_, type_,
                                         code_.value(spv::Op::OpCompositeExtract, element_,
                                                     {loaded, static_cast<std::uint32_t>(component)})));
    }
    return values;
}

void LocalMemory::store_block(Index first, std::span<const Id> values) {
    if (!moves_vectors(first, values.size())) {
        for (std::size_t lane = 0; lane < values.size(); ++lane)
            store(plus(first.element, static_cast<int>(lane)), values[lane]);
        return;
    }
    const Id form = code_.types().vector(element_, vector_lanes_);
    const auto step = static_cast<std::size_t>(vector_lanes_);
    for (std::size_t lane = 0; lane < values.size(); lane += step) {
        std::vector<Id> parts;
        for (std::size_t component = 0; component < step; ++component)
            parts.push_back(in_array(values[lane + component]));
        const Id stored = code_.value(spv::Op::OpCompositeConstruct, form, std::span<const Id>(parts));
        store_to(vector_place(first, static_cast<int>(lane / step)), stored);
    }
}

}  // namespace sporkle::spirv
