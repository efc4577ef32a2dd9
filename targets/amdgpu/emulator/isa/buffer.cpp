// MUBUF: memory through a buffer descriptor (V#), and cache control.
//
// Descriptor: base [47:0], stride [61:48], number of records [95:64]; swizzle enable is bit 63 up to gfx10
// and bits [63:62] from gfx11; in the last word index stride [22:21], add thread id [23], and from gfx10 the
// out-of-range rule [29:28]. Addressing and range checks: "Buffer addressing" in the manuals.
#include <cstring>
#include <string_view>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/encoding.hpp"
#include "targets/amdgpu/emulator/isa/vector_memory.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using Action = MemoryShape::Action;

struct Descriptor {
    std::uint64_t base, stride, records;
    std::uint64_t swizzle_bytes;  ///< of an element; 0: not swizzled
    std::uint64_t index_stride;
    bool add_thread_id;
    unsigned range_rule;

    Descriptor(const Wave& w, int v) {
        const auto at = [&](int k) { return w.scalar[static_cast<std::size_t>(v + k)]; };
        base = at(0) | static_cast<std::uint64_t>(at(1) & 0xffffu) << 32;
        stride = at(1) >> 16 & 0x3fff;
        records = at(2);
        constexpr std::uint64_t bytes[] = {0, 4, 8, 16};
        swizzle_bytes = w.chip.generation >= Generation::gfx11 ? bytes[at(1) >> 30] : at(1) >> 31 ? 4 : 0;
        index_stride = std::uint64_t{8} << (at(3) >> 21 & 3);
        add_thread_id = at(3) >> 23 & 1;
        range_rule = at(3) >> 28 & 3;
    }

    /// Offset of a byte from base + scalar offset.
    std::uint64_t offset_of(std::uint64_t index, std::uint64_t offset) const {
        if (!swizzle_bytes) return index * stride + offset;
        const std::uint64_t row = index / index_stride, column = index % index_stride;
        const std::uint64_t element = offset / swizzle_bytes, in_element = offset % swizzle_bytes;
        return (row * stride + element * swizzle_bytes) * index_stride + column * swizzle_bytes + in_element;
    }
    bool in_range(const Chip& chip, std::uint64_t index, std::uint64_t offset, std::uint64_t bytes,
                  std::uint64_t scalar_offset) const {
        if (chip.generation == Generation::gfx9) {
            if (stride && swizzle_bytes) return index < records;
            if (swizzle_bytes) return offset + bytes <= records;
            return offset_of(index, offset) + scalar_offset + bytes <= records;
        }
        switch (range_rule) {
            case 0:
                return index < records && offset + bytes <= stride;
            case 1:
                return index < records;
            case 2:
                return records != 0;
            default:
                if (swizzle_bytes)
                    return offset + bytes <= (stride ? stride : records) && (!stride || index < records);
                return offset_of(index, offset) + scalar_offset + bytes <= records;
        }
    }
};

struct Operands {
    const Operand *data = nullptr, *address = nullptr, *descriptor = nullptr, *scalar_offset = nullptr;
};
/// Uses in order: data of stores and of atomics without result, vector address if enabled, descriptor, scalar
/// offset.
Operands operands_of(const Instruction& i, const MemoryShape& shape) {
    Operands o;
    std::size_t k = 0;
    if (shape.action == Action::load)
        o.data = &i.def[0];
    else
        o.data = i.defs ? &i.def[0] : &i.use[k++];
    if (i.flags & (buffer_offset_enable | buffer_index_enable)) o.address = &i.use[k++];
    o.descriptor = &i.use[k++];
    o.scalar_offset = &i.use[k];
    return o;
}

