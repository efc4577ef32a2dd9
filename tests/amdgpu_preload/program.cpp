// An ordinary program with the runtime alone: runs its kernels on the device that $SPORKLE_DEVICE names, from
// arrays of the process and of the device, prepared and recorded, often enough that variants are tried and
// one is chosen, and compares every result with the CPU's, bit for bit. Nothing in it knows of AMD.
#include <bit>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include <sporkle/sporkle.hpp>

#include "tests/amdgpu_preload/kernels.hpp"

namespace {

using namespace sporkle::test;
using Matrix = sporkle::Array<float, 2>;

constexpr int calls = 30;
int wrong = 0;

template <class T, int Rank>
void fill(sporkle::Array<T, Rank>& array, unsigned seed) {
    std::mt19937 random(seed);
    for (std::int64_t n = 0; n < array.size(); ++n)
        array.data()[n] = static_cast<float>(static_cast<int>(random() % 2001) - 1000) / 64.0f;
}

template <int Rank>
void compare(const char* what, const sporkle::Array<float, Rank>& expected,
             const sporkle::Array<float, Rank>& seen) {
    for (std::int64_t n = 0; n < expected.size(); ++n) {
        const float e = expected.data()[n], s = seen.data()[n];
        if (std::bit_cast<std::uint32_t>(e) == std::bit_cast<std::uint32_t>(s)) continue;
        std::printf("%s: element %lld is %a, expected %a\n", what, static_cast<long long>(n),
                    static_cast<double>(s), static_cast<double>(e));
        ++wrong;
        return;
    }
}

}  // namespace

int main() try {
    sporkle::Options cpu_only;
    cpu_only.devices = {"cpu"};
    cpu_only.wisdom = "";
    const sporkle::Context cpu(cpu_only), context;
    const std::vector<sporkle::DeviceInfo> devices = context.devices();
    for (const sporkle::DeviceInfo& device : devices) {
        std::printf("device %s: %s\n", device.name.c_str(), device.model.c_str());
        for (const std::string& note : device.notes) std::printf("  %s\n", note.c_str());
    }
    for (const std::string& absence : context.absences()) std::printf("absent: %s\n", absence.c_str());
    if (devices.empty()) return 1;
    const sporkle::DeviceContext device = context.on(devices.front().name);

    for (const int n : {1, 97, 5000}) {
        auto in = cpu.array<float>({n}), other = cpu.array<float>({n}), expected = cpu.array<float>({n}),
             seen = cpu.array<float>({n}), taps = cpu.array<float>({3});
        fill(in, 1);
        fill(other, 2);
        fill(taps, 3);
        cpu.run(saxpy, 1.5f, in, other, expected);
        for (int call = 0; call < calls; ++call) context.run(saxpy, 1.5f, in, other, seen);
        compare("saxpy", expected, seen);

        cpu.run(blurred, in, taps, expected);
        context.run(blurred, in, taps, seen);
        compare("blurred", expected, seen);

        // The same in the device's memory: prepared, and recorded as a chain of two.
        auto there_in = device.array<float>({n}), there_other = device.array<float>({n}),
             there_out = device.array<float>({n}), there_taps = device.array<float>({3});
        there_in.copy_from(in);
        there_other.copy_from(other);
        there_taps.copy_from(taps);
        auto prepared = device.prepare(blurred, there_in, there_taps, there_out);
        for (int call = 0; call < calls; ++call) prepared();
        there_out.copy_to(seen);
        compare("blurred, prepared", expected, seen);
        auto chain = device.record([&](sporkle::Recorder& recorder) {
            recorder.run(blurred, there_in, there_taps, there_out);
            recorder.run(saxpy, 2.0f, there_out, there_other, there_out);
        });
        chain();
        chain();
        // Calls that need nothing of each other, between some that do.
        auto first = device.array<float>({n}), second = device.array<float>({n});
        auto fan = device.record([&](sporkle::Recorder& recorder) {
            recorder.run(saxpy, 0.5f, there_in, there_other, first);
            recorder.run(saxpy, 0.25f, there_in, there_other, second);
            recorder.run(saxpy, 3.0f, first, second, first);
            recorder.run(blurred, second, there_taps, there_in);
        });
        fan();
        auto expected_first = cpu.array<float>({n}), expected_second = cpu.array<float>({n});
        cpu.run(saxpy, 0.5f, in, other, expected_first);
        cpu.run(saxpy, 0.25f, in, other, expected_second);
        cpu.run(saxpy, 3.0f, expected_first, expected_second, expected_first);
        first.copy_to(seen);
        compare("recorded, independent", expected_first, seen);
        cpu.run(blurred, expected_second, taps, expected_first);
        there_in.copy_to(seen);
        compare("recorded behind independent", expected_first, seen);
        there_out.copy_to(seen);
        cpu.run(saxpy, 2.0f, expected, other, expected);
        compare("recorded", expected, seen);
    }
    for (const int n : {3, 64, 75}) {
        Matrix left = cpu.array<float>({n, n + 5}), right = cpu.array<float>({n + 5, n + 2}),
               expected = cpu.array<float>({n, n + 2}), seen = cpu.array<float>({n, n + 2});
        fill(left, 4);
        fill(right, 5);
        cpu.run(product, left, right, expected);
        for (int call = 0; call < 3; ++call) context.run(product, left, right, seen);
        compare("product", expected, seen);
        Matrix weights = cpu.array<float>({n, n + 5}), weights_seen = cpu.array<float>({n, n + 5});
        cpu.run(softmax, left, weights);
        context.run(softmax, left, weights_seen);
        compare("softmax", weights, weights_seen);
    }
    for (const sporkle::WorkloadReport& workload : context.report(saxpy).workloads)
        if (workload.chosen >= 0)
            std::printf("chosen on %s: %s\n",
                        workload.candidates[static_cast<std::size_t>(workload.chosen)].choice.device.c_str(),
                        sporkle::name_of(workload.origin));
    std::printf("%d results differ\n", wrong);
    return wrong == 0 ? 0 : 1;
} catch (const std::exception& error) {
    std::printf("error: %s\n", error.what());
    return 1;
}
