#include "targets/amdgpu/run/queue.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

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

/// $SPORKLE_GPU_PRIORITY as the kernel has it.
std::int32_t wanted_priority() {
    const char* word = std::getenv("SPORKLE_GPU_PRIORITY");
    if (word == nullptr || *word == 0) return AMDGPU_CTX_PRIORITY_NORMAL;
    constexpr struct {
        const char* name;
        std::int32_t value;
    } known[] = {{"low", AMDGPU_CTX_PRIORITY_LOW},
                 {"normal", AMDGPU_CTX_PRIORITY_NORMAL},
                 {"high", AMDGPU_CTX_PRIORITY_HIGH}};
    for (const auto& priority : known)
        if (std::strcmp(word, priority.name) == 0) return priority.value;
    throw Error(ErrorCode::invalid_argument,
                "SPORKLE_GPU_PRIORITY is '" + std::string(word) + "'; expected low, normal or high");
}

}  // namespace

Queue::Queue(std::shared_ptr<Gpu> gpu)
    : gpu_(std::move(gpu)), priority_(wanted_priority()), context_(make_context()) {
    make_timeline();
}

Queue::~Queue() { free_timeline(); }

Context::~Context() {
    drm_amdgpu_ctx request{};
    request.in.op = AMDGPU_CTX_OP_FREE_CTX;
    request.in.ctx_id = number_;
    node_.try_request(DRM_IOCTL_AMDGPU_CTX, &request);
}

std::shared_ptr<const Context> Queue::make_context() {
    drm_amdgpu_ctx request{};
    request.in.op = AMDGPU_CTX_OP_ALLOC_CTX;
    request.in.priority = priority_;
    int error = gpu_->node().try_request(DRM_IOCTL_AMDGPU_CTX, &request);
    if ((error == -EACCES || error == -EPERM) && priority_ != AMDGPU_CTX_PRIORITY_NORMAL) {
        note_ = "the system does not let this program have the priority that SPORKLE_GPU_PRIORITY asks for";
        priority_ = AMDGPU_CTX_PRIORITY_NORMAL;
    }
    if (error < 0) {
        request = {};
        request.in.op = AMDGPU_CTX_OP_ALLOC_CTX;
        request.in.priority = priority_;
        gpu_->node().request(DRM_IOCTL_AMDGPU_CTX, &request, "making a context");
    }
    return std::make_shared<const Context>(gpu_->node(), request.out.alloc.ctx_id);
}

void Queue::make_timeline() {
    drm_get_cap has_timelines{};
    has_timelines.capability = DRM_CAP_SYNCOBJ_TIMELINE;
    if (gpu_->node().try_request(DRM_IOCTL_GET_CAP, &has_timelines) != 0 || has_timelines.value == 0) return;
    drm_syncobj_create create{};
    if (gpu_->node().try_request(DRM_IOCTL_SYNCOBJ_CREATE, &create) == 0) timeline_ = create.handle;
}

void Queue::free_timeline() {
    if (timeline_ == 0) return;
    drm_syncobj_destroy request{};
    request.handle = timeline_;
    gpu_->node().try_request(DRM_IOCTL_SYNCOBJ_DESTROY, &request);
    timeline_ = 0;
}

std::string Queue::recover(const std::shared_ptr<const Context>& context, bool& is_lost) {
    drm_amdgpu_ctx query{};
    query.in.op = AMDGPU_CTX_OP_QUERY_STATE2;
    query.in.ctx_id = context->number();
    std::string text;
    if (gpu_->node().try_request(DRM_IOCTL_AMDGPU_CTX, &query) == 0) {
        const std::uint64_t flags = query.out.state.flags;
        if (flags & AMDGPU_CTX_QUERY2_FLAGS_GUILTY)
            text += "; this program's work caused the reset";
        else if (flags & AMDGPU_CTX_QUERY2_FLAGS_RESET)
            text += "; other work caused the reset";
        if (flags & AMDGPU_CTX_QUERY2_FLAGS_VRAMLOST) {
            is_lost = true;
            text += "; the contents of the GPU's memory are lost: arrays on it must be filled again";
        }
    }
    const std::lock_guard lock(mutex_);
    if (context_ != context) return text;
    if (is_lost) ++losses_;
    try {
        context_ = make_context();
    } catch (const Error& error) {
        text += std::string("; ") + error.what();
    }
    return text;
}

