#include "targets/amdgpu/emulator/device.hpp"

#include <sporkle/error.hpp>

#include "targets/amdgpu/emulator/gpu/model.hpp"
#include "targets/amdgpu/emulator/virtual_kernel.hpp"
#include "targets/amdgpu/run/driver.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

/// Errors of a call with what the pretended kernel noted meanwhile.
template <class Call>
auto explained(VirtualKernel& kernel, Call&& call) {
    const std::size_t before = kernel.faults().size();
    try {
        return call();
    } catch (const Error& error) {
        std::string text = error.what();
        const std::vector<std::string> faults = kernel.faults();
        for (std::size_t n = before; n < faults.size(); ++n) text += "; " + faults[n];
        throw Error(error.code(), text);
    }
}

class EmulatedExecutable final : public runtime::Executable {
  public:
    EmulatedExecutable(std::shared_ptr<VirtualKernel> kernel, std::unique_ptr<runtime::Executable> real)
        : kernel_(std::move(kernel)), real_(std::move(real)) {}
    void run(const runtime::Launch& launch, double* device_seconds) const override {
        explained(*kernel_, [&] { real_->run(launch, device_seconds); });
    }
    const runtime::Executable& real() const { return *real_; }

  private:
    std::shared_ptr<VirtualKernel> kernel_;  // outlives what uses it
    std::unique_ptr<runtime::Executable> real_;
};

class EmulatedRecording final : public runtime::DeviceRecording {
  public:
    EmulatedRecording(std::shared_ptr<VirtualKernel> kernel, std::unique_ptr<runtime::DeviceRecording> real)
        : kernel_(std::move(kernel)), real_(std::move(real)) {}
    void run(double* device_seconds) override {
        explained(*kernel_, [&] { real_->run(device_seconds); });
    }

  private:
    std::shared_ptr<VirtualKernel> kernel_;
    std::unique_ptr<runtime::DeviceRecording> real_;
};

/// The driver's device, and the kernel that it talks to.
class EmulatedDevice final : public runtime::Device {
  public:
    EmulatedDevice(const std::string& name, const std::string& chip, const KernelOptions& options)
        : kernel_(std::make_shared<VirtualKernel>(std::vector{chip}, options)),
          device_(open_device(*kernel_, name)),
          info_(device_->info()) {
        info_.by_name_only = true;
        info_.model = "emulated " + info_.model;
        info_.fingerprint = "emulated " + info_.fingerprint;
        info_.notes.push_back("machine code, packets and kernel driver are emulated; its clock is a model's");
    }

    const DeviceInfo& info() const override { return info_; }
    std::unique_ptr<runtime::Executable> load(const bundle::Bundle& bundle,
                                              const bundle::Variant& variant) override {
        return explained(*kernel_, [&] {
            return std::make_unique<EmulatedExecutable>(kernel_, device_->load(bundle, variant));
        });
    }
    runtime::DeviceMemory* memory() override { return device_->memory(); }
    int arenas() const override { return device_->arenas(); }
    bool has_clock() const override { return device_->has_clock(); }
    std::unique_ptr<runtime::DeviceRecording> record(std::span<const Step> steps) override {
        std::vector<Step> real(steps.begin(), steps.end());
        for (Step& step : real)
            step.executable = &static_cast<const EmulatedExecutable*>(step.executable)->real();
        auto recording = explained(*kernel_, [&] { return device_->record(real); });
        if (!recording) return nullptr;
        return std::make_unique<EmulatedRecording>(kernel_, std::move(recording));
    }

  private:
    std::shared_ptr<VirtualKernel> kernel_;  // outlives the device
    std::unique_ptr<runtime::Device> device_;
    DeviceInfo info_;
};

class EmulatedTarget final : public runtime::RunTarget {
  public:
    explicit EmulatedTarget(const KernelOptions& options) : options_(options) {}
    std::string target() const override { return "amdgpu"; }
    std::string family() const override { return "amdgpu-emulated"; }
    std::vector<std::unique_ptr<runtime::Device>> open(Executor&,
                                                       std::vector<std::string>& notes) const override {
        std::vector<std::unique_ptr<runtime::Device>> devices;
        for (const GpuModel& model : models()) {
            const std::string name = family() + ":" + model.chip->name;
            try {
                devices.push_back(std::make_unique<EmulatedDevice>(name, model.chip->name, options_));
            } catch (const Error& error) {
                notes.push_back(name + ": " + error.what());
            }
        }
        return devices;
    }

  private:
    KernelOptions options_;
};

}  // namespace

std::unique_ptr<runtime::RunTarget> make_emulated_run_target(const KernelOptions& options) {
    return std::make_unique<EmulatedTarget>(options);
}

}  // namespace sporkle::amdgpu::emulator
