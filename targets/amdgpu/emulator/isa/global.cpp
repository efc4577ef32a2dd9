// FLAT, GLOBAL and SCRATCH instructions.
#include <array>
#include <cstring>
#include <string_view>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/vector_memory.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using Action = MemoryShape::Action;

/// In Instruction::flags: which uses are there; extra holds their positions, four bits each.
constexpr std::uint8_t has_vector_address = 1, has_scalar_address = 2;
constexpr int vector_address = 0, scalar_address = 4, data_operand = 8;
std::size_t position(const Instruction& i, int which) { return i.extra >> which & 15; }

const MemoryShape& shape_of(const Instruction& i) { return *static_cast<const MemoryShape*>(i.operation); }

/// Base of this wave's private memory: flat_scratch, or what the hardware set up.
std::uint64_t scratch_base(const Wave& w) {
    const bool in_registers = w.chip.generation == Generation::gfx9 && !w.chip.architected_scratch;
    return in_registers ? w.read64(slot::flat_scratch) : w.scratch;
}

/// Private memory is laid out by words: word k of all lanes, then word k + 1 of all lanes.
void access_scratch(Wave& w, const Instruction& i, const MemoryShape& shape, std::uint64_t mask,
                    const std::uint64_t* offsets, std::byte* data) {
    if (shape.action == Action::atomic)
        throw WaveFault{Failure::unimplemented, "an atomic operation on private memory"};
    bool by_bytes = false;
    for (int l = 0; l < w.lanes; ++l) {
        if (!(mask >> l & 1)) continue;
        by_bytes =
            by_bytes || offsets[l] % 4 + static_cast<std::uint64_t>(shape.bytes < 4 ? shape.bytes : 4) > 4;
        if (w.chip.architected_scratch &&
            offsets[l] + static_cast<std::uint64_t>(shape.bytes) > w.scratch_bytes_per_lane)
            throw WaveFault{Failure::memory_fault,
                            "private memory: offset " + std::to_string(offsets[l]) + " of lane " +
                                std::to_string(l) + " is outside of the " +
                                std::to_string(w.scratch_bytes_per_lane) + " bytes it has",
                            offsets[l]};
    }
    VectorAccess access;
    access.mask = mask;
    access.bytes = shape.bytes;
    access.policy = i.policy;
    access.scratch = true;
    const std::uint64_t base = scratch_base(w), lanes = static_cast<std::uint64_t>(w.lanes);
    transfer_words(w, access, shape.action, data, by_bytes, [&](int lane, int byte) {
        const std::uint64_t offset = offsets[lane] + static_cast<std::uint64_t>(byte);
        return base + (offset / 4 * lanes + static_cast<std::uint64_t>(lane)) * 4 + offset % 4;
    });
}

void access_global(Wave& w, const Instruction& i, const MemoryShape& shape, VectorAccess& access,
                   std::byte* data, std::byte* before) {
    access.bytes = shape.bytes;
    access.policy = i.policy;
    if (shape.action == Action::atomic)
        transfer_atomic(w, access, shape.operation, data, i.defs ? before : nullptr);
    else
        transfer(w, access, shape.action, data);
}

std::uint64_t word_at(const std::byte* from, int bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, static_cast<std::size_t>(bytes));
    return value;
}

void access_lds(Wave& w, const MemoryShape& shape, std::uint64_t mask, const std::uint64_t* addresses,
                std::byte* data, std::byte* before) {
    const int n = shape.bytes,
              operands = shape.action == Action::atomic ? atomic_operands(shape.operation) : 1;
    for (int l = 0; l < w.lanes; ++l) {
        if (!(mask >> l & 1)) continue;
        const std::uint64_t address = addresses[l] & 0xffffffffu;
        if (shape.action == Action::load) lds_load(w, address, n, data + l * n);
        if (shape.action == Action::store) lds_store(w, address, n, data + l * n);
        if (shape.action != Action::atomic) continue;
        const std::byte* mine = data + l * n * operands;
        const std::uint64_t old = lds_atomic(w, shape.operation, address, n, word_at(mine, n),
                                             operands == 2 ? word_at(mine + n, n) : 0);
        std::memcpy(before + l * n, &old, static_cast<std::size_t>(n));
    }
}

/// Lanes' addresses (global, flat) or private offsets (scratch).
void addresses_of(Wave& w, const Instruction& i, bool scratch, std::uint64_t* addresses) {
    const std::uint64_t offset = static_cast<std::uint64_t>(static_cast<std::int64_t>(i.offset));
    std::uint64_t base = offset;
    if (i.flags & has_scalar_address) base += w.read(i.use[position(i, scalar_address)]);
    if (!(i.flags & has_vector_address)) {
        for (int l = 0; l < w.lanes; ++l) addresses[l] = base;
    } else {
        const Operand& operand = i.use[position(i, vector_address)];
        const std::uint32_t* low = w.row(operand);
        const std::uint32_t* high = operand.words == 2 ? w.row(operand, 1) : nullptr;
        for (int l = 0; l < w.lanes; ++l)
            addresses[l] = base + low[l] + (high ? static_cast<std::uint64_t>(high[l]) << 32 : 0);
    }
    if (scratch)
        for (int l = 0; l < w.lanes; ++l) addresses[l] &= 0xffffffffu;
}

