#include "runtime/context/state.hpp"

#include <algorithm>
#include <cstdlib>

#include <sporkle/error.hpp>

#include "runtime/bundle/reader.hpp"
#include "runtime/bundle/registry.hpp"
#include "runtime/call/workload.hpp"
#include "runtime/context/settings.hpp"

namespace sporkle::runtime {
namespace {

std::string hexadecimal(const Hash& hash) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint64_t half : {hash.high, hash.low})
        for (int shift = 60; shift >= 0; shift -= 4) text += digits[half >> shift & 15];
    return text;
}

}  // namespace

ContextState::ContextState(Options options)
    : log_(std::move(options.log)),
      mode_(mode_setting(options.mode)),
      wisdom_(wisdom_setting(options.wisdom), log_) {
    Executor* executor = options.executor;
    if (executor == nullptr) {
        pool_ = std::make_unique<ThreadPool>(threads_setting(options.threads));
        executor = pool_.get();
    } else if (executor->concurrency() < 1) {
        throw Error(ErrorCode::invalid_argument, "the executor's concurrency is " +
                                                     std::to_string(executor->concurrency()) +
                                                     "; it must be at least 1");
    }
    devices_ = std::make_unique<Devices>(*executor, devices_setting(options.devices));
    refresh_linked();
    for (const std::string& path : options.bundles) load(path);
}

void ContextState::load(const std::string& path) {
    std::vector<std::shared_ptr<const bundle::Bundle>> bundles;
    for (bundle::Bundle& bundle : bundle::read_file(path))
        bundles.push_back(std::make_shared<const bundle::Bundle>(std::move(bundle)));
    const std::unique_lock lock(mutex_);
    add(std::move(bundles));
}

/// Takes up bundles whose libraries were loaded since the last time, and drops those that were unloaded.
void ContextState::refresh_linked() {
    const std::uint64_t generation = bundle::registry_generation();
    if (generation == generation_.load(std::memory_order_acquire)) return;
    const std::unique_lock lock(mutex_);
    const std::vector<const bundle::Anchor*> anchors = bundle::registered_bundles();
    std::erase_if(linked_, [&](const Linked& known) {
        if (std::find(anchors.begin(), anchors.end(), known.anchor) != anchors.end()) return false;
        remove(*known.bundle);
        return true;
    });
    for (const bundle::Anchor* anchor : anchors) {
        if (std::any_of(linked_.begin(), linked_.end(), [&](const Linked& l) { return l.anchor == anchor; }))
            continue;
        auto bundle = std::make_shared<const bundle::Bundle>(bundle::read_linked(*anchor));
        linked_.push_back({anchor, bundle});
        add({std::move(bundle)});
    }
    generation_.store(generation, std::memory_order_release);
}

/// Under the mutex.
void ContextState::add(std::vector<std::shared_ptr<const bundle::Bundle>> bundles) {
    for (auto& bundle : bundles) {
        const bool known = std::any_of(bundles_.begin(), bundles_.end(), [&](const auto& other) {
            return other->identity == bundle->identity;
        });
        if (known) continue;
        bundles_.push_back(bundle);
        for (const bundle::Kernel& kernel : bundle->kernels) rebuild(kernel.hash);
    }
}

/// Under the mutex.
void ContextState::remove(const bundle::Bundle& bundle) {
    std::erase_if(bundles_, [&](const auto& other) { return other.get() == &bundle; });
    for (const bundle::Kernel& kernel : bundle.kernels) rebuild(kernel.hash);
}

/// Brings together what all bundles hold of a kernel. Under the mutex.
void ContextState::rebuild(const Hash& hash) {
    std::vector<Kernel::Source> sources;
    for (const auto& bundle : bundles_)
        for (const bundle::Kernel& kernel : bundle->kernels)
            if (kernel.hash == hash) sources.push_back({bundle, &kernel});
    if (sources.empty())
        kernels_.erase(hash);
    else
        kernels_[hash] = std::make_shared<Kernel>(std::move(sources));
}

