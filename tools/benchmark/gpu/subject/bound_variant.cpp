#include "tools/benchmark/gpu/subject/bound_variant.hpp"

#include <algorithm>

#include "tools/benchmark/measure/clock.hpp"

namespace sporkle::bench {
namespace {

/// Launches in one recording at most: enough that the gap between two of them does not count.
constexpr long most_launches = 512;

/// What `run` measures by the device's clock where it has one, else by ours.
template <class Run>
double timed(const runtime::Device& device, Run run) {
    double seconds = 0;
    const double start = now();
    run(&seconds);
    return device.has_clock() ? seconds : now() - start;
}

runtime::Binding bind(runtime::Device& device, runtime::LoadedVariant& variant, const runtime::Call& call,
                      const runtime::Arrangement& arrangement, const runtime::Sizes& sizes) {
    const runtime::ScratchNeed need =
        runtime::scratch_need(variant.variant(), sizes, device, device.info().threads);
    runtime::Binding binding(
        {variant.variant(), device, variant.executable(), sizes, arrangement, call.facts()});
    binding.use(need, std::make_shared<const runtime::ScratchMemory>(device, need.bytes()));
    binding.take(call);
    return binding;
}

}  // namespace

BoundVariant::BoundVariant(Accelerator& accelerator, runtime::LoadedVariant& variant,
                           const runtime::Call& call, const runtime::Arrangement& arrangement,
                           const runtime::Sizes& sizes)
    : accelerator_(accelerator),
      variant_(variant.variant()),
      binding_(bind(accelerator.device(), variant, call, arrangement, sizes)) {}

double BoundVariant::run_once() {
    return timed(accelerator_.device(), [&](double* seconds) { binding_.execute(seconds); });
}

std::unique_ptr<runtime::DeviceRecording> BoundVariant::record(std::size_t launches) {
    const std::vector<runtime::Device::Step> steps(launches, {&binding_.executable(), binding_.launch()});
    return accelerator_.device().record(steps);
}

double BoundVariant::run(long times) {
    double total = 0;
    while (times > 0) {
        const long launches = std::min(times, most_launches);
        times -= launches;
        auto [entry, is_new] = recordings_.try_emplace(static_cast<std::size_t>(launches));
        auto& recording = entry->second;
        if (is_new && launches > 1) recording = record(static_cast<std::size_t>(launches));
        if (recording)
            total += timed(accelerator_.device(), [&](double* seconds) { recording->run(seconds); });
        else
            for (long n = 0; n < launches; ++n) total += run_once();
    }
    return total;
}

}  // namespace sporkle::bench
