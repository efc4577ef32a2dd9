#include <algorithm>
#include <cstdio>

#include <sporkle/error.hpp>

#include "targets/amdgpu/run/driver.hpp"
#include "targets/amdgpu/run/executable.hpp"
#include "targets/amdgpu/run/memory.hpp"
#include "targets/amdgpu/run/recording.hpp"

namespace sporkle::amdgpu {
namespace {

/// Arenas for task scratch: as many as workgroups of four waves fill the chip.
constexpr std::uint32_t arenas_of_unit = 8;

std::string hexadecimal(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof(text), "%04x", value);
    return text;
}

class AmdgpuDevice final : public runtime::Device {
  public:
    AmdgpuDevice(std::unique_ptr<Node> node, std::string name)
        : engine_(std::make_shared<Engine>(std::move(node))), memory_(engine_) {
        const GpuFacts& facts = engine_->gpu->facts();
        info_.name = std::move(name);
        info_.target = "amdgpu";
        info_.model = std::string(facts.chip->marketing) + " (" + facts.chip->name + ", device " +
                      hexadecimal(facts.device_id) + ")";
        info_.architectures = {facts.chip->name};
        info_.threads = static_cast<int>(facts.compute_units * arenas_of_unit);
        info_.fingerprint = "amdgpu " + info_.model + " units " + std::to_string(facts.compute_units);
        // The instruction set has a fused multiply-add, the kernel descriptor asks for subnormals, and LLVM's
        // sequences for division and square root round correctly.
        info_.arithmetic = {.fma_fused = true, .subnormals_kept = true, .division_rounds = true};
        info_.notes.push_back("render node " + engine_->gpu->node().path() + ", " +
                              std::to_string(facts.vram_bytes >> 20) +
                              " MiB of its own memory, of which the CPU sees " +
                              std::to_string(facts.visible_vram_bytes >> 20));
        if (engine_->array_domain == Domain::gtt)
            info_.notes.push_back(facts.is_integrated || facts.vram_bytes == 0
                                      ? "arrays lie in the system's memory, which the GPU shares"
                                      : "arrays lie in the system's memory: the CPU does not see all of the "
                                        "GPU's own, and copies by the GPU do not work");
        if (!engine_->queue.note().empty()) info_.notes.push_back(engine_->queue.note());
        info_.memory_bytes = static_cast<std::int64_t>(
            engine_->array_domain == Domain::gtt ? facts.gtt_bytes : facts.vram_bytes);
    }

    const DeviceInfo& info() const override { return info_; }
    runtime::DeviceMemory* memory() override { return &memory_; }
    bool has_clock() const override { return engine_->gpu->facts().counter_khz > 0; }

    std::unique_ptr<runtime::Executable> load(const bundle::Bundle& bundle,
                                              const bundle::Variant& variant) override {
        return std::make_unique<Executable>(engine_, bundle, variant);
    }

    std::unique_ptr<runtime::DeviceRecording> record(std::span<const Step> steps) override {
        return Recording::make(engine_, steps);
    }

  private:
    std::shared_ptr<Engine> engine_;
    Memory memory_;
    DeviceInfo info_;
};

class AmdgpuTarget final : public runtime::RunTarget {
    std::string target() const override { return "amdgpu"; }
    std::string family() const override { return "amdgpu"; }
    std::vector<std::unique_ptr<runtime::Device>> open(Executor&,
                                                       std::vector<std::string>& notes) const override {
        return open_devices(real_system_calls(), family(), notes);
    }
};

}  // namespace

std::vector<std::unique_ptr<runtime::Device>> open_devices(SystemCalls& calls, const std::string& family,
                                                           std::vector<std::string>& notes) {
    std::vector<std::unique_ptr<runtime::Device>> devices;
    for (std::unique_ptr<Node>& node : find_nodes(calls, notes)) {
        const std::string path = node->path();
        try {
            devices.push_back(std::make_unique<AmdgpuDevice>(std::move(node),
                                                             family + ":" + std::to_string(devices.size())));
        } catch (const Error& error) {
            notes.push_back(path + " cannot be used: " + error.what());
        }
    }
    return devices;
}

std::unique_ptr<runtime::Device> open_device(SystemCalls& calls, const std::string& name) {
    std::vector<std::string> notes;
    std::vector<std::unique_ptr<Node>> nodes = find_nodes(calls, notes);
    if (nodes.empty()) {
        std::string text = "device '" + name + "':";
        for (const std::string& note : notes) text += " " + note;
        throw Error(ErrorCode::device_failure, text);
    }
    return std::make_unique<AmdgpuDevice>(std::move(nodes.front()), name);
}

std::unique_ptr<runtime::RunTarget> make_run_target();
std::unique_ptr<runtime::RunTarget> make_run_target() { return std::make_unique<AmdgpuTarget>(); }

}  // namespace sporkle::amdgpu
