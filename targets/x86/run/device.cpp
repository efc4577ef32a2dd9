// The CPU as a device: "cpu".
#include "runtime/device.hpp"

#include <cstdlib>
#include <map>
#include <mutex>

#include <algorithm>

#include "targets/x86/run/cpu.hpp"
#include "targets/x86/run/executable.hpp"
#include "targets/x86/run/probe.hpp"

namespace sporkle::x86 {
namespace {

class CpuDevice final : public runtime::Device {
  public:
    explicit CpuDevice(Executor& executor) : executor_(executor) {
        const Cpu cpu = identify_cpu();
        info_.name = "cpu";
        info_.target = "x86";
        info_.model = cpu.model;
        info_.architectures = usable_levels(read_cpuid_bits());
        if (info_.architectures.empty())
            info_.notes.push_back(
                "the CPU or the system lacks x86-64-v2: every kernel runs on the reference");
        const auto has = [&](const char* level) {
            return std::find(info_.architectures.begin(), info_.architectures.end(), level) !=
                   info_.architectures.end();
        };
        info_.arithmetic = probe_arithmetic(has("x86-64-v3"));
        if (!has("x86-64-v3"))
            info_.notes.push_back("no FMA instructions: fma is built from wider arithmetic");
        cap_level();
        info_.threads = std::max(executor.concurrency(), 1);
        info_.l1_bytes = cpu.l1_bytes;
        info_.l2_bytes = cpu.l2_bytes;
        info_.l3_bytes = cpu.l3_bytes;
        info_.fingerprint = cpu.vendor + " " + cpu.model + " " + cpu.signature + " microcode " +
                            (cpu.microcode.empty() ? "unknown" : cpu.microcode) + " " +
                            (info_.architectures.empty() ? "no level" : info_.architectures.front()) +
                            " caches " + std::to_string(cpu.l1_bytes) + "/" + std::to_string(cpu.l2_bytes) +
                            "/" + std::to_string(cpu.l3_bytes) + " threads " + std::to_string(info_.threads);
    }

    const DeviceInfo& info() const override { return info_; }

    std::unique_ptr<runtime::Executable> load(const bundle::Bundle& bundle,
                                              const bundle::Variant& variant) override {
        const bundle::Blob& blob = bundle.blobs[variant.blob];
        const std::byte* code = blob.bytes.data();
        std::shared_ptr<const CodeMemory> memory;
        if (!bundle.in_place) {
            const std::lock_guard lock(mutex_);
            std::weak_ptr<const CodeMemory>& known = mapped_[blob.bytes.data()];
            memory = known.lock();
            if (!memory) {
                memory = std::make_shared<const CodeMemory>(blob.bytes);
                known = memory;
            }
            code = memory->begin();
        }
        std::vector<bundle::EntryPoint> entries;
        for (const bundle::Dispatch& dispatch : variant.dispatches)
            entries.push_back(reinterpret_cast<bundle::EntryPoint>(
                reinterpret_cast<std::uintptr_t>(code + dispatch.entry)));
        return std::make_unique<Executable>(std::move(entries), std::move(memory), executor_);
    }

  private:
    /// $SPORKLE_X86_LEVEL leaves out the levels above it, for tests and comparisons.
    void cap_level() {
        const char* cap = std::getenv("SPORKLE_X86_LEVEL");
        if (cap == nullptr || *cap == 0) return;
        const auto found = std::find(info_.architectures.begin(), info_.architectures.end(), cap);
        if (found == info_.architectures.end()) {
            info_.notes.push_back("SPORKLE_X86_LEVEL=" + std::string(cap) +
                                  " is no level of this machine and is ignored");
            return;
        }
        info_.architectures.erase(info_.architectures.begin(), found);
        info_.notes.push_back("SPORKLE_X86_LEVEL leaves out everything above " + std::string(cap));
    }

    Executor& executor_;
    DeviceInfo info_;
    std::mutex mutex_;
    std::map<const std::byte*, std::weak_ptr<const CodeMemory>> mapped_;  ///< by the blob it is a copy of
};

class X86Target final : public runtime::RunTarget {
  public:
    std::string target() const override { return "x86"; }
    std::string family() const override { return "cpu"; }
    std::vector<std::unique_ptr<runtime::Device>> open(Executor& executor,
                                                       std::vector<std::string>&) const override {
        std::vector<std::unique_ptr<runtime::Device>> devices;
        devices.push_back(std::make_unique<CpuDevice>(executor));
        return devices;
    }
};

}  // namespace

std::unique_ptr<runtime::RunTarget> make_run_target();
std::unique_ptr<runtime::RunTarget> make_run_target() { return std::make_unique<X86Target>(); }

}  // namespace sporkle::x86
