// Executor: how an application that has threads of its own lends them to Sporkle.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace sporkle {

/// A reference to something callable with one number. It does not own what it refers to.
class TaskBody {
  public:
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, TaskBody> && std::is_invocable_v<F&, std::int64_t>)
        TaskBody(F&& body)
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(body)))),
          call_(
              [](void* object, std::int64_t i) { (*static_cast<std::remove_reference_t<F>*>(object))(i); }) {}

    void operator()(std::int64_t i) const { call_(object_, i); }

  private:
    void* object_;
    void (*call_)(void*, std::int64_t);
};

/// Runs the pieces of a kernel's work. Give a Context one of these to use an application's own threads in
/// place of Sporkle's; it must outlive the Context.
class Executor {
  public:
    virtual ~Executor() = default;

    /// How many pieces are worth making at most, at least 1; it must not change while a Context uses the
    /// executor.
    virtual int concurrency() const = 0;

    /// Calls body(0) … body(count - 1), each exactly once, in any order, on any threads, at the same time or
    /// one after the other, and returns when all have returned. `count` is at most concurrency(). Several
    /// threads may be in here at once when several call kernels. A body never throws and never waits for
    /// another one, so even an executor that runs all of them in a plain loop is right. Sporkle sets and
    /// restores the floating-point state.
    virtual void parallel_for(std::int64_t count, TaskBody body) = 0;
};

}  // namespace sporkle
