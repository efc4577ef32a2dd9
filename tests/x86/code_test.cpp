// What the machine code is made of: no relocations, no library calls, the wanted instructions; and what is
// refused.
#include <gtest/gtest.h>

#include <sporkle/error.hpp>

#include "codegen/ir/builder.hpp"
#include "tests/x86/machine_code.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Op;
using tile::Space;
using tile::Type;
using tile::Value;

int add(Builder& b, DType type, int word, bool writable = true) {
    tile::Buffer buffer;
    buffer.name = "b" + std::to_string(word);
    buffer.dtype = type;
    buffer.word = word;
    buffer.writable = writable;
    return b.add_buffer(buffer);
}

std::string assembly(tile::Kernel kernel, const std::string& level) {
    return x86_target().stage_text(variant_of(std::move(kernel), level), "asm");
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

template <class F>
std::string message_of(F&& f) {
    try {
        f();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

/// y[i] = x[i] · x[i] + x[i] by one vector register a step.
tile::Kernel polynomial(int lanes, bool nontemporal = false) {
    Builder b("polynomial", 4);
    const int x = add(b, DType::f32, 0, false), y = add(b, DType::f32, 1);
    b.for_each(b.integer(0), b.parameter(2), b.integer(lanes), [&](Value i) {
        const Value v = b.load(x, i, lanes);
        b.store(y, b.add(b.mul(v, v), v), i, {}, nontemporal);
    });
    if (nontemporal) b.fence();
    return b.finish();
}

TEST(Code, MultiplicationAndAdditionAreNotContracted) {
    for (const std::string level : {"x86-64-v3", "x86-64-v4"}) {
        const std::string text = assembly(polynomial(8), level);
        EXPECT_EQ(text.find("fmadd"), std::string::npos) << text;
        EXPECT_NE(text.find("vmulps"), std::string::npos) << text;
    }
}

TEST(Code, WideRegistersAreLeftClean) {
    for (const std::string level : {"x86-64-v3", "x86-64-v4"}) {
        const std::string text = assembly(polynomial(16), level);
        const std::size_t clean = text.find("vzeroupper"), back = text.rfind("retq");
        ASSERT_NE(clean, std::string::npos) << text;
        EXPECT_LT(clean, back);
        EXPECT_EQ(count(text, "vzeroupper"), count(text, "retq"));
    }
    EXPECT_EQ(assembly(polynomial(16), "x86-64-v2").find("vzeroupper"), std::string::npos);
}

TEST(Code, UsesTheRegistersOfItsLevel) {
    EXPECT_NE(assembly(polynomial(16), "x86-64-v4").find("%zmm"), std::string::npos);
    const std::string v3 = assembly(polynomial(16), "x86-64-v3");
    EXPECT_NE(v3.find("%ymm"), std::string::npos);
    EXPECT_EQ(v3.find("%zmm"), std::string::npos);
    EXPECT_EQ(assembly(polynomial(16), "x86-64-v2").find("%ymm"), std::string::npos);
}

TEST(Code, StreamsAndFences) {
    for (const std::string level : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
        const std::string text = assembly(polynomial(16, true), level);
        EXPECT_NE(text.find("movntps"), std::string::npos) << text;
        EXPECT_NE(text.find("sfence"), std::string::npos) << text;
    }
}

TEST(Code, PrefetchesIntoTheWantedCache) {
    Builder b("prefetch", 4);
    const int x = add(b, DType::f32, 0, false);
    b.prefetch(x, b.integer(100), 0);
    b.prefetch(x, b.integer(200), 1);
    const std::string text = assembly(b.finish(), "x86-64-v2");
    EXPECT_EQ(count(text, "prefetcht0"), 1u) << text;
    EXPECT_EQ(count(text, "prefetcht1"), 1u) << text;
}

/// acc += a · b in an m × n tile of registers, as a contraction's microkernel has it.
tile::Kernel microkernel(int rows, int vectors, int lanes) {
    Builder b("microkernel", 8);
    const int pa = add(b, DType::f32, 0, false), pb = add(b, DType::f32, 1, false), c = add(b, DType::f32, 2);
    const std::vector<Value> zeros(static_cast<std::size_t>(rows * vectors),
                                   b.floating(0, {DType::f32, static_cast<std::uint16_t>(lanes)}));
    const auto sums = b.for_loop(
        b.integer(0), b.parameter(3), b.integer(1), zeros,
        [&](Value k, std::span<const Value> carried) {
            std::vector<Value> next(carried.begin(), carried.end()), columns;
            for (int v = 0; v < vectors; ++v)
                columns.push_back(
                    b.load(pb, b.add(b.mul(k, b.integer(vectors * lanes)), b.integer(v * lanes)), lanes));
            for (int r = 0; r < rows; ++r) {
                const Value a = b.load(pa, b.add(b.mul(k, b.integer(rows)), b.integer(r)), 1);
                for (int v = 0; v < vectors; ++v) {
                    Value& sum = next[static_cast<std::size_t>(r * vectors + v)];
                    sum = b.fma(b.splat(a, lanes), columns[static_cast<std::size_t>(v)], sum);
                }
            }
            return next;
        },
        1);
    for (std::size_t s = 0; s < sums.size(); ++s)
        b.store(c, sums[s], b.integer(static_cast<std::int64_t>(s) * lanes));
    return b.finish();
}

/// The instructions between the label of the loop that holds all of `instruction` and its last branch.
std::string loop_with(const std::string& text, const std::string& instruction) {
    const std::size_t first = text.find(instruction), last = text.rfind(instruction);
    const std::size_t start = text.rfind("\n.LBB", first);
    return text.substr(start, text.find("\tjl\t", last) - start);
}

TEST(Code, MicrokernelsStayInRegisters) {
    struct Tile {
        std::string level;
        int rows, vectors, lanes;
    };
    for (const Tile& t : {Tile{"x86-64-v4", 8, 3, 16}, Tile{"x86-64-v4", 14, 2, 16},
                          Tile{"x86-64-v3", 6, 2, 8}, Tile{"x86-64-v3", 4, 3, 8}}) {
        const std::string loop =
            loop_with(assembly(microkernel(t.rows, t.vectors, t.lanes), t.level), "vfmadd231ps");
        EXPECT_EQ(count(loop, "vfmadd231ps"), static_cast<std::size_t>(t.rows * t.vectors)) << loop;
        EXPECT_EQ(count(loop, "vbroadcastss"), static_cast<std::size_t>(t.rows)) << loop;
        EXPECT_EQ(loop.find("%rsp"), std::string::npos) << "spilled: " << loop;
        // Vector loads, broadcasts and fused operations, and nothing else but the loop's own arithmetic.
        const auto vector_instructions = static_cast<std::size_t>(t.rows * t.vectors + t.rows + t.vectors);
        EXPECT_EQ(count(loop, "\tv"), vector_instructions) << loop;
        EXPECT_LE(count(loop, "\n\t"), vector_instructions + 6) << loop;
    }
}

TEST(Code, IsTheSameEveryTime) {
    for (const std::string& level : x86_target().architectures()) {
        const std::vector<codegen::Variant> variants{variant_of(polynomial(16), level),
                                                     variant_of(polynomial(5), level)};
        const codegen::Code first = x86_target().emit(variants), second = x86_target().emit(variants);
        EXPECT_EQ(first.bytes, second.bytes);
        ASSERT_EQ(first.entries.size(), 2u);
        EXPECT_EQ(first.entries[1][0].offset % 64, 0u);
        EXPECT_GT(first.entries[1][0].size, 0u);
    }
}

TEST(Code, EveryDispatchOfAVariantHasItsEntry) {
    codegen::Variant variant = variant_of(polynomial(16), "x86-64-v3");
    variant.dispatches.push_back(variant.dispatches[0]);
    variant.dispatches.push_back(variant.dispatches[0]);
    const codegen::Code code = x86_target().emit({&variant, 1});
    ASSERT_EQ(code.entries.at(0).size(), 3u);
    EXPECT_EQ(code.entries[0][0].symbol, "polynomial.x86-64-v3");
    EXPECT_EQ(code.entries[0][2].symbol, "polynomial.x86-64-v3.2");
    EXPECT_NE(code.entries[0][0].offset, code.entries[0][1].offset);
}

TEST(Code, RefusesFramesThatAreTooLarge) {
    Builder b("hungry", 2);
    tile::Buffer buffer;
    buffer.name = "table";
    buffer.space = Space::private_;
    buffer.size = 1 << 18;
    buffer.writable = true;
    const int own = b.add_buffer(buffer);
    const int y = add(b, DType::f32, 0);
    b.store(own, b.floating(1, {DType::f32, 1}), b.integer(buffer.size - 1));
    b.store(y, b.load(own, b.integer(buffer.size - 1), 1), b.integer(0));
    const codegen::Variant variant = variant_of(b.finish(), "x86-64-v3");
    const std::string message = message_of([&] { x86_target().emit({&variant, 1}); });
    EXPECT_EQ(message.find("x86: kernel 'hungry' keeps 1048576 bytes in private buffers; at most"), 0u)
        << message;
}

TEST(Code, RefusesUnknownArchitecturesAndStages) {
    EXPECT_EQ(message_of([] { x86_target().machine("x86-64-v5"); }),
              "x86: unknown architecture 'x86-64-v5'; known ones are x86-64-v2 x86-64-v3 x86-64-v4");
    EXPECT_EQ(message_of([] { x86_target().stage_text(variant_of(polynomial(4), "x86-64-v2"), "spirv"); }),
              "x86: unknown stage 'spirv'; known ones are llvm asm");
}

}  // namespace
}  // namespace sporkle::test