std::shared_ptr<Kernel> ContextState::kernel(const KernelId& id) {
    refresh_linked();
    const std::shared_lock lock(mutex_);
    if (id.hash != Hash{}) {
        const auto found = kernels_.find(id.hash);
        if (found == kernels_.end()) unknown(id);
        return found->second;
    }
    std::shared_ptr<Kernel> result;
    for (const auto& [hash, kernel] : kernels_) {
        if (kernel->name() != id.name) continue;
        if (result)
            throw Error(ErrorCode::invalid_argument,
                        "kernel '" + std::string(id.name) + "' is ambiguous: " + hexadecimal(result->hash()) +
                            " and " + hexadecimal(hash) + " have that name; name it by its hash");
        result = kernel;
    }
    if (!result) unknown(id);
    return result;
}

/// Under the mutex.
void ContextState::unknown(const KernelId& id) const {
    std::string message = "kernel '" + std::string(id.name) + "'";
    if (id.hash != Hash{}) message += " (hash " + hexadecimal(id.hash) + ")";
    message += " is in no loaded bundle; ";
    if (bundles_.empty()) message += "no bundle is linked or loaded";
    bool same_name = false;
    for (const auto& bundle : bundles_) {
        message += (bundle == bundles_.front() ? "loaded: " : "; ") + bundle->origin + " with";
        for (const bundle::Kernel& kernel : bundle->kernels) {
            message += " " + std::string(kernel.name());
            same_name = same_name || kernel.name() == id.name;
        }
    }
    if (same_name && id.hash != Hash{})
        message +=
            ". A kernel of that name with another definition is there: the bundle was built from other "
            "sources";
    throw Error(ErrorCode::unknown_kernel, message);
}

Device& ContextState::device(std::string_view name) {
    if (Device* device = devices_->named(name)) return *device;
    std::string message = "there is no device '" + std::string(name) + "'; this machine has: ", known;
    for (const Device* device : devices_->all()) known += (known.empty() ? "" : ", ") + device->info().name;
    message += known.empty() ? "none" : known;
    for (const std::string& absence : devices_->absences()) message += "; " + absence;
    throw Error(ErrorCode::unknown_device, message);
}

std::shared_ptr<const DeviceStorage> ContextState::allocate(std::shared_ptr<ContextState> self,
                                                            Device& device, std::int64_t count,
                                                            int element_bytes) {
    if (device.memory() == nullptr)
        return std::make_shared<const DeviceStorage>(std::move(self), device, count, element_bytes);
    devices_->expect_usable(device);
    const std::size_t bytes = static_cast<std::size_t>(count) * static_cast<std::size_t>(element_bytes);
    std::unique_ptr<DeviceBuffer> buffer =
        with_spares_released(*this, device, [&] { return device.memory()->allocate(bytes); });
    if (bytes > 0) device.memory()->clear(*buffer, 0, bytes);
    return std::make_shared<const DeviceStorage>(std::move(self), device, std::move(buffer));
}

bool ContextState::release_spares(const Device& device) {
    std::vector<std::shared_ptr<Kernel>> kernels;
    {
        const std::shared_lock lock(mutex_);
        for (const auto& [hash, kernel] : kernels_) kernels.push_back(kernel);
    }
    bool released = false;
    for (const auto& kernel : kernels)
        for (const auto& selection : kernel->selections()) released |= selection->release_spares(device);
    return released;
}

namespace {

/// What a kernel keeps selections by.
Hash selection_key(const Call& call, const Device* device) {
    Hasher hasher;
    const Hash workload = workload_hash(call);
    hasher.word(workload.high);
    hasher.word(workload.low);
    hasher.word(reinterpret_cast<std::uintptr_t>(device));
    return hasher.finish();
}

}  // namespace

std::shared_ptr<Selection> ContextState::selection(Kernel& kernel, const Call& call, Device* device) {
    return kernel.selection(selection_key(call, device), [&](const std::optional<Choice>& pin) {
        return std::make_shared<Selection>(kernel, call, device, pin, surroundings(mode_));
    });
}

void ContextState::tune(Kernel& kernel, const Call& call, Device* device) {
    const auto selection =
        std::make_shared<Selection>(kernel, call, device, std::nullopt, surroundings(Mode::measure));
    selection->search(call);
    kernel.replace(selection_key(call, device), selection);
}

}  // namespace sporkle::runtime
