// The device driver on kernels of other tastes than that of the pretended one: one kernel through bundle and
// driver and bytes to and from the GPU's memory, whatever it is that such a kernel does otherwise.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include <amdgpu_drm.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sporkle/error.hpp>

#include "tests/amdgpu_emulator/driven_kernel.hpp"

namespace sporkle::testing {
namespace {

using amdgpu::emulator::KernelOptions;

constexpr const char* chip = driven_chip;
constexpr std::uint32_t wait_cs = _IOC_NR(DRM_IOCTL_AMDGPU_WAIT_CS);
constexpr std::uint32_t bo_list = _IOC_NR(DRM_IOCTL_AMDGPU_BO_LIST),
                        userptr = _IOC_NR(DRM_IOCTL_AMDGPU_GEM_USERPTR),
                        timeline_wait = _IOC_NR(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT);

void expect_right_results(runtime::Device& device) {
    DrivenKernel kernel(device);
    EXPECT_EQ(kernel.run(1), "");
    EXPECT_EQ(kernel.run(2), "");
}

void expect_memory_works(runtime::Device& device, std::size_t bytes) {
    EXPECT_EQ(memory_fault(device, bytes), "");
}

void expect_works(OtherKernel& kernel) {
    const auto device = amdgpu::open_device(kernel, "gpu");
    expect_right_results(*device);
    expect_memory_works(*device, 2000);
    expect_memory_works(*device, (std::size_t{5} << 20) + 3);
}

std::string faults(const OtherKernel& kernel) {
    std::string text;
    for (const std::string& fault : kernel.kernel.faults()) text += fault + "\n";
    return text;
}

/// Notes and names of what is found.
struct Found {
    std::vector<std::string> notes;
    std::vector<std::unique_ptr<runtime::Device>> devices;
    explicit Found(OtherKernel& kernel) : devices(amdgpu::open_devices(kernel, "amdgpu", notes)) {}
    std::string text() const {
        std::string all;
        for (const std::string& note : notes) all += note + "\n";
        return all;
    }
};

bool has_note(const runtime::Device& device, const std::string& part) {
    for (const std::string& note : device.info().notes)
        if (note.find(part) != std::string::npos) return true;
    return false;
}

TEST(AmdgpuTastes, TheUsualKernelSeesNoFaultAndTimelines) {
    OtherKernel kernel({chip}, {});
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
    EXPECT_GT(kernel.count(timeline_wait), 0);
    EXPECT_EQ(kernel.count(wait_cs), 0);
    EXPECT_GT(kernel.count(userptr), 0);
}

TEST(AmdgpuTastes, NodesOfOtherDriversAreLeftAlone) {
    Taste taste;
    taste.nodes = {"i915", "empty", "amdgpu", "nouveau", "virtio_gpu", "amdgpu", "amdgpu-pro", "amd"};
    OtherKernel kernel({"gfx90a", chip}, taste);
    const Found found(kernel);
    ASSERT_EQ(found.devices.size(), 2u);
    EXPECT_EQ(found.devices[0]->info().name, "amdgpu:0");
    EXPECT_EQ(found.devices[0]->info().architectures.front(), "gfx90a");
    EXPECT_TRUE(has_note(*found.devices[0], "/dev/dri/renderD130"));
    EXPECT_EQ(found.devices[1]->info().name, "amdgpu:1");
    EXPECT_EQ(found.devices[1]->info().architectures.front(), chip);
    EXPECT_EQ(found.text(), "");
    expect_right_results(*found.devices[1]);
    EXPECT_EQ(faults(kernel), "");
}

TEST(AmdgpuTastes, WhatCannotBeOpenedIsExplained) {
    Taste taste;
    taste.nodes = {"denied", "amdgpu"};
    const group* const some = getgrgid(0);
    ASSERT_NE(some, nullptr);
    OtherKernel kernel({chip}, taste);
    const Found found(kernel);
    EXPECT_EQ(found.devices.size(), 1u);
    EXPECT_NE(found.text().find("/dev/dri/renderD128"), std::string::npos) << found.text();
    EXPECT_NE(found.text().find("group '" + std::string(some->gr_name) + "'"), std::string::npos)
        << found.text();
    // Where the group has no name its number stands.
    taste.nodes = {"denied"};
    taste.group = 987654321;
    OtherKernel nothing({}, taste);
    try {
        amdgpu::open_device(nothing, "gpu");
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("987654321"), std::string::npos) << error.what();
    }
}

TEST(AmdgpuTastes, NoNodeAndNewInterfaces) {
    Taste taste;
    taste.nodes = {"nouveau"};
    OtherKernel none({}, taste);
    EXPECT_EQ(Found(none).text(), "no render node of the amdgpu kernel driver (/dev/dri)\n");
    taste.nodes = {"amdgpu"};
    taste.interface_major = 4;
    OtherKernel other({chip}, taste);
    EXPECT_NE(Found(other).text().find("version 4; expected 3"), std::string::npos);
}

TEST(AmdgpuTastes, CardNodesWhereThereAreNoRenderNodes) {
    Taste taste;
    taste.nodes = {"i915", "amdgpu"};
    taste.as_cards = true;
    OtherKernel kernel({chip}, taste);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
}

TEST(AmdgpuTastes, OldStructuresAndQueries) {
    Taste taste;
    taste.info_bytes = {{AMDGPU_INFO_DEV_INFO, 168}, {AMDGPU_INFO_HW_IP_INFO, 28}};
    taste.unknown_queries = {AMDGPU_INFO_ACCEL_WORKING, AMDGPU_INFO_MEMORY};
    OtherKernel kernel({chip}, taste);
    expect_works(kernel);
}

TEST(AmdgpuTastes, ChipsByFamilyAndRevisionAlone) {
    KernelOptions options;
    options.tells_ip_version = false;
    for (const char* name : {"gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"}) {
        OtherKernel kernel({name}, {}, options);
        EXPECT_EQ(amdgpu::open_device(kernel, "gpu")->info().architectures.front(), name);
    }
}

TEST(AmdgpuTastes, OtherRangesOfAddresses) {
    for (const std::uint64_t begin : {std::uint64_t{2} << 20, std::uint64_t{3} << 40}) {
        Taste taste;
        taste.va_begin = begin;
        taste.va_end = begin + (std::uint64_t{1} << 30);
        taste.va_alignment = 64 << 10;
        OtherKernel kernel({chip}, taste);
        expect_works(kernel);
        EXPECT_EQ(faults(kernel), "");
    }
}

TEST(AmdgpuTastes, OtherRings) {
    Taste taste;
    taste.compute_rings = 0xc;
    taste.ib_alignment = 256;
    OtherKernel kernel({chip}, taste);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
    taste.compute_rings = 0;
    OtherKernel none({chip}, taste);
    EXPECT_NE(Found(none).text().find("the GPU has no compute ring"), std::string::npos);
}

TEST(AmdgpuTastes, InterruptedRequestsAreRepeated) {
    Taste taste;
    taste.interrupts = true;
    taste.shortages = 3;
    OtherKernel kernel({chip}, taste);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
}

TEST(AmdgpuTastes, KernelsWithoutTimelines) {
    for (const int error : {-EINVAL, -ENOTTY, -EOPNOTSUPP}) {
        // The number of GET_CAP, of SYNCOBJ_CREATE, of the wait.
        for (const unsigned long request :
             {DRM_IOCTL_GET_CAP, DRM_IOCTL_SYNCOBJ_CREATE, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT}) {
            Taste taste;
            taste.unknown_requests = {static_cast<std::uint32_t>(_IOC_NR(request))};
            taste.unknown = error;
            taste.early_answers = 3;
            OtherKernel kernel({chip}, taste);
            expect_right_results(*amdgpu::open_device(kernel, "gpu"));
            EXPECT_EQ(faults(kernel), "");
            EXPECT_GT(kernel.count(wait_cs), 3);
        }
    }
    Taste taste;
    taste.unknown_chunks = {AMDGPU_CHUNK_ID_SYNCOBJ_TIMELINE_SIGNAL};
    OtherKernel kernel({chip}, taste);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
    EXPECT_GT(kernel.count(wait_cs), 0);
}

TEST(AmdgpuTastes, TimelinesThatDoNotWait) {
    Taste taste;
    taste.hasty_timelines = true;
    OtherKernel kernel({chip}, taste);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
}

TEST(AmdgpuTastes, OneOfTheTwoWaysToListBuffers) {
    Taste taste;
    taste.unknown_requests = {bo_list};
    OtherKernel without_lists({chip}, taste);
    expect_works(without_lists);
    EXPECT_EQ(faults(without_lists), "");
    taste = {};
    taste.unknown_chunks = {AMDGPU_CHUNK_ID_BO_HANDLES};
    OtherKernel without_handles({chip}, taste);
    expect_works(without_handles);
    EXPECT_EQ(faults(without_handles), "");
}

/// Runs kernels and moves bytes on a device by several threads, whose buffers come and go.
void use_by_threads(runtime::Device& device, unsigned seed) {
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < 4; ++number)
        threads.emplace_back([&device, number, seed] {
            for (unsigned round = 0; round < 4; ++round) {
                EXPECT_EQ(DrivenKernel(device).run(seed + number * 10 + round), "");
                EXPECT_EQ(memory_fault(device, 3000 + number), "");
            }
            EXPECT_EQ(memory_fault(device, (std::size_t{1} << 20) + 100), "");
        });
    for (std::thread& thread : threads) thread.join();
}

