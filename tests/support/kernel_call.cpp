#include "tests/support/kernel_call.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "codegen/ir/rules.hpp"

namespace sporkle::test {
namespace {

using Bytes = std::vector<std::byte>;

std::uint64_t bits_of(DType type, const Bytes& bytes, std::size_t index) {
    const auto size = static_cast<std::size_t>(size_of(type));
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + index * size, size);
    return bits;
}

bool is_nan(DType type, std::uint64_t bits) {
    struct Format {
        std::uint64_t magnitude, infinity;
    };
    const Format format = type == DType::f64    ? Format{~std::uint64_t{0} >> 1, 0x7ffull << 52}
                          : type == DType::f32  ? Format{0x7fffffff, 0x7f800000}
                          : type == DType::f16  ? Format{0x7fff, 0x7c00}
                          : type == DType::bf16 ? Format{0x7fff, 0x7f80}
                                                : Format{0, 0};
    return (bits & format.magnitude) > format.infinity;
}

}  // namespace

CallMemory::CallMemory(const tile::Kernel& kernel, const Call& call, Side side)
    : parameters(call.parameters) {
    parameters.resize(static_cast<std::size_t>(kernel.parameter_words));
    for (std::size_t b = 0; b < kernel.buffers.size(); ++b) {
        const Contents contents = b < call.buffers.size() ? call.buffers[b] : Contents{};
        buffers.push_back(std::make_unique<GuardedMemory>(contents.bytes.size(), side));
        std::copy(contents.bytes.begin(), contents.bytes.end(), buffers.back()->data());
        const std::int64_t size = size_of(contents.dtype);
        std::byte* const base = buffers.back()->data() - contents.lowest * size;
        const std::int64_t count = static_cast<std::int64_t>(contents.bytes.size()) / size;
        bounds.push_back({base, contents.lowest, contents.lowest + count - 1});
        if (kernel.buffers[b].space == tile::Space::global)
            parameters[static_cast<std::size_t>(kernel.buffers[b].word)] =
                reinterpret_cast<std::uint64_t>(base);
    }
}

std::vector<Bytes> CallMemory::contents() const {
    std::vector<Bytes> all;
    for (const auto& buffer : buffers) all.emplace_back(buffer->bytes().begin(), buffer->bytes().end());
    return all;
}

std::vector<Bytes> interpreted(const tile::Kernel& kernel, const Call& call) {
    const CallMemory memory(kernel, call, Side::low);
    const std::string fault =
        tile::interpret(kernel, {memory.parameters, memory.bounds, call.task_bytes, call.grid});
    EXPECT_EQ(fault, "") << tile::print(kernel);
    return memory.contents();
}

void expect_same(const tile::Kernel& kernel, const std::vector<Bytes>& expected,
                 const std::vector<Bytes>& actual, const std::string& who) {
    for (std::size_t b = 0; b < expected.size(); ++b) {
        const DType type = kernel.buffers[b].dtype;
        const std::size_t count = expected[b].size() / static_cast<std::size_t>(size_of(type));
        for (std::size_t i = 0; i < count; ++i)
            ASSERT_TRUE(same_element(type, expected[b], actual[b], i))
                << kernel.name << " at " << who << ": element " << i << " of buffer "
                << kernel.buffers[b].name << " is " << element_text(type, actual[b], i)
                << ", the interpreter says " << element_text(type, expected[b], i);
    }
}

std::vector<std::uint64_t> edge_patterns(DType type) {
    switch (type) {
        case DType::f64:
            return {0,
                    1ull << 63,
                    1,
                    0x000fffffffffffff,
                    0x0010000000000000,
                    0x3ff0000000000000,
                    0xbff0000000000000,
                    0x3ff0000000000001,
                    0x3fe0000000000000,
                    0xbfe0000000000000,
                    0x3ff8000000000000,
                    0x4004000000000000,
                    0x400921fb54442d18,
                    0xc01c000000000000,
                    0x7fefffffffffffff,
                    0xffefffffffffffff,
                    0x7ff0000000000000,
                    0xfff0000000000000,
                    0x7ff8000000000000,
                    0x41dfffffffc00000,
                    0xc1e0000000000000,
                    0x41e0000000000000,
                    0x43e0000000000000,
                    0xc3e0000000000000,
                    0x405fc00000000000,
                    0x40effff000000000,
                    0x47efffffe0000000,
                    0x47efffffefffffff,
                    0x36a0000000000000,
                    0x3690000000000000,
                    0x3ff0000010000000,
                    0x3f10000000000000,
                    0x3e60000000000001,
                    0x3ff0080000000001};
        case DType::f32:
            return {0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x00800000, 0x3f800000,
                    0xbf800000, 0x3f800001, 0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000, 0xc0200000,
                    0x40490fdb, 0xc0e00000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000,
                    0x4effffff, 0x4f000000, 0xcf000000, 0x4f7fffff, 0x4f800000, 0x5f000000, 0xdf000000,
                    0x42fe0000, 0x43000000, 0x477fe000, 0x477fefff, 0x477ff000, 0x33000000, 0x33000001,
                    0x38800000, 0x387fc000, 0x3f808000, 0x3f818000, 0x7f7f8000, 0x4b000001};
        case DType::f16:
            return {0,      0x8000, 1,      0x8001, 0x03ff, 0x0400, 0x3c00, 0xbc00, 0x3c01, 0x3800,
                    0x4248, 0xc700, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00, 0x5bf8, 0x7800, 0xf800};
        case DType::bf16:
            return {0,      0x8000, 1,      0x8001, 0x007f, 0x0080, 0x3f80, 0xbf80, 0x3f81, 0x3f00,
                    0x4049, 0xc0e0, 0x7f7f, 0xff7f, 0x7f80, 0xff80, 0x7fc0, 0x4f00, 0xcf00, 0x4f7f};
        case DType::boolean:
            return {0, 1};
        default: {
            const int width = tile::width_of(type);
            std::vector<std::uint64_t> patterns{0, 1, 2, 3, 5, 7, 10, 100, ~0ull, ~0ull - 1, ~6ull, ~99ull};
            for (int bit = 3; bit < width; bit += width / 4)
                for (std::uint64_t near : {0, 1, -1}) patterns.push_back((1ull << bit) + near);
            patterns.push_back(1ull << (width - 1));
            patterns.push_back((1ull << (width - 1)) - 1);
            patterns.push_back((1ull << (width - 1)) + 1);
            return patterns;
        }
    }
}

Contents random_contents(DType type, std::size_t count, std::mt19937_64& random) {
    const auto size = static_cast<std::size_t>(size_of(type));
    const std::vector<std::uint64_t> edges = edge_patterns(type);
    Contents contents{type, Bytes(count * size), 0};
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t any = type == DType::boolean ? random() & 1 : random();
        const std::uint64_t bits = random() % 4 == 0 ? edges[random() % edges.size()] : any;
        std::memcpy(contents.bytes.data() + i * size, &bits, size);
    }
    return contents;
}

std::string element_text(DType type, const Bytes& bytes, std::size_t index) {
    std::ostringstream text;
    const std::uint64_t bits = bits_of(type, bytes, index);
    text << name_of(type) << " 0x" << std::hex << bits;
    return text.str();
}

bool same_element(DType type, const Bytes& a, const Bytes& b, std::size_t index) {
    const std::uint64_t x = bits_of(type, a, index), y = bits_of(type, b, index);
    return x == y || (is_nan(type, x) && is_nan(type, y));
}

}  // namespace sporkle::test
