#include "runtime/call/binding.hpp"

namespace sporkle::runtime {

Binding::Binding(const Parts& parts, const ScratchNeed& need, std::shared_ptr<const ScratchMemory> memory)
    : device_(&parts.device),
      executable_(&parts.executable),
      arrangement_(&parts.arrangement),
      words_(static_cast<std::size_t>(parts.facts.block.first_scratch) + parts.variant.scratch.size()),
      grids_(parts.sizes.grids),
      memory_(std::move(memory)),
      own_memory_(parts.device.memory() != nullptr),
      generation_(fork_generation()) {
    if (!arrangement_->plain()) staging_ = std::make_unique<Staging>(*arrangement_, *device_);
    const std::uint64_t shared = memory_->address();
    std::size_t shared_at = 0, arena_at = 0;
    for (std::size_t s = 0; s < parts.variant.scratch.size(); ++s) {
        const bool per_task = parts.variant.scratch[s].per_task;
        std::size_t& at = per_task ? arena_at : shared_at;
        words_[static_cast<std::size_t>(parts.facts.block.scratch(static_cast<int>(s)))] =
            per_task ? at : shared + at;
        at += padded_scratch(parts.sizes.scratch[s]);
    }
    launch_.words = words_.data();
    launch_.word_count = words_.size();
    launch_.grids = grids_;
    launch_.threads = need.arenas;
    launch_.arenas = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(shared + need.shared_bytes));
    launch_.arena_bytes = need.arena_bytes;
}

}  // namespace sporkle::runtime