TEST(AmdgpuTastes, ManyThreads) {
    for (const bool has_lists : {true, false}) {
        Taste taste;
        if (!has_lists) taste.unknown_requests = {bo_list};
        KernelOptions options;
        options.visible_vram_bytes = 32 << 20;
        OtherKernel kernel({chip}, taste, options);
        use_by_threads(*amdgpu::open_device(kernel, "gpu"), 100);
        // Without lists a buffer may be gone when a submission names it, which is then made again.
        EXPECT_TRUE(!has_lists || faults(kernel).empty()) << faults(kernel);
    }
}

TEST(AmdgpuTastes, TwoGpusAtOnce) {
    Taste taste;
    taste.nodes = {"amdgpu", "amdgpu"};
    OtherKernel kernel({chip, chip}, taste);
    const Found found(kernel);
    ASSERT_EQ(found.devices.size(), 2u);
    std::thread first([&] { use_by_threads(*found.devices[0], 200); });
    use_by_threads(*found.devices[1], 300);
    first.join();
    EXPECT_EQ(faults(kernel), "");
    for (const std::size_t node : {0u, 1u}) EXPECT_FALSE(kernel.kernel.dispatches(node).empty());
}

TEST(AmdgpuTastes, NoMemoryOfTheProcess) {
    Taste taste;
    taste.unknown_requests = {userptr};
    taste.unknown = -ENODEV;
    OtherKernel kernel({chip}, taste);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
}

