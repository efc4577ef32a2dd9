// GPUs that have less than this machine's, pretended by a layer (pretence.hpp): either kernels run there and
// give the reference's bits, or they are refused with the reason, and what the device says of itself is so.
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <sporkle/error.hpp>
#include <sporkle/reference.hpp>
#include <sporkle/sporkle.hpp>

#include "codegen/bundle/writer.hpp"
#include "runtime/threads/pool.hpp"
#include "tests/conformance/cases.hpp"
#include "tests/conformance/device_kernel.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {
namespace {

/// Some variants of a kernel, the last of which needs least, and a call.
struct Kernel {
    std::string name;
    Program program;
    std::vector<codegen::Variant> variants;
    codegen::Code code;
    bundle::Bundle bundle;
    Call call, expected;

    explicit Kernel(const std::string& wanted) : name(wanted) {
        for (const auto& cases : {every_type(), reductions(), contractions()})
            for (const Case& one : cases)
                if (one.name == name) program = one.make();
        for (const auto& target : codegen::emit_targets()) {
            if (target->name() != "spirv") continue;
            const codegen::Machine machine = target->machine("spirv");
            auto schedules = codegen::enumerate_schedules(program, machine);
            if (schedules.size() > 3) schedules.erase(schedules.begin() + 2, schedules.end() - 1);
            for (const codegen::Schedule& schedule : schedules)
                variants.push_back(codegen::lower(program, schedule, machine));
            code = target->emit(variants);
            bundle = bundle_of(program, variants, code);
        }
        CallOptions options;
        options.most_steps = 20'000;
        call = random_call(program, 20261120, options);
        expected = call;
        reference(program, expected.arguments());
    }
};

std::span<const Kernel> kernels() {
    static const Kernel all[] = {Kernel("row_sum_i8"), Kernel("gemm_f32"), Kernel("axpy_f16"),
                                 Kernel("axpy_f64")};
    return all;
}

struct Gpu {
    const char* name;
    const char* description;
    const char* note = "";  ///< what the device says of itself, in part, or why it is not there
    bool is_there = true;
    const char* refused = "";  ///< kernels that it refuses, and why
    const char* why = "";
};
void PrintTo(const Gpu& gpu, std::ostream* out) { *out << gpu.description; }

constexpr char through_memory[] = "shuffles go through shared memory";
const Gpu gpus[] = {
    {"AsItIs", ""},
    {"Vulkan12", "api=1.2"},
    {"Vulkan12WithoutExtensions", "api=1.2 extensions=none", through_memory},
    {"Vulkan11", "api=1.1", "has Vulkan 1.1; expected 1.2 or newer", false},
    {"WithoutInt64", "no=shaderInt64", "lacks shaderInt64", false},
    {"WithoutAddresses", "no=bufferDeviceAddress", "lacks bufferDeviceAddress", false},
    {"WithoutTimelines", "no=timelineSemaphore", "lacks timelineSemaphore", false},
    {"WithoutQueueForKernels", "queues=pictures", "no queue for kernels", false},
    {"WithoutSubgroupSizes", "no=subgroupSizeControl", through_memory},
    {"WithoutFullSubgroups", "no=computeFullSubgroups", through_memory},
    {"WithoutShuffles", "subgroupOperations=1", through_memory},
    {"SubgroupsOf64", "subgroupSize=64 minSubgroupSize=64 maxSubgroupSize=64", through_memory},
    {"SubgroupsOfManySizes", "subgroupSize=32 minSubgroupSize=8 maxSubgroupSize=32", through_memory},
    {"WithoutSmallTypes", "no=shaderInt16 no=shaderInt8 no=shaderFloat16"},
    {"Without16BitStorage", "no=storageBuffer16BitAccess no=uniformAndStorageBuffer16BitAccess",
     "no 16-bit storage", true, "axpy_f16", "StorageBuffer16BitAccess"},
    {"Without8BitStorage", "no=storageBuffer8BitAccess no=uniformAndStorageBuffer8BitAccess",
     "no 8-bit storage", true, "row_sum_i8", "StorageBuffer8BitAccess"},
    {"Without64BitFloats", "no=shaderFloat64", "no 64-bit floating point", true, "axpy_f64 gemm_f32",
     "Float64"},
    {"WithoutFloatControls", "controls=none"},
    {"WithoutMemoryModel", "no=vulkanMemoryModel no=vulkanMemoryModelDeviceScope", "no Vulkan memory model"},
    {"WithSmallWorkgroups",
     "maxComputeWorkGroupInvocations=128 maxComputeWorkGroupSize=128 maxComputeSharedMemorySize=16384",
     "at most 128 invocations"},
    {"WithoutConveniences",
     "no=pipelineCreationCacheControl no=maintenance4 no=scalarBlockLayout "
     "no=variablePointers no=variablePointersStorageBuffer "
     "no=shaderSubgroupExtendedTypes"},
    {"WithSmallBuffers",
     "maxBufferSize=1073741824 maxMemoryAllocationSize=1073741824 "
     "maxStorageBufferRange=65536 maxMemoryAllocationCount=6"},
    {"WithCoarseAlignment",
     "minStorageBufferOffsetAlignment=256 nonCoherentAtomSize=256 timestampPeriod=83.333"},
    {"WithSmallGrids", "maxComputeWorkGroupCount=65"},
    {"Discrete", "type=discrete memory=discrete queues=separate"},
    {"DiscreteOfNvidia", "type=discrete memory=discrete queues=separate driver=nvidia",
     "division of 64-bit integers is repaired"},
    {"DiscreteWithWindow", "type=discrete memory=window"},
    {"DiscreteWithFullWindow", "type=discrete memory=full-window"},
    {"IntegratedWithoutCoherentCache", "type=integrated memory=uncoherent queues=clockless"},
    {"IntegratedWithTwoKinds", "type=integrated memory=unified timestampValidBits=0"}};

class OnPretendedGpus : public ::testing::Test {
  protected:
    OnPretendedGpus() {
        // The loader looks at these when the first instance is made.
        ::setenv("VK_LAYER_PATH", SPORKLE_LAYER_FOLDER, 1);
        ::setenv("VK_INSTANCE_LAYERS", "VK_LAYER_SPORKLE_pretended", 1);
        ::setenv("SPORKLE_CACHE", "", 1);
    }

