#include <algorithm>

#include <sporkle/error.hpp>

#include "runtime/hazards.hpp"
#include "tests/runtime/pretended/executable.hpp"

namespace sporkle::x86 {
std::unique_ptr<runtime::RunTarget> make_run_target();
}

namespace sporkle::test {
namespace {

int openings = 0;
std::string absence;

class PretendedRecording final : public runtime::DeviceRecording {
  public:
    PretendedRecording(std::span<const runtime::Device::Step> steps, PretendedDevice& state) : state_(state) {
        runtime::Hazards hazards;
        for (const runtime::Device::Step& step : steps) {
            const auto& executable = static_cast<const PretendedExecutable&>(*step.executable);
            if (hazards.demand_barrier(step.launch.touched) || stretches_.empty()) stretches_.emplace_back();
            stretches_.back().push_back({&executable, executable.translate(step.launch)});
        }
        if (!stretches_.empty()) state_.barriers += static_cast<long>(stretches_.size()) - 1;
    }
    void run(double* device_seconds) override {
        ++state_.submissions;
        double seconds = 0;
        for (const std::vector<Recorded>& stretch : stretches_)
            for (auto step = stretch.rbegin(); step != stretch.rend(); ++step)
                seconds += step->executable->run_translated(*step->launch);
        if (device_seconds != nullptr && state_.has_clock) *device_seconds = seconds;
    }

  private:
    struct Recorded {
        const PretendedExecutable* executable;
        std::unique_ptr<RealLaunch> launch;
    };
    PretendedDevice& state_;
    std::vector<std::vector<Recorded>> stretches_;  ///< between barriers
};

class Device final : public runtime::Device {
  public:
    Device(int number, Executor& executor) : state_(pretended(number)), memory_(number) {
        std::vector<std::string> notes;
        cpu_ = std::move(x86::make_run_target()->open(executor, notes).front());
        info_ = cpu_->info();
        info_.name = "pretended:" + std::to_string(number);
        info_.model = "pretended device " + std::to_string(number);
        info_.fingerprint = info_.model + " of " + info_.fingerprint;
        info_.threads = 1;
        info_.memory_bytes = state_.info_memory_bytes;
        info_.by_name_only = state_.by_name_only;
    }
    const DeviceInfo& info() const override { return info_; }
    runtime::DeviceMemory* memory() override { return &memory_; }
    int arenas() const override { return state_.arenas; }
    bool has_clock() const override { return state_.has_clock; }

    std::unique_ptr<runtime::Executable> load(const bundle::Bundle& bundle,
                                              const bundle::Variant& variant) override {
        ++state_.loads;
        if (state_.refuses && state_.refuses(variant.schedule))
            throw Error(ErrorCode::unsupported, "pretended: lacks what " + variant.schedule + " needs");
        for (const bundle::Kernel& kernel : bundle.kernels)
            for (const bundle::Variant& own : kernel.variants)
                if (&own == &variant)
                    return std::make_unique<PretendedExecutable>(cpu_->load(bundle, variant), kernel.program,
                                                                 variant, memory_, state_);
        throw Error(ErrorCode::device_failure, "pretended: the variant is not of this bundle");
    }
    std::unique_ptr<runtime::DeviceRecording> record(std::span<const Step> steps) override {
        if (!state_.records) return nullptr;
        return std::make_unique<PretendedRecording>(steps, state_);
    }

  private:
    PretendedDevice& state_;
    PretendedMemory memory_;
    std::unique_ptr<runtime::Device> cpu_;
    DeviceInfo info_;
};

class Target final : public runtime::RunTarget {
  public:
    std::string target() const override { return "x86"; }
    std::string family() const override { return "pretended"; }
    std::vector<std::unique_ptr<runtime::Device>> open(Executor& executor,
                                                       std::vector<std::string>& notes) const override {
        ++openings;
        if (!absence.empty()) notes.push_back(absence);
        std::vector<std::unique_ptr<runtime::Device>> devices;
        for (int number = 0; absence.empty() && number < 2; ++number)
            devices.push_back(std::make_unique<Device>(number, executor));
        return devices;
    }
};

}  // namespace

void PretendedDevice::forget() {
    for (auto* counter :
         {&uploads, &uploaded_bytes, &downloads, &downloaded_bytes, &copied_bytes, &cleared_bytes,
          &allocations, &loads, &launches, &submissions, &barriers, &most_arenas, &arena_bytes})
        *counter = 0;
}

PretendedDevice& pretended(int number) {
    static PretendedDevice devices[2];
    return devices[number];
}

void reset_pretended() {
    openings = 0;
    absence.clear();
    for (int number = 0; number < 2; ++number) {
        pretended(number).~PretendedDevice();
        new (&pretended(number)) PretendedDevice();
    }
}

int pretended_openings() { return openings; }
std::string& pretended_absence() { return absence; }

}  // namespace sporkle::test

namespace sporkle::runtime {

/// In the place of the one that the build generated: this program's devices are the CPU and pretended ones.
std::span<const std::unique_ptr<RunTarget>> run_targets() {
    static const std::vector<std::unique_ptr<RunTarget>> targets = [] {
        std::vector<std::unique_ptr<RunTarget>> all;
        all.push_back(std::make_unique<test::Target>());
        all.push_back(x86::make_run_target());
        return all;
    }();
    return targets;
}

}  // namespace sporkle::runtime
