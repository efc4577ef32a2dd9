// Modules with cooperative matrices: what they declare, multiply and ask of a device. The SPIRV-Tools of
// Debian 12 do not know the extension, and their spirv-val stops at its capability; a newer one must find
// nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iostream>

#include <sporkle/error.hpp>

#include "codegen/ir/builder.hpp"
#include "targets/spirv/emit/tools.hpp"
#include "targets/spirv/interface/cooperative_matrix.hpp"
#include "targets/spirv/interface/matrix_architecture.hpp"
#include "targets/spirv/interface/module_needs.hpp"
#include "tests/spirv/device_code.hpp"
#include "tests/support/program_builder.hpp"

namespace sporkle::test {
namespace {

namespace architecture = spirv::matrix_architecture;
namespace matrix = spirv::cooperative_matrix;
using testing::at;
using testing::ProgramBuilder;
using Words = std::vector<std::uint32_t>;

/// C = A · B, of i8 or f16; or max(A · B + bias, 0) in f16.
Program product(DType factor, bool has_epilogue) {
    ProgramBuilder b("product");
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int A = b.input("A", factor, 2), B = b.input("B", factor, 2);
    const int bias = has_epilogue ? b.input("bias", DType::f32, 1) : -1;
    const int C = b.output("C", has_epilogue ? factor : is_float(factor) ? DType::f32 : DType::i32, 2);
    int a = b.read(A, {at(i), at(k)}), c = b.read(B, {at(k), at(j)});
    if (!is_float(factor)) a = b.cast(DType::i32, a), c = b.cast(DType::i32, c);
    int value = b.reduce(Reduce::sum, Order::chain, {k}, b.binary(Op::mul, a, c));
    if (has_epilogue) {
        const int shifted = b.binary(Op::add, value, b.read(bias, {at(j)}));
        value = b.binary(Op::max, shifted, b.literal(DType::f32, 0));
    }
    b.assign(C, {at(i), at(j)}, value);
    Program program = b.finish();
    program.numerics = Numerics::fast;
    return program;
}

std::vector<codegen::Variant> variants_of(const Program& program) {
    const codegen::Machine machine = spirv_target().machine(architecture::name);
    std::vector<codegen::Variant> variants;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine))
        variants.push_back(codegen::lower(program, schedule, machine));
    return variants;
}

Words module_of(const codegen::Variant& variant) {
    const codegen::Code code = spirv_target().emit(std::span(&variant, 1));
    Words words(code.bytes.size() / sizeof(std::uint32_t));
    std::memcpy(words.data(), code.bytes.data(), code.bytes.size());
    return words;
}

void expect_products(const Words& module, const architecture::Shape& shape) {
    const spirv::ModuleNeeds needs = spirv::needs_of(module);
    EXPECT_FALSE(needs.products.empty());
    for (const spirv::MatrixProduct& p : needs.products) {
        EXPECT_EQ(p.m, shape.rows);
        EXPECT_EQ(p.n, shape.columns);
        EXPECT_EQ(p.k, shape.steps);
        EXPECT_EQ(p.scope, 3u);  // a subgroup
        EXPECT_FALSE(p.saturates);
        for (const auto& [element, type] : {std::pair{p.a, shape.factor},
                                            {p.b, shape.factor},
                                            {p.c, shape.accumulator},
                                            {p.result, shape.accumulator}}) {
            EXPECT_EQ(element.width, 8u * static_cast<unsigned>(size_of(type)));
            EXPECT_EQ(element.is_float, is_float(type));
            EXPECT_EQ(element.is_signed, is_integer(type));
        }
    }
}

