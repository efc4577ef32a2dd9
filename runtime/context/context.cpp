#include <sporkle/context.hpp>

#include <algorithm>
#include <new>

#include <sporkle/error.hpp>

#include "runtime/context/prepared.hpp"
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

void Runner::run(const KernelId& id, std::span<const Operand> operands) const {
    with_memory(id, [&] {
        const std::shared_ptr<Kernel> kernel = state_->kernel(id);
        const Call call(kernel->program(), kernel->facts(), operands);
        if (!call.writes_nothing()) state_->selection(*kernel, call, device_)->run(call);
    });
}

PreparedCall Runner::prepare(const KernelId& id, std::span<const Operand> operands) const {
    return with_memory(id, [&] {
        return PreparedCall(
            std::make_unique<runtime::Prepared>(state_, state_->kernel(id), operands, device_));
    });
}

void Runner::tune(const KernelId& id, std::span<const Operand> operands) const {
    with_memory(id, [&] {
        const std::shared_ptr<Kernel> kernel = state_->kernel(id);
        const Call call(kernel->program(), kernel->facts(), operands);
        if (!call.writes_nothing()) state_->tune(*kernel, call, device_);
    });
}

Context::Context(Options options) : Runner(std::make_shared<ContextState>(std::move(options)), -1) {}
Context::~Context() = default;

void Context::load(const std::string& path) { state_->load(path); }

std::vector<DeviceInfo> Context::devices() const {
    std::vector<DeviceInfo> infos;
    for (const auto& device : state_->devices()) infos.push_back(device->info());
    return infos;
}

DeviceContext Context::on(std::string_view device) const {
    return DeviceContext(state_, state_->device(device));
}

std::vector<VariantInfo> Context::variants(const KernelId& id) const {
    std::vector<VariantInfo> result;
    for (const auto& variant : state_->kernel(id)->variants()) {
        VariantInfo& info = result.emplace_back();
        if (variant->device() != nullptr) info.choice.device = variant->device()->info().name;
        info.choice.architecture = variant->variant().architecture;
        info.choice.schedule = variant->variant().schedule;
        info.schedule_text = variant->variant().schedule_text;
        info.rank = static_cast<int>(variant->variant().rank);
    }
    return result;
}

void Context::pin(const KernelId& id, const Choice& choice) {
    const auto matches = [&](const VariantInfo& variant) {
        return (choice.device.empty() || choice.device == variant.choice.device) &&
               (choice.architecture.empty() || choice.architecture == variant.choice.architecture) &&
               (choice.schedule.empty() || choice.schedule == variant.choice.schedule);
    };
    const std::vector<VariantInfo> known = variants(id);
    const auto usable = [&](const VariantInfo& variant) {
        return matches(variant) && !variant.choice.device.empty();
    };
    if (choice.schedule != "reference" && std::none_of(known.begin(), known.end(), usable)) {
        std::string message = "kernel '" + std::string(id.name) + "' has no variant " + choice.architecture +
                              "/" + choice.schedule + " that this machine can run; there are:";
        for (const VariantInfo& variant : known)
            if (!variant.choice.device.empty())
                message += " " + variant.choice.architecture + "/" + variant.choice.schedule;
        throw Error(ErrorCode::unsupported, message);
    }
    state_->kernel(id)->pin(choice);
}

void Context::unpin(const KernelId& id) { state_->kernel(id)->pin(std::nullopt); }

Report Context::report(const KernelId& id) const {
    const std::shared_ptr<Kernel> kernel = state_->kernel(id);
    Report report;
    report.kernel = kernel->name();
    report.hash = kernel->hash();
    for (const auto& selection : kernel->selections()) report.workloads.push_back(selection->report());
    return report;
}

}  // namespace sporkle
