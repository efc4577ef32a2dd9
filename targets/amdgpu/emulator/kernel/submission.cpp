// CS: chunks of a submission, checked one by one, and the job that comes of them.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "targets/amdgpu/emulator/kernel/open_file.hpp"
#include "targets/amdgpu/emulator/kernel/process_memory.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::uint32_t most_buffers = 125;  // of packets, on a compute ring
constexpr std::uint32_t most_words = 0xfffff;
constexpr std::uint32_t packet_alignment = 32;  // ib_start_alignment, ib_size_alignment
constexpr std::uint32_t known_ib_flags = AMDGPU_IB_FLAG_CE | AMDGPU_IB_FLAG_PREAMBLE |
                                         AMDGPU_IB_FLAG_PREEMPT | AMDGPU_IB_FLAG_TC_WB_NOT_INVALIDATE |
                                         AMDGPU_IB_FLAG_RESET_GDS_MAX_WAVE_ID | AMDGPU_IB_FLAGS_SECURE |
                                         AMDGPU_IB_FLAG_EMIT_MEM_SYNC;

unsigned long long wide(std::uint64_t value) { return value; }

const char* name_of_chunk(std::uint32_t id) {
    constexpr const char* names[] = {"?",
                                     "IB",
                                     "FENCE",
                                     "DEPENDENCIES",
                                     "SYNCOBJ_IN",
                                     "SYNCOBJ_OUT",
                                     "BO_HANDLES",
                                     "SCHEDULED_DEPENDENCIES",
                                     "SYNCOBJ_TIMELINE_WAIT",
                                     "SYNCOBJ_TIMELINE_SIGNAL"};
    return id < std::size(names) ? names[id] : "?";
}

}  // namespace

class Submission {
  public:
    Submission(OpenFile& file, Lock& lock) : file_(file), shared_(file.shared_), lock_(lock) {}

    int run(drm_amdgpu_cs& request) {
        const drm_amdgpu_cs_in in = request.in;
        if (in.num_chunks == 0) return shared_.refuse(-EINVAL, "CS: no chunks");
        job_->context = file_.find_context(in.ctx_id);
        if (!job_->context) return shared_.refuse(-EINVAL, formatted("CS: context %u is unknown", in.ctx_id));
        if (const int error = dead_context(); error != 0) return error;
        if (in.bo_list_handle != 0) {
            const auto list = file_.lists_.find(in.bo_list_handle);
            if (list == file_.lists_.end())
                return shared_.refuse(-ENOENT, formatted("CS: buffer list %u is unknown", in.bo_list_handle));
            job_->residency.insert(list->second.begin(), list->second.end());
            has_list_ = true;
        }
        // An array of pointers to chunks.
        const auto* pointers = reinterpret_cast<const std::uint64_t*>(in.chunks);
        if (pointers == nullptr) return shared_.refuse(-EFAULT, "CS: no array of chunks");
        for (std::uint32_t n = 0; n < in.num_chunks; ++n) {
            const auto* chunk = reinterpret_cast<const drm_amdgpu_cs_chunk*>(pointers[n]);
            if (chunk == nullptr)
                return shared_.refuse(-EFAULT,
                                      formatted("CS: chunk %u: the array has pointers, this is 0", n));
            if (const int error = take(*chunk); error != 0) return error;
        }
        if (job_->buffers.empty()) return shared_.refuse(-EINVAL, "CS: no IB chunk");
        for (const auto& buffer : job_->residency)
            if (!buffer->memory && check_process_memory(reinterpret_cast<std::uintptr_t>(buffer->host),
                                                        buffer->bytes, false, false) != 0)
                return shared_.refuse(-EFAULT, formatted("CS: buffer %u is memory that the program has given "
                                                         "back",
                                                         buffer->number));
        return send(request);
    }

  private:
    int dead_context() {
        const Context& context = *job_->context;
        if (context.guilty)
            return shared_.refuse(-ECANCELED,
                                  formatted("CS: context %u caused a reset of the GPU; a new one is "
                                            "needed",
                                            context.number));
        if (context.vram_losses != file_.node_->vram_losses())
            return shared_.refuse(-ECANCELED,
                                  formatted("CS: context %u was made before a reset that lost the "
                                            "contents of VRAM",
                                            context.number));
        return 0;
    }

