// Sums of products on a machine whose own fma of f32 takes and gives subnormals as zeros: every schedule
// gives the reference's bits whatever the factors are, and takes the exact way where the fast one would be
// wrong and only there.
#include "codegen/lower/flush_guard.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include <sporkle/reference.hpp>

#include "codegen/ir/rewriter.hpp"
#include "tests/conformance/host_call.hpp"
#include "tests/fast/matrix_kernel.hpp"
#include "tests/support/program_builder.hpp"
#include "tests/support/random.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::testing {
namespace {

/// A GPU without subnormals in its fma, as enumerate_schedules sees it.
codegen::Machine flushing_machine() {
    codegen::Machine m;
    m.target = "made up";
    m.architecture = "flushing";
    m.has_fma = m.fma_may_flush = true;
    m.vector_registers = 255;
    m.threads_per_workgroup = 256;
    m.subgroup_size = 32;
    m.shared_bytes = 32 << 10;
    return m;
}

/// The exact way made useless: all its fma give NaN. It begins where Op::flushes is asked for.
class FastWayOnly final : public tile::Rewriter {
  public:
    using Rewriter::Rewriter;

  private:
    tile::Value value(const tile::Instruction& x, std::span<const tile::Value> operands) override {
        is_exact_ = is_exact_ || x.op == tile::Op::flushes;
        const tile::Type type = old_type(x.results[0]);
        if (!is_exact_ || x.op != tile::Op::fma || type.scalar != DType::f32)
            return Rewriter::value(x, operands);
        return builder_.constant_bits(type, 0x7fc00000);
    }

    bool is_exact_ = false;
};

Program reproducible(const MatrixKernel& kernel) {
    Program program = kernel.make(Form::fast);
    program.numerics = Numerics::reproducible;
    return program;
}

std::vector<codegen::Variant> contractions_of(const Program& program) {
    const codegen::Machine machine = flushing_machine();
    std::vector<codegen::Variant> variants;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine))
        if (schedule.lowering == codegen::Lowering::contraction)
            variants.push_back(codegen::lower(program, schedule, machine));
    return variants;
}

enum class Way { any, fast, exact };

/// Every schedule that takes the call, in both forms, flushing. How many did so. Where the way is known, the
/// kernels without an exact way give the same bits or others.
int check(const Program& program, const Call& before, const std::string& what, Way way = Way::any) {
    Call expected = before;
    const auto arguments = expected.arguments();
    reference(program, arguments);
    int taken = 0;
    for (const codegen::Variant& variant : contractions_of(program)) {
        for (const bool distributed : {false, true}) {
            const std::string where =
                what + ", schedule " + variant.schedule.name + (distributed ? ", in threads" : "");
            Call actual = before;
            HostCall call(program, variant, actual);
            if (!call.fits()) continue;
            ++taken;
            EXPECT_EQ(call.interpret(distributed, true), "") << where;
            EXPECT_TRUE(same_bits(program, expected, actual)) << where;
            if (way == Way::any || distributed) continue;
            codegen::Variant hurried = variant;
            for (codegen::Dispatch& dispatch : hurried.dispatches)
                dispatch.kernel = FastWayOnly(dispatch.kernel).run();
            Call other = before;
            EXPECT_EQ(HostCall(program, hurried, other).interpret(false, true), "") << where;
            EXPECT_EQ(static_cast<bool>(same_bits(program, expected, other)), way == Way::fast) << where;
        }
    }
    return taken;
}

std::byte* place(CallTensor& tensor, std::int64_t row, std::int64_t column) {
    return tensor.data() + (row * tensor.strides[0] + column * tensor.strides[1]) * size_of(tensor.dtype);
}

void put(CallTensor& tensor, std::int64_t row, std::int64_t column, float value) {
    std::memcpy(place(tensor, row, column), &value, sizeof value);
}

template <class Value>
void fill(CallTensor& tensor, Value&& value) {
    for (std::int64_t row = 0; row < tensor.extents[0]; ++row)
        for (std::int64_t column = 0; column < tensor.extents[1]; ++column)
            put(tensor, row, column, value(row, column));
}

/// Of either sign, at least 2^exponent and less than twice that.
float about(Random& random, int exponent) {
    const float x = std::ldexp(1.0f + static_cast<float>(random.below(1 << 23)) * 0x1p-23f, exponent);
    return random.chance(50) ? -x : x;
}

constexpr float odd = 1.0f + 0x1p-23f;  ///< its square has 47 digits

