#include "targets/amdgpu/emulator/gpu/gpu_memory.hpp"

#include <algorithm>
#include <cstring>

#include "targets/amdgpu/pm4/formatted.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

const char* verb(Access access) {
    switch (access) {
        case Access::read:
            return "readable";
        case Access::write:
            return "writable";
        case Access::execute:
            return "executable";
    }
    return "accessible";
}

}  // namespace

void GpuMemory::enter(const PageTable& table, const Residency& residency) {
    table_ = &table;
    residency_ = &residency;
    flush();
}

void GpuMemory::flush() {
    version_ = table_->version();
    entries_.fill({});
}

const Page* GpuMemory::walk(std::uint64_t address, Access access, Entry& entry, AccessFault& fault) {
    const std::uint64_t place = PageTable::canonical(address);
    fault.address = address;
    if (place == ~std::uint64_t{0}) {
        fault.reason = "page not mapped: the address has more than 48 bits";
        return nullptr;
    }
    const Mapping mapping = table_->find(place);
    if (mapping.begin == mapping.end) {
        const std::string history = table_->history(place);
        fault.reason = "page not mapped" + (history.empty() ? "" : ": " + history);
        return nullptr;
    }
    Page page;
    page.rights = static_cast<std::uint8_t>((mapping.readable ? 1 : 0) | (mapping.writable ? 2 : 0) |
                                            (mapping.executable ? 4 : 0));
    page.cached = mapping.cached;
    if (!page.has(access)) {
        fault.reason =
            pm4::formatted("page not %s (mapped%s%s%s)", verb(access), mapping.readable ? " R" : "",
                           mapping.writable ? " W" : "", mapping.executable ? " X" : "");
        return nullptr;
    }
    if (!mapping.buffer) {
        fault.reason = "page without memory (mapped PRT)";
        return nullptr;
    }
    if (!mapping.buffer->always_valid && !residency_->contains(mapping.buffer)) {
        fault.reason = pm4::formatted(
            "page of buffer %u, which is neither in the submission's buffer list nor always valid",
            mapping.buffer->number);
        return nullptr;
    }
    const std::uint64_t in_mapping = place / page_bytes * page_bytes - mapping.begin;
    page.host = mapping.buffer->host + mapping.offset + in_mapping;
    entry = {address / page_bytes, page};
    return &entry.page;
}

/// piece(page, line's home, offset in the line, bytes, offset in the whole)
template <class Piece>
AccessResult GpuMemory::by_lines(std::uint64_t address, std::uint64_t bytes, Access access, Piece&& piece) {
    for (std::uint64_t done = 0; done < bytes;) {
        const std::uint64_t at = address + done, offset = at % line_bytes_of_cache;
        const std::uint64_t n = std::min(bytes - done, line_bytes_of_cache - offset);
        AccessFault fault;
        const Page* page = translate(at, access, fault);
        if (!page) return fault;
        piece(*page, page->host + (at - offset) % page_bytes, offset, n, done);
        done += n;
    }
    return {};
}

AccessResult GpuMemory::read(std::uint64_t address, void* to, std::uint64_t bytes) {
    return by_lines(
        address, bytes, Access::read,
        [&](const Page& page, std::byte* home, std::uint64_t offset, std::uint64_t n, std::uint64_t done) {
            const std::byte* line = page.cached ? l2.read(home).bytes.data() : home;
            std::memcpy(static_cast<std::byte*>(to) + done, line + offset, n);
        });
}

AccessResult GpuMemory::write(std::uint64_t address, const void* from, std::uint64_t bytes, bool through) {
    return by_lines(
        address, bytes, Access::write,
        [&](const Page& page, std::byte* home, std::uint64_t offset, std::uint64_t n, std::uint64_t done) {
            const std::byte* source = static_cast<const std::byte*>(from) + done;
            if (!page.cached || through) std::memcpy(home + offset, source, n);
            if (!page.cached) return;
            SecondLevel::Line& line = l2.write(home);
            std::memcpy(line.bytes.data() + offset, source, n);
            line.mark(offset, n);
        });
}

AccessResult GpuMemory::read_packets(std::uint64_t address, void* to, std::uint64_t bytes) {
    return by_lines(
        address, bytes, Access::read,
        [&](const Page&, std::byte* home, std::uint64_t offset, std::uint64_t n, std::uint64_t done) {
            std::byte* target = static_cast<std::byte*>(to) + done;
            std::memcpy(target, home + offset, n);
            const SecondLevel::Line* line = l2.find(home);
            if (!line || !line->is_dirty()) return;
            for (std::uint64_t k = 0; k < n; ++k)
                if (line->dirty[(offset + k) / 64] >> (offset + k) % 64 & 1)
                    target[k] = line->bytes[offset + k];
        });
}

}  // namespace sporkle::amdgpu::emulator
