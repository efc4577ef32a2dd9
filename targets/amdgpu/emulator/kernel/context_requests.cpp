// CTX, and what else belongs to an open file as a whole.
#include <cerrno>

#include "targets/amdgpu/emulator/kernel/open_file.hpp"

namespace sporkle::amdgpu::emulator {

OpenFile::OpenFile(std::shared_ptr<Node> node, Shared& shared, Descriptors& descriptors, std::uint64_t number)
    : node_(std::move(node)),
      shared_(shared),
      descriptors_(descriptors),
      table_(std::make_shared<PageTable>(number)) {}

/// Buffers that are still mapped are unmapped; jobs under way keep theirs.
OpenFile::~OpenFile() {
    for (const auto& [handle, buffer] : buffers_) table_->unmap_all(buffer.get());
}

std::shared_ptr<Context> OpenFile::find_context(std::uint32_t number) const {
    const auto found = contexts_.find(number);
    return found == contexts_.end() ? nullptr : found->second;
}

int OpenFile::context(drm_amdgpu_ctx& request) {
    const drm_amdgpu_ctx_in in = request.in;
    if (in.op == AMDGPU_CTX_OP_ALLOC_CTX) {
        switch (in.priority) {
            case AMDGPU_CTX_PRIORITY_UNSET:
            case AMDGPU_CTX_PRIORITY_VERY_LOW:
            case AMDGPU_CTX_PRIORITY_LOW:
            case AMDGPU_CTX_PRIORITY_NORMAL:
                break;
            case AMDGPU_CTX_PRIORITY_HIGH:
            case AMDGPU_CTX_PRIORITY_VERY_HIGH:
                if (shared_.options.privileged) break;
                return shared_.refuse(-EACCES, formatted("CTX: priority %d needs CAP_SYS_NICE", in.priority));
            default:
                // The kernel takes what it does not know for normal (amdgpu_ctx_ioctl).
                shared_.note(formatted("CTX: priority %d is unknown and taken for normal", in.priority));
        }
        auto made = std::make_shared<Context>();
        made->number = next_context_++;
        made->priority = in.priority == AMDGPU_CTX_PRIORITY_UNSET ? AMDGPU_CTX_PRIORITY_NORMAL : in.priority;
        made->resets = node_->resets();
        made->resets_told = node_->resets();
        made->vram_losses = node_->vram_losses();
        request.out = {};
        request.out.alloc.ctx_id = made->number;
        contexts_[made->number] = std::move(made);
        return 0;
    }
    const std::shared_ptr<Context> found = find_context(in.ctx_id);
    if (in.op < AMDGPU_CTX_OP_ALLOC_CTX || in.op > AMDGPU_CTX_OP_QUERY_STATE2)
        return shared_.refuse(-EINVAL, formatted("CTX: operation %u is unknown here", in.op));
    if (!found) return shared_.refuse(-EINVAL, formatted("CTX: context %u is unknown", in.ctx_id));
    request.out = {};
    switch (in.op) {
        case AMDGPU_CTX_OP_FREE_CTX:
            contexts_.erase(in.ctx_id);
            break;
        case AMDGPU_CTX_OP_QUERY_STATE:
            request.out.state.hangs = found->hangs;
            request.out.state.reset_status =
                found->resets_told == node_->resets() ? AMDGPU_CTX_NO_RESET : AMDGPU_CTX_UNKNOWN_RESET;
            found->resets_told = node_->resets();
            break;
        case AMDGPU_CTX_OP_QUERY_STATE2:
            if (found->resets != node_->resets()) request.out.state.flags |= AMDGPU_CTX_QUERY2_FLAGS_RESET;
            if (found->vram_losses != node_->vram_losses())
                request.out.state.flags |= AMDGPU_CTX_QUERY2_FLAGS_VRAMLOST;
            if (found->guilty) request.out.state.flags |= AMDGPU_CTX_QUERY2_FLAGS_GUILTY;
            break;
    }
    return 0;
}

}  // namespace sporkle::amdgpu::emulator
