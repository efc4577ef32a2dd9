#include "targets/amdgpu/emulator/isa/vector_memory.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "targets/amdgpu/emulator/isa/vector.hpp"

namespace sporkle::amdgpu::emulator {

void gather(Wave& w, const Operand& source, const MemoryShape& shape, int size, std::byte* to) {
    if (size < 4) {
        const std::uint32_t* row = w.row(source);
        const int shift = shape.high ? 16 : 0;
        for (int l = 0; l < w.lanes; ++l) {
            const std::uint32_t value = row[l] >> shift;
            std::memcpy(to + l * size, &value, static_cast<std::size_t>(size));
        }
        return;
    }
    if (size == 4) {
        std::memcpy(to, w.row(source), static_cast<std::size_t>(w.lanes) * 4);
        return;
    }
    for (int word = 0; word < size / 4; ++word) {
        const std::uint32_t* row = w.row(source, word);
        for (int l = 0; l < w.lanes; ++l) std::memcpy(to + l * size + word * 4, row + l, 4);
    }
}

void scatter(Wave& w, const Operand& target, const MemoryShape& shape, const std::byte* from,
             std::uint64_t mask) {
    std::uint32_t values[max_lanes];
    if (shape.bytes == 4) {
        std::memcpy(values, from, static_cast<std::size_t>(w.lanes) * 4);
        return write_row(w.row(target), values, mask, w.lanes);
    }
    if (shape.bytes > 4) {
        for (int word = 0; word < shape.bytes / 4; ++word) {
            for (int l = 0; l < w.lanes; ++l) std::memcpy(values + l, from + l * shape.bytes + word * 4, 4);
            write_row(w.row(target, word), values, mask, w.lanes);
        }
        return;
    }
    std::uint32_t* row = w.row(target);
    for (int l = 0; l < w.lanes; ++l) {
        std::uint32_t value = 0;
        std::memcpy(&value, from + l * shape.bytes, static_cast<std::size_t>(shape.bytes));
        if (shape.sign_extends)
            value = shape.bytes == 1 ? static_cast<std::uint32_t>(static_cast<std::int8_t>(value))
                                     : static_cast<std::uint32_t>(static_cast<std::int16_t>(value));
        if (shape.half)
            value =
                shape.high ? (row[l] & 0xffffu) | value << 16 : (row[l] & 0xffff0000u) | (value & 0xffffu);
        values[l] = value;
    }
    write_row(row, values, mask, w.lanes);
}

int consecutive_lanes(const VectorAccess& access) {
    if (access.mask == 0 || (access.mask & (access.mask + 1)) != 0) return 0;
    const int lanes = std::bit_width(access.mask);
    const auto bytes = static_cast<std::uint64_t>(access.bytes);
    std::uint64_t differences = 0;
    for (std::size_t l = 1; l < static_cast<std::size_t>(lanes); ++l)
        differences |= access.addresses[l] - access.addresses[l - 1] - bytes;
    return differences == 0 ? lanes : 0;
}

int segments(const VectorAccess& access, int lanes) {
    if (access.consecutive > 0) {
        const std::uint64_t first = access.addresses[0];
        const std::uint64_t bytes =
            static_cast<std::uint64_t>(access.consecutive) * static_cast<std::uint64_t>(access.bytes);
        return static_cast<int>((first + bytes - 1) / 64 - first / 64 + 1);
    }
    std::array<std::uint64_t, 2 * max_lanes> touched;
    std::size_t n = 0;
    bool ascending = true;
    for (int l = 0; l < lanes; ++l) {
        if (!(access.mask >> l & 1)) continue;
        const std::uint64_t first = access.addresses[static_cast<std::size_t>(l)] / 64;
        const std::uint64_t last =
            (access.addresses[static_cast<std::size_t>(l)] + static_cast<std::uint64_t>(access.bytes) - 1) /
            64;
        for (std::uint64_t segment = first; segment <= last; ++segment) {
            if (n && touched[n - 1] == segment) continue;
            ascending = ascending && (n == 0 || touched[n - 1] < segment);
            touched[n++] = segment;
        }
    }
    if (ascending) return static_cast<int>(n);
    const auto end = touched.begin() + static_cast<std::ptrdiff_t>(n);
    std::sort(touched.begin(), end);
    return static_cast<int>(std::unique(touched.begin(), end) - touched.begin());
}

namespace {

void count(Wave& w, const VectorAccess& access, bool is_load) {
    const auto transactions = static_cast<std::uint64_t>(segments(access, w.lanes));
    const std::uint64_t bytes = static_cast<std::uint64_t>(__builtin_popcountll(access.mask)) *
                                static_cast<std::uint64_t>(access.bytes);
    w.time += transactions * issue_model::transaction_cycles;
    if (access.scratch) {
        w.counters->scratch_transactions += transactions;
    } else if (is_load) {
        w.counters->load_transactions += transactions;
        w.counters->load_bytes += bytes;
    } else {
        w.counters->store_transactions += transactions;
        w.counters->store_bytes += bytes;
    }
}

void raise(const AccessResult& fault, const char* what) {
    if (fault) throw WaveFault{Failure::memory_fault, what + fault->reason, fault->address};
}

}  // namespace

void transfer(Wave& w, VectorAccess& access, MemoryShape::Action action, std::byte* data) {
    if (access.mask == 0) return;
    access.consecutive = consecutive_lanes(access);
    access.compute_unit = w.compute_unit;
    count(w, access, action == MemoryShape::Action::load);
    if (action == MemoryShape::Action::load)
        raise(w.memory->load(access, data), "load: ");
    else
        raise(w.memory->store(access, data), "store: ");
}

void transfer_atomic(Wave& w, VectorAccess& access, AtomicOperation operation, const std::byte* operands,
                     std::byte* before) {
    if (access.mask == 0) return;
    for (int l = 0; l < w.lanes; ++l)
        if (access.mask >> l & 1 &&
            access.addresses[static_cast<std::size_t>(l)] % static_cast<std::uint64_t>(access.bytes) != 0)
            throw WaveFault{Failure::memory_fault, "an atomic operation that is not aligned",
                            access.addresses[static_cast<std::size_t>(l)]};
    access.compute_unit = w.compute_unit;
    count(w, access, false);
    raise(w.memory->atomic(access, operation, operands, before), "atomic operation: ");
}

}  // namespace sporkle::amdgpu::emulator
