#include "runtime/call/binding.hpp"

#include "runtime/call/overlap.hpp"

namespace sporkle::runtime {

Binding::Binding(const Parts& parts)
    : device_(&parts.device),
      executable_(&parts.executable),
      arrangement_(&parts.arrangement),
      variant_(&parts.variant),
      sizes_(&parts.sizes),
      first_scratch_(parts.facts.block.first_scratch),
      words_(static_cast<std::size_t>(parts.facts.block.first_scratch) + parts.variant.scratch.size()),
      grids_(parts.sizes.grids),
      own_memory_(parts.device.memory() != nullptr),
      generation_(fork_generation()) {
    if (!arrangement_->plain()) staging_ = std::make_unique<Staging>(*arrangement_, *device_);
    launch_.words = words_.data();
    launch_.word_count = words_.size();
    launch_.grids = grids_;
}

void Binding::use(const ScratchNeed& need, std::shared_ptr<const ScratchMemory> memory) {
    memory_ = std::move(memory);
    const std::uint64_t shared = memory_->address();
    std::size_t shared_at = 0, arena_at = 0;
    for (std::size_t s = 0; s < variant_->scratch.size(); ++s) {
        const bool per_task = variant_->scratch[s].per_task;
        std::size_t& at = per_task ? arena_at : shared_at;
        words_[static_cast<std::size_t>(first_scratch_) + s] = per_task ? at : shared + at;
        at += padded_scratch(sizes_->scratch[s]);
    }
    launch_.threads = need.arenas;
    launch_.arenas = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(shared + need.shared_bytes));
    launch_.arena_bytes = need.arena_bytes;
}

void Binding::note_touched(const Program& p) {
    const ParameterBlock block(p);
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role == Role::temporary) continue;
        const std::uint64_t* const own = words_.data() + block.address(t);
        TensorView view;
        view.data = reinterpret_cast<void*>(static_cast<std::uintptr_t>(*own));
        for (int d = 0; d < p.tensors[t].rank; ++d) {
            view.strides[d] = static_cast<std::int64_t>(own[1 + d]);
            view.extents[d] = static_cast<std::int64_t>(own[1 + p.tensors[t].rank + d]);
        }
        const AddressRange range = address_range({&view, p.tensors[t].rank, size_of(p.tensors[t].dtype)});
        if (range.lowest < range.end)
            touched_.push_back({range.lowest, range.end, p.tensors[t].role == Role::output});
    }
    if (memory_->bytes() > 0)
        touched_.push_back({memory_->address(), memory_->address() + memory_->bytes(), true});
    launch_.touched = touched_;
}

}  // namespace sporkle::runtime
