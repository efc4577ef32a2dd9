// The memory behind a kernel's buffers, and the records of who touches what in it.
#include <algorithm>
#include <bit>
#include <numeric>

#include "codegen/ir/interpreter_machine.hpp"

namespace sporkle::tile::interpreter {
namespace {

constexpr std::int64_t most_elements = std::int64_t{1} << 24;  ///< that a record is kept of

/// A task buffer ends where the next one begins.
std::int64_t end_of_task_buffer(const Kernel& kernel, const Execution& execution, std::int64_t offset) {
    std::int64_t end = execution.task_bytes;
    for (const Buffer& b : kernel.buffers) {
        if (b.space != Space::task) continue;
        const auto other = static_cast<std::int64_t>(execution.parameters[static_cast<std::size_t>(b.word)]);
        if (other > offset) end = std::min(end, other);
    }
    return end;
}

/// Bytes of the kernel's shared or private buffers, each on lines of its own.
std::int64_t lines_of(const Buffer& b) {
    const auto bytes = static_cast<std::int64_t>(line);
    return (b.size * size_of(b.dtype) + bytes - 1) / bytes * bytes;
}
std::int64_t bytes_in(const Kernel& kernel, Space space) {
    std::int64_t bytes = 0;
    for (const Buffer& b : kernel.buffers)
        if (b.space == space) bytes += lines_of(b);
    return bytes;
}

/// A buffer's place in memory that several members reach.
struct Extent {
    std::size_t buffer = 0;
    std::uintptr_t begin = 0, end = 0;
    std::uintptr_t element = 1;  ///< bytes
    bool writable = false;
};

std::vector<Extent> extents(const Kernel& kernel, const Machine& m) {
    std::vector<Extent> result;
    for (std::size_t n = 0; n < kernel.buffers.size(); ++n) {
        const Buffer& b = kernel.buffers[n];
        const Area& area = m.areas[n];
        if (b.space == Space::private_ || area.highest < area.lowest) continue;
        const auto bytes = static_cast<std::int64_t>(size_of(b.dtype));
        const auto base = reinterpret_cast<std::intptr_t>(area.base);
        result.push_back({n, static_cast<std::uintptr_t>(base + area.lowest * bytes),
                          static_cast<std::uintptr_t>(base + (area.highest + 1) * bytes),
                          static_cast<std::uintptr_t>(bytes), b.writable});
    }
    std::sort(result.begin(), result.end(),
              [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    return result;
}

}  // namespace

Memories::Memories(const Kernel& kernel, const Execution& execution, Machine& m)
    : task_(static_cast<std::size_t>(std::max<std::int64_t>(execution.task_bytes, 0))),
      constant_(static_cast<std::size_t>(bytes_in(kernel, Space::shared) +
                                         bytes_in(kernel, Space::private_) * kernel.members)) {
    place(kernel, execution, m);
    watch_tasks(kernel, execution, m);
    if (kernel.members > 1) watch_members(kernel, m);
}

void Memories::place(const Kernel& kernel, const Execution& execution, Machine& m) {
    std::int64_t next_shared = 0, next_private = bytes_in(kernel, Space::shared);
    m.private_bytes = static_cast<std::ptrdiff_t>(bytes_in(kernel, Space::private_));
    for (std::size_t n = 0; n < kernel.buffers.size(); ++n) {
        const Buffer& b = kernel.buffers[n];
        const Memory& memory = execution.buffers[n];
        Area area;
        switch (b.space) {
            case Space::global:
                area = {memory.base, memory.lowest, memory.highest};
                break;
            case Space::task: {
                const auto offset =
                    static_cast<std::int64_t>(execution.parameters[static_cast<std::size_t>(b.word)]);
                const std::int64_t bytes = end_of_task_buffer(kernel, execution, offset) - offset;
                area = {task_.bytes() + offset, 0, bytes / size_of(b.dtype) - 1, task_.written() + offset};
                break;
            }
            case Space::shared:
            case Space::private_: {
                if (b.space == Space::private_) m.private_areas.push_back(n);
                std::int64_t& next = b.space == Space::private_ ? next_private : next_shared;
                area = {constant_.bytes() + next, 0, b.size - 1, constant_.written() + next};
                next += lines_of(b);
                break;
            }
        }
        m.areas.push_back(area);
    }
}

/// Gives each global buffer that the kernel writes a record of which task touches what, where several tasks
/// run and the buffer is small enough to afford it.
void Memories::watch_tasks(const Kernel& kernel, const Execution& execution, Machine& m) {
    const auto& grid = execution.grid;
    if (grid[0] <= 1 && grid[1] <= 1 && grid[2] <= 1) return;
    for (std::size_t n = 0; n < kernel.buffers.size(); ++n) {
        Area& area = m.areas[n];
        const std::int64_t elements = area.highest - area.lowest + 1;
        const bool written = kernel.buffers[n].space == Space::global && kernel.buffers[n].writable;
        if (!written || elements <= 0 || elements > most_elements) continue;
        area.claims = claims_.emplace_back(static_cast<std::size_t>(elements)).data();
    }
}

/// Buffers that overlap (a call may be in place) have one record, in pieces that fit the elements of all.
void Memories::watch_members(const Kernel& kernel, Machine& m) {
    const std::vector<Extent> all = extents(kernel, m);
    for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
        const std::uintptr_t begin = all[first].begin;
        std::uintptr_t end = begin, piece = 0;
        bool written = false;
        for (last = first; last < all.size() && (last == first || all[last].begin < end); ++last) {
            end = std::max(end, all[last].end);
            piece = std::gcd(piece, std::gcd(all[last].element, all[last].begin - begin));
            written |= all[last].writable;
        }
        const std::uintptr_t pieces = (end - begin) / piece;
        if (!written || pieces > static_cast<std::uintptr_t>(most_elements)) continue;
        Touch* const touches = touches_.emplace_back(pieces).data();
        for (std::size_t n = first; n < last; ++n) {
            Area& area = m.areas[all[n].buffer];
            area.touches = touches;
            area.touched = reinterpret_cast<const std::byte*>(begin);
            area.piece_shift = static_cast<int>(std::countr_zero(piece));
        }
    }
}

}  // namespace sporkle::tile::interpreter
