// Submissions' fences: WAIT_CS, WAIT_FENCES, FENCE_TO_HANDLE.
#include <algorithm>
#include <cerrno>

#include "targets/amdgpu/emulator/kernel/open_file.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::uint64_t latest = ~std::uint64_t{0};
unsigned long long wide(std::uint64_t value) { return value; }

}  // namespace

int OpenFile::check_queue(const char* what, std::uint32_t ip, std::uint32_t instance, std::uint32_t ring) {
    if (ip != AMDGPU_HW_IP_COMPUTE)
        return shared_.refuse(-EINVAL,
                              formatted("%s: IP type %u has no ring here; compute (1) has", what, ip));
    if (instance != 0)
        return shared_.refuse(-EINVAL, formatted("%s: IP instance %u; there is one, 0", what, instance));
    if (ring >= compute_rings)
        return shared_.refuse(-EINVAL, formatted("%s: ring %u; there are %u", what, ring, compute_rings));
    return 0;
}

int OpenFile::fence_of(const char* what, std::uint32_t context, std::uint32_t ip, std::uint32_t instance,
                       std::uint32_t ring, std::uint64_t number, FencePtr& fence) {
    const std::shared_ptr<Context> found = find_context(context);
    if (!found) return shared_.refuse(-EINVAL, formatted("%s: context %u is unknown", what, context));
    if (const int error = check_queue(what, ip, instance, ring); error != 0) return error;
    const Context::Queue& queue = found->queues[ring];
    if (number == latest) number = queue.next - 1;
    if (number >= queue.next)
        return shared_.refuse(-EINVAL,
                              formatted("%s: submission %llu has not been made; the next one is %llu", what,
                                        wide(number), wide(queue.next)));
    if (const auto kept = queue.fences.find(number); kept != queue.fences.end()) fence = kept->second;
    return 0;
}

int OpenFile::wait_submission(drm_amdgpu_wait_cs& request, Lock& lock) {
    const drm_amdgpu_wait_cs_in in = request.in;
    FencePtr fence;
    if (const int error =
            fence_of("WAIT_CS", in.ctx_id, in.ip_type, in.ip_instance, in.ring, in.handle, fence);
        error != 0)
        return error;
    bool done = true;
    if (fence) {
        done =
            shared_.wait_until(lock, static_cast<std::int64_t>(in.timeout), [&] { return fence->signaled; });
        if (done && fence->error != 0) return fence->error;
    }
    request.out = {};
    request.out.status = !done;
    return 0;
}

int OpenFile::wait_fences(drm_amdgpu_wait_fences& request, Lock& lock) {
    const drm_amdgpu_wait_fences_in in = request.in;
    if (in.fence_count == 0) return shared_.refuse(-EINVAL, "WAIT_FENCES: no fences");
    const auto* asked = reinterpret_cast<const drm_amdgpu_fence*>(in.fences);
    if (asked == nullptr) return shared_.refuse(-EFAULT, "WAIT_FENCES: no array of fences");
    Fences fences;
    for (std::uint32_t n = 0; n < in.fence_count; ++n) {
        FencePtr fence;
        const drm_amdgpu_fence& a = asked[n];
        if (const int error =
                fence_of("WAIT_FENCES", a.ctx_id, a.ip_type, a.ip_instance, a.ring, a.seq_no, fence);
            error != 0)
            return error;
        if (!fence) {  // ended long ago
            fence = std::make_shared<Fence>();
            fence->signaled = true;
        }
        fences.push_back(std::move(fence));
    }
    const auto first = [&] {
        return std::find_if(fences.begin(), fences.end(), [](const FencePtr& f) { return f->signaled; });
    };
    const bool done = shared_.wait_until(lock, static_cast<std::int64_t>(in.timeout_ns), [&] {
        return in.wait_all ? all_signaled(fences) : first() != fences.end();
    });
    if (done) {
        const int error = in.wait_all ? error_of(fences) : (*first())->error;
        if (error != 0) return error;
    }
    request.out = {};
    request.out.status = done;
    if (done && !in.wait_all)
        request.out.first_signaled = static_cast<std::uint32_t>(first() - fences.begin());
    return 0;
}

int OpenFile::fence_to_handle(drm_amdgpu_fence_to_handle& request) {
    const drm_amdgpu_fence a = request.in.fence;
    FencePtr fence;
    if (const int error =
            fence_of("FENCE_TO_HANDLE", a.ctx_id, a.ip_type, a.ip_instance, a.ring, a.seq_no, fence);
        error != 0)
        return error;
    if (!fence) {
        fence = std::make_shared<Fence>();
        fence->signaled = true;
    }
    const std::uint32_t what = request.in.what;
    auto object = std::make_shared<Syncobj>();
    object->replace(fence);
    switch (what) {
        case AMDGPU_FENCE_TO_HANDLE_GET_SYNCOBJ:
            request.out.handle = add(std::move(object));
            return 0;
        case AMDGPU_FENCE_TO_HANDLE_GET_SYNCOBJ_FD:
            request.out.handle = static_cast<std::uint32_t>(descriptors_.add_syncobj(std::move(object)));
            return 0;
        case AMDGPU_FENCE_TO_HANDLE_GET_SYNC_FILE_FD:
            request.out.handle = static_cast<std::uint32_t>(descriptors_.add_sync_file({fence}));
            return 0;
        default:
            return shared_.refuse(-EINVAL, formatted("FENCE_TO_HANDLE: what %u is unknown", what));
    }
}

}  // namespace sporkle::amdgpu::emulator
