// Arithmetic of every kind on edge values and random ones: what the emulated chip computes is what this
// processor computes, bit for bit; NaNs are compared as NaNs.
#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/amdgpu_isa/expression.hpp"
#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::testing {
namespace {

constexpr std::size_t triples = 512;

/// Values that lie on the edges of a type's operations, as bits.
std::vector<std::uint64_t> edges(const std::string& type) {
    const int width = bits_of_type(type);
    const std::uint64_t sign = std::uint64_t{1} << (width - 1);
    if (type == "half")
        return {0,      0x8000, 1,      0x8001, 0x03ff, 0x0400, 0x3c00, 0xbc00, 0x3bff, 0x3c01, 0x7bff,
                0xfbff, 0x7c00, 0xfc00, 0x7e00, 0x7c01, 0x3555, 0x4200, 0x1400, 0x6400, 0x3800, 0xb8ff};
    if (type == "float")
        return {0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x00800000,
                0x3f800000, 0xbf800000, 0x3f7fffff, 0x3f800001, 0x7f7fffff, 0xff7fffff,
                0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0x4f000000, 0xcf000000,
                0x4f800000, 0x5f000000, 0x3f000000, 0x7e800000, 0x00ffffff, 0x4b000001};
    if (type == "double")
        return {0,
                std::uint64_t{1} << 63,
                1,
                0x000fffffffffffff,
                0x0010000000000000,
                0x3ff0000000000000,
                0xbff0000000000000,
                0x3fefffffffffffff,
                0x3ff0000000000001,
                0x7fefffffffffffff,
                0xffefffffffffffff,
                0x7ff0000000000000,
                0xfff0000000000000,
                0x7ff8000000000000,
                0x7ff0000000000001,
                0x41dfffffffc00000,
                0x43e0000000000000,
                0xc3e0000000000000,
                0x3fe0000000000000,
                0x0010000000000001,
                0x7fd0000000000000,
                0x36a0000000000001,
                0x380fffffffffffff,
                0x47efffffffffffff};
    return {0,
            1,
            2,
            3,
            5,
            7,
            15,
            16,
            17,
            sign - 1,
            sign,
            sign + 1,
            ~std::uint64_t{0},
            ~std::uint64_t{1},
            ~std::uint64_t{6},
            sign >> 1,
            100,
            127,
            128,
            255,
            0x5555555555555555,
            0x123456789abcdef,
            1000003,
            24};
}

std::vector<std::uint64_t> random_values(const std::string& type, std::size_t n, std::mt19937_64& random) {
    std::vector<std::uint64_t> values(n);
    const auto list = edges(type);
    for (std::uint64_t& v : values) {
        v = random();
        const std::uint64_t how = random() % 4;
        if (how == 0) v = list[random() % list.size()];
        // Numbers of middling size, which quotients and sums do not overflow.
        if (how == 1 && type == "float") v = (v & 0x807fffff) | (100 + random() % 60) << 23;
        if (how == 1 && type == "double") v = (v & 0x800fffffffffffff) | (980 + random() % 90) << 52;
        if (how == 1 && type == "half") v = (v & 0x83ff) | (8 + random() % 16) << 10;
        if (how == 1 && type[0] == 'i') v >>= random() % 64;
    }
    return values;
}

bool is_nan_of(const std::string& type, std::uint64_t bits) {
    if (type == "half") return (bits & 0x7fff) > 0x7c00;
    if (type == "float") return (bits & 0x7fffffff) > 0x7f800000;
    return type == "double" && (bits & ~(std::uint64_t{1} << 63)) > 0x7ff0000000000000;
}
/// Element by element: bits, or both NaN.
bool same(const std::string& type, std::uint64_t x, std::uint64_t y) {
    const std::string element = float_type_of(type);
    if (element.empty()) return x == y;
    const int width = bits_of_type(element), whole = bits_of_type(type);
    const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    for (int at = 0; at < whole; at += width) {
        const std::uint64_t p = x >> at & mask, q = y >> at & mask;
        if (p != q && !(is_nan_of(element, p) && is_nan_of(element, q))) return false;
    }
    return true;
}

struct Data {
    std::vector<Expression> expressions;
    std::vector<std::vector<std::uint64_t>> a, b, c, expected;
};

const Data& data() {
    static const Data all = [] {
        Data d;
        for (const auto& list : {integer_expressions(), float_expressions(), packed_expressions()})
            d.expressions.insert(d.expressions.end(), list.begin(), list.end());
        const unsigned seed = test_seed();
        std::mt19937_64 random(seed);
        for (const Expression& e : d.expressions) {
            const std::string element = e.argument[0] == '<' ? float_type_of(e.argument) : e.argument;
            const std::string kind = element.empty() ? "i16" : element;
            const int width = bits_of_type(kind), whole = bits_of_type(e.argument);
            std::vector<std::uint64_t> values[3];
            for (auto& v : values) v.assign(triples, 0);
            for (int at = 0; at < whole; at += width) {
                auto a = random_values(kind, triples, random), b = random_values(kind, triples, random),
                     c = random_values(kind, triples, random);
                const auto list = edges(kind);
                for (std::size_t k = 0; k < std::min(triples / 2, list.size() * list.size()); ++k)
                    a[k] = list[k % list.size()], b[k] = list[(k / list.size() + k) % list.size()];
                const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
                for (std::size_t k = 0; k < triples; ++k) {
                    values[0][k] |= (a[k] & mask) << at;
                    values[1][k] |= (b[k] & mask) << at;
                    values[2][k] |= (c[k] & mask) << at;
                }
            }
            d.a.push_back(values[0]), d.b.push_back(values[1]), d.c.push_back(values[2]);
        }
        d.expected = evaluate_here(d.expressions, d.a, d.b, d.c);
        return d;
    }();
    return all;
}

class Expressions : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, Expressions, ::testing::ValuesIn(all_chips));