/// Two products that leave -2^-46 · 2^(a + b) of each other: what the first lost when it was rounded.
void cancel(Call& call, std::int64_t row, std::int64_t column, int a, int b) {
    for (std::int64_t k = 0; k < call.tensors[0].extents[1]; ++k) put(call.tensors[0], row, k, 0.0f);
    put(call.tensors[0], row, 0, std::ldexp(odd, a));
    put(call.tensors[0], row, 1, std::ldexp(odd, a));
    put(call.tensors[1], 0, column, std::ldexp(odd, b));
    put(call.tensors[1], 1, column, -std::ldexp(odd, b));
}

struct Sizes {
    MatrixSize size;
    bool aligned;
    int ways;  ///< schedules times forms that take it, at least
};

class FlushGuard : public ::testing::TestWithParam<Sizes> {
  protected:
    FlushGuard() : program_(reproducible({"gemm", DType::f32})), random_(test_seed()) {
        call_ = call_of(program_, GetParam().size, 2, GetParam().aligned);
    }

    CallTensor& a() { return call_.tensors[0]; }
    CallTensor& b() { return call_.tensors[1]; }
    std::int64_t rows() const { return GetParam().size.m; }
    std::int64_t columns() const { return GetParam().size.n; }
    std::int64_t steps() const { return GetParam().size.k; }
    void fill_about(int exponent_a, int exponent_b) {
        fill(a(), [&](auto, auto) { return about(random_, exponent_a); });
        fill(b(), [&](auto, auto) { return about(random_, exponent_b); });
    }
    void expect(const std::string& what, Way way) {
        EXPECT_GE(check(program_, call_, what, way), GetParam().ways);
    }

    Program program_;
    Random random_;
    Call call_;
};

TEST_P(FlushGuard, OrdinaryFactorsAndManyZerosTakeTheFastWay) {
    fill_about(0, -3);
    for (std::int64_t i = 0; i < rows(); ++i)
        put(a(), i, random_.below(static_cast<int>(steps())), i % 2 == 0 ? 0.0f : -0.0f);
    for (std::int64_t k = 0; k < steps(); ++k) put(b(), k, 3, -0.0f);
    expect("ordinary", Way::fast);
    fill(a(), [](auto, auto) { return -0.0f; });
    expect("nothing but zeros", Way::fast);
}

TEST_P(FlushGuard, InfinitiesAndNanTakeTheFastWay) {
    fill_about(-10, 5);
    put(a(), 1, 1, std::numeric_limits<float>::infinity());
    put(a(), 2, 0, std::numeric_limits<float>::quiet_NaN());
    put(b(), 2, 5, -std::numeric_limits<float>::infinity());
    put(b(), steps() - 1, columns() - 1, std::numeric_limits<float>::max());
    expect("not finite", Way::fast);
}

TEST_P(FlushGuard, TheLimitIsExact) {
    fill_about(-39, -39);
    put(a(), 0, steps() - 1, 0x1p-40f);
    put(b(), 0, columns() - 1, -0x1p-40f);
    cancel(call_, 3, 2, -40, -40);
    expect("at the limit", Way::fast);  // what is left is the least normal number
    put(a(), 0, steps() - 1, std::nextafter(0x1p-40f, 0.0f));
    expect("a below it", Way::exact);
    put(a(), 0, steps() - 1, -0x1p-40f);
    put(b(), 0, columns() - 1, -std::nextafter(0x1p-40f, 0.0f));
    expect("b below it", Way::exact);
    cancel(call_, 3, 2, -41, -40);
    expect("a subnormal sum", Way::exact);
}

TEST_P(FlushGuard, OneFactorMayBeSmallWhereTheOtherIsGreat) {
    fill_about(-126, 46);
    put(a(), rows() - 1, 0, 0x1p-126f);
    expect("the least normal number", Way::fast);
    fill_about(60, -120);
    expect("small columns", Way::fast);
    cancel(call_, rows() - 1, columns() - 1, 33, -120);
    expect("sums that cancel", Way::exact);
}

