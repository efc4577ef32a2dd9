// DS instructions: local data share.
#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "targets/amdgpu/emulator/isa/bank_conflicts.hpp"
#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/vector.hpp"
#include "targets/amdgpu/emulator/isa/vector_memory.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using Action = MemoryShape::Action;

/// What a DS instruction does to LDS.
struct Access {
    MemoryShape shape;
    int cells = 1;               ///< 2: read2, write2
    int scale = 1;               ///< of the two offsets, in bytes
    bool compare_first = false;  ///< ds_cmpst: the compared value is the first operand
};
const Access& access_of(const Instruction& i) { return *static_cast<const Access*>(i.operation); }

[[noreturn, gnu::cold]] void outside(const Wave& w, std::uint64_t address, int bytes) {
    throw WaveFault{Failure::memory_fault,
                    "LDS: " + std::to_string(bytes) + " bytes at " + std::to_string(address) +
                        " are outside of the workgroup's " + std::to_string(w.lds->size()) + " bytes",
                    address};
}

std::byte* cell(Wave& w, std::uint64_t address, int bytes) {
    std::vector<std::byte>& lds = *w.lds;
    if (address + static_cast<std::uint64_t>(bytes) > lds.size()) outside(w, address, bytes);
    return lds.data() + address;
}

void count(Wave& w, std::uint64_t mask, const std::uint64_t* addresses, int bytes) {
    const auto extra =
        static_cast<std::uint64_t>(bank_conflicts(addresses, mask, bytes, w.lanes, w.chip.lds_banks));
    w.counters->lds_bytes +=
        static_cast<std::uint64_t>(__builtin_popcountll(mask)) * static_cast<std::uint64_t>(bytes);
    w.counters->lds_bank_conflicts += extra;
    w.time += extra;
}

void finish(Wave& w, const Operand* target) {
    ++w.lds_operations;
    issue(w, lds_counter(), OperationKind::lds, target, issue_model::lds_latency);
}

void addresses_of(Wave& w, const Instruction& i, std::uint64_t offset, std::uint64_t* addresses) {
    const std::uint32_t* row = w.row(i.use[0]);
    for (int l = 0; l < w.lanes; ++l) addresses[l] = (row[l] + offset) & 0xffffffffu;
}
std::uint64_t single_offset(const Instruction& i) {
    return static_cast<std::uint64_t>(i.offset | i.offset2 << 8);
}

/// Offset of the first or second cell of an access.
std::uint64_t cell_offset(const Instruction& i, const Access& access, int c) {
    return access.cells == 1 ? single_offset(i)
                             : static_cast<std::uint64_t>((c ? i.offset2 : i.offset) * access.scale);
}

/// n bytes a lane: known to the compiler, so that copies are moves.
template <int n>
void run_load(Wave& w, const Instruction& i) {
    const Access& access = access_of(i);
    const std::uint64_t mask = w.exec();
    LaneBytes loaded[2];
    for (int c = 0; c < access.cells; ++c) {
        std::uint64_t addresses[max_lanes];
        addresses_of(w, i, cell_offset(i, access, c), addresses);
        count(w, mask, addresses, n);
        for (int l = 0; l < w.lanes; ++l)
            if (mask >> l & 1)
                std::memcpy(loaded[c].bytes.data() + l * n, cell(w, addresses[l], n),
                            static_cast<std::size_t>(n));
        // Nothing is out of order before a barrier, or if every wave had waited for its operations.
        if (w.barriers_waited == 0 || !w.lds_order->any_early()) continue;
        for (int l = 0; l < w.lanes; ++l)
            if (mask >> l & 1) w.lds_order->check_load(w, addresses[l], n);
    }
    for (int c = 0; c < access.cells; ++c) {
        Operand target = i.def[0];
        target.index = static_cast<std::uint16_t>(target.index + c * access.shape.registers());
        scatter(w, target, access.shape, loaded[c].bytes.data(), mask);
    }
    finish(w, &i.def[0]);
}