/// All that the driver looks at before it offers the architecture.
void expect_no_more_than_the_architecture_has(const Words& module, const codegen::Variant& variant) {
    const spirv::ModuleNeeds needs = spirv::needs_of(module);
    constexpr std::uint32_t of_every_device[] = {1, 11, 4464, 4466, 4467, 5347};
    for (const std::uint32_t capability : needs.capabilities)
        EXPECT_TRUE(std::count(std::begin(of_every_device), std::end(of_every_device), capability) +
                        std::count(std::begin(architecture::capabilities),
                                   std::end(architecture::capabilities), capability) >
                    0)
            << "capability " << capability;
    EXPECT_LE(needs.shared_bytes, architecture::shared_bytes);
    EXPECT_EQ(needs.invocations(),
              static_cast<std::uint64_t>(variant.schedule.members) * architecture::subgroup_size);
}

/// The extension wants the Vulkan memory model, and in it memory that others see is non-private.
void expect_memory_model(const Words& module) {
    constexpr std::uint32_t vulkan = 3, non_private = 0x20, aligned = 2;
    constexpr std::uint32_t op_memory_model = 14, op_extension = 10;
    bool has_extension = false;
    int accesses = 0;
    for (const spirv::Instruction& x : spirv::instructions_of(module)) {
        if (x.opcode() == op_memory_model) {
            EXPECT_EQ(x.words[2], vulkan);
        }
        if (x.opcode() == op_extension)
            has_extension |= std::strcmp(reinterpret_cast<const char*>(&x.words[1]), matrix::extension) == 0;
        const bool is_load = x.opcode() == static_cast<std::uint32_t>(matrix::Op::load);
        if (!is_load && x.opcode() != static_cast<std::uint32_t>(matrix::Op::store)) continue;
        ++accesses;
        ASSERT_GT(x.words.size(), is_load ? 6u : 5u);
        const std::uint32_t mask = x.words[is_load ? 6 : 5];
        EXPECT_NE(mask & (non_private | aligned), 0u);
        if (is_load) {  // all are from shared memory
            EXPECT_EQ(mask & non_private, non_private);
        }
    }
    EXPECT_TRUE(has_extension);
    EXPECT_GT(accesses, 0);
}

TEST(MatrixModules, MultiplyWhatTheArchitectureHas) {
    for (const architecture::Shape& shape : architecture::shapes)
        for (const bool has_epilogue : {false, true}) {
            if (has_epilogue && !is_float(shape.factor)) continue;
            const auto variants = variants_of(product(shape.factor, has_epilogue));
            EXPECT_EQ(variants.size(), 6u);
            for (const codegen::Variant& variant : variants) {
                SCOPED_TRACE(variant.schedule.name + " of " + std::string(name_of(shape.factor)));
                const Words module = module_of(variant);
                expect_products(module, shape);
                expect_no_more_than_the_architecture_has(module, variant);
                expect_memory_model(module);
                const Words fitted = adapted(module, worst_device());
                expect_products(fitted, shape);
                const std::string faults = spirv::validate(module);
                if (faults.find("6022") != std::string::npos)
                    std::cout << "not validated: this spirv-val does not know cooperative matrices\n";
                else
                    EXPECT_EQ(faults, "");
            }
        }
}

TEST(MatrixModules, ArchitectureIsForNothingElse) {
    Program strict = product(DType::f16, false);
    strict.numerics = Numerics::reproducible;
    EXPECT_TRUE(variants_of(strict).empty());
    EXPECT_TRUE(variants_of(product(DType::bf16, false)).empty());
    EXPECT_TRUE(spirv_target().emit({}).bytes.empty());
}

TEST(MatrixModules, OtherElementsAreRefused) {
    tile::Builder b("brain", 1);
    b.set_team(1, 32);
    tile::Buffer buffer{"x", tile::Space::global, DType::bf16, 0};
    buffer.writable = true;
    const int x = b.add_buffer(buffer);
    const tile::Type type = tile::Type::matrix(tile::Fragment::left, DType::bf16, 16, 16);
    b.matrix_store(x, b.constant_bits(type, 0), b.integer(0), b.integer(16));
    codegen::Variant variant = spirv_variant_of(b.finish());
    EXPECT_THROW(module_of(variant), Error);
}

}  // namespace
}  // namespace sporkle::test
