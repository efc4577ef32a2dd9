// Words of the parameter block come from the push constants where the driver pushes them, from memory
// elsewhere.
#include <gtest/gtest.h>

#include "codegen/ir/builder.hpp"
#include "targets/spirv/emit/tools.hpp"
#include "targets/spirv/interface/pushed_words.hpp"
#include "tests/spirv/device_code.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Value;
using Words = std::vector<std::uint32_t>;

/// y = x + word 5, where the addresses of x and y are words 0 and 2.
Words module_of_three_words() {
    Builder b("three words", 6);
    b.set_team(1, 1, 1);
    tile::Buffer buffer;
    buffer.dtype = DType::f32;
    buffer.writable = true;
    buffer.name = "x";
    buffer.word = 0;
    const int x = b.add_buffer(buffer);
    buffer.name = "y";
    buffer.word = 2;
    const int y = b.add_buffer(buffer);
    const Value i = b.grid_id(0);
    b.store(y, b.add(b.load(x, i, 1), b.parameter(5, DType::f32)), i);
    return module_of(b.finish());
}

std::size_t count(const Words& module, const std::string& part) {
    const std::string text = spirv::disassemble(module);
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST(PushedWords, TakeThePlaceOfLoads) {
    const Words module = module_of_three_words();
    constexpr std::size_t from_memory[8] = {3, 2, 2, 1, 1, 1, 0, 0};
    for (std::uint32_t pushed = 0; pushed < 8; ++pushed) {
        DeviceFacts device;
        device.pushed_words = pushed;
        const Words words = adapted(module, device);
        EXPECT_EQ(spirv::validate(words), "") << spirv::disassemble(words);
        EXPECT_EQ(count(words, "Aligned 8"), from_memory[pushed]) << spirv::disassemble(words);
        EXPECT_EQ(count(words, "Offset 48"), pushed > 0);
        EXPECT_EQ(count(words, "Offset 64"), pushed > 2);
        EXPECT_EQ(count(words, "Offset 88"), pushed > 5);
    }
}

TEST(PushedWords, OtherModulesStayAsTheyAre) {
    const Words empty = {module_of_three_words().begin()[0], 0x00010500, 0, 1, 0};
    EXPECT_EQ(spirv::with_pushed_words(empty, 10), empty);
    const Words once = spirv::with_pushed_words(module_of_three_words(), 10);
    EXPECT_EQ(spirv::with_pushed_words(once, 10), once);
}

}  // namespace
}  // namespace sporkle::test
