#include "tests/ir/elementwise.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <limits>
#include <sstream>

#include "codegen/ir/interpreter.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::testing {

using namespace tile;

namespace {

std::vector<std::byte> packed(DType type, const Column& column) {
    const auto size = static_cast<std::size_t>(size_of(type));
    std::vector<std::byte> bytes(column.size() * size);
    for (std::size_t row = 0; row < column.size(); ++row) std::memcpy(&bytes[row * size], &column[row], size);
    return bytes;
}

Column unpacked(DType type, const std::vector<std::byte>& bytes) {
    const auto size = static_cast<std::size_t>(size_of(type));
    Column column(bytes.size() / size);
    for (std::size_t row = 0; row < column.size(); ++row) {
        std::memcpy(&column[row], &bytes[row * size], size);
        column[row] = normalized_bits(type, column[row]);
    }
    return column;
}

}  // namespace

Column elementwise(const Operation& operation, const std::vector<DType>& operands, DType result,
                   const std::vector<Column>& columns, bool flushes) {
    constexpr int lanes = 5;
    Builder b("elementwise", 1);
    std::vector<std::vector<std::byte>> bytes;
    for (std::size_t n = 0; n < operands.size(); ++n) {
        b.add_buffer({"operand", Space::global, operands[n], 0, 0, false});
        bytes.push_back(packed(operands[n], columns[n]));
    }
    const int target = b.add_buffer({"result", Space::global, result, 0, 0, true});
    const std::size_t rows = columns.at(0).size();
    bytes.push_back(packed(result, Column(rows)));
    const Value count = b.integer(static_cast<std::int64_t>(rows));
    b.for_each(b.integer(0), count, b.integer(lanes), [&](Value first) {
        const Value mask = b.compare(Op::less, b.add(b.lane_ids({DType::i64, lanes}), first), count);
        std::vector<Value> values;
        for (std::size_t n = 0; n < operands.size(); ++n)
            values.push_back(b.load(static_cast<int>(n), first, lanes, mask));
        b.store(target, operation(b, values), first, mask);
    });
    const Kernel kernel = b.finish();
    std::vector<Memory> memory;
    for (auto& buffer : bytes) memory.push_back({buffer.data(), 0, static_cast<std::int64_t>(rows) - 1});
    const std::uint64_t parameters[1] = {};
    EXPECT_EQ(interpret(kernel, {parameters, memory, 0, {1, 1, 1}, flushes}), "");
    return unpacked(result, bytes.back());
}

Column edge_values(DType type) {
    Column column;
    const auto add = [&](auto value) {
        if constexpr (sizeof value == 8)
            column.push_back(std::bit_cast<std::uint64_t>(value));
        else
            column.push_back(std::bit_cast<std::uint32_t>(value));
    };
    const auto floats = [&]<class T>(T) {
        using Limits = std::numeric_limits<T>;
        for (T x : {T(0),
                    T(0.5),
                    T(1),
                    T(1.5),
                    T(2.5),
                    T(3),
                    T(0.1),
                    T(1) / 3,
                    T(127.5),
                    T(128),
                    T(255.5),
                    T(256),
                    T(32767.5),
                    T(65504),
                    T(65519),
                    T(65520),
                    T(65536),
                    T(2147483648.0),
                    T(4294967296.0),
                    T(2147483520.0),
                    T(9223372036854775808.0),
                    T(18446744073709551616.0),
                    T(4503599627370497.5),
                    T(0x1p-24),
                    T(0x1.8p-25),
                    T(0x1p-25),
                    T(0x1p-126),
                    T(0x1p-133),
                    T(0x1p-134),
                    T(0x1.fep127),
                    T(0x1.ffp127),
                    T(1) + Limits::epsilon(),
                    T(1) - Limits::epsilon() / 2,
                    Limits::denorm_min(),
                    Limits::min(),
                    Limits::min() - Limits::denorm_min(),
                    Limits::max(),
                    Limits::infinity()}) {
            add(x);
            add(-x);
        }
        add(Limits::quiet_NaN());
    };
    switch (type) {
        case DType::f64:
            floats(0.0);
            return column;
        case DType::f32:
            floats(0.0f);
            return column;
        case DType::f16:
            return {0,      0x8000, 0x3c00, 0xbc00, 0x3e00, 0x0001, 0x8001, 0x03ff,
                    0x0400, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00, 0x3555, 0x5bf8};
        case DType::bf16:
            return {0,      0x8000, 0x3f80, 0xbf80, 0x3fc0, 0x0001, 0x8001, 0x007f,
                    0x0080, 0x7f7f, 0xff7f, 0x7f80, 0xff80, 0x7fc0, 0x3eab, 0x4f00};
        case DType::boolean:
            return {0, 1};
        default:
            break;
    }
    for (std::int64_t x : {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127})
        for (std::int64_t y : {x, -x - 1})
            column.push_back(normalized_bits(type, static_cast<std::uint64_t>(y)));
    const int width = width_of(type);
    for (int bit : {width - 1, width / 2, 53, 55, 62})
        for (int offset : {-1, 0, 1})
            column.push_back(normalized_bits(
                type,
                (std::uint64_t{1} << bit) + static_cast<std::uint64_t>(static_cast<std::int64_t>(offset))));
    // Between two neighbours of bf16 and a little above: a second rounding would take this for a tie.
    column.push_back(normalized_bits(type, (std::uint64_t{1} << 62) + (std::uint64_t{1} << 54) + 1));
    return column;
}

std::vector<Column> pairs(const Column& x, const Column& y) {
    std::vector<Column> result(2);
    for (std::uint64_t a : x)
        for (std::uint64_t b : y) {
            result[0].push_back(a);
            result[1].push_back(b);
        }
    return result;
}

std::string text_of_bits(DType type, std::uint64_t bits) {
    std::ostringstream text;
    text << name_of(type) << " bits 0x" << std::hex << bits;
    return text.str();
}

bool is_nan(DType type, std::uint64_t bits) {
    switch (type) {
        case DType::f64:
            return (bits << 1) > (std::uint64_t{0x7ff} << 53);
        case DType::f32:
            return (bits & 0x7fffffff) > 0x7f800000;
        case DType::f16:
            return (bits & 0x7fff) > 0x7c00;
        case DType::bf16:
            return (bits & 0x7fff) > 0x7f80;
        default:
            return false;
    }
}

}  // namespace sporkle::testing
