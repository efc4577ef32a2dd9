#include "tests/spirv/random_facts.hpp"

#include "targets/spirv/interface/loop_guard.hpp"
#include "tests/spirv/pretended_driver.hpp"

namespace sporkle::test {
namespace {

using spirv::DeviceFacts;
using spirv::Exactness;
using spirv::FloatControls;

/// Vulkan's least maxPushConstantsSize has room for so many words behind PushConstants.
constexpr std::uint32_t most_pushed = 10;

constexpr bool DeviceFacts::*switches[] = {
    &DeviceFacts::fused_fma_f64,        &DeviceFacts::exact_division_f32, &DeviceFacts::exact_division_f64,
    &DeviceFacts::exact_division_i64,   &DeviceFacts::exact_sqrt_f32,     &DeviceFacts::exact_sqrt_f64,
    &DeviceFacts::exact_comparison_f32, &DeviceFacts::exact_widening,     &DeviceFacts::exact_sign_f32,
    &DeviceFacts::exact_folding,        &DeviceFacts::subgroup_shuffle};
constexpr const char* switch_names[] = {"fma f64",  "division f32",   "division f64", "division i64",
                                        "sqrt f32", "sqrt f64",       "comparison",   "widening",
                                        "sign",     "known operands", "shuffle"};
constexpr FloatControls DeviceFacts::*widths[] = {&DeviceFacts::f16, &DeviceFacts::f32, &DeviceFacts::f64};
constexpr bool FloatControls::*controls[] = {&FloatControls::denorm_preserve,
                                             &FloatControls::rounding_mode_rte,
                                             &FloatControls::signed_zero_inf_nan_preserve};
constexpr const char* width_names[] = {"16", "32", "64"};
constexpr const char* control_names[] = {"DenormPreserve ", "RoundingModeRTE ", "SignedZeroInfNanPreserve "};

}  // namespace

std::string Pretended::text() const {
    std::string all = facts.fma_f32 == Exactness::exact     ? "fma is exact"
                      : facts.fma_f32 == Exactness::flushes ? "fma flushes"
                                                            : "fma is inexact";
    for (std::size_t n = 0; n < std::size(switches); ++n)
        if (!(facts.*switches[n])) all += std::string(", not ") + switch_names[n];
    for (std::size_t w = 0; w < std::size(widths); ++w)
        for (std::size_t c = 0; c < std::size(controls); ++c)
            if (!(facts.*widths[w].*controls[c]))
                all += std::string(", no ") + control_names[c] + width_names[w];
    all += ", " + std::to_string(facts.pushed_words) + " words pushed";
    return guards_loops ? all + ", loops guarded" : all;
}

Pretended least_pretended(bool is_software) {
    Pretended least;
    least.needs_float_controls = !is_software;
    if (!is_software) least.facts = flushing_device();
    least.facts.fused_fma_f64 = least.facts.exact_folding = false;
    return least;
}

Pretended random_device(std::mt19937& random, const Pretended& least) {
    const auto draw = [&](bool may_be) { return may_be && random() % 2 == 0; };
    Pretended device = least;
    DeviceFacts& facts = device.facts;
    const bool flushes = least.facts.fma_f32 == Exactness::flushes;
    facts.fma_f32 = static_cast<Exactness>(flushes ? 1 + random() % 2 : random() % 3);
    for (const auto fact : switches) facts.*fact = draw(least.facts.*fact);
    for (const auto width : widths)
        for (const auto control : controls) {
            const bool is_granted = draw(least.facts.*width.*control);
            if (!least.needs_float_controls) facts.*width.*control = is_granted;
        }
    facts.pushed_words = static_cast<std::uint32_t>(random() % (most_pushed + 1));
    device.guards_loops = draw(true);
    return device;
}

std::vector<Pretended> single_faults(const Pretended& least) {
    std::vector<Pretended> all;
    const auto add = [&](auto change) {
        all.push_back(least);
        change(all.back());
    };
    for (const Exactness fma : {Exactness::flushes, Exactness::inexact})
        if (least.facts.fma_f32 != fma) add([&](Pretended& p) { p.facts.fma_f32 = fma; });
    for (const auto fact : switches)
        if (least.facts.*fact) add([&](Pretended& p) { p.facts.*fact = false; });
    for (const auto width : widths)
        for (const auto control : controls)
            if (!least.needs_float_controls) add([&](Pretended& p) { p.facts.*width.*control = false; });
    for (const std::uint32_t count : {1u, most_pushed})
        add([&](Pretended& p) { p.facts.pushed_words = count; });
    add([&](Pretended& p) { p.guards_loops = true; });
    return all;
}

std::vector<Pretended> mended(const Pretended& device, const Pretended& least) {
    std::vector<Pretended> all;
    const auto mend = [&](auto member) {
        Pretended one = device;
        member(one) = member(least);
        if (one.text() != device.text()) all.push_back(one);
    };
    mend([](auto& p) -> auto& { return p.facts.fma_f32; });
    for (const auto fact : switches) mend([&](auto& p) -> auto& { return p.facts.*fact; });
    for (const auto width : widths) mend([&](auto& p) -> auto& { return p.facts.*width; });
    mend([](auto& p) -> auto& { return p.facts.pushed_words; });
    mend([](auto& p) -> auto& { return p.guards_loops; });
    return all;
}

std::vector<std::uint32_t> as_run_on(const Pretended& device, std::span<const std::uint32_t> module) {
    const std::vector<std::uint32_t> words =
        with_pretended_driver(adapted(module, device.facts), device.facts);
    return device.guards_loops ? spirv::with_loop_guards(words, "the test's module") : words;
}

}  // namespace sporkle::test