void run_access(Wave& w, const Instruction& i) {
    const MemoryShape& shape = *static_cast<const MemoryShape*>(i.operation);
    const Operands operands = operands_of(i, shape);
    const Descriptor descriptor(w, operands.descriptor->index);
    const std::uint64_t scalar_offset = w.read32(*operands.scalar_offset);
    const bool indexed = i.flags & buffer_index_enable, offset_given = i.flags & buffer_offset_enable;
    const std::uint32_t* indices = indexed ? w.row(*operands.address) : nullptr;
    const std::uint32_t* offsets = offset_given ? w.row(*operands.address, indexed ? 1 : 0) : nullptr;

    const std::uint64_t mask = w.exec();
    const int values = shape.action == Action::atomic ? atomic_operands(shape.operation) : 1;
    LaneBytes data, before;
    data.bytes.fill(std::byte{0});
    before.bytes.fill(std::byte{0});
    if (shape.action != Action::load)
        gather(w, *operands.data, shape, shape.bytes * values, data.bytes.data());

    std::uint64_t index[max_lanes], offset[max_lanes];
    VectorAccess access;
    access.policy = i.policy;
    access.bytes = shape.bytes;
    access.scratch = descriptor.add_thread_id && descriptor.swizzle_bytes;
    bool by_bytes = false;
    for (int l = 0; l < w.lanes; ++l) {
        index[l] = (indices ? indices[l] : 0) + (descriptor.add_thread_id ? static_cast<unsigned>(l) : 0);
        offset[l] = (offsets ? offsets[l] : 0) + static_cast<std::uint64_t>(i.offset);
        if (!(mask >> l & 1)) continue;
        if (descriptor.in_range(w.chip, index[l], offset[l], static_cast<std::uint64_t>(shape.bytes),
                                scalar_offset))
            access.mask |= std::uint64_t{1} << l;
        by_bytes =
            by_bytes || offset[l] % 4 + static_cast<std::uint64_t>(shape.bytes < 4 ? shape.bytes : 4) > 4;
    }
    const auto address = [&](int l, int byte) {
        return descriptor.base + scalar_offset +
               descriptor.offset_of(index[l], offset[l] + static_cast<std::uint64_t>(byte));
    };
    if (shape.action == Action::atomic) {
        for (int l = 0; l < w.lanes; ++l) access.addresses[static_cast<std::size_t>(l)] = address(l, 0);
        transfer_atomic(w, access, shape.operation, data.bytes.data(),
                        i.defs ? before.bytes.data() : nullptr);
    } else if (descriptor.swizzle_bytes) {
        transfer_words(w, access, shape.action, data.bytes.data(), by_bytes, address);
    } else {
        for (int l = 0; l < w.lanes; ++l) access.addresses[static_cast<std::size_t>(l)] = address(l, 0);
        transfer(w, access, shape.action, data.bytes.data());
    }
    const bool returns = i.defs != 0;
    if (returns)
        scatter(w, i.def[0], shape, shape.action == Action::atomic ? before.bytes.data() : data.bytes.data(),
                mask);
    issue(w, returns ? load_counter() : store_counter(w.chip), OperationKind::vector_memory,
          returns ? &i.def[0] : nullptr, issue_model::vector_memory_latency);
}

template <CacheOperation operation, bool counted>
void run_control(Wave& w, const Instruction& i) {
    if (const AccessResult fault = w.memory->control(operation, i.policy, w.compute_unit))
        throw WaveFault{Failure::memory_fault, fault->reason, fault->address};
    if (counted)
        issue(w, store_counter(w.chip), OperationKind::vector_memory, nullptr,
              issue_model::vector_memory_latency);
}

struct Control {
    std::string_view name;
    Handler run;
};
constexpr Control controls[] = {
    {"buffer_wbinvl1", run_control<CacheOperation::vector_l1_invalidate, false>},
    {"buffer_wbinvl1_vol", run_control<CacheOperation::vector_l1_invalidate, false>},
    {"buffer_gl0_inv", run_control<CacheOperation::vector_l1_invalidate, false>},
    {"buffer_gl1_inv", run_control<CacheOperation::gl1_invalidate, false>},
    {"buffer_wbl2", run_control<CacheOperation::write_back_l2, true>},
    {"buffer_invl2", run_control<CacheOperation::invalidate_l2, false>},
    {"buffer_inv", run_control<CacheOperation::invalidate, false>},
};

}  // namespace

bool bind_buffer(const Binding& binding, Instruction& i) {
    if (!binding.name.starts_with("buffer_")) return false;
    i.kind = InstructionClass::vmem;
    for (const Control& control : controls)
        if (control.name == binding.name) return i.run = control.run, true;
    // Loads into LDS and "texture fault" results are not what compilers emit for kernels.
    if (i.flags & (buffer_lds | buffer_tfe)) return false;
    const MemoryShape* shape = memory_shape(binding.name.substr(7));
    if (!shape) return false;
    const bool address = i.flags & (buffer_offset_enable | buffer_index_enable);
    const int expected = (shape->action != Action::load && !i.defs ? 1 : 0) + (address ? 1 : 0) + 2;
    if (i.uses != expected) return false;
    i.operation = shape;
    i.run = run_access;
    return true;
}

}  // namespace sporkle::amdgpu::emulator
