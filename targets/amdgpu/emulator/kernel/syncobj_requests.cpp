// DRM synchronization objects: SYNCOBJ_*.
#include <algorithm>
#include <cerrno>

#include "targets/amdgpu/emulator/kernel/open_file.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::uint32_t wait_flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT;
unsigned long long wide(std::uint64_t value) { return value; }

FencePtr signaled_fence() {
    auto fence = std::make_shared<Fence>();
    fence->signaled = true;
    return fence;
}

}  // namespace

std::uint32_t OpenFile::add(std::shared_ptr<Syncobj> object) {
    const std::uint32_t handle = next_syncobj_++;
    syncobjs_[handle] = std::move(object);
    return handle;
}

std::shared_ptr<Syncobj> OpenFile::syncobj(std::uint32_t handle) const {
    const auto found = syncobjs_.find(handle);
    return found == syncobjs_.end() ? nullptr : found->second;
}

int OpenFile::syncobj_create(drm_syncobj_create& request) {
    if (request.flags & ~std::uint32_t{DRM_SYNCOBJ_CREATE_SIGNALED})
        return shared_.refuse(-EINVAL, formatted("SYNCOBJ_CREATE: flags 0x%x are unknown", request.flags));
    auto object = std::make_shared<Syncobj>();
    if (request.flags & DRM_SYNCOBJ_CREATE_SIGNALED) object->replace(signaled_fence());
    request.handle = add(std::move(object));
    return 0;
}

int OpenFile::syncobj_destroy(const drm_syncobj_destroy& request) {
    if (request.pad != 0) return shared_.refuse(-EINVAL, "SYNCOBJ_DESTROY: padding is not 0");
    if (syncobjs_.erase(request.handle) == 0)
        return shared_.refuse(-EINVAL, formatted("SYNCOBJ_DESTROY: handle %u is unknown", request.handle));
    return 0;
}

int OpenFile::syncobj_to_descriptor(drm_syncobj_handle& request) {
    if (request.pad != 0 || request.flags & ~std::uint32_t{DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE})
        return shared_.refuse(-EINVAL, formatted("SYNCOBJ_HANDLE_TO_FD: flags 0x%x", request.flags));
    std::shared_ptr<Syncobj> object = syncobj(request.handle);
    if (!object)
        return shared_.refuse(-EINVAL,
                              formatted("SYNCOBJ_HANDLE_TO_FD: handle %u is unknown", request.handle));
    if (!(request.flags & DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE)) {
        request.fd = descriptors_.add_syncobj(std::move(object));
        return 0;
    }
    if (!object->has_fence())
        return shared_.refuse(-EINVAL,
                              formatted("SYNCOBJ_HANDLE_TO_FD: sync object %u has no fence", request.handle));
    request.fd = descriptors_.add_sync_file(object->fences);
    return 0;
}

int OpenFile::syncobj_from_descriptor(drm_syncobj_handle& request) {
    if (request.pad != 0 || request.flags & ~std::uint32_t{DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE})
        return shared_.refuse(-EINVAL, formatted("SYNCOBJ_FD_TO_HANDLE: flags 0x%x", request.flags));
    if (request.flags & DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE) {
        const std::shared_ptr<Syncobj> object = syncobj(request.handle);
        if (!object)
            return shared_.refuse(-ENOENT,
                                  formatted("SYNCOBJ_FD_TO_HANDLE: handle %u is unknown", request.handle));
        const std::optional<Fences> fences = descriptors_.sync_file(request.fd);
        if (!fences)
            return shared_.refuse(
                -EINVAL, formatted("SYNCOBJ_FD_TO_HANDLE: descriptor %d is no sync file", request.fd));
        object->points.clear();
        object->fences = *fences;
        if (object->fences.size() > 1) object->points.assign(object->fences.size(), 0);
        return 0;
    }
    std::shared_ptr<Syncobj> object = descriptors_.syncobj(request.fd);
    if (!object)
        return shared_.refuse(-EINVAL,
                              formatted("SYNCOBJ_FD_TO_HANDLE: descriptor %d is no sync object", request.fd));
    request.handle = add(std::move(object));
    return 0;
}

