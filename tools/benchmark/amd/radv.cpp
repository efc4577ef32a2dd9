#include "tools/benchmark/amd/radv.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <new>

#include <sporkle/error.hpp>

#include "codegen/bundle/writer.hpp"
#include "runtime/bundle/reader.hpp"
#include "runtime/device.hpp"
#include "runtime/threads/pool.hpp"
#include "tools/benchmark/amd/subject.hpp"
#include "tools/benchmark/measure/process.hpp"

namespace sporkle::bench::amd {
namespace {

constexpr const char* device_line = "sporkle-bench-amd: device ";

/// RADV's description for the Vulkan loader; empty where it is not installed.
std::string radv_icd() {
    for (const char* folder :
         {"/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"}) {
        std::error_code absent;
        for (const auto& entry : std::filesystem::directory_iterator(folder, absent))
            if (entry.path().filename().string().starts_with("radeon_icd")) return entry.path();
    }
    return {};
}

/// What several versions of Mesa call a chip.
std::vector<std::string> families_of(const std::string& chip) {
    static const std::map<std::string, std::vector<std::string>> known{
        {"gfx906", {"vega20"}},  {"gfx90a", {"mi200", "gfx90a"}},    {"gfx942", {"gfx940", "gfx942"}},
        {"gfx1030", {"navi21"}}, {"gfx1100", {"gfx1100", "navi31"}}, {"gfx1201", {"gfx1201", "navi48"}}};
    const auto found = known.find(chip);
    return found == known.end() ? std::vector<std::string>{chip} : found->second;
}

bundle::Bundle bundle_of(const Program& program, const codegen::Variant& variant) {
    const std::vector<codegen::Variant> variants{variant};
    const codegen::CompiledKernel kernel{program, {{variants, emitter("spirv").emit(variants)}}};
    const std::vector<std::byte> object = codegen::write_bundle("radv", {&kernel, 1});
    constexpr std::align_val_t alignment{64};
    const std::shared_ptr<std::byte> storage(static_cast<std::byte*>(operator new(object.size(), alignment)),
                                             [](std::byte* p) { operator delete(p, alignment); });
    std::copy(object.begin(), object.end(), storage.get());
    return bundle::read_bytes({storage.get(), object.size()}, storage, "the product's bundle").at(0);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Counts hottest_loop_of_shaders(const std::string& text) {
    constexpr std::string_view heading = "\ndisasm:\n";
    Counts hottest;
    for (std::size_t at = text.find(heading); at != text.npos; at = text.find(heading, at)) {
        at += heading.size();
        const std::size_t end = std::min(text.find("\n\n", at), text.size());
        const Counts one = hottest_loop(parse_listing(std::string_view(text).substr(at, end - at)));
        if (one.multiply_adds() > hottest.multiply_adds()) hottest = one;
        at = end;
    }
    return hottest;
}

RadvCode radv_code(const std::string& program, const std::string& chip, const std::string& schedule) {
    RadvCode result;
    const std::string icd = radv_icd();
    if (icd.empty()) {
        result.absent = "RADV is not installed (Debian: mesa-vulkan-drivers)";
        return result;
    }
    for (const std::string& family : families_of(chip)) {
        const ProcessResult ended = run_process(
            {"env", "RADV_FORCE_FAMILY=" + family, "RADV_DEBUG=shaders", "SPORKLE_VULKAN_PROBE=trust",
             "SPORKLE_CACHE=", "MESA_SHADER_CACHE_DISABLE=true", "VK_ICD_FILENAMES=" + icd,
             "VK_DRIVER_FILES=" + icd, program, "radv", chip, schedule});
        if (ended.status != 0) {
            result.absent = "RADV for " + family + ": " +
                            (ended.output.empty() ? "ended with " + std::to_string(ended.status)
                                                  : first_line(ended.output));
            continue;
        }
        const std::size_t name = ended.output.find(device_line);
        if (name != std::string::npos)
            result.device = first_line(ended.output.substr(name + std::strlen(device_line)));
        result.loop = hottest_loop_of_shaders(ended.output);
        result.absent = result.loop.instructions > 0 ? "" : "RADV printed no loop with multiply-adds";
        return result;
    }
    return result;
}

int print_radv_code(const std::string& chip, const std::string& schedule) {
    // Mesa prints shaders to the standard error output.
    if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0) return 1;
    const codegen::EmitTarget& spirv = emitter("spirv");
    const codegen::Schedule same = tile_schedule(emitter("amdgpu").machine(chip), schedule);
    const codegen::Machine machine = spirv.machine(spirv.architectures().front());
    const bundle::Bundle bundle = bundle_of(gemm_program(), codegen::lower(gemm_program(), same, machine));
    runtime::ThreadPool threads(1);
    std::vector<std::string> notes;
    std::vector<std::unique_ptr<runtime::Device>> devices;
    for (const auto& target : runtime::run_targets())
        if (target->target() == "spirv")
            for (auto& device : target->open(threads, notes)) devices.push_back(std::move(device));
    if (devices.empty()) {
        std::printf("no Vulkan device");
        for (const std::string& note : notes) std::printf("; %s", note.c_str());
        std::printf("\n");
        return 1;
    }
    std::printf("%s%s\n", device_line, devices.front()->info().model.c_str());
    std::fflush(stdout);
    devices.front()->load(bundle, bundle.kernels.front().variants.front());
    return 0;
}

}  // namespace sporkle::bench::amd
