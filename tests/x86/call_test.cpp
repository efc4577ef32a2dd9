// How compiled dispatches may be called: in place, in pieces, with no task.
#include <gtest/gtest.h>

#include "codegen/ir/builder.hpp"
#include "tests/x86/machine_code.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Type;
using tile::Value;

int add(Builder& b, const std::string& name, DType type, int word, bool writable) {
    tile::Buffer buffer;
    buffer.name = name;
    buffer.dtype = type;
    buffer.word = word;
    buffer.writable = writable;
    return b.add_buffer(buffer);
}

TEST(Calls, NoTaskTouchesNothing) {
    Builder b("none", 8);
    const int y = add(b, "y", DType::i64, 0, true);
    b.store(y, b.grid_id(0), b.grid_id(1));
    const tile::Kernel kernel = b.finish();
    for (const std::string& level : executable_levels()) {
        const codegen::Variant variant = variant_of(kernel, level);
        const codegen::Code code = x86_target().emit({&variant, 1});
        run_once(code, {0, 0, 0, 0, 0, 0, 0, 0}, 0, 0, {0, 0, 0});
        run_once(code, {0, 0, 0, 0, 0, 0, 0, 0}, 3, 3, {3, 1, 1});
    }
}

/// An output may be an input, element by element, and everything is read before it is written.
TEST(Calls, OutputInPlaceOfAnInput) {
    std::mt19937_64 random(7);
    constexpr std::size_t count = 77;
    Builder b("in place", 4);
    const int x = add(b, "x", DType::f32, 0, false), y = add(b, "y", DType::f32, 1, true);
    const Type ids{DType::i64, 16};
    const Value n = b.parameter(2);
    b.for_each(
        b.integer(0), n, b.integer(16),
        [&](Value i) {
            const Value mask = b.compare(tile::Op::less, b.add(b.lane_ids(ids), i), b.splat(n, 16));
            const Value value = b.load(x, i, 16, mask);
            b.store(y, b.add(value, value), i, mask);
        },
        4);
    const tile::Kernel kernel = b.finish();
    Call apart;
    apart.buffers = {random_contents(DType::f32, count, random),
                     {DType::f32, std::vector<std::byte>(count * sizeof(float)), 0}};
    apart.parameters = {0, 0, count, 0};
    const auto expected = interpreted(kernel, apart)[1];
    for (const std::string& level : executable_levels()) {
        const codegen::Variant variant = variant_of(kernel, level);
        const codegen::Code code = x86_target().emit({&variant, 1});
        std::vector<std::byte> memory = apart.buffers[0].bytes;
        const auto address = reinterpret_cast<std::uint64_t>(memory.data());
        run_once(code, {address, address, count, 0});
        for (std::size_t i = 0; i < count; ++i)
            ASSERT_TRUE(same_element(DType::f32, memory, expected, i)) << level << ", element " << i;
    }
}

}  // namespace
}  // namespace sporkle::test
