#include "targets/amdgpu/run/slots.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>

#include <sporkle/error.hpp>

#include "targets/amdgpu/pm4/packets/nop.hpp"

namespace sporkle::amdgpu {

void Slot::reserve(const std::shared_ptr<Gpu>& gpu, std::size_t packet_words, std::size_t argument_bytes) {
    const auto grow = [&](std::unique_ptr<BufferObject>& buffer, std::size_t bytes) {
        if (buffer && buffer->bytes() >= bytes) return;
        buffer.reset();
        buffer = std::make_unique<BufferObject>(gpu, std::bit_ceil(bytes), Domain::gtt);
    };
    grow(packets, std::max<std::size_t>(packet_words * 4, gpu->facts().ib_size_alignment));
    grow(arguments, argument_bytes);
    if (!report) report = std::make_unique<BufferObject>(gpu, sizeof(Report), Domain::gtt);
}

pm4::SubmissionValues Slot::next_submission() {
    pm4::SubmissionValues values;
    values.begin_timestamp = report->address() + offsetof(Report, begin);
    values.end_timestamp = report->address() + offsetof(Report, end);
    values.fence_address = report->address() + offsetof(Report, fence);
    values.fence_value = ++submissions;
    return values;
}

std::uint64_t Slot::run(Queue& queue, std::size_t words, std::shared_ptr<const Gpu::BufferList> buffers) {
    auto& seen = *reinterpret_cast<Report*>(report->host());
    const auto read = [](std::uint64_t& place) {
        return std::atomic_ref<std::uint64_t>(place).load(std::memory_order_acquire);
    };
    const std::span<std::uint32_t> memory = packet_memory();
    const std::size_t unit = queue.word_alignment();
    for (; words % unit != 0; ++words) memory[words] = pm4::nop_word;  // whole pages, so there is room
    const auto start = std::chrono::steady_clock::now();
    const Queue::Ticket ticket =
        queue.submit(packets->address(), static_cast<std::uint32_t>(words), std::move(buffers));
    queue.wait(ticket);
    // That the kernel's fence signalled says that the ring went past the packets, not that they did anything.
    if (read(seen.fence) != submissions) queue.check(ticket);
    if (read(seen.fence) != submissions)
        throw Error(
            ErrorCode::device_failure,
            "amdgpu: the kernel driver reports that the work has ended, but the GPU has not executed its "
            "last packet");
    // A GPU whose clock stands still is timed by the CPU's.
    const std::uint64_t begin = read(seen.begin), end = read(seen.end);
    return end > begin ? end - begin : queue.ticks(std::chrono::steady_clock::now() - start);
}

Slots::Slots(std::shared_ptr<Gpu> gpu) : gpu_(std::move(gpu)) {}

Slots::Lease Slots::take() {
    std::unique_lock lock(mutex_);
    std::size_t number = 0;
    freed_.wait(lock, [&] {
        number = static_cast<std::size_t>(std::find(taken_.begin(), taken_.end(), false) - taken_.begin());
        return number < taken_.size();
    });
    taken_[number] = true;
    return {*this, number};
}

void Slots::give(std::size_t number) {
    {
        const std::lock_guard lock(mutex_);
        taken_[number] = false;
    }
    freed_.notify_one();
}

}  // namespace sporkle::amdgpu
