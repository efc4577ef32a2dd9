// The suite's own instrument: writing around a buffer is found out.
#include "tests/conformance/watched_memory.hpp"

#include <gtest/gtest.h>

#include "tests/conformance/devices.hpp"

namespace sporkle::testing {
namespace {

runtime::Device& cpu() {
    for (const auto& target : codegen::emit_targets())
        for (runtime::Device* device : devices_for(*target, Numerics::reproducible))
            if (device->info().name == "cpu") return *device;
    throw std::logic_error("no device 'cpu'");
}

std::byte& byte_at(std::uint64_t address) { return *reinterpret_cast<std::byte*>(address); }

TEST(WatchedMemory, KeepsWhatIsWrittenInside) {
    WatchedMemory memory(cpu(), 3, 16);
    EXPECT_EQ(memory.address() % 256, 16u);
    std::byte bytes[3] = {std::byte{1}, std::byte{2}, std::byte{3}};
    memory.fill(bytes);
    byte_at(memory.address() + 2) = std::byte{7};
    EXPECT_EQ(memory.read(bytes), "");
    EXPECT_EQ(bytes[0], std::byte{1});
    EXPECT_EQ(bytes[2], std::byte{7});
}

TEST(WatchedMemory, TellsWhatIsWrittenOutside) {
    for (const std::int64_t at : {-1, -4096, 3, 4098}) {
        WatchedMemory memory(cpu(), 3);
        memory.fill(nullptr);
        EXPECT_EQ(memory.read(nullptr), "");
        byte_at(memory.address() + static_cast<std::uint64_t>(at)) = std::byte{0};
        EXPECT_EQ(memory.read(nullptr), "a byte outside of it was written, " + std::to_string(at) +
                                            " from its beginning, 3 bytes long");
    }
}

TEST(WatchedMemory, WatchesMemoryOfNoBytes) {
    WatchedMemory memory(cpu(), 0);
    memory.fill(nullptr);
    EXPECT_EQ(memory.read(nullptr), "");
    byte_at(memory.address()) = std::byte{0};
    EXPECT_NE(memory.read(nullptr), "");
}

}  // namespace
}  // namespace sporkle::testing