TEST(AmdgpuTastes, NoClock) {
    Taste taste;
    taste.has_clock = false;
    OtherKernel kernel({chip}, taste);
    EXPECT_FALSE(amdgpu::open_device(kernel, "gpu")->has_clock());
    expect_works(kernel);
}

TEST(AmdgpuTastes, ASmallWindowOnItsOwnMemory) {
    KernelOptions options;
    options.vram_bytes = std::uint64_t{1} << 30;
    options.visible_vram_bytes = 1 << 20;
    for (const char* name : {"gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"}) {
        OtherKernel kernel({name}, {}, options);
        const auto device = amdgpu::open_device(kernel, "gpu");
        EXPECT_FALSE(has_note(*device, "the system's memory"));
        EXPECT_EQ(device->memory()->allocate(1000)->host(), nullptr);
        expect_memory_works(*device, 2000);
        expect_memory_works(*device, (std::size_t{4} << 20) + 1);
        if (name == std::string(chip)) expect_right_results(*device);
        EXPECT_EQ(faults(kernel), "") << name;
    }
    options.visible_vram_bytes = 0;
    OtherKernel kernel({chip}, {}, options);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
}

TEST(AmdgpuTastes, ASmallWindowAndNoTimelinesNorProcessMemory) {
    KernelOptions options;
    options.visible_vram_bytes = 64 << 20;
    Taste taste;
    taste.unknown_requests = {userptr, _IOC_NR(DRM_IOCTL_GET_CAP), bo_list};
    OtherKernel kernel({chip}, taste, options);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
}

TEST(AmdgpuTastes, NoMemoryOfItsOwn) {
    KernelOptions options;
    options.vram_bytes = 0;
    OtherKernel kernel({chip}, {}, options);
    expect_works(kernel);
    EXPECT_EQ(faults(kernel), "");
    options.vram_bytes = 512 << 20;
    options.visible_vram_bytes = options.vram_bytes;
    options.is_integrated = true;
    OtherKernel integrated({chip}, {}, options);
    const auto device = amdgpu::open_device(integrated, "gpu");
    EXPECT_TRUE(has_note(*device, "which the GPU shares"));
    EXPECT_NE(device->memory()->allocate(1000)->host(), nullptr);
    expect_right_results(*device);
}

TEST(AmdgpuTastes, MemoryThatTheGpuMayNotHave) {
    // Of a file, and that may only be read: it goes through memory of the driver's.
    OtherKernel kernel({chip}, {});
    const auto device = amdgpu::open_device(kernel, "gpu");
    constexpr std::size_t bytes = 2 << 20;
    const auto buffer = device->memory()->allocate(bytes);
    std::vector<unsigned char> sent(bytes, 7);
    device->memory()->upload(*buffer, 0, sent.data(), bytes);
    std::FILE* const file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(ftruncate(fileno(file), bytes), 0);
    void* const place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    ASSERT_NE(place, MAP_FAILED);
    device->memory()->download(*buffer, 0, place, bytes);
    EXPECT_EQ(std::memcmp(place, sent.data(), bytes), 0);
    munmap(place, bytes);
    std::fclose(file);
}

/// Sets a variable of the environment for a scope.
struct Variable {
    explicit Variable(const char* value) { setenv("SPORKLE_GPU_PRIORITY", value, 1); }
    ~Variable() { unsetenv("SPORKLE_GPU_PRIORITY"); }
};

TEST(AmdgpuTastes, PriorityFallsBackToNormal) {
    const Variable variable("high");
    OtherKernel kernel({chip}, {});
    const auto device = amdgpu::open_device(kernel, "gpu");
    EXPECT_TRUE(has_note(*device, "SPORKLE_GPU_PRIORITY"));
    expect_right_results(*device);
    KernelOptions options;
    options.privileged = true;
    OtherKernel privileged({chip}, {}, options);
    EXPECT_FALSE(has_note(*amdgpu::open_device(privileged, "gpu"), "SPORKLE_GPU_PRIORITY"));
    EXPECT_EQ(faults(privileged), "");
}

TEST(AmdgpuTastes, PriorityOfAnotherName) {
    const Variable variable("highest");
    OtherKernel kernel({chip}, {});
    EXPECT_NE(Found(kernel).text().find("SPORKLE_GPU_PRIORITY is 'highest'; expected low, normal or high"),
              std::string::npos);
}

}  // namespace
}  // namespace sporkle::testing
