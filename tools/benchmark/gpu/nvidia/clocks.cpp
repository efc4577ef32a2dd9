#include "tools/benchmark/gpu/nvidia/clocks.hpp"

namespace sporkle::bench {
namespace {

constexpr int sm_clock = 1, memory_clock = 2;  // NVML_CLOCK_SM, NVML_CLOCK_MEM
constexpr int gpu_sensor = 0;                  // NVML_TEMPERATURE_GPU

}  // namespace

std::unique_ptr<GpuClocks> GpuClocks::open(const std::vector<std::string>& folders, std::string& reason) {
    auto library = std::make_unique<Library>(std::vector<std::string>{"libnvidia-ml.so.1"}, folders);
    Functions f;
    library->bind(f.init, "nvmlInit_v2");
    library->bind(f.shutdown, "nvmlShutdown");
    library->bind(f.driver, "nvmlSystemGetDriverVersion");
    library->bind(f.device, "nvmlDeviceGetHandleByIndex_v2");
    library->bind(f.clock, "nvmlDeviceGetClockInfo");
    library->bind(f.power, "nvmlDeviceGetPowerUsage");
    library->bind(f.temperature, "nvmlDeviceGetTemperature");
    if (!library->reason().empty()) {
        reason = "no clocks: " + library->reason();
        return nullptr;
    }
    if (const int result = f.init(); result != 0) {
        reason = "no clocks: nvmlInit returns " + std::to_string(result);
        return nullptr;
    }
    void* device = nullptr;
    if (const int result = f.device(0, &device); result != 0) {
        f.shutdown();
        reason = "no clocks: nvmlDeviceGetHandleByIndex returns " + std::to_string(result);
        return nullptr;
    }
    return std::unique_ptr<GpuClocks>(new GpuClocks(std::move(library), f, device));
}

GpuClocks::~GpuClocks() { nvml_.shutdown(); }

std::string GpuClocks::driver() const {
    char text[128] = {};
    return nvml_.driver(text, sizeof text) == 0 ? text : "unknown";
}

std::string GpuClocks::now() const {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    unsigned value = 0;
    if (nvml_.clock(device_, sm_clock, &value) == 0) add("SM " + std::to_string(value) + " MHz");
    if (nvml_.clock(device_, memory_clock, &value) == 0) add("memory " + std::to_string(value) + " MHz");
    if (nvml_.power(device_, &value) == 0) add(std::to_string(value / 1000) + " W");
    if (nvml_.temperature(device_, gpu_sensor, &value) == 0) add(std::to_string(value) + " C");
    return text;
}

}  // namespace sporkle::bench
