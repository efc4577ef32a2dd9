#include "targets/amdgpu/emulator/gpu/page_table.hpp"

#include <iterator>
#include <utility>
#include <vector>

#include "targets/amdgpu/pm4/formatted.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::size_t remembered = 256;
using pm4::formatted;
unsigned long long wide(std::uint64_t value) { return value; }

}  // namespace

std::string PageTable::overlap(std::uint64_t begin, std::uint64_t end) const {
    const std::lock_guard lock(mutex_);
    auto next = mappings_.lower_bound(begin);
    if (next != mappings_.begin() && std::prev(next)->second.end > begin) --next;
    if (next == mappings_.end() || next->second.begin >= end) return {};
    return formatted("0x%llx to 0x%llx, buffer %u", wide(next->second.begin), wide(next->second.end),
                     next->second.buffer ? next->second.buffer->number : 0);
}

void PageTable::map(Mapping mapping) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t begin = mapping.begin;
    mappings_[begin] = std::move(mapping);
    version_.fetch_add(1, std::memory_order_acq_rel);
}

void PageTable::forget(const Mapping& mapping) {
    past_.push_back({mapping.begin, mapping.end, mapping.buffer ? mapping.buffer->number : 0});
    if (past_.size() > remembered) past_.pop_front();
}

bool PageTable::unmap(const Buffer* buffer, std::uint64_t begin) {
    const std::lock_guard lock(mutex_);
    const auto found = mappings_.find(begin);
    if (found == mappings_.end() || found->second.buffer.get() != buffer) return false;
    forget(found->second);
    mappings_.erase(found);
    version_.fetch_add(1, std::memory_order_acq_rel);
    return true;
}

void PageTable::unmap_all(const Buffer* buffer) {
    const std::lock_guard lock(mutex_);
    for (auto next = mappings_.begin(); next != mappings_.end();) {
        if (next->second.buffer.get() != buffer) {
            ++next;
            continue;
        }
        forget(next->second);
        next = mappings_.erase(next);
    }
    version_.fetch_add(1, std::memory_order_acq_rel);
}

void PageTable::clear(std::uint64_t begin, std::uint64_t end) {
    const std::lock_guard lock(mutex_);
    auto next = mappings_.lower_bound(begin);
    if (next != mappings_.begin() && std::prev(next)->second.end > begin) --next;
    std::vector<Mapping> rest;
    while (next != mappings_.end() && next->second.begin < end) {
        const Mapping old = next->second;
        next = mappings_.erase(next);
        forget(old);
        if (old.begin < begin) {
            Mapping low = old;
            low.end = begin;
            rest.push_back(low);
        }
        if (old.end > end) {
            Mapping high = old;
            high.begin = end;
            high.offset += end - old.begin;
            rest.push_back(high);
        }
    }
    for (Mapping& part : rest) mappings_[part.begin] = part;
    version_.fetch_add(1, std::memory_order_acq_rel);
}

Mapping PageTable::find(std::uint64_t address) const {
    const std::lock_guard lock(mutex_);
    auto next = mappings_.upper_bound(address);
    if (next == mappings_.begin()) return {};
    --next;
    return address < next->second.end ? next->second : Mapping{};
}

std::string PageTable::history(std::uint64_t address) const {
    const std::lock_guard lock(mutex_);
    for (auto past = past_.rbegin(); past != past_.rend(); ++past)
        if (past->begin <= address && address < past->end)
            return formatted("it was buffer %u's (0x%llx to 0x%llx) and has been unmapped or freed",
                             past->buffer, wide(past->begin), wide(past->end));
    return {};
}

}  // namespace sporkle::amdgpu::emulator
