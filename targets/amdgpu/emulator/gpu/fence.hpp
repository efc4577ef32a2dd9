// What a submission signals when it has ended. Guarded by the kernel's lock.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

namespace sporkle::amdgpu::emulator {

struct Fence {
    bool signaled = false;
    int error = 0;  ///< negative error number
};
using FencePtr = std::shared_ptr<Fence>;
/// All of them together.
using Fences = std::vector<FencePtr>;

inline bool all_signaled(const Fences& fences) {
    return std::all_of(fences.begin(), fences.end(), [](const FencePtr& f) { return f->signaled; });
}
/// The first error among them, 0 for none.
inline int error_of(const Fences& fences) {
    for (const FencePtr& fence : fences)
        if (fence->error != 0) return fence->error;
    return 0;
}

}  // namespace sporkle::amdgpu::emulator
