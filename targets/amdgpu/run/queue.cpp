#include "targets/amdgpu/run/queue.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include <amdgpu_drm.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

/// Longer than the kernel lets a job run before it resets the GPU (lockup_timeout, 60 s for compute).
constexpr std::int64_t longest_wait_s = 150;

std::uint64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// $SPORKLE_GPU_TIMEOUT in seconds, for work that is known to take longer.
std::uint64_t deadline_ns() {
    std::int64_t seconds = longest_wait_s;
    if (const char* text = std::getenv("SPORKLE_GPU_TIMEOUT"); text != nullptr)
        if (const long long given = std::strtoll(text, nullptr, 10); given > 0 && given < 1'000'000)
            seconds = given;
    return now_ns() + static_cast<std::uint64_t>(seconds) * 1'000'000'000;
}

std::string reason(int error) {
    switch (-error) {
        case ETIME:
            return "the GPU hung";
        case ECANCELED:
            return "the work was cancelled by a reset of the GPU";
        case ENODATA:
            return "the kernel ended the work after a soft recovery of the GPU";
        default:
            return std::strerror(-error);
    }
}

}  // namespace

Queue::Queue(std::shared_ptr<Gpu> gpu) : gpu_(std::move(gpu)), context_(make_context()) {}

Queue::~Queue() {
    drm_amdgpu_ctx request{};
    request.in.op = AMDGPU_CTX_OP_FREE_CTX;
    request.in.ctx_id = context_;
    gpu_->node().try_request(DRM_IOCTL_AMDGPU_CTX, &request);
}

std::uint32_t Queue::make_context() const {
    drm_amdgpu_ctx request{};
    request.in.op = AMDGPU_CTX_OP_ALLOC_CTX;
    request.in.priority = AMDGPU_CTX_PRIORITY_NORMAL;
    gpu_->node().request(DRM_IOCTL_AMDGPU_CTX, &request, "making a context");
    return request.out.alloc.ctx_id;
}

std::string Queue::recover(std::uint32_t context) {
    drm_amdgpu_ctx query{};
    query.in.op = AMDGPU_CTX_OP_QUERY_STATE2;
    query.in.ctx_id = context;
    std::string text;
    if (gpu_->node().try_request(DRM_IOCTL_AMDGPU_CTX, &query) == 0) {
        const std::uint64_t flags = query.out.state.flags;
        if (flags & AMDGPU_CTX_QUERY2_FLAGS_GUILTY)
            text += "; this program's work caused the reset";
        else if (flags & AMDGPU_CTX_QUERY2_FLAGS_RESET)
            text += "; other work caused the reset";
        if (flags & AMDGPU_CTX_QUERY2_FLAGS_VRAMLOST)
            text += "; the contents of the GPU's memory are lost: arrays on it must be filled again";
    }
    const std::lock_guard lock(mutex_);
    if (context_ != context) return text;
    const std::uint32_t fresh = make_context();
    drm_amdgpu_ctx request{};
    request.in.op = AMDGPU_CTX_OP_FREE_CTX;
    request.in.ctx_id = context;
    gpu_->node().try_request(DRM_IOCTL_AMDGPU_CTX, &request);
    context_ = fresh;
    return text;
}

Queue::Ticket Queue::submit(std::uint64_t address, std::uint32_t words) {
    for (const bool is_last : {false, true}) {
        Ticket ticket;
        ticket.buffers = gpu_->buffer_list();
        {
            const std::lock_guard lock(mutex_);
            ticket.context = context_;
        }
        drm_amdgpu_cs_chunk_ib ib{};
        ib.va_start = address;
        ib.ib_bytes = words * 4;
        ib.ip_type = AMDGPU_HW_IP_COMPUTE;
        ib.ring = gpu_->facts().ring;
        drm_amdgpu_cs_chunk chunk{};
        chunk.chunk_id = AMDGPU_CHUNK_ID_IB;
        chunk.length_dw = sizeof(ib) / 4;
        chunk.chunk_data = reinterpret_cast<std::uintptr_t>(&ib);
        std::uint64_t chunks[1] = {reinterpret_cast<std::uintptr_t>(&chunk)};  // the kernel takes pointers
        drm_amdgpu_cs request{};
        request.in.ctx_id = ticket.context;
        request.in.bo_list_handle = ticket.buffers->handle();
        request.in.num_chunks = 1;
        request.in.chunks = reinterpret_cast<std::uintptr_t>(chunks);
        int error = -ENOMEM;  // which may pass
        for (int repeat = 0; repeat < 100 && error == -ENOMEM; ++repeat)
            error = gpu_->node().try_request(DRM_IOCTL_AMDGPU_CS, &request);
        if (error >= 0) {
            ticket.number = request.out.handle;
            return ticket;
        }
        std::string text = gpu_->node().path() + ": submitting work: " + reason(error);
        if (error == -ECANCELED || error == -ENODEV) {
            text += recover(ticket.context);
            if (!is_last && error == -ECANCELED) continue;  // it was not accepted, so it can be repeated
        }
        throw Error(ErrorCode::device_failure, text);
    }
    throw Error(ErrorCode::device_failure, gpu_->node().path() + ": submitting work");
}

void Queue::wait(const Ticket& ticket) {
    drm_amdgpu_wait_cs request{};
    const std::uint64_t deadline = deadline_ns();
    request.in.handle = ticket.number;
    request.in.timeout = deadline;
    request.in.ip_type = AMDGPU_HW_IP_COMPUTE;
    request.in.ring = gpu_->facts().ring;
    request.in.ctx_id = ticket.context;
    const auto asked = request;
    int error = -EINTR;
    while (error == -EINTR || error == -EAGAIN) {
        request = asked;  // the kernel's answer lies where the question was
        error = gpu_->node().try_request(DRM_IOCTL_AMDGPU_WAIT_CS, &request);
    }
    if (error == 0 && request.out.status == 0) return;
    std::string text = gpu_->node().path() + ": waiting for work: ";
    if (error == 0)
        text += "it did not end in time ($SPORKLE_GPU_TIMEOUT sets the seconds)";
    else
        text += reason(error) + recover(ticket.context);
    throw Error(ErrorCode::device_failure, text);
}

}  // namespace sporkle::amdgpu