int Queue::try_submit(std::uint64_t address, std::uint32_t words, Ticket& ticket) {
    std::uint64_t chunks[3];  // the kernel takes pointers
    drm_amdgpu_cs_chunk all[3]{};
    std::uint32_t count = 0;
    const auto add = [&](std::uint32_t id, const void* data, std::size_t bytes) {
        all[count] = {id, static_cast<std::uint32_t>(bytes / 4), reinterpret_cast<std::uintptr_t>(data)};
        chunks[count] = reinterpret_cast<std::uintptr_t>(&all[count]);
        ++count;
    };
    drm_amdgpu_cs_chunk_ib ib{};
    ib.va_start = address;
    ib.ib_bytes = words * 4;
    ib.ip_type = AMDGPU_HW_IP_COMPUTE;
    ib.ring = gpu_->facts().ring;
    add(AMDGPU_CHUNK_ID_IB, &ib, sizeof(ib));

    std::vector<drm_amdgpu_bo_list_entry> entries;
    drm_amdgpu_bo_list_in list{};
    if (ticket.buffers->kept() == 0) {
        for (const std::uint32_t handle : ticket.buffers->handles()) entries.push_back({handle, 0});
        list.operation = list.list_handle = ~0u;  // neither means anything here
        list.bo_number = static_cast<std::uint32_t>(entries.size());
        list.bo_info_size = sizeof(drm_amdgpu_bo_list_entry);
        list.bo_info_ptr = reinterpret_cast<std::uintptr_t>(entries.data());
        add(AMDGPU_CHUNK_ID_BO_HANDLES, &list, sizeof(list));
    }

    const std::lock_guard lock(mutex_);
    drm_amdgpu_cs_chunk_syncobj signal{};
    if (timeline_ != 0) {
        ticket.point = last_point_ + 1;
        signal.handle = timeline_;
        signal.point = ticket.point;
        add(AMDGPU_CHUNK_ID_SYNCOBJ_TIMELINE_SIGNAL, &signal, sizeof(signal));
    }
    ticket.context = context_;
    drm_amdgpu_cs request{};
    request.in.ctx_id = context_->number();
    request.in.bo_list_handle = ticket.buffers->kept();
    request.in.num_chunks = count;
    request.in.chunks = reinterpret_cast<std::uintptr_t>(chunks);
    const int error = gpu_->node().try_request(DRM_IOCTL_AMDGPU_CS, &request);
    if (error >= 0) {
        ticket.number = request.out.handle;
        last_point_ = ticket.point;
    } else if (timeline_ != 0 && last_point_ == 0 && error == -EINVAL) {
        // The first submission: a kernel may know timelines, and its amdgpu not yet.
        free_timeline();
        ticket.point = 0;
        return -EAGAIN;
    }
    return error;
}

Queue::Ticket Queue::submit(std::uint64_t address, std::uint32_t words,
                            std::shared_ptr<const Gpu::BufferList> buffers) {
    constexpr int most_tries = 1000, most_contexts = 2;
    for (int tries = 1, contexts = 1;; ++tries) {
        Ticket ticket;
        ticket.buffers = buffers ? buffers : gpu_->buffer_list();
        const int error = try_submit(address, words, ticket);
        if (error >= 0) return ticket;
        const bool may_pass =
            error == -EAGAIN || error == -ENOMEM ||
            (error == -ENOENT && !buffers && ticket.buffers->kept() == 0);  // one was closed meanwhile
        if (may_pass && tries < most_tries) {
            if (error == -ENOMEM) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            continue;
        }
        std::string text = gpu_->node().path() + ": submitting work: " + reason(error);
        if (error == -ECANCELED) {
            bool is_lost = false;
            text += recover(ticket.context, is_lost);
            // It was not accepted, so it can be repeated, if what it works on is still there.
            if (!is_lost && contexts++ < most_contexts) continue;
        }
        throw Error(ErrorCode::device_failure, text);
    }
}

void Queue::wait(const Ticket& ticket) {
    const std::uint64_t deadline = deadline_ns();
    if (ticket.point != 0) {
        std::uint64_t point = ticket.point;
        std::uint32_t timeline = timeline_;
        drm_syncobj_timeline_wait request{};
        request.handles = reinterpret_cast<std::uintptr_t>(&timeline);
        request.points = reinterpret_cast<std::uintptr_t>(&point);
        request.timeout_nsec = static_cast<std::int64_t>(deadline);
        request.count_handles = 1;
        if (gpu_->node().try_request(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &request) == 0) return;
    }
    check(ticket, deadline);
}

void Queue::check(const Ticket& ticket) { check(ticket, deadline_ns()); }

void Queue::check(const Ticket& ticket, std::uint64_t deadline) {
    int error = 0;
    do {
        drm_amdgpu_wait_cs request{};  // anew each time: the answer lies where the question was
        request.in.handle = ticket.number;
        request.in.timeout = deadline;
        request.in.ip_type = AMDGPU_HW_IP_COMPUTE;
        request.in.ring = gpu_->facts().ring;
        request.in.ctx_id = ticket.context->number();
        error = gpu_->node().try_request(DRM_IOCTL_AMDGPU_WAIT_CS, &request);
        if (error == 0 && request.out.status == 0) return;
        if (error == 0) std::this_thread::yield();
    } while ((error == 0 || error == -EINTR || error == -EAGAIN) && now_ns() < deadline);
    std::string text = gpu_->node().path() + ": waiting for work: ";
    if (error == 0)
        text += "it did not end in time ($SPORKLE_GPU_TIMEOUT sets the seconds)";
    else {
        bool is_lost = false;
        text += reason(error) + recover(ticket.context, is_lost);
    }
    throw Error(ErrorCode::device_failure, text);
}

}  // namespace sporkle::amdgpu