int OpenFile::wait_syncobjs(const char* what, std::uint64_t handles, const std::uint64_t* points,
                            std::int64_t timeout, std::uint32_t count, std::uint32_t flags,
                            std::uint32_t& first_signaled, Lock& lock) {
    if (count == 0) return shared_.refuse(-EINVAL, formatted("%s: no handles", what));
    const auto* asked = reinterpret_cast<const std::uint32_t*>(handles);
    if (asked == nullptr) return shared_.refuse(-EFAULT, formatted("%s: no array of handles", what));
    std::vector<std::shared_ptr<Syncobj>> objects;
    for (std::uint32_t n = 0; n < count; ++n) {
        objects.push_back(syncobj(asked[n]));
        if (!objects.back())
            return shared_.refuse(-ENOENT, formatted("%s: handle %u is unknown", what, asked[n]));
    }
    const bool may_come_later =
        flags & (DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE);
    const bool only_there = flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE;
    const auto fences = [&](std::uint32_t n) { return objects[n]->at(points ? points[n] : 0); };
    const auto is_done = [&](std::uint32_t n) {
        const std::optional<Fences> there = fences(n);
        return there && (only_there || all_signaled(*there));
    };
    if (!may_come_later)
        for (std::uint32_t n = 0; n < count; ++n)
            if (!fences(n))
                return shared_.refuse(-EINVAL, formatted("%s: sync object %u has no fence for point %llu",
                                                         what, asked[n], wide(points ? points[n] : 0)));
    const bool wait_all = flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL;
    const auto number_done = [&] {
        std::uint32_t done = 0;
        for (std::uint32_t n = 0; n < count; ++n) done += is_done(n);
        return done;
    };
    const bool in_time = shared_.wait_until(lock, std::max<std::int64_t>(timeout, 0), [&] {
        return wait_all ? number_done() == count : number_done() > 0;
    });
    if (!in_time) return -ETIME;
    if (!wait_all)
        for (first_signaled = 0; !is_done(first_signaled);) ++first_signaled;
    return 0;
}

int OpenFile::syncobj_wait(drm_syncobj_wait& request, Lock& lock) {
    if (request.flags & ~wait_flags)
        return shared_.refuse(-EINVAL, formatted("SYNCOBJ_WAIT: flags 0x%x", request.flags));
    return wait_syncobjs("SYNCOBJ_WAIT", request.handles, nullptr, request.timeout_nsec,
                         request.count_handles, request.flags, request.first_signaled, lock);
}

int OpenFile::syncobj_timeline_wait(drm_syncobj_timeline_wait& request, Lock& lock) {
    if (request.flags & ~(wait_flags | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE))
        return shared_.refuse(-EINVAL, formatted("SYNCOBJ_TIMELINE_WAIT: flags 0x%x", request.flags));
    return wait_syncobjs("SYNCOBJ_TIMELINE_WAIT", request.handles,
                         reinterpret_cast<const std::uint64_t*>(request.points), request.timeout_nsec,
                         request.count_handles, request.flags, request.first_signaled, lock);
}

namespace {

/// The objects of an array, or an error number.
int objects_of(Shared& shared, const char* what, std::uint64_t handles, std::uint32_t count,
               const std::function<std::shared_ptr<Syncobj>(std::uint32_t)>& find,
               std::vector<std::shared_ptr<Syncobj>>& objects) {
    if (count == 0) return shared.refuse(-EINVAL, formatted("%s: no handles", what));
    const auto* asked = reinterpret_cast<const std::uint32_t*>(handles);
    if (asked == nullptr) return shared.refuse(-EFAULT, formatted("%s: no array of handles", what));
    for (std::uint32_t n = 0; n < count; ++n) {
        objects.push_back(find(asked[n]));
        if (!objects.back())
            return shared.refuse(-ENOENT, formatted("%s: handle %u is unknown", what, asked[n]));
    }
    return 0;
}

}  // namespace

