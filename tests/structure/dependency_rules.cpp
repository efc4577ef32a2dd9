#include "tests/structure/dependency_rules.hpp"

#include <algorithm>
#include <set>

namespace sporkle::testing {
namespace {

bool starts_with(const Node& node, const char* prefix) { return node.rfind(prefix, 0) == 0; }

/// What emitters through LLVM share; it is no target.
bool is_shared_translation(const Node& node) { return starts_with(node, "targets/llvm/"); }
/// "x86" for targets/x86/…, else empty.
std::string target_of(const Node& node) {
    if (!starts_with(node, "targets/")) return {};
    const std::size_t begin = std::string("targets/").size(), end = node.find('/', begin);
    return end == Node::npos ? std::string() : node.substr(begin, end - begin);
}
bool in_target_folder(const Node& node, const char* folder) {
    const std::string target = target_of(node);
    return !target.empty() && starts_with(node, ("targets/" + target + "/" + folder + "/").c_str());
}
bool is_target_file(const Node& node, const char* file) {
    const std::string target = target_of(node);
    return !target.empty() && node == "targets/" + target + "/" + file;
}
bool is_emitter(const Node& node) { return in_target_folder(node, "emit") || is_shared_translation(node); }
bool is_device(const Node& node) { return in_target_folder(node, "run"); }
/// What a target's emitter and driver share.
bool is_interface(const Node& node) {
    return in_target_folder(node, "interface") || in_target_folder(node, "pm4");
}
/// A pretended device for tests and tools, behind the system calls of a target's driver.
bool is_emulator(const Node& node) { return in_target_folder(node, "emulator"); }
bool is_system_call_seam(const Node& node) { return is_target_file(node, "run/system_calls.hpp"); }
/// The bundle format belongs to both sides.
bool is_bundle_format(const Node& node) { return starts_with(node, "runtime/bundle/"); }
/// How an emulator makes devices of a driver on its system calls.
bool is_driver_entrance(const Node& node) {
    return is_target_file(node, "run/driver.hpp") || node == "runtime/device.hpp" ||
           starts_with(node, "runtime/include/sporkle/") || is_bundle_format(node);
}

bool in_tree(const Node& node) {
    for (const char* folder : {"dsl/", "codegen/", "runtime/", "targets/", "tools/", "samples/", "tests/"})
        if (starts_with(node, folder)) return true;
    return false;
}
/// <vector>, <cstdint>: no folder and no ending. <strings.h> is the one C header whose names the DSL has to
/// know: it declares a function `index`.
bool is_standard(const Node& node) { return node.find_first_of("/.") == Node::npos || node == "strings.h"; }

bool is_compiler(const Node& node) {
    for (const char* library : {"llvm/", "llvm-c/", "clang/", "clang-c/", "lld/", "spirv-tools/"})
        if (starts_with(node, library)) return true;
    return false;
}
bool is_spirv_header(const Node& node) { return starts_with(node, "spirv/"); }
bool is_vulkan(const Node& node) { return starts_with(node, "vulkan/") || starts_with(node, "vk_video/"); }
bool is_kernel_graphics(const Node& node) {
    for (const char* folder : {"libdrm/", "drm/"})
        if (starts_with(node, folder)) return true;
    return node == "drm.h" || node == "amdgpu_drm.h" || node == "xf86drm.h" || node == "amdgpu.h";
}
bool is_expression_template(const Node& node) {
    return node == "dsl/include/sporkle/dsl.hpp" || starts_with(node, "dsl/include/sporkle/dsl/");
}

struct Rule {
    const char* text;
    bool (*applies_to)(const Node& file);
    bool (*forbids)(const Node& file, const Node& include);
    bool direct_only;  ///< else what is included by way of other files counts too
};

const Rule rules[] = {
    {"dsl includes the standard library, Boost.Hana and itself only",
     [](const Node& file) { return starts_with(file, "dsl/"); },
     [](const Node&, const Node& include) {
         return !is_standard(include) && !starts_with(include, "boost/hana") && !starts_with(include, "dsl/");
     },
     false},
    {"codegen includes no compiler library", [](const Node& file) { return starts_with(file, "codegen/"); },
     [](const Node&, const Node& include) { return is_compiler(include); }, false},
    {"codegen includes only dsl, itself and the bundle format",
     [](const Node& file) { return starts_with(file, "codegen/"); },
     [](const Node&, const Node& include) {
         return in_tree(include) && !starts_with(include, "codegen/") && !starts_with(include, "dsl/") &&
                !is_bundle_format(include);
     },
     false},
    {"an emitter includes only dsl, codegen, the bundle format and its own target",
     [](const Node& file) { return is_emitter(file); },
     [](const Node& file, const Node& include) {
         const bool own = target_of(include) == target_of(file) && !is_device(include);
         return in_tree(include) && !own && !is_shared_translation(include) &&
                !starts_with(include, "codegen/") && !starts_with(include, "dsl/") &&
                !is_bundle_format(include);
     },
     false},
    {"runtime includes only dsl and itself", [](const Node& file) { return starts_with(file, "runtime/"); },
     [](const Node&, const Node& include) {
         return in_tree(include) && !starts_with(include, "runtime/") && !starts_with(include, "dsl/");
     },
     false},
    {"a device driver includes only dsl, runtime and its own target",
     [](const Node& file) { return is_device(file); },
     [](const Node& file, const Node& include) {
         const bool own = target_of(include) == target_of(file) && !is_emitter(include);
         return in_tree(include) && !own && !starts_with(include, "runtime/") &&
                !starts_with(include, "dsl/");
     },
     false},
    {"what an emitter and a driver share includes only dsl and itself",
     [](const Node& file) { return is_interface(file); },
     [](const Node& file, const Node& include) {
         const bool own = target_of(include) == target_of(file) && is_interface(include);
         return (in_tree(include) && !own && !starts_with(include, "dsl/")) || is_compiler(include);
     },
     false},
    {"an emulator includes only dsl, what emitter and driver share, and the driver's system calls and "
     "entrance",
     [](const Node& file) { return is_emulator(file); },
     [](const Node& file, const Node& include) {
         const bool own = target_of(include) == target_of(file) &&
                          (is_emulator(include) || is_interface(include) || is_system_call_seam(include));
         return in_tree(include) && !own && !is_driver_entrance(include) && !starts_with(include, "dsl/");
     },
     false},
    {"nothing but tests and tools includes an emulator",
     [](const Node& file) {
         return !is_emulator(file) && !starts_with(file, "tests/") && !starts_with(file, "tools/");
     },
     [](const Node&, const Node& include) { return is_emulator(include); }, false},
    {"what runs includes no compiler library and no expression templates",
     [](const Node& file) { return starts_with(file, "runtime/") || is_device(file); },
     [](const Node&, const Node& include) { return is_compiler(include) || is_expression_template(include); },
     false},
    {"samples include what is installed only", [](const Node& file) { return starts_with(file, "samples/"); },
     [](const Node&, const Node& include) {
         return in_tree(include) && !starts_with(include, "samples/") &&
                !starts_with(include, "dsl/include/") && !starts_with(include, "runtime/include/");
     },
     true},
    // The instruction emulator's tests compile their kernels with LLVM itself, so that they depend on no
    // emitter; those of SPIR-V change modules as text.
    {"compiler libraries are for emitters, emulators and tools",
     [](const Node& file) {
         return !is_emitter(file) && !is_emulator(file) && !starts_with(file, "tools/") &&
                !starts_with(file, "tests/amdgpu_isa/") && !starts_with(file, "tests/spirv/");
     },
     [](const Node&, const Node& include) { return is_compiler(include); }, true},
    {"the instructions of SPIR-V are for emitters, what they share with drivers, and tools",
     [](const Node& file) {
         return !is_emitter(file) && !is_interface(file) && !starts_with(file, "tools/");
     },
     [](const Node&, const Node& include) { return is_spirv_header(include); }, true},
    // tests/spirv_devices is a layer between drivers and their loader.
    {"Vulkan is for device drivers and benchmarks",
     [](const Node& file) {
         return !is_device(file) && !starts_with(file, "tests/spirv_devices/") &&
                !starts_with(file, "tools/benchmark/");
     },
     [](const Node&, const Node& include) { return is_vulkan(include); }, true},
    {"the kernel's graphics interface is for device drivers, emulators, benchmarks and tests",
     [](const Node& file) {
         return !is_device(file) && !is_emulator(file) && !starts_with(file, "tests/") &&
                !starts_with(file, "tools/benchmark/");
     },
     [](const Node&, const Node& include) { return is_kernel_graphics(include); }, true},
    {"nothing but tests and benchmarks includes tests",
     [](const Node& file) { return !starts_with(file, "tests/") && !starts_with(file, "tools/benchmark/"); },
     [](const Node&, const Node& include) { return starts_with(include, "tests/"); }, true},
};

}  // namespace

std::vector<std::string> dependency_faults(const IncludeGraph& graph) {
    std::vector<std::string> faults;
    for (const Node& file : graph.files()) {
        const auto reached = graph.reached(file);
        const auto& direct = graph.direct(file);
        for (const Rule& rule : rules) {
            if (!rule.applies_to(file)) continue;
            for (const auto& [include, way] : reached) {
                if (!rule.forbids(file, include)) continue;
                if (rule.direct_only && std::find(direct.begin(), direct.end(), include) == direct.end())
                    continue;
                faults.push_back(std::string(rule.text) + ": " + way);
            }
        }
    }
    return faults;
}

std::vector<std::string> stray_entries(const std::filesystem::path& root) {
    // build and compile_commands.json are products, which git ignores.
    static const std::set<std::string> known = {"CMakeLists.txt",
                                                "CMakePresets.json",
                                                "LICENSE",
                                                "README.md",
                                                "dsl",
                                                "codegen",
                                                "runtime",
                                                "targets",
                                                "tests",
                                                "samples",
                                                "tools",
                                                "build",
                                                "compile_commands.json"};
    std::vector<std::string> strays;
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
        const std::string name = entry.path().filename().string();
        if (name[0] != '.' && !known.contains(name)) strays.push_back(name);
    }
    return strays;
}

}  // namespace sporkle::testing