    void open(const std::string& description) {
        ::setenv("SPORKLE_TEST_GPU", description.c_str(), 1);
        devices_.clear();
        notes_.clear();
        for (const auto& target : runtime::run_targets())
            if (target->target() == "spirv") devices_ = target->open(threads_, notes_);
    }

    runtime::ThreadPool threads_{1};
    std::vector<std::string> notes_;
    std::vector<std::unique_ptr<runtime::Device>> devices_;
};

class PretendedGpu : public OnPretendedGpus, public ::testing::WithParamInterface<Gpu> {};

std::string joined(const std::vector<std::string>& notes) {
    std::string all;
    for (const std::string& note : notes) all += note + "\n";
    return all;
}

/// Why the device refuses a variant, or empty.
std::string refusal(const Kernel& kernel, std::size_t variant, runtime::Device& device) {
    try {
        for (const bundle::Variant& read : kernel.bundle.kernels.front().variants)
            if (read.schedule == kernel.variants[variant].schedule.name)
                static_cast<void>(device.load(kernel.bundle, read));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported) << error.what();
        return error.what();
    }
    return {};
}

TEST_P(PretendedGpu, RunsKernelsOrSaysWhyNot) {
    const Gpu& gpu = GetParam();
    open("");
    if (devices_.empty() || !devices_.front()->info().by_name_only)
        GTEST_SKIP() << "no software device to pretend on: " << joined(notes_);
    open(gpu.description);
    if (!gpu.is_there) {
        EXPECT_TRUE(devices_.empty());
        EXPECT_NE(joined(notes_).find(gpu.note), std::string::npos) << joined(notes_);
        return;
    }
    ASSERT_FALSE(devices_.empty()) << joined(notes_);
    runtime::Device& device = *devices_.front();
    EXPECT_TRUE(device.info().arithmetic.subnormals_kept) << joined(device.info().notes);
    EXPECT_NE(joined(device.info().notes).find(gpu.note), std::string::npos) << joined(device.info().notes);
    for (const Kernel& kernel : kernels()) {
        const bool is_refused = std::string(gpu.refused).find(kernel.name) != std::string::npos;
        DeviceKernel loaded(kernel.program, kernel.variants, kernel.bundle, device);
        for (std::size_t v = 0; v < kernel.variants.size(); ++v) {
            const std::string what = kernel.name + ", " + kernel.variants[v].schedule.name;
            Call got = kernel.call;
            const auto complaint = loaded.run(v, got, {.recorded = v == 1});
            if (!complaint) {
                const std::string why = refusal(kernel, v, device);
                EXPECT_TRUE(!is_refused || why.find(gpu.why) != std::string::npos) << what << ": " << why;
                continue;
            }
            EXPECT_EQ(*complaint, "") << what;
            const auto same = same_bits(kernel.program, kernel.expected, got);
            EXPECT_TRUE(same) << what << ": " << same.message();
        }
        // The last variant serves wherever the kernel runs at all.
        EXPECT_EQ(loaded.runs(kernel.variants.size() - 1) > 0, !is_refused) << kernel.name;
    }
}