/// Where exponents alone would do, and no sum is 0: 2^-126 · b and a subnormal that still counts.
TEST_P(FlushGuard, OneSubnormalFactorIsSeen) {
    for (const float tiny : {0x1p-141f, -std::nextafter(0x1p-126f, 0.0f)}) {
        fill_about(0, 100);
        for (std::int64_t k = 0; k < steps(); ++k) put(a(), rows() - 1, k, 0.0f);
        put(a(), rows() - 1, 0, 0x1p-126f);
        put(a(), rows() - 1, steps() - 1, tiny);
        expect("in the last row and step of a", Way::exact);
        fill_about(100, 0);
        for (std::int64_t k = 0; k < steps(); ++k) put(b(), k, 0, 0.0f);
        put(b(), 0, 0, 0x1p-126f);
        put(b(), steps() - 1, 0, tiny);
        expect("in the last step of b", Way::exact);
    }
}

TEST_P(FlushGuard, ProductsThatAreSubnormal) {
    fill_about(-70, -60);
    expect("tiny products", Way::exact);
    fill_about(0, 0);
    put(a(), 0, 0, 0x1p-100f);
    put(b(), 0, 0, 0x1.8p-30f);
    expect("one of them, in sums that are not", Way::exact);
    // A subnormal sum that goes on after many steps, where exact_rows begins a new chunk.
    if (steps() <= 32) return;
    cancel(call_, 5, 6, -44, -44);
    put(a(), 5, 32, 0x1p-60f);
    put(b(), 32, 6, 0x1p-60f);
    expect("a subnormal sum on the way", Way::exact);
}

INSTANTIATE_TEST_SUITE_P(Gemm, FlushGuard,
                         ::testing::Values(Sizes{{64, 256, 32}, true, 12}, Sizes{{67, 35, 70}, false, 6}),
                         [](const auto& info) {
                             return info.param.aligned ? "WholeBlocks" : "PartsOfBlocks";
                         });

TEST(FlushGuardOf, OtherSumsOfProducts) {
    const unsigned seed = test_seed();
    for (const MatrixKernel& kernel :
         {MatrixKernel{"gemm_t", DType::f32, DType::f32, true, true},
          MatrixKernel{"dense", DType::f32, DType::f32, false, false, true},
          MatrixKernel{"batched", DType::f32, DType::f32, false, true, false, true},
          MatrixKernel{"conv", DType::f32, DType::f32, false, false, false, false, true},
          MatrixKernel{"brain", DType::bf16, DType::f32}, MatrixKernel{"halves", DType::f16, DType::f32}}) {
        const Program program = reproducible(kernel);
        // Numbers of every kind, subnormals, infinities and NaN too.
        CallOptions options;
        options.most_steps = 1'000'000;
        options.index_extents = {13, 37, 6, 2, 5, 3, 3};
        options.index_extents.resize(program.index_count);
        EXPECT_GT(check(program, random_call(program, seed, options), kernel.name), 0);
        EXPECT_GT(check(program, call_of(program, {5, 33, 11, 2, 3}, seed, false), kernel.name), 0);
        EXPECT_GT(check(program, call_of(program, {5, 3, 0, 2, 3}, seed, false), kernel.name + ", no steps"),
                  0);
    }
}

/// Σ fa(A) · fb(B).
template <class FactorA, class FactorB>
Program product(DType a, DType b, FactorA&& fa, FactorB&& fb) {
    ProgramBuilder p("product");
    const int i = p.index("i"), j = p.index("j"), k = p.index("k");
    const int A = p.input("A", a, 2), B = p.input("B", b, 2), C = p.output("C", DType::f32, 2);
    const int left = fa(p, p.read(A, {at(i), at(k)})), right = fb(p, p.read(B, {at(k), at(j)}));
    p.assign(C, {at(i), at(j)}, p.reduce(Reduce::sum, Order::chain, {k}, p.binary(Op::mul, left, right)));
    return p.finish();
}

/// How many factors the first contraction looks at.
int looked_at(const Program& program) {
    const std::string text = tile::print(contractions_of(program).front().dispatches.front().kernel);
    EXPECT_NE(text.find("flush-safe"), std::string::npos);
    int found = 0;
    for (std::size_t at = text.find("store @least"); at != std::string::npos; ++found)
        at = text.find("store @least", at + 1);
    return found;
}

const auto bare = [](ProgramBuilder&, int x) { return x; };
const auto as_f32 = [](ProgramBuilder& p, int x) { return p.cast(DType::f32, x); };
const auto relu = [](ProgramBuilder& p, int x) { return p.binary(Op::max, x, p.literal(DType::f32, 0)); };
const auto scaled = [](ProgramBuilder& p, int x) {
    return p.binary(Op::mul, x, p.literal(DType::f32, 0x1p-100));
};