template <int n>
void run_store(Wave& w, const Instruction& i) {
    const Access& access = access_of(i);
    const std::uint64_t mask = w.exec();
    for (int c = 0; c < access.cells; ++c) {
        std::uint64_t addresses[max_lanes];
        addresses_of(w, i, cell_offset(i, access, c), addresses);
        count(w, mask, addresses, n);
        LaneBytes data;
        gather(w, i.use[static_cast<std::size_t>(1 + c)], access.shape, n, data.bytes.data());
        for (int l = 0; l < w.lanes; ++l)
            if (mask >> l & 1) {
                std::memcpy(cell(w, addresses[l], n), data.bytes.data() + l * n, static_cast<std::size_t>(n));
                w.lds_order->stored(w, addresses[l], n);
            }
    }
    finish(w, nullptr);
}
template <int... n>
Handler of_size(bool loads, int bytes, std::integer_sequence<int, n...>) {
    Handler found = nullptr;
    ((n == bytes ? found = loads ? run_load<n> : run_store<n> : found), ...);
    return found;
}

void run_atomic(Wave& w, const Instruction& i) {
    const Access& access = access_of(i);
    const std::uint64_t mask = w.exec();
    const int n = access.shape.bytes, operands = atomic_operands(access.shape.operation);
    std::uint64_t addresses[max_lanes];
    addresses_of(w, i, single_offset(i), addresses);
    count(w, mask, addresses, n);
    LaneBytes first, second, before;
    gather(w, i.use[1], access.shape, n, first.bytes.data());
    if (operands == 2) gather(w, i.use[2], access.shape, n, second.bytes.data());
    for (int l = 0; l < w.lanes; ++l) {
        if (!(mask >> l & 1)) continue;
        std::uint64_t a = 0, b = 0;
        std::memcpy(&a, first.bytes.data() + l * n, static_cast<std::size_t>(n));
        if (operands == 2) std::memcpy(&b, second.bytes.data() + l * n, static_cast<std::size_t>(n));
        if (access.compare_first) std::swap(a, b);
        const std::uint64_t old = lds_atomic(w, access.shape.operation, addresses[l], n, a, b);
        std::memcpy(before.bytes.data() + l * n, &old, static_cast<std::size_t>(n));
    }
    if (i.defs) scatter(w, i.def[0], access.shape, before.bytes.data(), mask);
    finish(w, i.defs ? &i.def[0] : nullptr);
}

/// Lanes that reach each other: all 64 on gfx9, 32 later.
int exchange_group(const Wave& w) { return w.chip.generation == Generation::gfx9 ? 64 : 32; }

/// Each lane gets the value of the lane that its address names; inactive lanes give 0.
void run_backward_permute(Wave& w, const Instruction& i) {
    const std::uint32_t *address = w.row(i.use[0]), *data = w.row(i.use[1]);
    const std::uint64_t mask = w.exec();
    const int group = std::min(exchange_group(w), w.lanes);
    std::uint32_t values[max_lanes];
    for (int l = 0; l < w.lanes; ++l) {
        const std::uint64_t wanted = (address[l] + single_offset(i)) / 4 % static_cast<std::uint64_t>(group);
        const int from = l / group * group + static_cast<int>(wanted);
        values[l] = mask >> from & 1 ? data[from] : 0;
    }
    write_row(w.row(i.def[0]), values, mask, w.lanes);
    finish(w, &i.def[0]);
}
/// Each lane's value goes to the lane that its address names; the highest lane wins; what nobody names is 0.
void run_permute(Wave& w, const Instruction& i) {
    const std::uint32_t *address = w.row(i.use[0]), *data = w.row(i.use[1]);
    const std::uint64_t mask = w.exec();
    const int group = std::min(exchange_group(w), w.lanes);
    std::uint32_t values[max_lanes] = {};
    for (int l = 0; l < w.lanes; ++l) {
        if (!(mask >> l & 1)) continue;
        const std::uint64_t wanted = (address[l] + single_offset(i)) / 4 % static_cast<std::uint64_t>(group);
        values[l / group * group + static_cast<int>(wanted)] = data[l];
    }
    write_row(w.row(i.def[0]), values, mask, w.lanes);
    finish(w, &i.def[0]);
}
/// ds_swizzle: quads (offset bit 15) or masks within 32 lanes.
void run_swizzle(Wave& w, const Instruction& i) {
    const unsigned pattern = static_cast<unsigned>(single_offset(i));
    if (pattern >= 0xc000u)
        throw WaveFault{Failure::unimplemented, "ds_swizzle_b32 offset " + std::to_string(pattern)};
    const std::uint32_t* data = w.row(i.use[0]);
    const std::uint64_t mask = w.exec();
    std::uint32_t values[max_lanes];
    for (unsigned l = 0; l < static_cast<unsigned>(w.lanes); ++l) {
        const unsigned quad = (l & ~3u) | (pattern >> (2 * (l & 3)) & 3);
        const unsigned masked = (((l & 31) & pattern) | pattern >> 5) & 31;
        const unsigned from = pattern & 0x8000u ? quad : (l & 32u) | (masked ^ (pattern >> 10 & 31));
        values[l] = mask >> from & 1 ? data[from] : 0;
    }
    write_row(w.row(i.def[0]), values, mask, w.lanes);
    finish(w, &i.def[0]);
}

