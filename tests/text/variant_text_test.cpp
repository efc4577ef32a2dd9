// Schedules, formulas and variants in text.
#include "codegen/text/variant_text.hpp"

#include <gtest/gtest.h>

#include <sporkle/parameter_block.hpp>

#include "codegen/ir/builder.hpp"
#include "codegen/text/formula_text.hpp"
#include "tests/support/program_builder.hpp"

namespace sporkle::testing {
namespace {

using namespace codegen;

TEST(ScheduleText, ShowsWhatDiffersFromTheDefaults) {
    Schedule s;
    EXPECT_EQ(to_text(s), "map");
    s.linear = true;
    s.vector_bits = 512;
    s.unroll = 4;
    s.task_elements = 65536;
    EXPECT_EQ(to_text(s), "map linear vector=512 unroll=4 task=65536");
    Schedule gemm;
    gemm.lowering = Lowering::contraction;
    gemm.unit_stride = false;
    gemm.tile_m = 8;
    gemm.tile_n = 48;
    gemm.block_k = 256;
    gemm.pack_b = gemm.single_tile = true;
    EXPECT_EQ(to_text(gemm), "contraction strided tile=8x48 block_k=256 pack_b single_tile");
    Schedule sum;
    sum.lowering = Lowering::reduction;
    sum.axis = Axis::reduction;
    sum.split_reduction = true;
    EXPECT_EQ(to_text(sum), "reduction axis=reduction split");
}

TEST(FormulaText, ShowsSumsOfProducts) {
    EXPECT_EQ(to_text(Formula{}), "0");
    EXPECT_EQ(to_text(Formula::constant(1)), "1");
    const Formula f{{{1, {{{3}, 1}}}, {64, {{{3, 4}, 16}, {{5}, 1}}}, {7, {}}}};
    EXPECT_EQ(to_text(f), "word[3] + 64*ceil(word[3]*word[4]/16)*word[5] + 7");
}

class VariantTextTest : public ::testing::Test {
  protected:
    VariantTextTest() {
        ProgramBuilder b("scale");
        const int i = b.index("i");
        const int t = b.input("x", DType::f32, 1);
        const int hidden = b.temporary("hidden", DType::f32, 1), y = b.output("y", DType::f32, 1);
        const int alpha = b.scalar("alpha", DType::f32);
        b.assign(hidden, {at(i)}, b.read(t, {at(i)}));
        b.assign(y, {at(i)}, b.binary(Op::mul, b.read_scalar(alpha), b.read(hidden, {at(i)})));
        program = b.finish();
    }
    Program program;
};

TEST_F(VariantTextTest, WordsOfTheParameterBlockHaveNames) {
    const char* names[] = {"x",           "x.stride[0]", "x.extent[0]", "y",          "y.stride[0]",
                           "y.extent[0]", "i",           "alpha",       "scratch[0]", "scratch[1]"};
    for (int word = 0; word < 10; ++word) EXPECT_EQ(word_name(program, word), names[word]);
}

TEST_F(VariantTextTest, Preconditions) {
    EXPECT_EQ(to_text(Precondition{Condition::stride_is, 0, 0, 0, 1}, program), "stride of x[0] is 1");
    EXPECT_EQ(to_text(Precondition{Condition::dense, 2, 0, 0, 0}, program), "y is dense");
    EXPECT_EQ(to_text(Precondition{Condition::aligned, 2, 0, 0, 64}, program), "y is aligned to 64 bytes");
    EXPECT_EQ(to_text(Precondition{Condition::extent_multiple, 0, 0, 0, 8}, program),
              "extent of i is a multiple of 8");
    EXPECT_EQ(to_text(Precondition{Condition::extent_at_most, 0, 0, 0, 9}, program),
              "extent of i is at most 9");
    EXPECT_EQ(to_text(Precondition{Condition::stride_multiple, 0, 0, 0, 4}, program),
              "stride of x[0] is a multiple of 4");
    EXPECT_EQ(to_text(Precondition{Condition::extent_at_least, 0, 0, 0, 2}, program),
              "extent of i is at least 2");
}

TEST_F(VariantTextTest, AWholeVariant) {
    const ParameterBlock block(program);
    Variant v;
    v.schedule.name = "map-8";
    v.schedule.vector_bits = 256;
    v.machine.target = "x86";
    v.machine.architecture = "x86-64-v3";
    v.preconditions = {{Condition::dense, 0, 0, 0, 0}};
    v.scratch = {{"hidden", true, {{{4, {{{block.index(0)}, 1}}}}}}};
    Dispatch d;
    d.grid[0] = {{{1, {{{block.index(0)}, 64}}}}};
    tile::Builder b("scale.0", block.scratch(1));
    b.fence();
    d.kernel = b.finish();
    v.dispatches = {d};
    const std::string head = R"(variant map-8 for x86 x86-64-v3 (reproducible)
  schedule: map vector=256
  requires: x is dense
  scratch[0] hidden: 4*i bytes per task
  parameter words: 0 x, 1 x.stride[0], 2 x.extent[0], 3 y, 4 y.stride[0], 5 y.extent[0], 6 i, 7 alpha, 8 scratch[0]
  dispatch scale.0, grid ceil(i/64) x 1 x 1
)";
    EXPECT_EQ(to_text(v, program, false), head);
    EXPECT_EQ(to_text(v, program), head + "kernel scale.0 (9 parameter words) {\n  fence\n  yield\n}\n");
}

}  // namespace
}  // namespace sporkle::testing
