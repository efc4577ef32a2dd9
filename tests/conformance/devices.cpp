#include "tests/conformance/devices.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include <sporkle/error.hpp>

#include "runtime/threads/pool.hpp"
#ifdef SPORKLE_WITH_AMDGPU_EMULATOR
#include "targets/amdgpu/emulator/device.hpp"
#endif

namespace sporkle::testing {
namespace {

/// What a run target found.
struct Found {
    std::vector<std::unique_ptr<runtime::Device>> devices;
    std::vector<std::string> notes;
};

struct Machine {
    runtime::ThreadPool threads{3};  ///< more than one, so that tasks meet each other on a CPU
    std::map<const runtime::RunTarget*, Found> found;
    std::string only;  ///< name of the one device to be seen, if not empty

    /// Unless somebody wants a cache of compiled modules, everything is compiled anew.
    Machine() { ::setenv("SPORKLE_CACHE", "", 0); }
};

Machine& machine() {
    static Machine the_machine;
    return the_machine;
}

/// Those of the library and the emulated GPUs.
std::span<const std::unique_ptr<runtime::RunTarget>> all_run_targets() {
#ifdef SPORKLE_WITH_AMDGPU_EMULATOR
    static const bool added = [] {
        runtime::add_run_target(amdgpu::emulator::make_emulated_run_target());
        return true;
    }();
    static_cast<void>(added);
#endif
    return runtime::run_targets();
}

const Found& open(const runtime::RunTarget& target) {
    const auto [at, is_new] = machine().found.try_emplace(&target);
    Found& found = at->second;
    if (!is_new) return found;
    try {
        found.devices = target.open(machine().threads, found.notes);
    } catch (const Error& error) {
        found.notes.push_back(error.what());
    }
    return found;
}

/// Calls act(device) for those that run the target's code.
template <class Act>
void for_each_device(const std::string& target, Act&& act) {
    for (const auto& run : all_run_targets()) {
        if (run->target() != target) continue;
        for (const auto& device : open(*run).devices)
            if (machine().only.empty() || machine().only == device->info().name) act(*device);
    }
}

/// As the runtime decides it: reproducible code repairs an fma that is not fused, and nothing else.
bool serves(const DeviceInfo& info, Numerics numerics) {
    return numerics == Numerics::fast || (info.arithmetic.subnormals_kept && info.arithmetic.division_rounds);
}

}  // namespace

void confine_to_device(const std::string& name) {
    std::string known;
    for (const auto& target : all_run_targets()) {
        const Found& found = open(*target);
        for (const auto& device : found.devices) {
            if (device->info().name == name) {
                machine().only = name;
                return;
            }
            known += (known.empty() ? "" : ", ") + device->info().name;
        }
        for (const std::string& note : found.notes) known += "; " + note;
    }
    throw Error(ErrorCode::unknown_device, "there is no device '" + name + "'; this machine has " + known);
}

std::vector<runtime::Device*> devices_for(const codegen::EmitTarget& target, Numerics numerics) {
    std::vector<runtime::Device*> devices;
    for_each_device(target.name(), [&](runtime::Device& device) {
        if (serves(device.info(), numerics) && !architectures_of(target, {&device}).empty())
            devices.push_back(&device);
    });
    return devices;
}

bool is_emulated(const codegen::EmitTarget& target) {
    bool any = false, all = true;
    for_each_device(target.name(), [&](const runtime::Device& device) {
        any = true;
        all = all && device.info().name.find("-emulated:") != std::string::npos;
    });
    return any && all;
}

std::string why_no_device(const codegen::EmitTarget& target, Numerics numerics) {
    std::string why = "no device of this machine runs code for " + target.name();
    for_each_device(target.name(), [&](const runtime::Device& device) {
        why += "; " + device.info().name + " (" + device.info().model + ") " +
               (serves(device.info(), numerics) ? "has none of its architectures"
                                                : "does not round as reproducible kernels demand");
    });
    for (const auto& run : all_run_targets())
        if (run->target() == target.name())
            for (const std::string& note : open(*run).notes) why += "; " + note;
    return why;
}

std::vector<std::string> architectures_of(const codegen::EmitTarget& target,
                                          const std::vector<runtime::Device*>& devices) {
    std::vector<std::string> names = target.architectures();
    std::erase_if(names, [&](const std::string& name) {
        return std::none_of(devices.begin(), devices.end(), [&](const runtime::Device* device) {
            const auto& run = device->info().architectures;
            return std::find(run.begin(), run.end(), name) != run.end();
        });
    });
    return names;
}

}  // namespace sporkle::testing
