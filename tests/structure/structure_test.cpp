// The tree keeps its dependency rules, and the check would notice if it did not.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/structure/dependency_rules.hpp"

namespace sporkle::testing {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += "  " + line + "\n";
    return text;
}

TEST(Structure, EveryIncludeKeepsTheRules) {
    const IncludeGraph graph(SPORKLE_SOURCE_DIR);
    EXPECT_GT(graph.files().size(), 20u);
    EXPECT_EQ(joined(dependency_faults(graph)), "");
}

TEST(Structure, TheRootHoldsNothingStray) { EXPECT_EQ(joined(stray_entries(SPORKLE_SOURCE_DIR)), ""); }

/// A small tree in a folder of its own that breaks no rule.
class StructureCheck : public ::testing::Test {
  protected:
    StructureCheck()
        : root(fs::temp_directory_path() /
               ("sporkle_structure_" + std::to_string(::getpid()) + "_" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
        add("dsl/include/sporkle/dtype.hpp", {"<vector>"});
        add("dsl/include/sporkle/dsl.hpp", {"<boost/hana.hpp>", "<sporkle/dsl/symbols.hpp>"});
        add("dsl/include/sporkle/dsl/symbols.hpp", {"<sporkle/dtype.hpp>"});
        add("codegen/variant.hpp", {"<sporkle/dtype.hpp>", "\"runtime/bundle/format.hpp\""});
        add("runtime/bundle/format.hpp", {"<sporkle/dtype.hpp>", "<flatbuffers/flatbuffers.h>"});
        add("runtime/include/sporkle/context.hpp", {"<sporkle/dtype.hpp>"});
        add("targets/x86/emit/emit.cpp", {"\"codegen/variant.hpp\"", "\"emit.hpp\"", "<llvm/IR/Module.h>"});
        add("targets/x86/emit/emit.hpp", {"<string>"});
        add("targets/x86/run/device.cpp", {"\"runtime/bundle/format.hpp\"", "<pthread.h>"});
        add("targets/spirv/interface/adapt.hpp", {"<sporkle/dtype.hpp>", "<spirv/unified1/spirv.hpp11>"});
        add("targets/spirv/emit/module.cpp",
            {"\"targets/spirv/interface/adapt.hpp\"", "<spirv-tools/libspirv.hpp>"});
        add("targets/spirv/run/device.cpp",
            {"\"targets/spirv/interface/adapt.hpp\"", "<vulkan/vulkan_core.h>"});
        add("targets/amdgpu/pm4/decode.hpp", {"<sporkle/dtype.hpp>"});
        add("targets/amdgpu/run/system_calls.hpp", {"<cstddef>"});
        add("targets/amdgpu/run/device.cpp", {"\"targets/amdgpu/run/system_calls.hpp\"", "<amdgpu_drm.h>"});
        add("targets/amdgpu/emulator/kernel.hpp",
            {"\"targets/amdgpu/run/system_calls.hpp\"", "\"targets/amdgpu/pm4/decode.hpp\"", "<amdgpu_drm.h>",
             "<llvm/MC/MCInst.h>"});
        add("tests/amdgpu/device_test.cpp", {"\"targets/amdgpu/emulator/kernel.hpp\""});
        add("tools/sporklec/main.cpp", {"\"targets/x86/emit/emit.hpp\"", "<llvm/Support/Host.h>"});
        add("samples/saxpy/main.cpp", {"<sporkle/context.hpp>", "<sporkle/dsl.hpp>"});
        add("tests/x86/emit_test.cpp", {"\"targets/x86/emit/emit.hpp\""});
    }
    ~StructureCheck() override { fs::remove_all(root); }

    void add(const fs::path& file, const std::vector<std::string>& includes) {
        fs::create_directories((root / file).parent_path());
        std::ofstream out(root / file);
        for (const std::string& include : includes) out << "#include " << include << "\n";
    }
    /// Expects faults, of which one has this rule and shows this way.
    void expect_fault(const std::string& rule, const std::string& way) {
        const std::string all = joined(dependency_faults(IncludeGraph(root)));
        EXPECT_NE(all.find(rule + ": " + way + "\n"), std::string::npos) << "found:\n" << all;
    }

    const fs::path root;
};

TEST_F(StructureCheck, ASoundTreePasses) { EXPECT_EQ(joined(dependency_faults(IncludeGraph(root))), ""); }

TEST_F(StructureCheck, DslIncludesALibrary) {
    add("dsl/include/sporkle/hash.hpp", {"<boost/multiprecision/cpp_int.hpp>"});
    expect_fault("dsl includes the standard library, Boost.Hana and itself only",
                 "dsl/include/sporkle/hash.hpp > boost/multiprecision/cpp_int.hpp");
}

TEST_F(StructureCheck, DslIncludesTheRuntime) {
    add("dsl/include/sporkle/hash.hpp", {"<sporkle/context.hpp>"});
    expect_fault("dsl includes the standard library, Boost.Hana and itself only",
                 "dsl/include/sporkle/hash.hpp > runtime/include/sporkle/context.hpp");
}

TEST_F(StructureCheck, CodegenIncludesATarget) {
    add("codegen/emit.cpp", {"\"targets/x86/emit/emit.hpp\""});
    expect_fault("codegen includes only dsl, itself and the bundle format",
                 "codegen/emit.cpp > targets/x86/emit/emit.hpp");
}

TEST_F(StructureCheck, CodegenIncludesATool) {
    add("tools/sporklec/options.hpp", {});
    add("codegen/options.cpp", {"\"tools/sporklec/options.hpp\""});
    expect_fault("codegen includes only dsl, itself and the bundle format",
                 "codegen/options.cpp > tools/sporklec/options.hpp");
}

TEST_F(StructureCheck, CodegenIncludesLlvm) {
    add("codegen/fold.cpp", {"<llvm/ADT/APFloat.h>"});
    expect_fault("codegen includes no compiler library", "codegen/fold.cpp > llvm/ADT/APFloat.h");
    expect_fault("compiler libraries are for emitters, emulators and tools",
                 "codegen/fold.cpp > llvm/ADT/APFloat.h");
}

TEST_F(StructureCheck, RuntimeReachesLlvmByAnotherHeader) {
    add("runtime/bundle/format.hpp", {"\"detail.hpp\""});
    add("runtime/bundle/detail.hpp", {"  <spirv-tools/libspirv.h>"});
    expect_fault("what runs includes no compiler library and no expression templates",
                 "targets/x86/run/device.cpp > runtime/bundle/format.hpp > runtime/bundle/detail.hpp > "
                 "spirv-tools/libspirv.h");
}

TEST_F(StructureCheck, RuntimeIncludesExpressionTemplates) {
    add("runtime/call.cpp", {"<sporkle/dsl/symbols.hpp>"});
    expect_fault("what runs includes no compiler library and no expression templates",
                 "runtime/call.cpp > dsl/include/sporkle/dsl/symbols.hpp");
}

TEST_F(StructureCheck, RuntimeIncludesCodegen) {
    add("runtime/call.cpp", {"\"codegen/variant.hpp\""});
    expect_fault("runtime includes only dsl and itself", "runtime/call.cpp > codegen/variant.hpp");
}

TEST_F(StructureCheck, ADeviceDriverIncludesItsEmitter) {
    add("targets/x86/run/device.cpp", {"\"targets/x86/emit/emit.hpp\""});
    expect_fault("a device driver includes only dsl, runtime and its own target",
                 "targets/x86/run/device.cpp > targets/x86/emit/emit.hpp");
}

TEST_F(StructureCheck, AnInterfaceIncludesItsEmitter) {
    add("targets/spirv/emit/module.hpp", {});
    add("targets/spirv/interface/adapt.hpp", {"\"targets/spirv/emit/module.hpp\""});
    expect_fault("what an emitter and a driver share includes only dsl and itself",
                 "targets/spirv/interface/adapt.hpp > targets/spirv/emit/module.hpp");
}

TEST_F(StructureCheck, AnInterfaceIncludesSpirvTools) {
    add("targets/spirv/interface/adapt.cpp", {"<spirv-tools/optimizer.hpp>"});
    expect_fault("what an emitter and a driver share includes only dsl and itself",
                 "targets/spirv/interface/adapt.cpp > spirv-tools/optimizer.hpp");
    expect_fault("compiler libraries are for emitters, emulators and tools",
                 "targets/spirv/interface/adapt.cpp > spirv-tools/optimizer.hpp");
}

TEST_F(StructureCheck, ADeviceDriverIncludesSpirvInstructions) {
    add("targets/spirv/run/module.cpp", {"<spirv/unified1/spirv.h>"});
    expect_fault("the instructions of SPIR-V are for emitters, what they share with drivers, and tools",
                 "targets/spirv/run/module.cpp > spirv/unified1/spirv.h");
}

TEST_F(StructureCheck, TheRuntimeIncludesVulkan) {
    add("runtime/memory/pool.cpp", {"<vulkan/vulkan.h>"});
    expect_fault("Vulkan is for device drivers and benchmarks", "runtime/memory/pool.cpp > vulkan/vulkan.h");
}

TEST_F(StructureCheck, AnEmitterIncludesVulkan) {
    add("targets/spirv/emit/target.cpp", {"<vulkan/vulkan_core.h>"});
    expect_fault("Vulkan is for device drivers and benchmarks",
                 "targets/spirv/emit/target.cpp > vulkan/vulkan_core.h");
}

TEST_F(StructureCheck, AnEmulatorIncludesTheDriver) {
    add("targets/amdgpu/run/device.hpp", {});
    add("targets/amdgpu/emulator/kernel.cpp", {"\"targets/amdgpu/run/device.hpp\""});
    expect_fault(
        "an emulator includes only dsl, what emitter and driver share, and the driver's system calls and "
        "entrance",
        "targets/amdgpu/emulator/kernel.cpp > targets/amdgpu/run/device.hpp");
}

TEST_F(StructureCheck, ADriverIncludesItsEmulator) {
    add("targets/amdgpu/run/device.cpp", {"\"targets/amdgpu/emulator/kernel.hpp\""});
    expect_fault("nothing but tests and tools includes an emulator",
                 "targets/amdgpu/run/device.cpp > targets/amdgpu/emulator/kernel.hpp");
}

TEST_F(StructureCheck, PacketsIncludeLibdrm) {
    add("targets/amdgpu/pm4/chip.cpp", {"<amdgpu_drm.h>"});
    expect_fault("the kernel's graphics interface is for device drivers, emulators, benchmarks and tests",
                 "targets/amdgpu/pm4/chip.cpp > amdgpu_drm.h");
}

TEST_F(StructureCheck, PacketsIncludeTheirEmitter) {
    add("targets/amdgpu/emit/target.hpp", {});
    add("targets/amdgpu/pm4/chip.cpp", {"\"targets/amdgpu/emit/target.hpp\""});
    expect_fault("what an emitter and a driver share includes only dsl and itself",
                 "targets/amdgpu/pm4/chip.cpp > targets/amdgpu/emit/target.hpp");
}

TEST_F(StructureCheck, AnEmitterIncludesAnotherTarget) {
    add("targets/spirv/emit/emit.cpp", {"\"targets/x86/emit/emit.hpp\""});
    expect_fault("an emitter includes only dsl, codegen, the bundle format and its own target",
                 "targets/spirv/emit/emit.cpp > targets/x86/emit/emit.hpp");
}

TEST_F(StructureCheck, ASampleIncludesWhatIsNotInstalled) {
    add("samples/saxpy/main.cpp", {"\"runtime/bundle/format.hpp\""});
    expect_fault("samples include what is installed only",
                 "samples/saxpy/main.cpp > runtime/bundle/format.hpp");
}

TEST_F(StructureCheck, ATestIncludesLlvm) {
    add("tests/x86/emit_test.cpp", {"<llvm-c/Core.h>"});
    expect_fault("compiler libraries are for emitters, emulators and tools",
                 "tests/x86/emit_test.cpp > llvm-c/Core.h");
}

TEST_F(StructureCheck, TestsAreIncludedFromOutside) {
    add("tests/support/random.hpp", {});
    add("tools/sporklec/main.cpp", {"\"tests/support/random.hpp\""});
    expect_fault("nothing but tests and benchmarks includes tests",
                 "tools/sporklec/main.cpp > tests/support/random.hpp");
}

TEST_F(StructureCheck, AStrayEntryInTheRoot) {
    fs::create_directories(root / ".ci");
    EXPECT_EQ(joined(stray_entries(root)), "");
    std::ofstream(root / "notes.txt") << "?";
    fs::create_directories(root / "scratch");
    EXPECT_EQ(stray_entries(root).size(), 2u);
}

}  // namespace
}  // namespace sporkle::testing