bool take(std::string& name, std::string_view part) {
    const std::size_t at = name.find(part);
    if (at == name.npos) return false;
    name.erase(at, part.size());
    return true;
}

/// nullptr for what is none.
const Access* parse(std::string_view mnemonic) {
    static std::map<std::string, Access, std::less<>> known;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(mnemonic); found != known.end()) return &found->second;
    std::string name(mnemonic.substr(3));
    Access access{};
    const bool two = take(name, "read2st64_") || take(name, "load_2addr_stride64_");
    const bool two_loads = two || take(name, "read2_") || take(name, "load_2addr_");
    const bool wide_store = take(name, "write2st64_") || take(name, "store_2addr_stride64_");
    const bool two_stores = wide_store || take(name, "write2_") || take(name, "store_2addr_");
    std::string cell_name;
    if (two_loads || take(name, "read_") || take(name, "load_"))
        cell_name = "load_" + name;
    else if (two_stores || take(name, "write_") || take(name, "store_"))
        cell_name = "store_" + name;
    if (!cell_name.empty()) {
        const MemoryShape* shape = memory_shape(cell_name);
        if (!shape) return nullptr;
        access.shape = *shape;
        access.cells = two_loads || two_stores ? 2 : 1;
        access.scale = shape->bytes * (two || wide_store ? 64 : 1);
    } else {
        take(name, "_rtn");
        access.compare_first = name.starts_with("cmpst_");
        const bool exchange = take(name, "wrxchg") || take(name, "storexchg");
        if (exchange) name = "swap" + name;
        if (take(name, "cmpstore") || take(name, "cmpst")) name = "cmpswap" + name;
        access.shape.action = Action::atomic;
        if (!atomic_shape(name, access.shape.operation, access.shape.bytes)) return nullptr;
    }
    return &known.emplace(std::string(mnemonic), access).first->second;
}

}  // namespace

void lds_load(Wave& w, std::uint64_t address, int bytes, std::byte* to) {
    std::memcpy(to, cell(w, address, bytes), static_cast<std::size_t>(bytes));
}
void lds_store(Wave& w, std::uint64_t address, int bytes, const std::byte* from) {
    std::memcpy(cell(w, address, bytes), from, static_cast<std::size_t>(bytes));
}
std::uint64_t lds_atomic(Wave& w, AtomicOperation operation, std::uint64_t address, int bytes,
                         std::uint64_t operand, std::uint64_t second) {
    if (address % static_cast<std::uint64_t>(bytes) != 0)
        throw WaveFault{Failure::memory_fault, "an LDS atomic operation that is not aligned", address};
    std::byte* where = cell(w, address, bytes);
    std::uint64_t before = 0;
    std::memcpy(&before, where, static_cast<std::size_t>(bytes));
    const std::uint64_t after = apply_atomic(operation, bytes, before, operand, second);
    std::memcpy(where, &after, static_cast<std::size_t>(bytes));
    return before;
}

bool bind_lds(const Binding& binding, Instruction& i) {
    if (binding.format != Format::ds || !binding.name.starts_with("ds_")) return false;
    i.kind = InstructionClass::lds;
    if (binding.name == "ds_bpermute_b32") return i.run = run_backward_permute, true;
    if (binding.name == "ds_permute_b32") return i.run = run_permute, true;
    if (binding.name == "ds_swizzle_b32") return i.run = run_swizzle, true;
    const Access* access = parse(binding.name);
    if (!access) return false;
    const int operands = access->shape.action == Action::load ? 1
                         : access->shape.action == Action::store
                             ? 1 + access->cells
                             : 1 + atomic_operands(access->shape.operation);
    if (i.uses != operands || (access->shape.action == Action::load && i.defs != 1)) return false;
    i.operation = access;
    i.run = access->shape.action == Action::atomic
                ? run_atomic
                : of_size(access->shape.action == Action::load, access->shape.bytes,
                          std::integer_sequence<int, 1, 2, 4, 8, 12, 16>());
    return true;
}

}  // namespace sporkle::amdgpu::emulator