    /// Entries of a chunk as an array; an error where it is too short for one.
    template <class T, class Act>
    int entries(const drm_amdgpu_cs_chunk& chunk, Act&& act) {
        const std::size_t bytes = std::size_t{chunk.length_dw} * 4;
        if (bytes < sizeof(T) || bytes % sizeof(T) != 0)
            return shared_.refuse(-EINVAL, formatted("CS: chunk %s of %zu bytes; an entry has %zu",
                                                     name_of_chunk(chunk.chunk_id), bytes, sizeof(T)));
        if (chunk.chunk_data == 0)
            return shared_.refuse(-EFAULT,
                                  formatted("CS: chunk %s without data", name_of_chunk(chunk.chunk_id)));
        for (std::size_t n = 0; n < bytes / sizeof(T); ++n) {
            T entry;
            std::memcpy(&entry, reinterpret_cast<const std::byte*>(chunk.chunk_data) + n * sizeof(T),
                        sizeof(T));
            if (const int error = act(entry); error != 0) return error;
        }
        return 0;
    }
    /// Chunks that are one structure may be longer than it.
    template <class T, class Act>
    int single(const drm_amdgpu_cs_chunk& chunk, Act&& act) {
        drm_amdgpu_cs_chunk one = chunk;
        if (std::size_t{chunk.length_dw} * 4 >= sizeof(T)) one.length_dw = sizeof(T) / 4;
        return entries<T>(one, std::forward<Act>(act));
    }

    int take(const drm_amdgpu_cs_chunk& chunk) {
        switch (chunk.chunk_id) {
            case AMDGPU_CHUNK_ID_IB:
                return single<drm_amdgpu_cs_chunk_ib>(chunk, [&](const auto& ib) { return packets(ib); });
            case AMDGPU_CHUNK_ID_FENCE:
                return single<drm_amdgpu_cs_chunk_fence>(chunk, [&](const auto& f) { return user_fence(f); });
            case AMDGPU_CHUNK_ID_BO_HANDLES:
                return single<drm_amdgpu_bo_list_in>(chunk, [&](const auto& list) { return buffers(list); });
            case AMDGPU_CHUNK_ID_DEPENDENCIES:
            case AMDGPU_CHUNK_ID_SCHEDULED_DEPENDENCIES:
                return entries<drm_amdgpu_cs_chunk_dep>(chunk, [&](const auto& d) { return dependency(d); });
            case AMDGPU_CHUNK_ID_SYNCOBJ_IN:
                return entries<drm_amdgpu_cs_chunk_sem>(
                    chunk, [&](const auto& s) { return wait_for(s.handle, 0, 0); });
            case AMDGPU_CHUNK_ID_SYNCOBJ_TIMELINE_WAIT:
                return entries<drm_amdgpu_cs_chunk_syncobj>(
                    chunk, [&](const auto& s) { return wait_for(s.handle, s.point, s.flags); });
            case AMDGPU_CHUNK_ID_SYNCOBJ_OUT:
                return entries<drm_amdgpu_cs_chunk_sem>(chunk,
                                                        [&](const auto& s) { return signal(s.handle, 0); });
            case AMDGPU_CHUNK_ID_SYNCOBJ_TIMELINE_SIGNAL:
                return entries<drm_amdgpu_cs_chunk_syncobj>(
                    chunk, [&](const auto& s) { return signal(s.handle, s.point); });
            default:
                return shared_.refuse(-EINVAL,
                                      formatted("CS: chunk 0x%x is unknown (the array holds pointers to "
                                                "chunks)",
                                                chunk.chunk_id));
        }
    }

    int packets(const drm_amdgpu_cs_chunk_ib& ib) {
        if (const int error = file_.check_queue("CS", ib.ip_type, ib.ip_instance, ib.ring); error != 0)
            return error;
        if (!job_->buffers.empty() && ib.ring != job_->ring)
            return shared_.refuse(-EINVAL, formatted("CS: buffers for the rings %u and %u in one submission",
                                                     job_->ring, ib.ring));
        job_->ring = ib.ring;
        if (job_->buffers.size() == most_buffers)
            return shared_.refuse(-EINVAL, formatted("CS: more than %u buffers of packets", most_buffers));
        if (ib.flags & AMDGPU_IB_FLAG_CE)
            return shared_.refuse(-EINVAL, "CS: IB_FLAG_CE on a ring that has no constant engine");
        if (ib.flags & ~known_ib_flags)
            return shared_.refuse(-EINVAL, formatted("CS: IB flags 0x%x are unknown", ib.flags));
        if (ib.flags & AMDGPU_IB_FLAGS_SECURE)
            return shared_.refuse(-EINVAL, "CS: secure packets need memory encryption, which is not there");
        if (ib.ib_bytes == 0) return shared_.refuse(-EINVAL, "CS: an IB of 0 bytes");
        if (ib.ib_bytes % packet_alignment != 0)
            return shared_.refuse(-EINVAL, formatted("CS: an IB of %u bytes, which is no multiple of %u",
                                                     ib.ib_bytes, packet_alignment));
        if (ib.ib_bytes / 4 > most_words)
            return shared_.refuse(-EINVAL, formatted("CS: an IB of %u words; there are at most %u",
                                                     ib.ib_bytes / 4, most_words));
        if (ib.va_start % packet_alignment != 0)
            return shared_.refuse(-EINVAL, formatted("CS: an IB at 0x%llx, which is no multiple of %u",
                                                     wide(ib.va_start), packet_alignment));
        job_->buffers.push_back({ib.va_start, ib.ib_bytes / 4, (ib.flags & AMDGPU_IB_FLAG_EMIT_MEM_SYNC) != 0,
                                 (ib.flags & AMDGPU_IB_FLAG_TC_WB_NOT_INVALIDATE) != 0});
        return 0;
    }

