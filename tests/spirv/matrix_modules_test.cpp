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

namespace matrix = spirv::cooperative_matrix;
using spirv::MatrixArchitecture;
using spirv::MatrixForm;
using testing::at;
using testing::ProgramBuilder;
using Words = std::vector<std::uint32_t>;

/// What becomes of a product: it is stored as it was summed, or rounded to f16, or max(product + bias, 0) is.
enum class End { plain, rounded, expression };

Program product(DType factor, End end) {
    ProgramBuilder b("product");
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int A = b.input("A", factor, 2), B = b.input("B", factor, 2);
    const int bias = end == End::expression ? b.input("bias", DType::f32, 1) : -1;
    const DType sum = is_float(factor) ? DType::f32 : DType::i32;
    const int C = b.output("C", end == End::plain ? sum : DType::f16, 2);
    int a = b.read(A, {at(i), at(k)}), c = b.read(B, {at(k), at(j)});
    if (!is_float(factor)) a = b.cast(DType::i32, a), c = b.cast(DType::i32, c);
    int value = b.reduce(Reduce::sum, Order::chain, {k}, b.binary(Op::mul, a, c));
    if (end == End::expression) {
        const int shifted = b.binary(Op::add, value, b.read(bias, {at(j)}));
        value = b.binary(Op::max, shifted, b.literal(DType::f32, 0));
    }
    b.assign(C, {at(i), at(j)}, value);
    Program program = b.finish();
    program.numerics = Numerics::fast;
    return program;
}

std::vector<codegen::Variant> variants_of(const Program& program, const MatrixArchitecture& architecture) {
    const codegen::Machine machine = spirv_target().machine(architecture.name);
    std::vector<codegen::Variant> variants;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine))
        variants.push_back(codegen::lower(program, schedule, machine));
    return variants;
}

/// The module that multiplies: the last one, behind those that copy.
Words module_of(const codegen::Variant& variant) {
    const codegen::Code code = spirv_target().emit(std::span(&variant, 1));
    const codegen::Code::Entry& entry = code.entries.front().back();
    Words words(entry.size / sizeof(std::uint32_t));
    std::memcpy(words.data(), code.bytes.data() + entry.offset, entry.size);
    return words;
}

bool is_element(const spirv::MatrixElement& element, DType type) {
    return element.width == 8u * static_cast<unsigned>(size_of(type)) && element.is_float == is_float(type) &&
           element.is_bfloat == (type == DType::bf16) && element.is_signed == is_integer(type);
}

/// All products are of one form that the architecture has, in the right hands.
void expect_products(const Words& module, const MatrixArchitecture& architecture) {
    const spirv::ModuleNeeds needs = spirv::needs_of(module);
    EXPECT_FALSE(needs.products.empty());
    for (const spirv::MatrixProduct& p : needs.products) {
        const auto is_product = [&](const MatrixForm& form) {
            return p.m == form.rows && p.n == form.columns && p.k == form.steps &&
                   is_element(p.a, form.factor) && is_element(p.b, form.factor) &&
                   is_element(p.c, form.accumulator) && is_element(p.result, form.accumulator) &&
                   p.scope == (architecture.of_workgroups ? 2u : 3u) &&
                   (form.workgroup == 0 || form.workgroup == needs.invocations());
        };
        EXPECT_TRUE(std::any_of(architecture.forms.begin(), architecture.forms.end(), is_product));
        EXPECT_FALSE(p.saturates);
    }
}

/// All that the driver looks at before it offers the architecture.
void expect_no_more_than_the_architecture_has(const Words& module, const MatrixArchitecture& architecture,
                                              const codegen::Variant& variant) {
    const spirv::ModuleNeeds needs = spirv::needs_of(module);
    constexpr std::uint32_t of_every_device[] = {1, 11, 4464, 4466, 4467, 5347};
    for (const std::uint32_t capability : needs.capabilities)
        EXPECT_TRUE(
            std::count(std::begin(of_every_device), std::end(of_every_device), capability) +
                std::count(architecture.capabilities.begin(), architecture.capabilities.end(), capability) >
            0)
            << "capability " << capability;
    EXPECT_LE(needs.shared_bytes, architecture.of_workgroups ? 0 : MatrixArchitecture::shared_bytes);
    EXPECT_EQ(needs.invocations(),
              static_cast<std::uint64_t>(variant.schedule.members * variant.schedule.threads));
}

/// Where the words of memory operands stand in what moves matrices; 0 for all other instructions.
std::size_t memory_operands_of(const spirv::Instruction& x) {
    switch (matrix::Op(x.opcode())) {
        case matrix::Op::load:
        case matrix::Op::load_tensor:
            return 6;
        case matrix::Op::store:
            return 5;
        case matrix::Op::store_tensor:
            return 4;
        default:
            return 0;
    }
}

