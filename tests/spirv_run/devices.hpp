// Vulkan devices for tests, or the reason to skip them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
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
bool has_validation_layer();

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

/// A value of an environment variable for as long as the object lives.
class Variable {
  public:
    Variable(const char* name, const std::string& value);
    ~Variable();
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    std::string name_;
    std::optional<std::string> before_;
};

/// A test on the first device, with nothing kept on disk, and under the validation layer where that is
/// installed: what it says fails the test. Skipped where there is no device.
class VulkanTest : public ::testing::Test {
  protected:
    VulkanTest();
    ~VulkanTest() override;
    void SetUp() override {
        if (open->devices.empty()) GTEST_SKIP() << open->reason();
        device = open->devices.front().get();
    }
    void TearDown() override;
    /// Closes the devices and opens them again, under the present environment.
    void reopen();

    static std::vector<std::uint32_t> numbers(std::size_t count) {
        std::vector<std::uint32_t> values(count);
        for (std::size_t n = 0; n < count; ++n) values[n] = static_cast<std::uint32_t>(n * 2654435761u);
        return values;
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

    std::optional<Variable> validation, cache;
    std::unique_ptr<OpenDevices> open;
    runtime::Device* device = nullptr;
    std::size_t expected_messages = 0;  ///< of the validation layer, which the test has provoked
};

/// The same, but what is opened from now on keeps files, in a folder of the test's own.
class CachingVulkanTest : public VulkanTest {
  protected:
    CachingVulkanTest();
    ~CachingVulkanTest() override;
    /// In the order of their names.
    std::vector<std::filesystem::path> files() const;

    std::filesystem::path folder;
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
