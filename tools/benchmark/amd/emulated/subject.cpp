#include "tools/benchmark/amd/emulated/subject.hpp"

#include "runtime/call/workload.hpp"

namespace sporkle::bench::amd {

EmulatedGpu::EmulatedGpu(const std::string& chip) : kernel_(std::make_unique<WatchedKernel>(chip)) {
    static int number = 0;
    const std::string name = "watched" + std::to_string(number++) + "-" + chip + ":0";
    add_watched_device(*kernel_, name);
    accelerator_ = std::make_unique<Accelerator>(name);
}

std::vector<Subject> subjects_of(Placed& placed) {
    std::vector<Subject> subjects;
    runtime::Device& device = placed.accelerator().device();
    for (const auto& loaded : placed.kernel().variants(device)) {
        const bundle::Variant& variant = loaded->variant();
        if (!runtime::fits(variant, placed.call(), placed.arrangement())) continue;
        auto sizes = runtime::sizes_of(variant, placed.call(), placed.arrangement());
        if (!sizes) continue;
        Subject& subject = subjects.emplace_back();
        subject.variant = &variant;
        subject.sizes = std::make_unique<runtime::Sizes>(std::move(*sizes));
        const runtime::ScratchNeed need =
            runtime::scratch_need(variant, *subject.sizes, device, device.info().threads);
        subject.binding = std::make_unique<runtime::Binding>(
            runtime::Binding::Parts{variant, device, loaded->executable(), *subject.sizes,
                                    placed.arrangement(), placed.call().facts()});
        subject.binding->use(need, std::make_shared<const runtime::ScratchMemory>(device, need.bytes()));
        subject.binding->take(placed.call());
    }
    return subjects;
}

}  // namespace sporkle::bench::amd
