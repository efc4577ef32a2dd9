// What the device driver does when the GPU was reset: contexts are made anew, lost work is reported, lost
// code is put back, and what never worked is no longer tried.
#include <gtest/gtest.h>

#include <amdgpu_drm.h>
#include <sys/ioctl.h>

#include <sporkle/error.hpp>

#include "tests/amdgpu_emulator/driven_kernel.hpp"

namespace sporkle::testing {
namespace {

using amdgpu::emulator::KernelOptions;

/// Both ways to wait.
Taste with_timelines() { return {}; }
Taste without_timelines() {
    Taste taste;
    taste.unknown_requests = {_IOC_NR(DRM_IOCTL_GET_CAP)};
    return taste;
}

std::string error_of_run(runtime::Device& device) {
    try {
        DrivenKernel(device).run(1);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::device_failure);
        return error.what();
    }
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(AmdgpuRecovery, WorkThatResetTheGpuIsReportedAndTheNextRuns) {
    for (const Taste& taste : {with_timelines(), without_timelines()}) {
        OtherKernel kernel({driven_chip}, taste);
        const auto device = amdgpu::open_device(kernel, "gpu");
        EXPECT_EQ(DrivenKernel(*device).run(1), "");
        kernel.taste.wild_packets = 1;
        const std::string error = error_of_run(*device);
        EXPECT_TRUE(contains(error, "the GPU hung; this program's work caused the reset")) << error;
        EXPECT_EQ(kernel.kernel.faults().size(), 1u);
        EXPECT_EQ(DrivenKernel(*device).run(2), "");
    }
}

TEST(AmdgpuRecovery, WorkThatTheKernelEndedSoftly) {
    for (const Taste& taste : {with_timelines(), without_timelines()}) {
        KernelOptions options;
        options.soft_recovery = true;
        OtherKernel kernel({driven_chip}, taste, options);
        const auto device = amdgpu::open_device(kernel, "gpu");
        kernel.taste.wild_packets = 1;
        const std::string error = error_of_run(*device);
        EXPECT_TRUE(contains(error, "soft recovery")) << error;
        EXPECT_EQ(DrivenKernel(*device).run(1), "");
    }
}

TEST(AmdgpuRecovery, LostMemoryIsReportedAndCodePutBack) {
    for (const Taste& taste : {with_timelines(), without_timelines()}) {
        KernelOptions options;
        options.reset_loses_vram = true;
        OtherKernel kernel({driven_chip}, taste, options);
        const auto device = amdgpu::open_device(kernel, "gpu");
        DrivenKernel driven(*device);  // its code lies in VRAM
        EXPECT_EQ(driven.run(1), "");
        kernel.taste.wild_packets = 1;
        const std::string error = error_of_run(*device);
        EXPECT_TRUE(contains(error, "arrays on it must be filled again")) << error;
        EXPECT_EQ(driven.run(1), "");
        EXPECT_EQ(driven.run(2), "");
    }
}

/// A reset by somebody else is seen when work is submitted next.
TEST(AmdgpuRecovery, AnotherDevicesResetThatLosesMemory) {
    KernelOptions options;
    options.reset_loses_vram = true;
    OtherKernel kernel({driven_chip}, {}, options);
    const auto device = amdgpu::open_device(kernel, "gpu"), other = amdgpu::open_device(kernel, "other");
    DrivenKernel driven(*device);
    EXPECT_EQ(driven.run(1), "");
    kernel.taste.wild_packets = 1;
    EXPECT_NE(error_of_run(*other), "");
    const std::string error = error_of_run(*device);
    EXPECT_TRUE(contains(error, "other work caused the reset; the contents of the GPU's memory are lost"))
        << error;
    EXPECT_EQ(driven.run(1), "");
}

TEST(AmdgpuRecovery, AnotherDevicesResetThatLosesNothing) {
    OtherKernel kernel({driven_chip}, {});
    const auto device = amdgpu::open_device(kernel, "gpu"), other = amdgpu::open_device(kernel, "other");
    DrivenKernel driven(*device);
    kernel.taste.wild_packets = 1;
    EXPECT_NE(error_of_run(*other), "");
    EXPECT_EQ(driven.run(1), "");
}

TEST(AmdgpuRecovery, AGpuThatCopiesNothing) {
    KernelOptions options;
    options.copies = false;
    for (const std::uint64_t visible : {options.vram_bytes, options.vram_bytes / 32}) {
        options.visible_vram_bytes = visible;
        OtherKernel kernel({driven_chip}, {}, options);
        const auto device = amdgpu::open_device(kernel, "gpu");
        EXPECT_EQ(DrivenKernel(*device).run(1), "");
        EXPECT_EQ(memory_fault(*device, std::size_t{2} << 20), "");
        EXPECT_EQ(kernel.kernel.faults().size(), 1u);  // it was tried once
        EXPECT_EQ(device->memory()->allocate(1)->host() != nullptr, visible < options.vram_bytes);
    }
}

TEST(AmdgpuRecovery, AGpuThatIsGone) {
    OtherKernel kernel({driven_chip}, {});
    const auto device = amdgpu::open_device(kernel, "gpu");
    kernel.taste.unknown_requests = {_IOC_NR(DRM_IOCTL_AMDGPU_CS)};
    kernel.taste.unknown = -ENODEV;
    const std::string error = error_of_run(*device);
    EXPECT_TRUE(contains(error, "submitting work: No such device")) << error;
}

}  // namespace
}  // namespace sporkle::testing
