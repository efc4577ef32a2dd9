#include "runtime/context/prepared.hpp"

#include "runtime/call/run_reference.hpp"

namespace sporkle::runtime {

Prepared::Prepared(std::shared_ptr<ContextState> state, std::shared_ptr<Kernel> kernel,
                   std::span<const Operand> operands, int device)
    : state_(std::move(state)),
      kernel_(std::move(kernel)),
      call_(kernel_->program(), kernel_->facts(), operands) {
    if (call_.writes_nothing()) {
        invoke = [](BoundCall&) {};
        return;
    }
    selection_ = state_->selection(*kernel_, call_, device);
    if (selection_->chosen() != nullptr) {
        settle();
        return;
    }
    invoke = [](BoundCall& call) {
        Prepared& p = self(call);
        p.selection_->run(p.call_);
        if (p.selection_->chosen() != nullptr) p.settle();
    };
}

void Prepared::settle() {
    const Candidate& candidate = *selection_->chosen();
    if (candidate.variant == nullptr) {
        invoke = [](BoundCall& call) { run_reference(self(call).call_); };
        return;
    }
    binding_ = selection_->bind(candidate);
    binding_->rebind(call_);
    executable_ = &binding_->executable();
    launch_ = &binding_->launch();
    direct_ = launch_->threads == 1 ? executable_->direct() : nullptr;
    if (direct_ != nullptr && !call_.has_copies())
        invoke = [](BoundCall& call) {
            Prepared& p = self(call);
            p.direct_(*p.executable_, *p.launch_);
        };
    else
        invoke = [](BoundCall& call) {
            Prepared& p = self(call);
            p.call_.copy_inputs();
            p.binding_->run();
        };
}

}  // namespace sporkle::runtime
