// Whole kernels on devices drawn at random (random_facts.hpp) and on those that lack just one thing: valid
// modules and the reference's bits, whatever repairs are in use together. Each kernel gets one of its
// variants, chosen at random. SPORKLE_TEST_ROUNDS: so many devices instead of a few, and all kernels.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include <sporkle/reference.hpp>

#include "targets/spirv/emit/tools.hpp"
#include "tests/conformance/cases.hpp"
#include "tests/conformance/device_kernel.hpp"
#include "tests/spirv/device_code.hpp"
#include "tests/spirv/random_facts.hpp"
#include "tests/support/random_program.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::testing {
namespace {

using test::Pretended;

int rounds() {
    const char* const wish = std::getenv("SPORKLE_TEST_ROUNDS");
    return wish == nullptr ? 0 : std::atoi(wish);
}

/// One variant of a kernel for the architecture that every device runs, and calls of it.
class KernelSample {
  public:
    KernelSample(const Program& program, std::mt19937& random) : program_(program) {
        const codegen::Machine machine = test::spirv_target().machine("spirv");
        const auto schedules = codegen::enumerate_schedules(program_, machine);
        variants_.push_back(codegen::lower(program_, schedules[random() % schedules.size()], machine));
        code_ = test::spirv_target().emit(variants_);
        for (int call = 0; call < 3; ++call) {
            CallOptions options;
            options.tiny = call == 1;
            options.most_steps = call == 2 ? 20'000 : 2000;
            calls_.push_back(random_call(program_, random(), options));
            expected_.push_back(calls_.back());
            reference(program_, expected_.back().arguments());
        }
    }

    std::string name() const { return variants_.front().schedule.name; }

    /// What is wrong with it on a device; empty where nothing is.
    std::string fault(const Pretended& pretended, runtime::Device& device) const {
        codegen::Code code;
        code.entries.emplace_back();
        for (const codegen::Code::Entry& entry : code_.entries.front()) {
            std::vector<std::uint32_t> module(entry.size / sizeof(std::uint32_t));
            std::memcpy(module.data(), code_.bytes.data() + entry.offset, entry.size);
            module = as_run_on(pretended, module);
            if (const std::string invalid = spirv::validate(module); !invalid.empty()) return invalid;
            const auto bytes = std::as_bytes(std::span(module));
            code.entries.front().push_back({code.bytes.size(), bytes.size(), entry.symbol});
            code.bytes.insert(code.bytes.end(), bytes.begin(), bytes.end());
        }
        const bundle::Bundle bundle = bundle_of(program_, variants_, code);
        DeviceKernel loaded(program_, variants_, bundle, device);
        for (std::size_t n = 0; n < calls_.size(); ++n) {
            Call got = calls_[n];
            const auto complaint = loaded.run(0, got, {.recorded = n == 1});
            if (complaint && !complaint->empty()) return *complaint;
            if (!complaint) continue;
            if (const auto same = same_bits(program_, expected_[n], got); !same) return same.message();
        }
        return {};
    }

  private:
    const Program program_;
    std::vector<codegen::Variant> variants_;  ///< one
    codegen::Code code_;
    std::vector<Call> calls_, expected_;
};

class PretendedDevices : public ::testing::TestWithParam<Case> {
  protected:
    /// The fault of the device that lacks least and still has it is reported.
    static void check(const KernelSample& kernel, Pretended pretended) {
        for (runtime::Device* const device : test::trusted_devices()) {
            std::string found = kernel.fault(pretended, *device);
            if (found.empty()) continue;
            const Pretended least = test::least_pretended(device->info().by_name_only);
            for (bool mends = true; mends;) {
                mends = false;
                for (const Pretended& one : mended(pretended, least)) {
                    const std::string still = kernel.fault(one, *device);
                    if (still.empty()) continue;
                    found = still;
                    pretended = one;
                    mends = true;
                    break;
                }
            }
            FAIL() << found << "\nvariant " << kernel.name() << "; " << pretended.text();
        }
    }
};

TEST_P(PretendedDevices, GiveTheReferencesBits) {
    if (test::trusted_devices().empty()) GTEST_SKIP() << test::why_no_vulkan_device();
    const Pretended least = test::least_pretended(test::trusted_devices().front()->info().by_name_only);
    std::mt19937 random(test_seed());
    for (int n = 0; n < std::max(1, rounds()); n += 3) {
        const KernelSample kernel(GetParam().make(), random);
        for (int device = 0; device < 3 && !HasFatalFailure(); ++device)
            check(kernel, random_device(random, least));
    }
}

class PretendedDevice : public PretendedDevices {};

TEST_P(PretendedDevice, ThatLacksOneThingGivesTheReferencesBits) {
    if (test::trusted_devices().empty()) GTEST_SKIP() << test::why_no_vulkan_device();
    std::mt19937 random(test_seed());
    const KernelSample kernel(GetParam().make(), random);
    for (const Pretended& device :
         single_faults(test::least_pretended(test::trusted_devices().front()->info().by_name_only)))
        if (!HasFatalFailure()) check(kernel, device);
}

/// Those of these names; all where many rounds are wanted.
std::vector<Case> sample(const std::vector<std::string>& names) {
    std::vector<Case> found;
    for (const auto& cases :
         {every_type(), maps(), conversions(), reductions(), contractions(), windows(), fusions()})
        for (const Case& one : cases)
            if ((rounds() > 0 || std::find(names.begin(), names.end(), one.name) != names.end()) &&
                std::none_of(found.begin(), found.end(),
                             [&](const Case& other) { return other.name == one.name; }))
                found.push_back(one);
    return found;
}

const auto name_of = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Kernels, PretendedDevices,
                         ::testing::ValuesIn(sample({"gemm_f32", "conv2d_strided_f32", "softmax_f32",
                                                     "functions_f64", "arg_extremes_f32", "axpy_i8"})),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Kernels, PretendedDevice, ::testing::ValuesIn(sample({"layer_norm_f32"})), name_of);

}  // namespace
}  // namespace sporkle::testing
