#include "targets/spirv/emit/global_memory.hpp"

#include <algorithm>
#include <bit>

namespace sporkle::spirv {
namespace {

constexpr int widest_bytes = 16;  ///< of one instruction

/// What is known of the alignment `bytes` behind an aligned address.
int alignment_behind(int alignment, int bytes) {
    return bytes == 0 ? alignment : std::min(alignment, bytes & -bytes);
}

}  // namespace

Id GlobalMemory::address(Id base, Id element, DType type) {
    Types& types = code_.types();
    const Id form = types.integer(64);
    const int shift = std::countr_zero(static_cast<unsigned>(size_of(type)));
    const Id bytes = shift == 0 ? element
                                : code_.value(spv::Op::OpShiftLeftLogical, form,
                                              {element, types.word(static_cast<std::uint32_t>(shift))});
    return code_.add(form, base, bytes);
}

Id GlobalMemory::offset(Id address, std::int64_t bytes) {
    if (bytes == 0) return address;
    return code_.add(code_.types().integer(64), address,
                     code_.types().long_word(static_cast<std::uint64_t>(bytes)));
}

Id GlobalMemory::pointer_to(Id address, Id pointee) {
    return code_.value(spv::Op::OpConvertUToPtr,
                       code_.types().pointer(spv::StorageClass::PhysicalStorageBuffer, pointee), {address});
}

std::uint32_t GlobalMemory::memory_operands(bool nontemporal) const {
    auto operands = spv::MemoryAccessMask::Aligned;
    if (nontemporal) operands = operands | spv::MemoryAccessMask::Nontemporal;
    if (ordered_) operands = operands | spv::MemoryAccessMask::NonPrivatePointer;
    return static_cast<std::uint32_t>(operands);
}

Id GlobalMemory::load_typed(Id address, Id pointee, int alignment, bool nontemporal) {
    return code_.value(
        spv::Op::OpLoad, pointee,
        {pointer_to(address, pointee), memory_operands(nontemporal), static_cast<std::uint32_t>(alignment)});
}

void GlobalMemory::store_typed(Id address, Id pointee, Id value, int alignment, bool nontemporal) {
    code_.effect(spv::Op::OpStore, {pointer_to(address, pointee), value, memory_operands(nontemporal),
                                    static_cast<std::uint32_t>(alignment)});
}

void GlobalMemory::require_storage(DType type) {
    if (size_of(type) == 1) code_.module().require(spv::Capability::StorageBuffer8BitAccess);
    if (size_of(type) == 2) code_.module().require(spv::Capability::StorageBuffer16BitAccess);
}

Id GlobalMemory::load(Id address, DType type) {
    require_storage(type);
    return from_memory(code_, type, load_typed(address, code_.types().in_memory(type), size_of(type), false));
}

void GlobalMemory::store(Id address, DType type, Id value) {
    require_storage(type);
    store_typed(address, code_.types().in_memory(type), to_memory(code_, type, value), size_of(type), false);
}

Id GlobalMemory::load_word(Id address) { return load(address, DType::i64); }

std::vector<GlobalMemory::Piece> GlobalMemory::pieces(int alignment, DType type, int lanes) const {
    const int size = size_of(type);
    std::vector<Piece> list;
    for (int lane = 0; lane < lanes;) {
        const int known = std::min(alignment_behind(alignment, lane * size), widest_bytes);
        int bytes = widest_bytes;
        while (bytes > size && (bytes > known || bytes > (lanes - lane) * size)) bytes /= 2;
        // No access is wider than the alignment; elements of less than 32 bits go in whole words or one by
        // one.
        if (size < 4 && bytes < 4) bytes = size;
        list.push_back({lane, bytes / size, size < 4 && bytes >= 4 ? bytes / 4 : 0});
        lane += list.back().count;
    }
    return list;
}

std::vector<Id> GlobalMemory::load_block(const Block& block, DType type, int lanes) {
    Types& types = code_.types();
    const int size = size_of(type);
    const int alignment = std::max(block.alignment, size);
    std::vector<Id> values;
    for (const Piece& piece : pieces(alignment, type, lanes)) {
        const Id address = offset(block.first, std::int64_t{piece.first} * size);
        const Id element = piece.words != 0 ? types.word() : types.in_memory(type);
        const int count = piece.words != 0 ? piece.words : piece.count;
        if (piece.words == 0) require_storage(type);
        const Id loaded = load_typed(address, types.vector(element, count),
                                     alignment_behind(alignment, piece.first * size), block.nontemporal);
        std::vector<Id> parts;
        for (int n = 0; n < count; ++n)
            parts.push_back(count == 1 ? loaded
                                       : code_.value(spv::Op::OpCompositeExtract, element,
                                                     {loaded, static_cast<std::uint32_t>(n)}));
        if (piece.words != 0)
            parts = words_.unpacked(parts, type, piece.count);
        else
            for (Id& part : parts) part = from_memory(code_, type, part);
        values.insert(values.end(), parts.begin(), parts.end());
    }
    return values;
}

void GlobalMemory::store_block(const Block& block, DType type, std::span<const Id> values) {
    Types& types = code_.types();
    const int size = size_of(type);
    const int alignment = std::max(block.alignment, size);
    for (const Piece& piece : pieces(alignment, type, static_cast<int>(values.size()))) {
        const auto lanes =
            values.subspan(static_cast<std::size_t>(piece.first), static_cast<std::size_t>(piece.count));
        std::vector<Id> parts;
        if (piece.words != 0) {
            parts = words_.packed(lanes, type);
        } else {
            require_storage(type);
            for (const Id value : lanes) parts.push_back(to_memory(code_, type, value));
        }
        const Id element = piece.words != 0 ? types.word() : types.in_memory(type);
        const Id pointee = types.vector(element, static_cast<int>(parts.size()));
        const Id stored = parts.size() == 1 ? parts[0]
                                            : code_.value(spv::Op::OpCompositeConstruct, pointee,
                                                          std::span<const Id>(parts));
        store_typed(offset(block.first, std::int64_t{piece.first} * size), pointee, stored,
                    alignment_behind(alignment, piece.first * size), block.nontemporal);
    }
}

}  // namespace sporkle::spirv