TEST(FlushGuardOf, ComputedFactorsAsTheyAreStaged) {
    const Program program = product(DType::f32, DType::f32, relu, scaled);
    for (const unsigned seed : {test_seed(), test_seed() + 1})
        EXPECT_GT(check(program, call_of(program, {35, 40, 17}, seed, false), "relu and scaled"), 0);
}

TEST(FlushGuardOf, FactorsWhoseTypesSayEnough) {
    EXPECT_EQ(looked_at(product(DType::f32, DType::bf16, bare, bare)), 2);
    EXPECT_EQ(looked_at(product(DType::f16, DType::f16, bare, relu)), 0);
    EXPECT_EQ(looked_at(product(DType::i32, DType::f16, as_f32, bare)), 0);
    EXPECT_EQ(looked_at(product(DType::f16, DType::f32, bare, bare)), 1);
    const Program mixed = product(DType::f16, DType::f32, bare, bare);
    const unsigned seed = test_seed();
    CallOptions options;
    options.index_extents = {33, 35, 9};
    for (unsigned n = 0; n < 3; ++n)
        EXPECT_GT(check(mixed, random_call(mixed, seed + n, options), "mixed"), 0);
    // A subnormal half times 2^-79 is a multiple of the least normal number, times 2^-80 it need not be.
    Call call = call_of(mixed, {33, 35, 9}, seed, false);
    const std::uint16_t least = 1;
    std::memcpy(place(call.tensors[0], 1, 1), &least, sizeof least);
    Random random(seed);
    fill(call.tensors[1], [&](auto, auto) { return about(random, -79); });
    check(mixed, call, "a subnormal half", Way::fast);
    put(call.tensors[1], 1, 4, std::nextafter(0x1p-79f, 0.0f));
    check(mixed, call, "and one below", Way::exact);
}

TEST(FlushGuardOf, UnitsOfExpressions) {
    ProgramBuilder p("units");
    const int i = p.index("i");
    const int f16 = p.read(p.input("H", DType::f16, 1), {at(i)}),
              f32 = p.read(p.input("F", DType::f32, 1), {at(i)});
    const int i64 = p.read(p.input("N", DType::i64, 1), {at(i)}),
              f64 = p.read(p.input("D", DType::f64, 1), {at(i)});
    const auto unit = [&](int node) { return codegen::known_unit(p.peek(), node); };
    EXPECT_EQ(unit(f16), -24);
    EXPECT_EQ(unit(f32), std::nullopt);
    EXPECT_EQ(unit(p.cast(DType::f32, i64)), 0);
    EXPECT_EQ(unit(p.cast(DType::f32, f64)), std::nullopt);
    EXPECT_EQ(unit(p.cast(DType::f16, f32)), -24);
    EXPECT_EQ(unit(p.cast(DType::bf16, f32)), std::nullopt);
    EXPECT_EQ(unit(p.cast(DType::bf16, f16)), -24);
    EXPECT_EQ(unit(p.unary(Op::abs, f16)), -24);
    EXPECT_EQ(unit(p.unary(Op::sqrt, f16)), std::nullopt);
    EXPECT_EQ(unit(p.binary(Op::mul, f16, f16)), std::nullopt);
    EXPECT_EQ(unit(p.binary(Op::max, f16, p.literal(DType::f32, 0x3p-30))), -30);
    EXPECT_EQ(unit(p.binary(Op::max, f16, p.literal(DType::f32, 0))), -24);
    EXPECT_EQ(unit(p.binary(Op::min, f16, f32)), std::nullopt);
    const int wrong = p.binary(Op::less, f32, f16);
    EXPECT_EQ(unit(p.select(wrong, f16, p.literal(DType::f32, -7))), -24);
    EXPECT_EQ(unit(p.literal(DType::f32, 0x1p-63)), -63);
    EXPECT_EQ(unit(p.literal(DType::f32, 0x3p-64)), std::nullopt);
    EXPECT_EQ(unit(p.literal(DType::f32, std::numeric_limits<double>::infinity())), 0);
}

TEST(FlushGuardOf, MachinesThatKeepSubnormalsHaveNone) {
    const Program program = reproducible({"gemm", DType::f32});
    codegen::Machine machine = flushing_machine();
    machine.fma_may_flush = false;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine))
        for (const codegen::Dispatch& dispatch : codegen::lower(program, schedule, machine).dispatches)
            EXPECT_EQ(tile::print(dispatch.kernel).find("flush"), std::string::npos) << schedule.name;
}

}  // namespace
}  // namespace sporkle::testing
