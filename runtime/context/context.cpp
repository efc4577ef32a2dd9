#include <sporkle/context.hpp>

#include <algorithm>
#include <new>
#include <set>

#include <sporkle/error.hpp>

#include "runtime/context/prepared.hpp"
#include "runtime/context/recorded_calls.hpp"
#include "runtime/context/state.hpp"

namespace sporkle {

using runtime::Call;
using runtime::ContextState;
using runtime::Kernel;

namespace {

/// Runs an action of a kernel's call; what the standard library says of memory becomes an Error.
template <class Action>
auto with_memory(const KernelId& id, Action&& action) {
    try {
        return action();
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::out_of_memory,
                    "kernel '" + std::string(id.name) + "': no memory for the call");
    }
}

}  // namespace

void detail::refuse_moved_from(const char* what) {
    throw Error(ErrorCode::invalid_argument, "this " + std::string(what) + " was moved from and is empty");
}

runtime::ContextState& Runner::state() const {
    if (state_ == nullptr) detail::refuse_moved_from("Context");
    return *state_;
}

void Runner::run(const KernelId& id, std::span<const Operand> operands) const {
    with_memory(id, [&] {
        const std::shared_ptr<Kernel> kernel = state().kernel(id);
        const Call call(kernel->program(), kernel->facts(), operands);
        if (!call.writes_nothing()) state().selection(*kernel, call, device_)->run(call);
    });
}

PreparedCall Runner::prepare(const KernelId& id, std::span<const Operand> operands) const {
    return with_memory(id, [&] {
        return PreparedCall(
            std::make_unique<runtime::Prepared>(state_, state().kernel(id), operands, device_));
    });
}

void Runner::tune(const KernelId& id, std::span<const Operand> operands) const {
    with_memory(id, [&] {
        const std::shared_ptr<Kernel> kernel = state().kernel(id);
        const Call call(kernel->program(), kernel->facts(), operands);
        if (!call.writes_nothing()) state().tune(*kernel, call, device_);
    });
}

detail::DeviceMemoryBlock DeviceContext::allocate(std::int64_t count, int element_bytes) const {
    const auto storage = state().allocate(state_, *device_, count, element_bytes);
    return {storage, storage->address(), storage->buffer() == nullptr};
}

Recording DeviceContext::record(const std::function<void(Recorder&)>& body) const {
    state();  // throws where this was moved from
    if (!body) throw Error(ErrorCode::invalid_argument, "record: the function that makes the calls is empty");
    auto calls = std::make_unique<runtime::RecordedCalls>(state_, *device_);
    Recorder recorder(*calls);
    body(recorder);
    calls->finish();
    return Recording(std::move(calls));
}

Context::Context(Options options) : Runner(std::make_shared<ContextState>(std::move(options)), nullptr) {}
Context::~Context() = default;

void Context::load(const std::string& path) { state().load(path); }

std::vector<DeviceInfo> Context::devices() const {
    std::vector<DeviceInfo> infos;
    for (const runtime::Device* device : state().devices().all()) infos.push_back(device->info());
    return infos;
}

std::vector<std::string> Context::absences() const { return state().devices().absences(); }

DeviceContext Context::on(std::string_view device) const {
    runtime::Device& named = state().device(device);
    return DeviceContext(state_, &named);
}

std::vector<VariantInfo> Context::variants(const KernelId& id) const {
    std::vector<VariantInfo> result;
    const auto add = [&](const bundle::Variant& variant, const std::string& device) {
        VariantInfo& info = result.emplace_back();
        info.choice.device = device;
        info.choice.architecture = variant.architecture;
        info.choice.schedule = variant.schedule;
        info.schedule_text = variant.schedule_text;
        info.rank = static_cast<int>(variant.rank);
    };
    const std::shared_ptr<Kernel> kernel = state().kernel(id);
    std::set<const bundle::Variant*> runs_somewhere;
    for (runtime::Device* device : state().devices().of_targets(kernel->targets()))
        for (const auto& variant : kernel->variants(*device)) {
            runs_somewhere.insert(&variant->variant());
            add(variant->variant(), device->info().name);
        }
    for (const Kernel::Source& source : kernel->sources())
        for (const bundle::Variant& variant : source.kernel->variants)
            if (variant.numerics == kernel->program().numerics && !runs_somewhere.contains(&variant))
                add(variant, {});
    return result;
}

void Context::pin(const KernelId& id, const Choice& choice) {
    const auto matches = [&](const VariantInfo& variant) {
        return (choice.device.empty() || choice.device == variant.choice.device) &&
               (choice.architecture.empty() || choice.architecture == variant.choice.architecture) &&
               (choice.schedule.empty() || choice.schedule == variant.choice.schedule);
    };
    if (choice.threads < 0)
        throw Error(ErrorCode::invalid_argument, "kernel '" + std::string(id.name) +
                                                     "' cannot be pinned to " +
                                                     std::to_string(choice.threads) + " threads");
    const std::vector<VariantInfo> known = variants(id);
    const auto usable = [&](const VariantInfo& variant) {
        return matches(variant) && !variant.choice.device.empty();
    };
    if (choice.schedule != "reference" && std::none_of(known.begin(), known.end(), usable)) {
        std::string message = "kernel '" + std::string(id.name) + "' has no variant";
        const auto wanted = [&](const char* what, const std::string& name) {
            if (!name.empty()) message += std::string(" of ") + what + " '" + name + "'";
        };
        wanted("device", choice.device);
        wanted("architecture", choice.architecture);
        wanted("schedule", choice.schedule);
        message += " that this machine can run; there are:";
        for (const VariantInfo& variant : known)
            if (!variant.choice.device.empty())
                message += " " + variant.choice.device + "/" + variant.choice.architecture + "/" +
                           variant.choice.schedule;
        throw Error(ErrorCode::unsupported, message);
    }
    state().kernel(id)->pin(choice);
}

void Context::unpin(const KernelId& id) { state().kernel(id)->pin(std::nullopt); }

Report Context::report(const KernelId& id) const {
    const std::shared_ptr<Kernel> kernel = state().kernel(id);
    Report report;
    report.kernel = kernel->name();
    report.hash = kernel->hash();
    for (const auto& selection : kernel->selections()) report.workloads.push_back(selection->report());
    return report;
}

}  // namespace sporkle
