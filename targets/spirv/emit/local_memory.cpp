#include "targets/spirv/emit/local_memory.hpp"

#include <algorithm>
#include <bit>

#include "codegen/ir/rules.hpp"

namespace sporkle::spirv {
namespace {

/// What is found of the accesses to a buffer.
struct Accesses {
    bool has_vectors = false, has_elements = false;
};

/// The widest vectors, in lanes, that an access to the buffer could use.
int lanes_of_accesses(const tile::Kernel& kernel, const IndexForms& forms, const tile::Region& region,
                      int buffer, int lanes, Accesses* found) {
    for (const tile::Instruction& x : region.body) {
        for (const tile::Region& inner : x.regions)
            lanes = lanes_of_accesses(kernel, forms, inner, buffer, lanes, found);
        if (x.buffer == buffer && (x.op == tile::Op::matrix_load || x.op == tile::Op::matrix_store)) {
            const std::size_t stored = x.op == tile::Op::matrix_store ? 1 : 0;
            for (const std::size_t n : {stored, stored + 1})
                while (lanes > 1 && forms.known_factor(x.operands[n]) % lanes != 0) lanes /= 2;
        }
        if (x.buffer != buffer || (!tile::is_load(x.op) && !tile::is_store(x.op))) continue;
        const std::size_t stored = tile::is_store(x.op) ? 1 : 0;
        const tile::Type type = kernel.type_of(stored != 0 ? x.operands[0] : x.results[0]);
        const bool is_block = (x.op == tile::Op::load || x.op == tile::Op::store) && type.lanes > 1;
        if (!is_block || x.masked) found->has_elements = true;
        if (!is_block) continue;
        found->has_vectors = true;
        const std::int64_t known = std::max<std::int64_t>(forms.known_factor(x.operands[stored]),
                                                          x.alignment / size_of(type.scalar));
        while (lanes > 1 && (type.lanes % lanes != 0 || known % lanes != 0)) lanes /= 2;
    }
    return lanes;
}

}  // namespace

ArrayForm array_form_of(const tile::Kernel& kernel, const IndexForms& forms, int buffer) {
    const tile::Buffer& b = kernel.buffers[static_cast<std::size_t>(buffer)];
    if (b.space != tile::Space::shared) return {};
    Accesses found;
    const int lanes = lanes_of_accesses(kernel, forms, kernel.body, buffer, 16 / size_of(b.dtype), &found);
    if (!found.has_vectors) return {};
    const int size = size_of(b.dtype);
    if (size < 4 && lanes * size >= 4 && !found.has_elements && b.dtype != DType::boolean)
        return {lanes, 4 / size};
    return {std::min(lanes, 4), 1};
}

LocalMemory::LocalMemory(Code& code, PackedWords& words, const tile::Kernel& kernel, const IndexForms& forms,
                         int buffer, bool ordered)
    : code_(code), words_(words) {
    const tile::Buffer& b = kernel.buffers[static_cast<std::size_t>(buffer)];
    const bool is_shared = b.space == tile::Space::shared;
    type_ = b.dtype;
    storage_ = is_shared ? spv::StorageClass::Workgroup : spv::StorageClass::Function;
    ordered_ = ordered && is_shared;
    keeps_register_form_ = !is_shared;
    Types& types = code.types();
    form_ = array_form_of(kernel, forms, buffer);
    component_ = keeps_register_form_ ? types.in_register(type_)
                 : is_packed()        ? types.word()
                                      : types.in_memory(type_);
    const auto count = static_cast<std::uint32_t>(
        std::max<std::int64_t>(1, (b.size + form_.vector_lanes - 1) / form_.vector_lanes));
    if (is_shared && !is_packed()) {
        if (size_of(type_) == 1) code.module().require(spv::Capability::Int8);
        if (size_of(type_) == 2) code.module().require(spv::Capability::Int16);
    }
    const Id array = types.array(vector_type(), types.word(count));
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
    const Id pointer = types.pointer(storage_, component_);
    if (form_.vector_lanes == 1) return code_.value(spv::Op::OpAccessChain, pointer, {array_, element});
    const auto lanes = static_cast<std::uint32_t>(form_.vector_lanes);
    const Id vector = code_.value(spv::Op::OpShiftRightLogical, types.word(),
                                  {element, types.word(static_cast<std::uint32_t>(std::countr_zero(lanes)))});
    const Id component = code_.value(spv::Op::OpBitwiseAnd, types.word(), {element, types.word(lanes - 1)});
    return code_.value(spv::Op::OpAccessChain, pointer, {array_, vector, component});
}

Id LocalMemory::vector_place(Index first, int behind) {
    Types& types = code_.types();
    const Id pointer = types.pointer(storage_, vector_type());
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
    const Id stored = load_from(place_of(element), component_);
    return keeps_register_form_ ? stored : from_memory(code_, type_, stored);
}

void LocalMemory::store(Id element, Id value) { store_to(place_of(element), in_array(value)); }

std::vector<Id> LocalMemory::load_block(Index first, int lanes) {
    std::vector<Id> values;
    if (!moves_vectors(first, static_cast<std::size_t>(lanes))) {
        for (int lane = 0; lane < lanes; ++lane) values.push_back(load(plus(first.element, lane)));
        return values;
    }
    for (int lane = 0; lane < lanes; lane += form_.vector_lanes) {
        const Id loaded = load_from(vector_place(first, lane / form_.vector_lanes), vector_type());
        std::vector<Id> parts;
        for (int component = 0; component < components(); ++component)
            parts.push_back(components() == 1 ? loaded
                                              : code_.value(spv::Op::OpCompositeExtract, component_,
                                                            {loaded, static_cast<std::uint32_t>(component)}));
        if (is_packed())
            parts = words_.unpacked(parts, type_, form_.vector_lanes);
        else
            for (Id& part : parts) part = from_memory(code_, type_, part);
        values.insert(values.end(), parts.begin(), parts.end());
    }
    return values;
}

void LocalMemory::store_block(Index first, std::span<const Id> values) {
    if (!moves_vectors(first, values.size())) {
        for (std::size_t lane = 0; lane < values.size(); ++lane)
            store(plus(first.element, static_cast<int>(lane)), values[lane]);
        return;
    }
    const auto step = static_cast<std::size_t>(form_.vector_lanes);
    for (std::size_t lane = 0; lane < values.size(); lane += step) {
        std::vector<Id> parts;
        if (is_packed())
            parts = words_.packed(values.subspan(lane, step), type_);
        else
            for (const Id value : values.subspan(lane, step)) parts.push_back(in_array(value));
        const Id stored = parts.size() == 1 ? parts[0]
                                            : code_.value(spv::Op::OpCompositeConstruct, vector_type(),
                                                          std::span<const Id>(parts));
        store_to(vector_place(first, static_cast<int>(lane / step)), stored);
    }
}

}  // namespace sporkle::spirv
