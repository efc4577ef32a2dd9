// What is behind a PreparedCall.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include <sporkle/prepared_call.hpp>

#include "runtime/call/binding.hpp"
#include "runtime/call/call.hpp"
#include "runtime/context/state.hpp"

namespace sporkle::runtime {

/// A call that is bound for good. While its selection is undecided every invocation is a measurement;
/// afterwards `invoke` is the shortest way to the code.
class Prepared final : public BoundCall {
  public:
    Prepared(std::shared_ptr<ContextState> state, std::shared_ptr<Kernel> kernel,
             std::span<const Operand> operands, Device* device);

  private:
    void settle();
    void select();
    void run_bound();
    static Prepared& self(BoundCall& call) { return static_cast<Prepared&>(call); }

    std::shared_ptr<ContextState> state_;
    std::shared_ptr<Kernel> kernel_;
    Call call_;
    std::shared_ptr<Selection> selection_;
    const Candidate* candidate_ = nullptr;
    std::optional<Binding> binding_;
    Executable::Direct direct_ = nullptr;
    const Executable* executable_ = nullptr;
    const Launch* launch_ = nullptr;
};

}  // namespace sporkle::runtime
