// Modules are fitted to devices: what a device does not do exactly is repaired, what it does not have is not
// asked for, and bytes that are no module are refused.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include <sporkle/error.hpp>

#include "codegen/ir/builder.hpp"
#include "targets/spirv/emit/tools.hpp"
#include "targets/spirv/interface/instructions.hpp"
#include "tests/spirv/device_code.hpp"
#include "tests/spirv/pretended_driver.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Op;
using tile::Value;
using Words = std::vector<std::uint32_t>;

/// y = op(x, x, x)
Words module_with(Op op, DType type, int members = 1) {
    Builder b("operation", 4);
    b.set_team(members, 1, members);
    tile::Buffer buffer;
    buffer.dtype = type;
    buffer.writable = true;
    buffer.name = "x";
    buffer.word = 0;
    const int x = b.add_buffer(buffer);
    buffer.name = "y";
    buffer.word = 1;
    const int y = b.add_buffer(buffer);
    const Value i = b.grid_id(0), value = b.load(x, i, 1);
    Value result = value;
    if (op == Op::fma) result = b.fma(value, value, value);
    if (op == Op::sqrt) result = b.unary(op, value);
    if (op == Op::div || op == Op::rem) result = b.binary(op, value, b.add(value, value));
    if (op == Op::shuffle) result = b.shuffle(value, b.integer(0));
    b.store(y, result, i);
    return module_of(b.finish());
}

bool has(const Words& module, const std::string& text) {
    return spirv::disassemble(module).find(text) != std::string::npos;
}

TEST(Adapt, ExactDevicesRunPlainOperations) {
    for (const Op op : {Op::fma, Op::sqrt, Op::div})
        for (const DType type : {DType::f32, DType::f64}) {
            const Words module = module_with(op, type);
            EXPECT_TRUE(has(module, "\"repair."));
            const Words exact = adapted(module, {});
            EXPECT_FALSE(has(exact, "repair.")) << spirv::disassemble(exact);
            EXPECT_FALSE(has(exact, "OpFunctionCall"));
            EXPECT_EQ(has(exact, "OpCapability Float64"), type == DType::f64) << spirv::disassemble(exact);
            expect_valid(module);
        }
}

TEST(Adapt, InexactOperationsBecomeCalls) {
    DeviceFacts no_fma;
    no_fma.fma_f32 = Exactness::inexact;
    const Words fma = adapted(module_with(Op::fma, DType::f32), no_fma);
    EXPECT_TRUE(has(fma, "OpFunctionCall %float")) << spirv::disassemble(fma);
    EXPECT_FALSE(has(fma, " Fma ")) << spirv::disassemble(fma);
    EXPECT_TRUE(has(fma, "OpCapability Float64"));  // the repair computes in double precision

    DeviceFacts no_division;
    no_division.exact_division_f32 = false;
    const Words division = adapted(module_with(Op::div, DType::f32), no_division);
    EXPECT_TRUE(has(division, "OpFunctionCall %float")) << spirv::disassemble(division);
    EXPECT_TRUE(has(division, " Fma "));
    EXPECT_TRUE(has(division, "OpFDiv"));  // the first guess
    EXPECT_FALSE(has(division, "repair.fma"));
    EXPECT_EQ(adapted(module_with(Op::div, DType::f64), no_division),
              adapted(module_with(Op::div, DType::f64), {}));
}

