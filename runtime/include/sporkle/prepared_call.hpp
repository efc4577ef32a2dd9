// PreparedCall: a kernel bound to its arguments.
#pragma once

#include <memory>

namespace sporkle {

namespace runtime {

/// The bound call. `invoke` is what one call does just now: measure, copy, launch threads, or go straight to
/// code.
struct BoundCall {
    void (*invoke)(BoundCall&) = nullptr;
    virtual ~BoundCall() = default;
};

}  // namespace runtime

namespace detail {

/// Throws Error(invalid_argument): a "Context", "PreparedCall" or "Recording" was used after it was moved.
[[noreturn]] void refuse_moved_from(const char* what);

}  // namespace detail

/// Made by Context::prepare. Calling it runs the kernel on the same memory again; the contents may change
/// between calls. Once a variant is chosen a call allocates nothing, takes no lock, and goes straight to the
/// kernel's code where the work is for one thread. One PreparedCall is for one thread at a time; prepare one
/// for each thread. It keeps what it needs of the Context alive.
class PreparedCall {
  public:
    explicit PreparedCall(std::unique_ptr<runtime::BoundCall> call) : call_(std::move(call)) {}

    void operator()() {
        if (call_ == nullptr) detail::refuse_moved_from("PreparedCall");
        call_->invoke(*call_);
    }

  private:
    std::unique_ptr<runtime::BoundCall> call_;
};

}  // namespace sporkle