enum class Space { global, scratch, flat };

template <Space space>
void run(Wave& w, const Instruction& i) {
    const MemoryShape& shape = shape_of(i);
    const std::uint64_t mask = w.exec();
    LaneBytes data, before;
    const int operands = shape.action == Action::atomic ? atomic_operands(shape.operation) : 1;
    if (shape.action != Action::load)
        gather(w, i.use[position(i, data_operand)], shape, shape.bytes * operands, data.bytes.data());
    VectorAccess access;
    addresses_of(w, i, space == Space::scratch, access.addresses.data());
    if constexpr (space == Space::scratch) {
        access_scratch(w, i, shape, mask, access.addresses.data(), data.bytes.data());
    } else if constexpr (space == Space::global) {
        access.mask = mask;
        access_global(w, i, shape, access, data.bytes.data(), before.bytes.data());
    } else {
        std::uint64_t shared = 0, scratch = 0;
        std::uint64_t offsets[max_lanes];
        for (int l = 0; l < w.lanes; ++l) {
            const auto upper =
                static_cast<std::uint32_t>(access.addresses[static_cast<std::size_t>(l)] >> 32);
            const std::uint64_t lane = std::uint64_t{1} << l;
            if (upper == w.scalar[slot::shared_base + 1]) shared |= mask & lane;
            if (upper == w.scalar[slot::private_base + 1]) scratch |= mask & lane;
            offsets[l] = access.addresses[static_cast<std::size_t>(l)] & 0xffffffffu;
        }
        if (shared) access_lds(w, shape, shared, offsets, data.bytes.data(), before.bytes.data());
        if (scratch) access_scratch(w, i, shape, scratch, offsets, data.bytes.data());
        access.mask = mask & ~shared & ~scratch;
        access_global(w, i, shape, access, data.bytes.data(), before.bytes.data());
    }
    const bool returns = i.defs != 0;
    std::uint8_t counters = returns ? load_counter() : store_counter(w.chip);
    if (space == Space::flat) counters |= lds_counter();
    if (returns)
        scatter(w, i.def[0], shape, shape.action == Action::atomic ? before.bytes.data() : data.bytes.data(),
                mask);
    issue(w, counters, space == Space::flat ? OperationKind::unordered : OperationKind::vector_memory,
          returns ? &i.def[0] : nullptr, issue_model::vector_memory_latency);
}

template <CacheOperation operation, bool is_write>
void run_control(Wave& w, const Instruction& i) {
    if (const AccessResult fault = w.memory->control(operation, i.policy, w.compute_unit))
        throw WaveFault{Failure::memory_fault, fault->reason, fault->address};
    issue(w, is_write ? store_counter(w.chip) : load_counter(), OperationKind::vector_memory, nullptr,
          issue_model::vector_memory_latency);
}

}  // namespace

bool bind_global(const Binding& binding, Instruction& i) {
    const std::string_view name = binding.name;
    i.kind = InstructionClass::vmem;
    if (name == "global_inv") return i.run = run_control<CacheOperation::invalidate, false>, true;
    if (name == "global_wb") return i.run = run_control<CacheOperation::write_back, true>, true;
    if (name == "global_wbinv") return i.run = run_control<CacheOperation::write_back_invalidate, true>, true;

    struct Prefix {
        std::string_view text;
        Handler run;
    };
    for (const Prefix& prefix :
         {Prefix{"global_", run<Space::global>}, Prefix{"scratch_", run<Space::scratch>},
          Prefix{"flat_", run<Space::flat>}}) {
        if (!name.starts_with(prefix.text)) continue;
        const MemoryShape* shape = memory_shape(name.substr(prefix.text.size()));
        if (!shape) return false;
        // LLVM's order: address, data; of scratch stores data, address. Scratch may have no vector address.
        const bool stores = shape->action != Action::load, scratch = prefix.text == "scratch_";
        std::array<std::uint32_t, 2> vectors{};
        std::size_t n = 0;
        for (std::uint32_t k = 0; k < i.uses; ++k) {
            if (i.use[k].unit == Unit::scalar) {
                i.flags |= has_scalar_address;
                i.extra |= k << scalar_address;
            } else if (n < vectors.size()) {
                vectors[n++] = k;
            }
        }
        if (n < (stores ? 1u : 0u) + (scratch ? 0u : 1u)) return false;
        const bool data_first = scratch && stores;
        if (stores) i.extra |= vectors[data_first ? 0 : n - 1] << data_operand;
        if (n > (stores ? 1u : 0u)) {
            i.flags |= has_vector_address;
            i.extra |= vectors[data_first ? 1 : 0] << vector_address;
        }
        if (!stores && i.defs != 1) return false;
        i.operation = shape;
        i.run = prefix.run;
        return true;
    }
    return false;
}

}  // namespace sporkle::amdgpu::emulator
