#include "tools/benchmark/gpu/subject/accelerator.hpp"

#include <cstring>

#include <sporkle/error.hpp>

#include "runtime/bundle/reader.hpp"
#include "runtime/bundle/registry.hpp"

namespace sporkle::bench {

Accelerator::Accelerator(const std::string& name) {
    std::vector<std::string> known;
    std::unique_ptr<runtime::Device> second_choice;  // a software implementation
    for (const auto& target : runtime::run_targets()) {
        if (name.empty() ? target->target() == "x86" : !name.starts_with(target->family())) continue;
        std::vector<std::unique_ptr<runtime::Device>> devices;
        try {
            devices = target->open(executor_, known);
        } catch (const Error& error) {
            known.push_back(error.what());
        }
        for (auto& device : devices) {
            const DeviceInfo& info = device->info();
            known.push_back(info.name + " is " + info.model);
            if (device_ || (!name.empty() && info.name != name)) continue;
            if (name.empty() && info.by_name_only)
                second_choice = std::move(device);
            else
                device_ = std::move(device);
        }
    }
    if (!device_) device_ = std::move(second_choice);
    if (!device_) {
        std::string message =
            name.empty() ? "there is no device beside the CPU" : "there is no device '" + name + "'";
        for (const std::string& one : known) message += "; " + one;
        throw Error(ErrorCode::unknown_device, message);
    }
    for (const bundle::Anchor* anchor : bundle::registered_bundles())
        bundles_.push_back(std::make_shared<const bundle::Bundle>(bundle::read_linked(*anchor)));
}

runtime::Kernel& Accelerator::kernel(const KernelId& id) {
    auto& kernel = kernels_[id.hash];
    if (kernel) return *kernel;
    std::vector<runtime::Kernel::Source> sources;
    for (const auto& bundle : bundles_)
        for (const bundle::Kernel& one : bundle->kernels)
            if (one.hash == id.hash) sources.push_back({bundle, &one});
    if (sources.empty())
        throw Error(ErrorCode::unknown_kernel,
                    "kernel '" + std::string(id.name) + "' is in no bundle of this program");
    kernel = std::make_unique<runtime::Kernel>(std::move(sources));
    return *kernel;
}

Memory::Memory(Accelerator& accelerator, std::size_t bytes)
    : is_device_(accelerator.device().memory() != nullptr), bytes_(bytes) {
    runtime::Device& device = accelerator.device();
    storage_ = is_device_ ? std::make_unique<runtime::DeviceStorage>(nullptr, device,
                                                                     device.memory()->allocate(bytes))
                          : std::make_unique<runtime::DeviceStorage>(nullptr, device, std::int64_t(bytes), 1);
}

void Memory::put(const void* from) {
    if (bytes_ == 0) return;
    if (is_device_)
        storage_->memory().upload(*storage_->buffer(), 0, from, bytes_);
    else
        std::memcpy(storage_->address(), from, bytes_);
}

void Memory::get(void* to) const {
    if (bytes_ == 0) return;
    if (is_device_)
        storage_->memory().download(*storage_->buffer(), 0, to, bytes_);
    else
        std::memcpy(to, storage_->address(), bytes_);
}

}  // namespace sporkle::bench
