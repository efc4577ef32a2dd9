#include "runtime/select/candidates.hpp"

#include <algorithm>

#include "runtime/call/facts.hpp"
#include "runtime/call/workload.hpp"
#include "runtime/context/devices.hpp"
#include "runtime/select/threads.hpp"

namespace sporkle::runtime {
namespace {

/// A call of so few operations is over on any CPU before its operands have come to another device and back.
constexpr double too_little_to_move = 20e3;

bool matches(const Choice& pin, const LoadedVariant& variant) {
    return (pin.device.empty() || pin.device == variant.device().info().name) &&
           (pin.architecture.empty() || pin.architecture == variant.variant().architecture) &&
           (pin.schedule.empty() || pin.schedule == variant.variant().schedule);
}

/// The devices on which a call may run.
std::vector<Device*> devices_for(const Kernel& kernel, const Call& call, Device* device,
                                 const std::optional<Choice>& pin, double work, Devices& devices) {
    if (device != nullptr) return {device};
    if (pin && !pin->device.empty()) {
        Device* named = devices.named(pin->device);
        return named == nullptr ? std::vector<Device*>() : std::vector<Device*>{named};
    }
    const std::vector<Device*> at_home = devices.on_process_memory();
    const bool small = !pin && !call.on_devices() && work < too_little_to_move && !at_home.empty();
    std::vector<Device*> result = small ? at_home : devices.of_targets(kernel.targets());
    const auto left_out = [&](Device* candidate) {
        for (int t = 0; t < call.program().tensor_count; ++t)
            if (call.storage(t) != nullptr && &call.storage(t)->device() == candidate) return false;
        return !devices.chosen_freely(*candidate);
    };
    std::erase_if(result, left_out);
    return result;
}

/// The candidates of one device.
std::vector<Candidate> candidates_on(Kernel& kernel, const Call& call, Device& device,
                                     const Arrangement& arrangement, const std::optional<Choice>& pin,
                                     double work) {
    std::vector<Candidate> result;
    for (const auto& variant : kernel.variants(device)) {
        if (pin && !matches(*pin, *variant)) continue;
        if (!fits(variant->variant(), call, arrangement)) continue;
        const std::optional<Sizes> sizes = sizes_of(variant->variant(), call, arrangement);
        if (!sizes) continue;
        std::int64_t most_tasks = 0;
        for (const Grid& grid : sizes->grids) most_tasks = std::max(most_tasks, grid.tasks);
        const int threads = device.memory() != nullptr ? 1 : device.info().threads;
        for (const int count : thread_counts(work, most_tasks, threads))
            result.push_back({variant.get(), count, *sizes, &arrangement});
    }
    return result;
}

/// Bytes that come and go for each call on the device of these candidates.
std::uint64_t moved_bytes(const std::vector<Candidate>& of_device) {
    return of_device.front().arrangement->transfer_bytes();
}

}  // namespace

Candidates find_candidates(Kernel& kernel, const Call& call, Device* device, const std::optional<Choice>& pin,
                           Devices& devices) {
    Candidates result;
    if (pin && pin->schedule == "reference") return result;
    const double work = operations(call.program(), call.extents());
    std::vector<std::vector<Candidate>> of_devices;
    for (Device* usable : devices_for(kernel, call, device, pin, work, devices)) {
        const auto& arrangement = result.arrangements.emplace_back(
            std::make_unique<const Arrangement>(call, usable->memory() != nullptr ? usable : nullptr));
        std::vector<Candidate> own = candidates_on(kernel, call, *usable, *arrangement, pin, work);
        if (own.empty()) continue;
        result.fingerprint += (result.fingerprint.empty() ? "" : "; ") + usable->info().fingerprint;
        of_devices.push_back(std::move(own));
    }
    result.by_device_clock = of_devices.size() == 1 &&
                             of_devices.front().front().variant->device().has_clock() &&
                             of_devices.front().front().arrangement->plain();
    // By what has to be moved; among equals the order of the devices stays.
    for (std::size_t d = 1; d < of_devices.size(); ++d)
        for (std::size_t at = d; at > 0; --at) {
            if (moved_bytes(of_devices[at - 1]) <= moved_bytes(of_devices[at])) break;
            std::swap(of_devices[at - 1], of_devices[at]);
        }
    for (std::size_t turn = 0, added = 1; added > 0; ++turn) {
        added = 0;
        for (std::vector<Candidate>& own : of_devices)
            if (turn < own.size()) {
                result.list.push_back(std::move(own[turn]));
                ++added;
            }
    }
    if (pin && !result.list.empty()) {
        result.list.resize(1);
        Candidate& only = result.list.front();
        if (pin->threads > 0 && only.variant->device().memory() == nullptr)
            only.threads = std::min(pin->threads, only.variant->device().info().threads);
    }
    return result;
}

}  // namespace sporkle::runtime