    int user_fence(const drm_amdgpu_cs_chunk_fence& fence) {
        std::shared_ptr<Buffer> buffer = file_.buffer(fence.handle);
        if (!buffer)
            return shared_.refuse(-EINVAL, formatted("CS: FENCE: handle %u is unknown", fence.handle));
        if (buffer->bytes != page_bytes || fence.offset > page_bytes - 8)
            return shared_.refuse(-EINVAL,
                                  formatted("CS: FENCE: offset %u in a buffer of %llu bytes; it has to be "
                                            "one page",
                                            fence.offset, wide(buffer->bytes)));
        if (!buffer->memory) return shared_.refuse(-EINVAL, "CS: FENCE in the program's own memory");
        job_->residency.insert(buffer);
        job_->user_fence = std::move(buffer);
        job_->user_fence_offset = fence.offset;
        return 0;
    }

    int buffers(const drm_amdgpu_bo_list_in& list) {
        if (has_list_)
            return shared_.refuse(-EINVAL, "CS: BO_HANDLES in a submission that has a buffer list already");
        has_list_ = true;
        std::vector<std::shared_ptr<Buffer>> found;
        if (const int error =
                file_.read_list("CS: BO_HANDLES", reinterpret_cast<const void*>(list.bo_info_ptr),
                                list.bo_number, list.bo_info_size, found);
            error != 0)
            return error;
        job_->residency.insert(found.begin(), found.end());
        return 0;
    }

    int dependency(const drm_amdgpu_cs_chunk_dep& d) {
        FencePtr fence;
        const int error =
            file_.fence_of("CS: DEPENDENCIES", d.ctx_id, d.ip_type, d.ip_instance, d.ring, d.handle, fence);
        if (error == 0 && fence) job_->dependencies.push_back(std::move(fence));
        return error;
    }

    int wait_for(std::uint32_t handle, std::uint64_t point, std::uint32_t flags) {
        const std::shared_ptr<Syncobj> object = file_.syncobj(handle);
        if (!object)
            return shared_.refuse(-ENOENT,
                                  formatted("CS: sync object %u, to be waited for, is unknown", handle));
        std::optional<Fences> fences = object->at(point);
        if (!fences && flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT) {
            shared_.wait_until(lock_, -1, [&] { return (fences = object->at(point)).has_value(); });
        }
        if (!fences)
            return shared_.refuse(
                -EINVAL, formatted("CS: sync object %u, to be waited for, has no fence for point %llu",
                                   handle, wide(point)));
        job_->dependencies.insert(job_->dependencies.end(), fences->begin(), fences->end());
        return 0;
    }

    int signal(std::uint32_t handle, std::uint64_t point) {
        std::shared_ptr<Syncobj> object = file_.syncobj(handle);
        if (!object)
            return shared_.refuse(-EINVAL,
                                  formatted("CS: sync object %u, to be signaled, is unknown", handle));
        signaled_.emplace_back(std::move(object), point);
        return 0;
    }

    int send(drm_amdgpu_cs& request) {
        Context::Queue& queue = job_->context->queues[job_->ring];
        // Waits for the submission that is forgotten for this one.
        while (queue.fences.size() >= remembered_fences) {
            const FencePtr oldest = queue.fences.begin()->second;
            shared_.wait_until(lock_, -1, [&] { return oldest->signaled; });
            if (!queue.fences.empty() && queue.fences.begin()->second == oldest)
                queue.fences.erase(queue.fences.begin());
        }
        if (const int error = dead_context(); error != 0) return error;
        job_->fence = std::make_shared<Fence>();
        job_->number = queue.next++;
        job_->table = file_.table_;
        queue.fences[job_->number] = job_->fence;
        for (const auto& [handle, buffer] : file_.buffers_)
            if (buffer->always_valid) job_->residency.insert(buffer);
        for (const auto& buffer : job_->residency) {
            std::erase_if(buffer->users, [](const FencePtr& fence) { return fence->signaled; });
            buffer->users.push_back(job_->fence);
        }
        for (const auto& [object, point] : signaled_) {
            if (point == 0)
                object->replace(job_->fence);
            else
                object->add_point(point, job_->fence);
        }
        request.out.handle = job_->number;
        file_.node_->submit(std::move(job_));
        return 0;
    }

    OpenFile& file_;
    Shared& shared_;
    Lock& lock_;
    std::unique_ptr<Job> job_ = std::make_unique<Job>();
    bool has_list_ = false;
    std::vector<std::pair<std::shared_ptr<Syncobj>, std::uint64_t>> signaled_;
};

int OpenFile::submit(drm_amdgpu_cs& request, Lock& lock) { return Submission(*this, lock).run(request); }

}  // namespace sporkle::amdgpu::emulator
