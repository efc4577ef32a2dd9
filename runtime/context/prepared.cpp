#include "runtime/context/prepared.hpp"

#include "runtime/call/run_reference.hpp"

namespace sporkle::runtime {

Prepared::Prepared(std::shared_ptr<ContextState> state, std::shared_ptr<Kernel> kernel,
                   std::span<const Operand> operands, Device* device)
    : state_(std::move(state)),
      kernel_(std::move(kernel)),
      call_(kernel_->program(), kernel_->facts(), operands) {
    if (call_.writes_nothing()) {
        invoke = [](BoundCall&) {};
        return;
    }
    selection_ = state_->selection(*kernel_, call_, device);
    if (selection_->chosen() != nullptr)
        settle();
    else
        select();
}

/// Every call goes through the selection until that has decided.
void Prepared::select() {
    binding_.reset();
    invoke = [](BoundCall& call) {
        Prepared& p = self(call);
        p.selection_->run(p.call_);
        if (p.selection_->chosen() != nullptr) p.settle();
    };
}

void Prepared::settle() {
    candidate_ = selection_->chosen();
    if (candidate_->variant == nullptr) {
        invoke = [](BoundCall& call) { run_reference(self(call).call_); };
        return;
    }
    try {
        binding_ = selection_->bind(*candidate_);
    } catch (const Error& error) {
        // The next call will meet the error again and do what is to be done about it.
        if (candidate_->variant->device().memory() == nullptr) throw;
        return select();
    }
    binding_->take(call_);
    executable_ = &binding_->executable();
    launch_ = &binding_->launch();
    direct_ = launch_->threads == 1 ? executable_->direct() : nullptr;
    if (direct_ != nullptr && binding_->plain())
        invoke = [](BoundCall& call) {
            Prepared& p = self(call);
            p.direct_(*p.executable_, *p.launch_);
        };
    else
        invoke = [](BoundCall& call) { self(call).run_bound(); };
}

/// Where a device fails, the selection finds another candidate, if there is one.
void Prepared::run_bound() {
    if (candidate_->variant->device().memory() == nullptr) {
        selection_->run_bound(*binding_, *candidate_, call_);
        return;
    }
    try {
        selection_->run_bound(*binding_, *candidate_, call_);
    } catch (const Interrupted& error) {
        selection_->give_up(*candidate_, error);
        select();
        throw;
    } catch (const Error& error) {
        if (!selection_->give_up(*candidate_, error)) throw;
        select();
        invoke(*this);
    }
}

}  // namespace sporkle::runtime
