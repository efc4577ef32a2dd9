#include "tests/spirv/device_code.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>

#include <sporkle/error.hpp>

#include "runtime/threads/pool.hpp"
#include "targets/spirv/emit/tools.hpp"
#include "tests/emit/device_call.hpp"
#include "tests/spirv/pretended_driver.hpp"
#include "tests/spirv/random_facts.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::test {
namespace {

struct Devices {
    runtime::ThreadPool threads{1};
    std::vector<std::unique_ptr<runtime::Device>> owned;
    std::vector<runtime::Device*> all;
    std::string notes;
};

/// All there are, probed as the variable demands. They live as long as the process, since drivers end before
/// static objects do.
Devices* opened(const char* probe = nullptr) {
    constexpr const char* name = "SPORKLE_VULKAN_PROBE";
    const char* const value = std::getenv(name);
    const std::optional<std::string> before = value ? std::optional<std::string>(value) : std::nullopt;
    if (probe != nullptr) ::setenv(name, probe, 1);
    auto* const devices = new Devices;
    for (const auto& target : runtime::run_targets()) {
        if (target->target() != "spirv") continue;
        std::vector<std::string> notes;
        try {
            devices->owned = target->open(devices->threads, notes);
        } catch (const Error& error) {
            notes.push_back(error.what());
        }
        for (const std::string& note : notes) devices->notes += note + "\n";
    }
    for (const auto& device : devices->owned) devices->all.push_back(device.get());
    if (probe != nullptr) {
        if (before)
            ::setenv(name, before->c_str(), 1);
        else
            ::unsetenv(name);
    }
    return devices;
}

Devices& devices() {
    static Devices& found = *opened();
    return found;
}

/// The same devices, taken for wrong in all that can be repaired, so that every repair is in use.
Devices& distrusted_devices() {
    static Devices& found = *opened("distrust");
    return found;
}

/// A bundle in memory that holds one module.
bundle::Bundle bundle_of(std::span<const std::uint32_t> module) {
    bundle::Bundle bundle;
    bundle.origin = "the test's bundle";
    bundle::Variant variant;
    variant.target = variant.architecture = "spirv";
    variant.schedule = "test";
    bundle::Dispatch dispatch;
    dispatch.code_bytes = module.size_bytes();
    dispatch.symbol = "main";
    variant.dispatches.push_back(dispatch);
    bundle.kernels.emplace_back();
    bundle.kernels.back().variants.push_back(variant);
    bundle.blobs.push_back({"spirv", "spirv", false, std::as_bytes(module)});
    return bundle;
}

}  // namespace

const codegen::EmitTarget& spirv_target() {
    for (const auto& target : codegen::emit_targets())
        if (target->name() == "spirv") return *target;
    throw std::logic_error("this build has no target spirv");
}

codegen::Variant spirv_variant_of(tile::Kernel kernel, int scratch_words) {
    codegen::Variant variant;
    variant.machine = spirv_target().machine("spirv");
    variant.schedule.name = "test";
    variant.scratch.resize(static_cast<std::size_t>(scratch_words));
    codegen::Dispatch dispatch;
    dispatch.kernel = std::move(kernel);
    variant.dispatches.push_back(std::move(dispatch));
    return variant;
}

std::vector<std::uint32_t> module_of(tile::Kernel kernel) {
    const codegen::Variant variant = spirv_variant_of(std::move(kernel));
    const codegen::Code code = spirv_target().emit({&variant, 1});
    const codegen::Code::Entry& entry = code.entries.at(0).at(0);
    std::vector<std::uint32_t> words(entry.size / sizeof(std::uint32_t));
    std::memcpy(words.data(), code.bytes.data() + entry.offset, entry.size);
    return words;
}

const std::vector<runtime::Device*>& vulkan_devices() { return devices().all; }
const std::vector<runtime::Device*>& trusted_devices() {
    static const Devices& found = *opened("trust");
    return found.all;
}
std::string why_no_vulkan_device() { return "no Vulkan device: " + devices().notes; }

DeviceFacts worst_device() {
    const FloatControls nothing{false, false, false};
    DeviceFacts facts;
    facts.fma_f32 = Exactness::inexact;
    facts.fused_fma_f64 = false;
    facts.exact_division_f32 = facts.exact_division_f64 = facts.exact_division_i64 = false;
    facts.exact_sqrt_f32 = facts.exact_sqrt_f64 = false;
    facts.exact_comparison_f32 = facts.exact_widening = facts.exact_sign_f32 = false;
    facts.exact_folding = false;
    facts.f16 = facts.f32 = facts.f64 = nothing;
    return facts;
}

void expect_valid(const std::vector<std::uint32_t>& module) {
    EXPECT_EQ(spirv::validate(module), "") << spirv::disassemble(module);
    DeviceFacts worst = worst_device();
    worst.subgroup_shuffle = false;
    worst.pushed_words = 10;
    for (const DeviceFacts& facts : {DeviceFacts{}, worst}) {
        const std::vector<std::uint32_t> fitted = adapted(module, facts);
        EXPECT_EQ(spirv::validate(fitted), "") << spirv::disassemble(fitted);
    }
}

void expect_as_interpreted(const tile::Kernel& kernel, const Call& call) {
    ASSERT_EQ(tile::verify(kernel), "") << tile::print(kernel);
    const auto expected = interpreted(kernel, call);
    const std::vector<std::uint32_t> module = module_of(kernel);
    expect_valid(module);
    if (vulkan_devices().empty()) GTEST_SKIP() << why_no_vulkan_device();
    for (runtime::Device* const device : vulkan_devices())
        expect_same(kernel, expected, executed(*device, bundle_of(module), kernel, call),
                    device->info().model);
    for (runtime::Device* const device : distrusted_devices().all)
        expect_same(kernel, expected, executed(*device, bundle_of(module), kernel, call),
                    device->info().model + ", repaired");
    DeviceFacts flushing = flushing_device();
    flushing.fused_fma_f64 = flushing.exact_folding = false;  // the pretended driver's device need not
    const std::vector<std::uint32_t> checked = adapted(module, flushing);
    const std::vector<std::uint32_t> pretended = with_pretended_driver(checked, flushing);
    for (runtime::Device* const device : trusted_devices()) {
        if (pretended == checked) break;
        expect_same(kernel, expected, executed(*device, bundle_of(pretended), kernel, call),
                    device->info().model + ", flushing");
    }
    static std::mt19937 random(testing::test_seed());
    if (random() % 3 != 0) return;  // they take as long as all the others
    for (runtime::Device* const device : trusted_devices()) {
        const Pretended drawn = random_device(random, least_pretended(device->info().by_name_only));
        const std::vector<std::uint32_t> words = as_run_on(drawn, module);
        EXPECT_EQ(spirv::validate(words), "") << drawn.text() << spirv::disassemble(words);
        expect_same(kernel, expected, executed(*device, bundle_of(words), kernel, call),
                    device->info().model + ", " + drawn.text());
    }
}

/// Kernels of single threads have short vectors; a longer one is there to see that nothing depends on it.
std::vector<int> arithmetic_lanes(DType) { return {1, 3}; }
std::vector<int> memory_lanes(DType) { return {1, 2, 3, 4, 19}; }
int widest_lanes(DType) { return 4; }

}  // namespace sporkle::test
