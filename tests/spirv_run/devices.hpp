// Vulkan devices for tests, or the reason to skip them.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "runtime/device.hpp"

namespace sporkle::testing {

/// Runs everything on the calling thread.
class PlainExecutor final : public Executor {
  public:
    int concurrency() const override { return 1; }
    void parallel_for(std::int64_t count, TaskBody body) override {
        for (std::int64_t i = 0; i < count; ++i) body(i);
    }
};

const runtime::RunTarget& vulkan_target();

/// The devices of this machine; opens them anew each time.
struct OpenDevices {
    PlainExecutor executor;
    std::vector<std::string> notes;
    std::vector<std::unique_ptr<runtime::Device>> devices;
    OpenDevices() { devices = vulkan_target().open(executor, notes); }
    std::string reason() const {
        std::string all;
        for (const std::string& note : notes) all += note + "; ";
        return all;
    }
};

/// A test on the first device. Skipped where there is none.
class VulkanTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (open.devices.empty()) GTEST_SKIP() << open.reason();
        device = open.devices.front().get();
    }

    template <class T>
    std::unique_ptr<runtime::DeviceBuffer> upload(const std::vector<T>& values) {
        auto buffer = device->memory()->allocate(values.size() * sizeof(T));
        device->memory()->upload(*buffer, 0, values.data(), values.size() * sizeof(T));
        return buffer;
    }
    template <class T>
    std::vector<T> download(const runtime::DeviceBuffer& buffer) {
        std::vector<T> values(buffer.bytes() / sizeof(T));
        device->memory()->download(buffer, 0, values.data(), values.size() * sizeof(T));
        return values;
    }

    OpenDevices open;
    runtime::Device* device = nullptr;
};

inline runtime::Grid grid(std::int64_t x, std::int64_t y = 1, std::int64_t z = 1) {
    runtime::Grid result;
    result.size[0] = x;
    result.size[1] = y;
    result.size[2] = z;
    result.tasks = x * y * z;
    return result;
}

}  // namespace sporkle::testing
