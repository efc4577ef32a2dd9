// What is kept on disk between processes.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "targets/spirv/run/pipeline_cache.hpp"
#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"

namespace sporkle::testing {
namespace {

namespace fs = std::filesystem;
using spirv::vulkan::PipelineCache;

class VulkanCache : public CachingVulkanTest {
  protected:
    static std::vector<std::byte> bytes(std::size_t count) {
        std::vector<std::byte> result(count);
        for (std::size_t n = 0; n < count; ++n) result[n] = static_cast<std::byte>(n * 7);
        return result;
    }
};

TEST_F(VulkanCache, GivesBackWhatWasStored) {
    const PipelineCache store("a device");
    const Hash key{1, 2};
    EXPECT_EQ(store.load(key), std::nullopt);
    for (const std::size_t count : {0, 1, 100000}) {
        store.store(key, bytes(count));
        EXPECT_EQ(PipelineCache("a device").load(key), bytes(count));
    }
    EXPECT_EQ(store.load({1, 3}), std::nullopt);
    EXPECT_EQ(PipelineCache("another device").load(key), std::nullopt);
    EXPECT_EQ(files().size(), 1u);
}

TEST_F(VulkanCache, IgnoresAndReplacesDamage) {
    const PipelineCache store("a device");
    const Hash key{5, 6};
    store.store(key, bytes(300));
    ASSERT_EQ(files().size(), 1u);
    const fs::path file = files()[0];
    const std::uintmax_t size = fs::file_size(file);
    for (std::uintmax_t at = 0; at < size; ++at) {
        {
            std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
            stream.seekg(static_cast<std::streamoff>(at));
            const char changed = static_cast<char>(stream.get() ^ 0x10);
            stream.seekp(static_cast<std::streamoff>(at));
            stream.put(changed);
        }
        ASSERT_EQ(store.load(key), std::nullopt) << "byte " << at;
        store.store(key, bytes(300));
        ASSERT_EQ(store.load(key), bytes(300));
    }
    for (std::uintmax_t length = 0; length < size; length += 17) {
        fs::resize_file(file, length);
        ASSERT_EQ(store.load(key), std::nullopt) << length << " bytes";
    }
}

TEST_F(VulkanCache, DoesNotWaitForAPipe) {
    const PipelineCache store("a device");
    const Hash key{5, 6};
    store.store(key, bytes(300));
    const fs::path file = files()[0];
    fs::remove(file);
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    EXPECT_EQ(store.load(key), std::nullopt);
    store.store(key, bytes(300));
    EXPECT_EQ(store.load(key), bytes(300));
}

TEST_F(VulkanCache, MayBeSwitchedOff) {
    const Variable off("SPORKLE_CACHE", "");
    const PipelineCache store("a device");
    store.store({1, 1}, bytes(10));
    EXPECT_EQ(store.load({1, 1}), std::nullopt);
    EXPECT_EQ(store.folder(), "");
}

TEST_F(VulkanCache, AFolderThatCannotBeMadeIsNoFault) {
    std::ofstream(folder / "file") << "no folder";
    const Variable wrong("SPORKLE_CACHE", (folder / "file").string());
    const PipelineCache store("a device");
    store.store({1, 1}, bytes(10));
    EXPECT_EQ(store.load({1, 1}), std::nullopt);
}

TEST(HashOfMany, TellsBytesPlacesAndLengthsApart) {
    std::set<Hash> seen;
    std::size_t count = 0;
    for (std::size_t size = 0; size < 100; ++size) {
        std::vector<std::byte> data(size, std::byte(0));
        seen.insert(spirv::vulkan::hash_of_many(data));
        ++count;
        for (std::byte& byte : data) {
            byte = std::byte(1);
            seen.insert(spirv::vulkan::hash_of_many(data));
            ++count;
            byte = std::byte(0);
        }
    }
    EXPECT_EQ(seen.size(), count);
}

TEST_F(VulkanCache, DevicesFillItAndUseIt) {
    reopen();
    const std::size_t after_probe = files().size();
    EXPECT_GT(after_probe, 0u);
    const HandMade code({digits_kernel(), digits_kernel({.local_size = 16})});
    static_cast<void>(device->load(code.bundle, code.variant()));
    EXPECT_EQ(files().size(), after_probe + 2);
    const std::string fingerprint = device->info().fingerprint;
    const DeviceInfo::Arithmetic arithmetic = device->info().arithmetic;

    // Damage to all of it is survived, by devices and by pipelines.
    for (const fs::path& file : files()) fs::resize_file(file, fs::file_size(file) - 1);
    reopen();
    EXPECT_EQ(device->info().fingerprint, fingerprint);
    EXPECT_EQ(device->info().arithmetic.subnormals_kept, arithmetic.subnormals_kept);
    static_cast<void>(device->load(code.bundle, code.variant()));
    EXPECT_EQ(files().size(), after_probe + 2);
}

}  // namespace
}  // namespace sporkle::testing
