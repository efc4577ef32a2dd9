#include "runtime/context/devices.hpp"

#include <algorithm>

#include <sporkle/error.hpp>

#include "runtime/threads/fork.hpp"

namespace sporkle::runtime {
namespace {

/// "vulkan" for "vulkan:0".
std::string_view family_of(std::string_view name) { return name.substr(0, name.find(':')); }

/// A setting may leave the number 0 out, and gets it added.
std::string as_written(std::string_view name) {
    return std::string(name.ends_with(":0") ? family_of(name) : name);
}

/// The CPU's family, which costs next to nothing to open and is always opened.
constexpr std::string_view cpu = "cpu";

}  // namespace

Devices::Devices(Executor& executor, std::vector<std::string> wanted)
    : executor_(executor), wanted_(std::move(wanted)) {
    std::string known;
    for (const bool first : {true, false})
        for (const auto& target : run_targets())
            if ((target->family() == cpu) == first) {
                families_.emplace_back().target = target.get();
                known += (known.empty() ? "" : ", ") + target->family();
            }
    for (const std::string& word : wanted_)
        if (std::none_of(families_.begin(), families_.end(),
                         [&](const Family& family) { return family.target->family() == family_of(word); }))
            throw Error(ErrorCode::unknown_device, "'" + as_written(word) +
                                                       "' in the list of devices to use is of no kind that "
                                                       "this build knows; it knows: " +
                                                       known);
    for (Family& family : families_)
        if (family.target->family() == cpu) open(family);
}

bool Devices::is_wanted(const Family& family) const {
    return wanted_.empty() || std::any_of(wanted_.begin(), wanted_.end(), [&](const std::string& word) {
               return family_of(word) == family.target->family();
           });
}

void Devices::open(Family& family) {
    if (!is_wanted(family)) return;
    std::call_once(family.opened, [&] {
        family.generation = fork_generation();
        try {
            family.devices = family.target->open(executor_, family.notes);
        } catch (const Error& error) {
            family.notes.push_back(error.what());
        }
        if (wanted_.empty()) return;
        for (const std::string& word : wanted_)
            if (family_of(word) == family.target->family() && word != family.target->family() &&
                std::none_of(family.devices.begin(), family.devices.end(),
                             [&](const auto& device) { return device->info().name == word; }))
                family.notes.push_back("this machine has no device '" + word + "'");
        std::erase_if(family.devices, [&](const std::unique_ptr<Device>& device) {
            return std::none_of(wanted_.begin(), wanted_.end(), [&](const std::string& word) {
                return word == family.target->family() || word == device->info().name;
            });
        });
    });
}

std::vector<Device*> Devices::all() {
    std::vector<Device*> result;
    for (Family& family : families_) {
        open(family);
        for (const auto& device : family.devices) result.push_back(device.get());
    }
    return result;
}

std::vector<Device*> Devices::of_targets(const std::set<std::string>& targets) {
    std::vector<Device*> result;
    for (Family& family : families_) {
        if (!targets.contains(family.target->target())) continue;
        open(family);
        for (const auto& device : family.devices) result.push_back(device.get());
    }
    return result;
}

std::vector<Device*> Devices::on_process_memory() {
    std::vector<Device*> result;
    for (Family& family : families_)
        if (family.target->family() == cpu)
            for (const auto& device : family.devices) result.push_back(device.get());
    return result;
}

Device* Devices::named(std::string_view name) {
    for (Family& family : families_) {
        if (family.target->family() != family_of(name)) continue;
        open(family);
        for (const auto& device : family.devices)
            if (device->info().name == name) return device.get();
    }
    return nullptr;
}

bool Devices::chosen_freely(const Device& device) const {
    return !device.info().by_name_only ||
           std::find(wanted_.begin(), wanted_.end(), device.info().name) != wanted_.end();
}

void Devices::expect_usable(Device& device) const {
    if (device.memory() == nullptr) return;
    for (const Family& family : families_)
        if (family.target->target() == device.info().target &&
            family.target->family() == family_of(device.info().name))
            expect_same_process(device, family.generation);
}

std::vector<std::string> Devices::absences() {
    std::vector<std::string> result;
    for (Family& family : families_) {
        open(family);
        for (const std::string& note : family.notes) result.push_back(family.target->family() + ": " + note);
        if (!is_wanted(family)) result.push_back(family.target->family() + ": left out by the options");
    }
    return result;
}

}  // namespace sporkle::runtime
