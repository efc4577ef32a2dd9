#include "runtime/call/run_reference.hpp"

#include <cfenv>

#include <sporkle/reference.hpp>

#include "runtime/call/fetched.hpp"

namespace sporkle::runtime {
namespace {

/// The default environment also keeps subnormals, which the C standard does not say but every libc does.
class DefaultEnvironment {
  public:
    DefaultEnvironment() {
        std::fegetenv(&before_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~DefaultEnvironment() { std::fesetenv(&before_); }

  private:
    std::fenv_t before_;
};

void evaluate(const Program& program, std::span<const CallArgument> arguments) {
    const DefaultEnvironment standard;
    reference(program, arguments);
}

}  // namespace

void run_reference(const Call& call) {
    const Program& p = call.program();
    if (!call.on_devices()) return evaluate(p, call.arguments());
    Fetched fetched;
    fetched.fetch(call, nullptr);
    std::vector<CallArgument> arguments(call.arguments().begin(), call.arguments().end());
    for (int a = 0; a < p.argument_count; ++a)
        if (!p.arguments[a].is_scalar)
            arguments[static_cast<std::size_t>(a)].tensor = fetched.view(p.arguments[a].number);
    evaluate(p, arguments);
    fetched.put_back();
}

}  // namespace sporkle::runtime
