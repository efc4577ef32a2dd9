#include "runtime/call/fetched.hpp"

#include <algorithm>
#include <functional>

#include "runtime/call/overlap.hpp"
#include "runtime/call/packing.hpp"

namespace sporkle::runtime {
namespace {

std::uint64_t address(const TensorView& view) { return reinterpret_cast<std::uintptr_t>(view.data); }

}  // namespace

void Fetched::fetch(const Call& call, const Device* except) {
    find_regions(call, except);
    if (regions_.empty()) return;
    merge_regions();
    load_regions();
    for (int t = 0; t < call.program().tensor_count; ++t) {
        const DeviceStorage* storage = call.storage(t);
        if (storage == nullptr || address(views_[t]) == 0) continue;
        for (const Region& region : regions_) {
            const std::uint64_t at = address(call.tensor(t));
            // A tensor with negative strides begins in its region, too; one without elements lies in none.
            if (region.storage->buffer() != storage->buffer() || at < region.lowest || at >= region.end)
                continue;
            views_[t].data = region.memory + (at - region.lowest);
        }
    }
}

void Fetched::find_regions(const Call& call, const Device* except) {
    regions_.clear();
    const Program& p = call.program();
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role == Role::temporary) continue;
        views_[t] = call.tensor(t);
        const DeviceStorage* storage = call.storage(t);
        if (storage == nullptr || &storage->device() == except) continue;
        const AddressRange range =
            address_range({&call.tensor(t), p.tensors[t].rank, size_of(p.tensors[t].dtype)});
        if (range.lowest == range.end) continue;
        if (std::byte* host = storage->host(address(views_[t]))) {
            views_[t].data = host;
            continue;
        }
        const bool is_output = p.tensors[t].role == Role::output;
        regions_.push_back({storage, range.lowest, range.end,
                            !is_output || has_gaps(call.tensor(t), p.tensors[t].rank), is_output, nullptr});
    }
}

void Fetched::merge_regions() {
    const auto before = [](const Region& a, const Region& b) {
        if (a.storage->buffer() != b.storage->buffer())
            return std::less<>()(a.storage->buffer(), b.storage->buffer());
        return a.lowest < b.lowest;
    };
    std::sort(regions_.begin(), regions_.end(), before);
    std::size_t kept = 0;
    for (std::size_t r = 1; r < regions_.size(); ++r) {
        Region& last = regions_[kept];
        const Region& next = regions_[r];
        if (next.storage->buffer() != last.storage->buffer() || next.lowest >= last.end) {
            regions_[++kept] = next;
            continue;
        }
        last.read = last.read || next.read;
        last.written = last.written || next.written;
        last.end = std::max(last.end, next.end);
    }
    regions_.resize(kept + 1);
}

void Fetched::load_regions() {
    if (memory_.size() < regions_.size()) memory_.resize(regions_.size());
    for (std::size_t r = 0; r < regions_.size(); ++r) {
        Region& region = regions_[r];
        // The same distance from a multiple of 64 as on the device: the workload's alignment holds here, too.
        const std::size_t shift = region.lowest % AlignedBytes::alignment;
        if (memory_[r].size() < region.bytes() + shift) {
            memory_[r] = AlignedBytes();
            memory_[r] = AlignedBytes(region.bytes() + shift);
        }
        region.memory = memory_[r].data() + shift;
        if (region.read)
            region.storage->memory().download(*region.storage->buffer(),
                                              region.storage->offset(region.lowest), region.memory,
                                              region.bytes());
    }
}

void Fetched::put_back() {
    for (const Region& region : regions_)
        if (region.written)
            region.storage->memory().upload(*region.storage->buffer(), region.storage->offset(region.lowest),
                                            region.memory, region.bytes());
}

}  // namespace sporkle::runtime