TEST_P(Expressions, AgreeWithThisProcessor) {
    const Data& d = data();
    const std::string chip = GetParam();
    const LoadedCode code =
        compile(kernel_text(functions_text(d.expressions) + kernels_text(d.expressions)), chip);
    std::set<std::string> unimplemented;
    for (std::size_t k = 0; k < d.expressions.size(); ++k) {
        const Expression& e = d.expressions[k];
        for (const char* prefix : {"v_", "s_"}) {
            TestKernel kernel(chip, code, prefix + e.name);
            const auto missing = kernel.program().unimplemented();
            unimplemented.insert(missing.begin(), missing.end());
            if (!missing.empty()) continue;
            const std::vector<std::uint64_t> zero(triples, 0);
            const std::uint64_t a = kernel.array(d.a[k]), b = kernel.array(d.b[k]), c = kernel.array(d.c[k]),
                                out = kernel.array(zero);
            const bool vector = prefix[0] == 'v';
            try {
                kernel.run(Arguments().add(a).add(b).add(c).add(out).add(static_cast<int>(triples)),
                           vector ? static_cast<int>(triples / 256) : 1,
                           vector ? 256 : kernel.chip().wave_size);
            } catch (const std::exception& error) {
                ADD_FAILURE() << prefix << e.name << ": " << error.what();
                continue;
            }
            const auto results = kernel.values<std::uint64_t>(out, triples);
            int wrong = 0;
            for (std::size_t n = 0; n < triples && wrong < 3; ++n) {
                if (same(e.result, results[n], d.expected[k][n])) continue;
                ++wrong;
                ADD_FAILURE() << prefix << e.name << std::hex << " a=" << d.a[k][n] << " b=" << d.b[k][n]
                              << " c=" << d.c[k][n] << ": " << results[n] << ", expected "
                              << d.expected[k][n];
            }
        }
    }
    for (const std::string& text : unimplemented) ADD_FAILURE() << "unimplemented: " << text;
}

}  // namespace
}  // namespace sporkle::testing
