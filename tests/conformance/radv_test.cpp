// Every kernel of the suite in f32, compiled by RADV for one chip of each generation without a GPU: Mesa's
// null hardware makes devices that compile and run nothing. Each variant's pipelines are made twice: with all
// repairs, as for a driver that is trusted with nothing, and with none.
//
// The environment that chooses the hardware is read when the devices are opened, so each chip's are opened
// in turn.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <sporkle/error.hpp>

#include "runtime/threads/pool.hpp"
#include "tests/conformance/cases.hpp"
#include "tests/conformance/device_kernel.hpp"

namespace sporkle::testing {
namespace {

/// RADV's description for the Vulkan loader; empty where it is not installed.
std::string radv_icd() {
    for (const char* folder : {"/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"}) {
        std::error_code absent;
        for (const auto& entry : std::filesystem::directory_iterator(folder, absent))
            if (entry.path().filename().string().rfind("radeon_icd", 0) == 0) return entry.path();
    }
    return {};
}

struct Generation {
    const char* name;
    std::vector<const char*> chips;  ///< names of one chip, as several versions of Mesa call it
};
const Generation generations[] = {{"GFX8", {"polaris10"}},
                                  {"GFX9", {"vega20"}},
                                  {"GFX10", {"navi10"}},
                                  {"GFX10.3", {"navi21"}},
                                  {"GFX11", {"navi31", "gfx1100"}}};

const codegen::EmitTarget* spirv() {
    for (const auto& target : codegen::emit_targets())
        if (target->name() == "spirv") return target.get();
    return nullptr;
}

/// The null device for a chip.
std::vector<std::unique_ptr<runtime::Device>> open_chip(const char* chip, Executor& executor) {
    ::setenv("RADV_FORCE_FAMILY", chip, 1);
    std::vector<std::string> notes;
    for (const auto& target : runtime::run_targets())
        if (target->target() == "spirv") return target->open(executor, notes);
    return {};
}

/// Mesa ends a process that asks for a chip that it does not know, so a child asks.
bool is_known(const char* chip) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::fclose(stderr);
        runtime::ThreadPool threads(1);
        ::_exit(open_chip(chip, threads).empty() ? 1 : 0);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

class Radv : public ::testing::TestWithParam<Case> {};

TEST_P(Radv, CompilesEveryVariantForEveryGeneration) {
    if (spirv() == nullptr) GTEST_SKIP() << "this build emits no SPIR-V";
    const std::string icd = radv_icd();
    if (icd.empty()) GTEST_SKIP() << "RADV is not installed (package mesa-vulkan-drivers)";
    ::setenv("VK_ICD_FILENAMES", icd.c_str(), 1);
    ::setenv("VK_DRIVER_FILES", icd.c_str(), 1);
    ::setenv("SPORKLE_CACHE", "", 1);
    ::setenv("SPORKLE_VULKAN_PROBE", "trust", 1);
    ::setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);

    const Program program = GetParam().make();
    const codegen::Machine machine = spirv()->machine(spirv()->architectures().front());
    std::vector<codegen::Variant> variants;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine))
        variants.push_back(codegen::lower(program, schedule, machine));
    const bundle::Bundle bundle = bundle_of(program, variants, spirv()->emit(variants));
    runtime::ThreadPool threads(1);
    int opened = 0;
    for (const Generation& generation : generations) {
        const auto chip = std::find_if(generation.chips.begin(), generation.chips.end(), is_known);
        if (chip == generation.chips.end()) continue;
        for (const char* trust : {"distrust", "trust"}) {
            ::setenv("SPORKLE_VULKAN_PROBE", trust, 1);
            const auto devices = open_chip(*chip, threads);
            for (const auto& device : devices) {
                ASSERT_NE(device->info().model.find("Null hardware"), std::string::npos)
                    << device->info().model;
                ++opened;
                for (const bundle::Variant& variant : bundle.kernels.front().variants)
                    EXPECT_NO_THROW(device->load(bundle, variant))
                        << generation.name << ", " << trust << ", schedule " << variant.schedule;
            }
        }
    }
    if (opened == 0) GTEST_SKIP() << "this RADV has no null hardware (RADV_FORCE_FAMILY)";
}

std::vector<Case> kernels_in_f32() {
    std::vector<Case> kernels;
    for (const auto& group : {every_type(), maps(), reductions(), contractions(), windows(), fusions()})
        for (const Case& one : group) {
            const bool known = std::any_of(kernels.begin(), kernels.end(),
                                           [&](const Case& other) { return other.name == one.name; });
            if (one.name.ends_with("_f32") && !known) kernels.push_back(one);
        }
    return kernels;
}

INSTANTIATE_TEST_SUITE_P(Kernels, Radv, ::testing::ValuesIn(kernels_in_f32()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace sporkle::testing