/// The extension wants the Vulkan memory model, and in it memory that others see is non-private.
void expect_memory_model(const Words& module, const MatrixArchitecture& architecture) {
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
        const std::size_t place = memory_operands_of(x);
        if (place == 0) continue;
        ++accesses;
        ASSERT_GT(x.words.size(), place);
        EXPECT_NE(x.words[place] & (non_private | aligned), 0u);
        const bool is_load = x.opcode() == static_cast<std::uint32_t>(matrix::Op::load);
        const bool is_store = x.opcode() == static_cast<std::uint32_t>(matrix::Op::store);
        EXPECT_EQ(is_load || is_store, !architecture.of_workgroups);
        if (is_load) {  // all are from shared memory
            EXPECT_EQ(x.words[place] & non_private, non_private);
        }
    }
    EXPECT_TRUE(has_extension);
    EXPECT_GT(accesses, 0);
}

void check_modules(DType factor, End end, const MatrixArchitecture& architecture) {
    const auto variants = variants_of(product(factor, end), architecture);
    const bool is_bare = end == End::plain || (end == End::rounded && factor == DType::f16);
    EXPECT_EQ(variants.size(), !architecture.of_workgroups ? 13u : is_bare ? 3u : 0u);
    for (const codegen::Variant& variant : variants) {
        SCOPED_TRACE(variant.schedule.name + " of " + std::string(name_of(factor)));
        const Words module = module_of(variant);
        expect_products(module, architecture);
        expect_no_more_than_the_architecture_has(module, architecture, variant);
        expect_memory_model(module, architecture);
        expect_products(adapted(module, worst_device()), architecture);
        const std::string faults = spirv::validate(module);
        if (faults.find("Invalid capability operand") != std::string::npos)
            std::cout << "not validated: this spirv-val does not know what it asks for\n";
        else
            EXPECT_EQ(faults, "");
    }
}

TEST(MatrixModules, MultiplyWhatTheArchitectureHas) {
    for (const MatrixArchitecture& architecture : spirv::matrix_architectures) {
        SCOPED_TRACE(architecture.name);
        for (const DType factor : {DType::f16, DType::bf16, DType::i8}) {
            if (std::none_of(architecture.forms.begin(), architecture.forms.end(),
                             [&](const MatrixForm& form) { return form.factor == factor; }))
                continue;
            for (const End end : {End::plain, End::rounded, End::expression})
                if (is_float(factor) || end == End::plain) check_modules(factor, end, architecture);
        }
    }
}

TEST(MatrixModules, ArchitecturesAreForNothingElse) {
    Program strict = product(DType::f16, End::plain);
    strict.numerics = Numerics::reproducible;
    for (const MatrixArchitecture& architecture : spirv::matrix_architectures) {
        EXPECT_TRUE(variants_of(strict, architecture).empty());
        EXPECT_TRUE(variants_of(product(DType::u8, End::plain), architecture).empty());
    }
    EXPECT_TRUE(spirv_target().emit({}).bytes.empty());
}

/// Fragments are held by subgroups of 32 or by the whole workgroup.
TEST(MatrixModules, OtherGroupsAreRefused) {
    const auto variant_of = [](int members, int threads) {
        tile::Builder b("groups", 1);
        b.set_team(members, threads);
        tile::Buffer buffer{"x", tile::Space::global, DType::f32, 0};
        buffer.writable = true;
        const int x = b.add_buffer(buffer);
        const tile::Type type = tile::Type::matrix(tile::Fragment::accumulator, DType::f32, 16, 16);
        b.matrix_store(x, b.constant_bits(type, 0), b.integer(0), b.integer(16));
        return spirv_variant_of(b.finish());
    };
    EXPECT_NO_THROW(module_of(variant_of(4, 32)));
    EXPECT_NO_THROW(module_of(variant_of(1, 128)));
    EXPECT_THROW(module_of(variant_of(4, 16)), Error);
    EXPECT_THROW(module_of(variant_of(2, 64)), Error);
}

TEST(MatrixModules, OtherElementsAreRefused) {
    tile::Builder b("short", 1);
    b.set_team(1, 32);
    tile::Buffer buffer{"x", tile::Space::global, DType::i16, 0};
    buffer.writable = true;
    const int x = b.add_buffer(buffer);
    const tile::Type type = tile::Type::matrix(tile::Fragment::left, DType::i16, 16, 16);
    b.matrix_store(x, b.constant_bits(type, 0), b.integer(0), b.integer(16));
    codegen::Variant variant = spirv_variant_of(b.finish());
    EXPECT_THROW(module_of(variant), Error);
}

}  // namespace
}  // namespace sporkle::test
