#include <iostream>
#include <nlohmann/json.hpp>

#include <sporkle/context.hpp>

#include "tools/sporkle/commands.hpp"

namespace sporkle::command {
namespace {

nlohmann::ordered_json to_json(const DeviceInfo& device) {
    return {{"name", device.name},
            {"target", device.target},
            {"model", device.model},
            {"architectures", device.architectures},
            {"threads", device.threads},
            {"memory_bytes", device.memory_bytes},
            {"by_name_only", device.by_name_only},
            {"cache_bytes", {device.l1_bytes, device.l2_bytes, device.l3_bytes}},
            {"arithmetic",
             {{"fma_fused", device.arithmetic.fma_fused},
              {"subnormals_kept", device.arithmetic.subnormals_kept},
              {"division_rounds", device.arithmetic.division_rounds}}},
            {"fingerprint", device.fingerprint},
            {"notes", device.notes}};
}

void print(const DeviceInfo& device) {
    const auto answer = [](bool yes) { return yes ? "yes" : "no"; };
    const auto size = [](std::int64_t bytes) {
        return bytes == 0 ? std::string("unknown") : std::to_string(bytes >> 10) + " KiB";
    };
    std::cout << device.name << ": " << device.model << "\n  architectures:";
    for (const std::string& architecture : device.architectures) std::cout << " " << architecture;
    std::cout << (device.architectures.empty() ? " none" : "");
    if (device.memory_bytes > 0)
        std::cout << "\n  memory of its own: " << (device.memory_bytes >> 20) << " MiB";
    else
        std::cout << "\n  threads: " << device.threads;
    if (device.by_name_only) std::cout << "\n  used only where a call names it";
    std::cout << "\n  caches: " << size(device.l1_bytes) << ", " << size(device.l2_bytes) << ", "
              << size(device.l3_bytes) << "\n  fma rounds once: " << answer(device.arithmetic.fma_fused)
              << "\n  subnormals are kept: " << answer(device.arithmetic.subnormals_kept)
              << "\n  division rounds correctly: " << answer(device.arithmetic.division_rounds)
              << "\n  fingerprint: " << device.fingerprint << "\n";
    for (const std::string& note : device.notes) std::cout << "  note: " << note << "\n";
}

}  // namespace

void devices(bool json) {
    Options options;
    options.wisdom = "";
    const Context context(options);
    const std::vector<DeviceInfo> found = context.devices();
    const std::vector<std::string> absences = context.absences();
    if (!json) {
        for (const DeviceInfo& device : found) print(device);
        for (const std::string& absence : absences) std::cout << "absent: " << absence << "\n";
        return;
    }
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const DeviceInfo& device : found) list.push_back(to_json(device));
    const nlohmann::ordered_json whole = {{"devices", std::move(list)}, {"absences", absences}};
    std::cout << whole.dump(2) << "\n";
}

}  // namespace sporkle::command
