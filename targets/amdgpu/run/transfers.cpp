#include "targets/amdgpu/run/transfers.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <sporkle/error.hpp>

#include "targets/amdgpu/pm4/packets/acquire_mem.hpp"
#include "targets/amdgpu/pm4/packets/dma_data.hpp"
#include "targets/amdgpu/pm4/packets/event_write.hpp"
#include "targets/amdgpu/pm4/packets/nop.hpp"
#include "targets/amdgpu/pm4/packets/release_mem.hpp"

namespace sporkle::amdgpu {
namespace {

/// Bytes of one submission, and of a piece that goes through a slot's memory.
constexpr std::size_t most_bytes = std::size_t(256) << 20, piece = std::size_t(4) << 20;
/// From here on to make the process's memory known to the GPU is cheaper than to copy it once more.
constexpr std::size_t worth_direct = std::size_t(1) << 20;
constexpr std::size_t cache_line = 128;
constexpr std::size_t packet_words = 7, other_words = 32;

/// Of one packet, whole lines of 32 bytes.
std::size_t most_of_packet(const Chip& chip) {
    return (chip.major() >= 11 ? 0x7fff : pm4::dma_data::byte_count.largest()) & ~std::size_t(31);
}

static_assert(  // for the shortest of packets
    (most_bytes / 0x7fe0 + 1) * packet_words + other_words < pm4::ib_limit);

}  // namespace

void Transfers::run(Slot& slot, std::uint64_t source, bool is_fill, std::uint64_t destination,
                    std::size_t bytes, std::initializer_list<const BufferObject*> touched) {
    const Chip& chip = *gpu_->facts().chip;
    const std::size_t most = most_of_packet(chip);
    slot.reserve(gpu_, (bytes / most + 1) * packet_words + other_words, 0);
    const std::span<std::uint32_t> memory = slot.packet_memory();
    std::size_t words = 0;
    const auto put = [&](const pm4::Words& packet) {
        std::copy(packet.begin(), packet.end(), memory.begin() + static_cast<std::ptrdiff_t>(words));
        words += packet.size();
    };
    put(pm4::encode(pm4::cs_partial_flush));
    put(pm4::encode(pm4::acquire_everything(chip.generation), chip.generation));
    namespace d = pm4::dma_data;
    // On GFX12 it does not go through the L2, which was written back just now and is read anew afterwards.
    constexpr std::uint32_t memory_itself = 0, immediate = 2, through_l2 = 3;
    const std::uint32_t place = chip.major() >= 12 ? memory_itself : through_l2;
    for (std::size_t done = 0; done < bytes;) {
        const std::size_t now = std::min(bytes - done, most);
        const bool is_last = done + now == bytes;
        pm4::DmaData packet;
        packet.control = d::src_sel(is_fill ? immediate : place) | d::dst_sel(place) | d::cp_sync(is_last);
        packet.source = is_fill ? source : source + done;
        packet.destination = destination + done;
        packet.command = d::byte_count(static_cast<std::uint32_t>(now)) | d::dis_wc(!is_last);
        put(pm4::encode(packet));
        done += now;
    }
    const pm4::SubmissionValues values = slot.next_submission();
    put(pm4::encode(pm4::fence(chip.generation, values.fence_address, values.fence_value)));
    while (words % pm4::ib_alignment != 0) memory[words++] = pm4::nop_word;
    std::shared_ptr<const Gpu::BufferList> list;
    if (touched.size() > 0) {
        std::vector<const BufferObject*> all(touched);
        all.insert(all.end(), {slot.packets.get(), slot.report.get()});
        list = gpu_->list_of(all);
    }
    slot.run(queue_, words, std::move(list));
}

bool Transfers::try_direct(Way way, const BufferObject& device, std::size_t offset, std::byte* host,
                           std::size_t bytes) {
    const auto begin = reinterpret_cast<std::uintptr_t>(host);
    const std::uintptr_t first = begin / page_bytes * page_bytes;
    const std::uintptr_t last = (begin + bytes + page_bytes - 1) / page_bytes * page_bytes;
    std::unique_ptr<BufferObject> own;
    try {
        own = std::make_unique<BufferObject>(gpu_, reinterpret_cast<void*>(first), last - first);
    } catch (const Error&) {
        // Memory of a file, or that may only be read, or a kernel that can take none at all.
        return false;
    }
    try {
        const Slots::Lease slot = slots_.take();
        for (std::size_t done = 0; done < bytes; done += most_bytes) {
            const std::uint64_t there = own->address() + (begin - first) + done;
            const std::uint64_t here = device.address() + offset + done;
            const bool up = way == Way::upload;
            run(slot.slot(), up ? there : here, false, up ? here : there, std::min(bytes - done, most_bytes),
                {&device, own.get()});
        }
    } catch (const Error&) {
        takes_process_memory_ = false;
        return false;
    }
    return true;
}

void Transfers::move(Way way, const BufferObject& device, std::size_t offset, std::byte* host,
                     std::size_t bytes) {
    // The GPU reads whole lines of its caches, so it gets none that hold something else, too.
    const auto begin = reinterpret_cast<std::uintptr_t>(host);
    const std::size_t before = (cache_line - begin % cache_line) % cache_line;
    const std::size_t behind = (begin + bytes) % cache_line;
    if (bytes < worth_direct || !takes_process_memory_ ||
        !try_direct(way, device, offset + before, host + before, bytes - before - behind))
        return move_by_slot(way, device, offset, host, bytes);
    move_by_slot(way, device, offset, host, before);
    move_by_slot(way, device, offset + bytes - behind, host + bytes - behind, behind);
}

void Transfers::move_by_slot(Way way, const BufferObject& device, std::size_t offset, std::byte* host,
                             std::size_t bytes) {
    if (bytes == 0) return;
    const Slots::Lease slot = slots_.take();
    for (std::size_t done = 0; done < bytes; done += piece) {
        const std::size_t now = std::min(bytes - done, piece);
        slot->reserve(gpu_, other_words, now);
        const std::uint64_t here = device.address() + offset + done;
        if (way == Way::upload) {
            std::memcpy(slot->arguments->host(), host + done, now);
            run(slot.slot(), slot->arguments->address(), false, here, now);
        } else {
            run(slot.slot(), here, false, slot->arguments->address(), now);
            std::memcpy(host + done, slot->arguments->host(), now);
        }
    }
}

void Transfers::upload(const BufferObject& to, std::size_t offset, const void* from, std::size_t bytes) {
    move(Way::upload, to, offset, static_cast<std::byte*>(const_cast<void*>(from)), bytes);
}

void Transfers::download(const BufferObject& from, std::size_t offset, void* to, std::size_t bytes) {
    move(Way::download, from, offset, static_cast<std::byte*>(to), bytes);
}

void Transfers::copy(const BufferObject& from, std::size_t from_offset, const BufferObject& to,
                     std::size_t to_offset, std::size_t bytes) {
    const Slots::Lease slot = slots_.take();
    for (std::size_t done = 0; done < bytes; done += most_bytes)
        run(slot.slot(), from.address() + from_offset + done, false, to.address() + to_offset + done,
            std::min(bytes - done, most_bytes));
}

void Transfers::clear(const BufferObject& buffer, std::size_t offset, std::size_t bytes) {
    const Slots::Lease slot = slots_.take();
    for (std::size_t done = 0; done < bytes; done += most_bytes)
        run(slot.slot(), 0, true, buffer.address() + offset + done, std::min(bytes - done, most_bytes));
}

bool Transfers::work() {
    std::call_once(probed_, [&] { works_ = probe(); });
    return works_;
}

bool Transfers::probe() noexcept {
    try {
        constexpr std::size_t count = 1000;  // no whole number of lines or pages
        std::uint32_t sent[count], back[count] = {};
        for (std::uint32_t k = 0; k < count; ++k) sent[k] = k * 0x9e3779b9u;
        const BufferObject there(gpu_, sizeof(sent), Domain::vram);
        upload(there, 0, sent, sizeof(sent));
        download(there, 0, back, sizeof(back));
        return std::equal(sent, sent + count, back);
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace sporkle::amdgpu