/// A product of two matrices of 128 × 128 small numbers by way of a Context, on the first GPU, and what was
/// chosen for it.
struct Chosen {
    bool is_right = true;
    std::string schedule, warnings;
};
Chosen multiplied_on(const std::string& gpu) {
    ::setenv("SPORKLE_TEST_GPU", gpu.c_str(), 1);
    const Kernel& kernel = kernels()[1];
    const codegen::CompiledKernel compiled{kernel.program, {{kernel.variants, kernel.code}}};
    const std::vector<std::byte> object = codegen::write_bundle("pretended", {&compiled, 1});
    const std::string path = ::testing::TempDir() + "sporkle-pretended-" + std::to_string(::getpid()) + ".o";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(object.data()), static_cast<std::streamsize>(object.size()));
    Chosen result;
    Options options;
    options.mode = Mode::estimate;
    options.wisdom = "";
    options.bundles = {path};
    options.log = [&](LogLevel level, std::string_view message) {
        if (level == LogLevel::warning) result.warnings += std::string(message) + "\n";
    };
    const Context context(options);
    constexpr int size = 128;
    std::vector<float> tensors[3] = {std::vector<float>(size * size), std::vector<float>(size * size),
                                     std::vector<float>(size * size)};
    Operand operands[3];
    for (int t = 0; t < 3; ++t) {
        for (int n = 0; n < size * size; ++n)
            tensors[t][static_cast<std::size_t>(n)] = static_cast<float>(n % (7 + t));
        operands[t].rank = 2;
        operands[t].data = tensors[t].data();
        operands[t].extents[0] = operands[t].extents[1] = operands[t].strides[0] = size;
        operands[t].strides[1] = 1;
    }
    const std::string name(kernel.program.name.view());
    context.on("vulkan:0").run(KernelId(name), operands);
    for (int i = 0; i < size; ++i)
        for (int j = 0; j < size; ++j) {
            float sum = 0;
            for (int k = 0; k < size; ++k)
                sum += static_cast<float>((i * size + k) % 7 * ((k * size + j) % 8));
            result.is_right = result.is_right && tensors[2][static_cast<std::size_t>(i * size + j)] == sum;
        }
    const WorkloadReport report = context.report(KernelId(name)).workloads.at(0);
    result.schedule = report.candidates.at(static_cast<std::size_t>(report.chosen)).choice.schedule;
    std::remove(path.c_str());
    return result;
}

class PretendedGpus : public OnPretendedGpus {};

TEST_F(PretendedGpus, GetTheVariantThatFits) {
    open("");
    if (devices_.empty() || !devices_.front()->info().by_name_only)
        GTEST_SKIP() << "no software device to pretend on: " << joined(notes_);
    devices_.clear();
    const Chosen usual = multiplied_on("");
    EXPECT_TRUE(usual.is_right);
    EXPECT_EQ(usual.warnings, "");
    // Smaller than Vulkan allows, so that no variant but the last fits.
    const Chosen small = multiplied_on("maxComputeWorkGroupInvocations=64");
    EXPECT_TRUE(small.is_right);
    EXPECT_NE(small.schedule, usual.schedule);
    EXPECT_NE(small.schedule, "reference");
    EXPECT_NE(small.warnings.find("the limit is 64"), std::string::npos) << small.warnings;
    // lavapipe's fma needs 64 bits for its repair.
    const Chosen none = multiplied_on("no=shaderFloat64");
    EXPECT_TRUE(none.is_right);
    EXPECT_EQ(none.schedule, "reference");
    EXPECT_NE(none.warnings.find("lacks: Float64"), std::string::npos) << none.warnings;
    EXPECT_NE(none.warnings.find("runs on the reference"), std::string::npos) << none.warnings;
}

INSTANTIATE_TEST_SUITE_P(Gpus, PretendedGpu, ::testing::ValuesIn(gpus),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace sporkle::testing