TEST(Adapt, DivisionsOf64BitIntegersBecomeCalls) {
    DeviceFacts no_division;
    no_division.exact_division_i64 = false;
    for (const Op op : {Op::div, Op::rem}) {
        const Words module = module_with(op, DType::i64);
        EXPECT_TRUE(has(adapted(module, {}), "OpSDiv %ulong"));
        EXPECT_FALSE(has(adapted(module, {}), "repair.")) << spirv::disassemble(adapted(module, {}));
        const Words repaired = adapted(module, no_division);
        EXPECT_FALSE(has(repaired, "OpSDiv")) << spirv::disassemble(repaired);
        EXPECT_TRUE(has(repaired, "OpFunctionCall %ulong"));
        EXPECT_TRUE(has(repaired, "OpUDiv %uint"));
        expect_valid(module);
        EXPECT_EQ(adapted(module_with(op, DType::i32), no_division),
                  adapted(module_with(op, DType::i32), {}));
    }
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

/// Of a kernel that stores result(x) to y, x being f32.
Words module_storing(const std::function<Value(Builder&, Value)>& result) {
    Builder b("operands", 4);
    b.set_team(1, 1, 1);
    tile::Buffer buffer;
    buffer.dtype = DType::f32;
    buffer.writable = true;
    buffer.name = "x";
    buffer.word = 0;
    const int x = b.add_buffer(buffer);
    buffer.name = "y";
    buffer.word = 1;
    const int y = b.add_buffer(buffer);
    const Value i = b.grid_id(0);
    b.store(y, result(b, b.load(x, i, 1)), i);
    return module_of(b.finish());
}

TEST(Adapt, FlushSafeOperationsStayPlainWhereOthersAreRepaired) {
    const Words module = module_storing([](Builder& b, Value x) {
        // Equal but for the mark, and must not become one.
        const Value safe = b.fma(x, x, x, true), other = b.fma(x, x, x);
        const Value half = b.floating(0.5, {DType::f32, 1}), zero = b.floating(0, {DType::f32, 1});
        const Value one = b.floating(1, {DType::f32, 1});
        const Value is_small = b.compare(Op::less, safe, half);  // 0.5 is no subnormal
        const Value is_less = b.compare(Op::less, x, zero);
        return b.select(is_less, b.select(is_small, one, zero), b.add(safe, other));
    });
    expect_valid(module);
    const Words exact = adapted(module, {});
    EXPECT_EQ(count(spirv::disassemble(exact), " Fma "), 2u) << spirv::disassemble(module);
    EXPECT_FALSE(has(exact, "OpDecorateString"));
    const Words checked = adapted(module, flushing_device());
    const std::string text = spirv::disassemble(checked);
    EXPECT_EQ(spirv::validate(checked), "") << text;
    EXPECT_FALSE(has(checked, "OpDecorateString"));
    EXPECT_EQ(count(text, "OpFunctionCall %float %repair_flushed_fma_f32"), 1u) << text;
    EXPECT_EQ(count(text, "OpFunctionCall %float %repair_fma_f32"), 1u) << text;  // in the repair
    EXPECT_EQ(count(text, " Fma "), 2u) << text;  // the marked one and the repair's own
    EXPECT_EQ(count(text, "OpFunctionCall %bool %repair_less_f32"), 1u) << text;
    DeviceFacts inexact;
    inexact.fma_f32 = Exactness::inexact;
    EXPECT_EQ(count(spirv::disassemble(adapted(module, inexact)), "OpFunctionCall %float %repair_fma_f32"),
              2u);
    EXPECT_FALSE(has(adapted(module, inexact), " Fma "));
}

TEST(Adapt, ComparisonsThatChooseTheirOperandsAreRepairedAllTheSame) {
    const auto repairs = [](auto compare) {
        const Words module = module_storing([&](Builder& b, Value x) {
            const Value one = b.floating(1, {DType::f32, 1});
            return compare(b, x, one);
        });
        return count(spirv::disassemble(adapted(module, flushing_device())), "OpFunctionCall %bool");
    };
    EXPECT_EQ(
        repairs([](Builder& b, Value x, Value one) { return b.select(b.compare(Op::less, x, one), x, one); }),
        1u);
    EXPECT_EQ(repairs([](Builder& b, Value x, Value one) {
                  return b.select(b.compare(Op::less, x, one), b.add(x, one), b.add(one, one));
              }),
              0u);
}

TEST(Adapt, WhetherFmaFlushesIsAConstant) {
    const Words module =
        module_storing([](Builder& b, Value x) { return b.select(b.flushes(), b.add(x, x), x); });
    expect_valid(module);
    EXPECT_TRUE(has(module, "OpSpecConstantFalse"));
    const Words exact = adapted(module, {}), flushing = adapted(module, flushing_device());
    DeviceFacts inexact;
    inexact.fma_f32 = Exactness::inexact;
    EXPECT_TRUE(has(exact, "OpConstantFalse")) << spirv::disassemble(exact);
    EXPECT_TRUE(has(flushing, "OpConstantTrue")) << spirv::disassemble(flushing);
    EXPECT_TRUE(has(adapted(module, inexact), "OpConstantFalse"));
    for (const Words& words : {exact, flushing}) EXPECT_FALSE(has(words, "OpSpecConstant"));
}

/// A loop keeps its wish to be unrolled unless it holds a call of a long repair itself.
TEST(Adapt, OnlyLoopsWithRepairsAreNotUnrolled) {
    const auto loop = [](Builder& b, Value start, bool flush_safe) {
        return b.for_loop(b.integer(0), b.integer(8), b.integer(1), {&start, 1},
                          [&](Value, std::span<const Value> carried) {
                              return std::vector<Value>{b.fma(carried[0], carried[0], start, flush_safe)};
                          })[0];
    };
    const Words module =
        module_storing([&](Builder& b, Value x) { return loop(b, loop(b, x, true), false); });
    const auto text_for = [&](const DeviceFacts& facts) {
        return spirv::disassemble(adapted(module, facts));
    };
    const std::string exact = text_for({}), flushing = text_for(flushing_device());
    EXPECT_EQ(count(exact, " Unroll"), 2u) << exact;
    EXPECT_EQ(count(flushing, " Unroll"), 1u) << flushing;
    EXPECT_EQ(count(flushing, "DontUnroll"), 1u) << flushing;
    EXPECT_LT(flushing.find(" Unroll"), flushing.find("DontUnroll"));
    DeviceFacts inexact;
    inexact.fma_f32 = Exactness::inexact;
    EXPECT_EQ(count(text_for(inexact), "DontUnroll"), 2u);
}

/// The calls that hide operands (o) and subtrahends (s), in the module of a kernel that stores result(x), on
/// a device that forgets arithmetic with operands that its driver knows.
std::string hidings(const std::function<Value(Builder&, Value)>& result) {
    DeviceFacts forgetful;
    forgetful.exact_folding = false;
    const Words module = module_storing(result);
    EXPECT_FALSE(has(adapted(module, {}), "OpFunctionCall"));
    expect_valid(module);
    const Words hidden = adapted(module, forgetful);
    EXPECT_EQ(spirv::validate(hidden), "") << spirv::disassemble(hidden);
    const std::string text = spirv::disassemble(hidden);
    std::string calls(count(text, "OpFunctionCall %float %repair_operand_f32 "), 'o');
    return calls.append(count(text, "OpFunctionCall %float %repair_subtrahend_f32 "), 's');
}

TEST(Adapt, OperandsThatACompilerCouldKnowAreHidden) {
    const auto constant = [](Builder& b, double value) { return b.floating(value, {DType::f32, 1}); };
    // x; x and 0; x, for 2 does no harm; x and infinity
    EXPECT_EQ(hidings([](Builder& b, Value x) { return b.add(x, x); }), "o");
    EXPECT_EQ(hidings([&](Builder& b, Value x) { return b.mul(x, constant(b, 0)); }), "oo");
    EXPECT_EQ(hidings([&](Builder& b, Value x) { return b.mul(x, constant(b, 2)); }), "o");
    EXPECT_EQ(hidings([&](Builder& b, Value x) { return b.add(x, constant(b, HUGE_VAL)); }), "oo");
    // Both sides of a difference, in two ways; results of arithmetic only behind the minus.
    EXPECT_EQ(hidings([](Builder& b, Value x) { return b.sub(x, x); }), "os");
    EXPECT_EQ(hidings([](Builder& b, Value x) {
                  const Value sum = b.add(x, x);
                  return b.add(b.sub(sum, b.mul(sum, sum)), sum);
              }),
              "os");
    // What a loop carries, where it enters: 0; and x, in the loop.
    EXPECT_EQ(hidings([&](Builder& b, Value x) {
                  const Value zero = constant(b, 0);
                  return b.for_loop(b.integer(0), b.integer(1000), b.integer(1), {&zero, 1},
                                    [&](Value, std::span<const Value> carried) {
                                        return std::vector<Value>{b.add(carried[0], x)};
                                    })[0];
              }),
              "oo");
}

/// Whether something is repaired where fma and comparisons flush.
bool is_repaired(const std::function<Value(Builder&, Value, Value)>& result) {
    DeviceFacts flushing;
    flushing.fma_f32 = Exactness::flushes;
    flushing.exact_comparison_f32 = false;
    const Words module = module_storing([&](Builder& b, Value x) { return result(b, x, b.add(x, x)); });
    expect_valid(module);
    return has(adapted(module, flushing), "OpFunctionCall");
}

TEST(Adapt, WhatIsFlushSafeStaysPlainWhereItFlushes) {
    for (const bool safe : {false, true}) {
        EXPECT_EQ(is_repaired([&](Builder& b, Value x, Value y) { return b.fma(x, y, x, safe); }), !safe);
        EXPECT_EQ(is_repaired([&](Builder& b, Value x, Value y) { return b.binary(Op::min, x, y, safe); }),
                  !safe);
        const auto selected = [&](bool one, bool other) {
            return is_repaired([&](Builder& b, Value x, Value y) {
                const Value product = b.mul(x, y);
                return b.select(b.compare(Op::less, x, y, safe), one ? x : product, other ? y : product);
            });
        };
        EXPECT_EQ(selected(true, false), !safe);
        EXPECT_EQ(selected(false, true), !safe);
        // Drivers make a minimum of this, which flushes its result.
        EXPECT_TRUE(selected(true, true));
    }
}

TEST(Adapt, OnlyWhatADeviceGrantsIsAskedFor) {
    const Words module = module_with(Op::fma, DType::f32);
    for (const char* wish : {"OpCapability DenormPreserve", "OpCapability RoundingModeRTE",
                             "OpCapability SignedZeroInfNanPreserve", "DenormPreserve 32"}) {
        EXPECT_TRUE(has(adapted(module, {}), wish));
        DeviceFacts refuses;
        refuses.f32 = {false, false, false};
        EXPECT_FALSE(has(adapted(module, refuses), wish)) << spirv::disassemble(adapted(module, refuses));
    }
}

TEST(Adapt, ShufflesLeaveModulesForDevicesWithoutThem) {
    const Words module = module_with(Op::shuffle, DType::f32, 8);
    EXPECT_TRUE(has(adapted(module, {}), "OpGroupNonUniformShuffle"));
    DeviceFacts without;
    without.subgroup_shuffle = false;
    EXPECT_FALSE(has(adapted(module, without), "GroupNonUniformShuffle"));
    expect_valid(module);
}

TEST(Adapt, WhatIsNoModuleIsRefused) {
    const Words module = module_with(Op::fma, DType::f32);
    const auto refuses = [](const Words& words) {
        int refused = 0;
        for (const DeviceFacts& facts : {DeviceFacts{}, worst_device()}) try {
                (void)adapted(words, facts);
            } catch (const Error& error) {
                refused += error.code() == ErrorCode::invalid_bundle ? 1 : 0;
            }
        return refused == 2;
    };
    EXPECT_TRUE(refuses({}));
    EXPECT_TRUE(refuses(Words(20, 0)));
    Words cut = module;
    cut.insert(cut.end(), {0x00050081, 1});  // five words, of which two are there
    EXPECT_TRUE(refuses(cut));
    for (std::size_t n = 5; n < module.size(); ++n) {
        Words broken = module;
        broken[n] = 0;  // an instruction of no words, or an operand that is nobody's id
        (void)refuses(broken);
        broken[n] = ~std::uint32_t{0};
        (void)refuses(broken);
    }
}

/// Such as those of an older emitter: what they would compute is not what the kernel says.
TEST(Adapt, ModulesWithoutTheRepairThatADeviceNeedsAreRefused) {
    const auto without_names = [](const Words& module) {
        Words words(module.begin(), module.begin() + spirv::header_words);
        for (const spirv::Instruction& x : spirv::instructions_of(module))
            if (!is(x, spv::Op::OpName)) words.insert(words.end(), x.words.begin(), x.words.end());
        return words;
    };
    const auto refusal = [](const Words& module, const DeviceFacts& device) -> std::string {
        try {
            (void)adapted(module, device);
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    };
    for (const Op op : {Op::fma, Op::sqrt, Op::div})
        for (const DType type : {DType::f32, DType::f64}) {
            const Words module = without_names(module_with(op, type));
            EXPECT_EQ(refusal(module, {}), "");
            EXPECT_NE(refusal(module, worst_device()).find("needs the function 'repair."), std::string::npos);
        }
    EXPECT_NE(refusal(without_names(module_with(Op::fma, DType::f32)), flushing_device())
                  .find("'repair.flushed_fma.f32'"),
              std::string::npos);
}

/// Words in wrong places, for the sanitizers to look on: whatever the words mean then, what stands outside of
/// an instruction is not read. (A module that is well formed and wrong is for the driver to refuse.)
TEST(Adapt, DamagedModulesAreReadWithinTheirBounds) {
    std::mt19937 random(testing::test_seed());
    DeviceFacts exact, flushing = flushing_device(), worst = worst_device();
    for (DeviceFacts* facts : {&exact, &flushing, &worst}) facts->pushed_words = 3;
    for (const Op op : {Op::fma, Op::sqrt, Op::shuffle}) {
        const Words module = module_with(op, DType::f32, op == Op::shuffle ? 32 : 1);
        for (int round = 0; round < 300; ++round) {
            Words broken = module;
            for (unsigned changes = 1 + random() % 3; changes > 0; --changes)
                broken[spirv::header_words + random() % (broken.size() - spirv::header_words)] =
                    broken[random() % broken.size()];
            for (const DeviceFacts& facts : {exact, flushing, worst}) try {
                    (void)adapted(broken, facts);
                } catch (const Error& error) {
                    EXPECT_EQ(error.code(), ErrorCode::invalid_bundle) << error.what();
                }
        }
    }
}

TEST(Emission, IsDeterministic) {
    EXPECT_EQ(module_with(Op::div, DType::f64), module_with(Op::div, DType::f64));
}

TEST(Emission, UnknownNamesAreRefused) {
    const auto message_of = [](const std::function<void()>& f) -> std::string {
        try {
            f();
        } catch (const Error& error) {
            return error.what();
        }
        return "nothing was thrown";
    };
    EXPECT_EQ(message_of([] {
                  (void)spirv_target().machine("spirv2");
              }).rfind("spirv: unknown architecture 'spirv2'; ", 0),
              0u);
    Builder b("nothing", 1);
    const codegen::Variant variant = spirv_variant_of(b.finish());
    EXPECT_EQ(message_of([&] { (void)spirv_target().stage_text(variant, "asm"); }),
              "spirv: unknown stage 'asm'; known ones are simt spirv");
}

}  // namespace
}  // namespace sporkle::test