int OpenFile::syncobj_reset(const drm_syncobj_array& request) {
    std::vector<std::shared_ptr<Syncobj>> objects;
    const int error = objects_of(
        shared_, "SYNCOBJ_RESET", request.handles, request.count_handles,
        [&](std::uint32_t handle) { return syncobj(handle); }, objects);
    for (const auto& object : objects)
        if (error == 0) object->clear();
    return error;
}

int OpenFile::syncobj_signal(const drm_syncobj_array& request) {
    std::vector<std::shared_ptr<Syncobj>> objects;
    const int error = objects_of(
        shared_, "SYNCOBJ_SIGNAL", request.handles, request.count_handles,
        [&](std::uint32_t handle) { return syncobj(handle); }, objects);
    if (error != 0) return error;
    for (const auto& object : objects) object->replace(signaled_fence());
    shared_.changed.notify_all();
    return 0;
}

int OpenFile::syncobj_timeline_signal(const drm_syncobj_timeline_array& request) {
    if (request.flags != 0)
        return shared_.refuse(-EINVAL, formatted("SYNCOBJ_TIMELINE_SIGNAL: flags 0x%x", request.flags));
    std::vector<std::shared_ptr<Syncobj>> objects;
    if (const int error = objects_of(
            shared_, "SYNCOBJ_TIMELINE_SIGNAL", request.handles, request.count_handles,
            [&](std::uint32_t handle) { return syncobj(handle); }, objects);
        error != 0)
        return error;
    const auto* points = reinterpret_cast<const std::uint64_t*>(request.points);
    for (std::size_t n = 0; n < objects.size(); ++n) {
        const std::uint64_t point = points ? points[n] : 0;
        if (objects[n]->is_timeline() && point <= objects[n]->last_point())
            shared_.note(formatted("SYNCOBJ_TIMELINE_SIGNAL: point %llu does not come after %llu",
                                   wide(point), wide(objects[n]->last_point())));
        objects[n]->add_point(point, signaled_fence());
    }
    shared_.changed.notify_all();
    return 0;
}

int OpenFile::syncobj_query(const drm_syncobj_timeline_array& request) {
    if (request.flags & ~std::uint32_t{DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED})
        return shared_.refuse(-EINVAL, formatted("SYNCOBJ_QUERY: flags 0x%x", request.flags));
    std::vector<std::shared_ptr<Syncobj>> objects;
    if (const int error = objects_of(
            shared_, "SYNCOBJ_QUERY", request.handles, request.count_handles,
            [&](std::uint32_t handle) { return syncobj(handle); }, objects);
        error != 0)
        return error;
    auto* points = reinterpret_cast<std::uint64_t*>(request.points);
    if (points == nullptr) return shared_.refuse(-EFAULT, "SYNCOBJ_QUERY: no array of points");
    for (std::size_t n = 0; n < objects.size(); ++n)
        points[n] = request.flags ? objects[n]->last_point() : objects[n]->signaled_point();
    return 0;
}

int OpenFile::syncobj_transfer(const drm_syncobj_transfer& request) {
    if (request.pad != 0) return shared_.refuse(-EINVAL, "SYNCOBJ_TRANSFER: padding is not 0");
    const std::shared_ptr<Syncobj> from = syncobj(request.src_handle), to = syncobj(request.dst_handle);
    if (!from || !to)
        return shared_.refuse(-ENOENT, formatted("SYNCOBJ_TRANSFER: handle %u is unknown",
                                                 from ? request.dst_handle : request.src_handle));
    const std::optional<Fences> fences = from->at(request.src_point);
    if (!fences)
        return shared_.refuse(-EINVAL,
                              formatted("SYNCOBJ_TRANSFER: sync object %u has no fence for point %llu",
                                        request.src_handle, wide(request.src_point)));
    if (request.dst_point == 0) to->clear();
    for (const FencePtr& fence : *fences) {
        if (request.dst_point == 0 && fences->size() == 1)
            to->replace(fence);
        else
            to->add_point(request.dst_point, fence);
    }
    shared_.changed.notify_all();
    return 0;
}

}  // namespace sporkle::amdgpu::emulator
