// Fast kernels on a matrix unit: interpreted as members of threads and as single threads, on extents around
// those of blocks, every result is as near to the exact one as Numerics::fast promises (program.hpp), and
// integers are exact. The exact one is the reference of the same kernel in f64.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include <sporkle/half.hpp>
#include <sporkle/reference.hpp>

#include "tests/conformance/host_call.hpp"
#include "tests/support/program_builder.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {
namespace {

/// A GPU with a matrix unit and nothing else, as enumerate_schedules sees it.
codegen::Machine matrix_machine() {
    codegen::Machine m;
    m.target = "made up";
    m.architecture = "matrices";
    m.has_fma = true;
    m.vector_registers = 128;
    m.threads_per_workgroup = 256;
    m.subgroup_size = 32;
    m.shared_bytes = 48 << 10;
    m.matrix_threads = 32;
    m.matrix_only = true;
    m.matrix_shapes = {{16, 16, 16, DType::f16, DType::f32},
                       {16, 16, 16, DType::bf16, DType::f32},
                       {16, 16, 32, DType::i8, DType::i32},
                       {16, 16, 32, DType::u8, DType::i32}};
    return m;
}

/// The kernel as its author writes it, the same in f64, or Σ |a| · |b| (+ |bias|) in f64.
enum class Form { fast, exact, magnitude };

struct Kernel {
    std::string name;
    DType factor = DType::f16, result = DType::f32;
    bool a_by_columns = false, b_by_columns = false;
    bool has_bias = false;  ///< max(sum + bias(j), 0)
    bool is_batched = false, is_convolution = false;

    DType accumulator() const { return is_float(factor) ? DType::f32 : DType::i32; }

    int factor_of(ProgramBuilder& b, Form form, int value) const {
        if (form == Form::fast) return is_float(factor) ? value : b.cast(DType::i32, value);
        value = b.cast(DType::f64, value);
        return form == Form::magnitude ? b.unary(Op::abs, value) : value;
    }

    Program make(Form form) const {
        ProgramBuilder b(name);
        const int target = form == Form::fast ? static_cast<int>(result) : static_cast<int>(DType::f64);
        const int rank = is_convolution ? 4 : is_batched ? 3 : 2;
        const int i = b.index("i"), j = b.index("j"), k = b.index("k"), n = b.index("n"), x = b.index("x");
        const int r = b.index("r", 3), s = b.index("s", 3);
        const int A = b.input("A", factor, rank, is_convolution ? Boundary::zero : Boundary::none);
        const int B = b.input("B", factor, is_convolution ? 4 : rank);
        const int bias = has_bias ? b.input("bias", DType::f32, 1) : -1;
        const int C = b.output("C", static_cast<DType>(target), rank);
        int left = 0, right = 0;
        std::vector<int> steps{k};
        std::vector<Affine> where{at(i), at(j)};
        if (is_convolution) {
            left = b.read(A, {at(n), at(k), at({{i, 1}, {r, 1}}, -1), at({{x, 1}, {s, 1}}, -1)});
            right = b.read(B, {at(j), at(k), at(r), at(s)});
            steps = {k, r, s};
            where = {at(n), at(j), at(i), at(x)};
        } else {
            std::vector<Affine> a{at(a_by_columns ? k : i), at(a_by_columns ? i : k)};
            std::vector<Affine> c{at(b_by_columns ? j : k), at(b_by_columns ? k : j)};
            if (is_batched)
                for (std::vector<Affine>* list : {&a, &c, &where}) list->insert(list->begin(), at(n));
            left = b.read(A, a);
            right = b.read(B, c);
        }
        const int product = b.binary(Op::mul, factor_of(b, form, left), factor_of(b, form, right));
        int value = b.reduce(Reduce::sum, Order::chain, steps, product);
        if (has_bias) {
            int shift = b.read(bias, {at(j)});
            if (form != Form::fast) shift = b.cast(DType::f64, shift);
            if (form == Form::magnitude) shift = b.unary(Op::abs, shift);
            value = b.binary(Op::add, value, shift);
            if (form != Form::magnitude) value = b.binary(Op::max, value, b.literal(b.type_of(value), 0));
        }
        b.assign(C, where, value);
        Program program = b.finish();
        program.numerics = Numerics::fast;
        return program;
    }
};

/// Rows, columns, steps, and the other two free indices.
struct Size {
    std::int64_t m, n, k, outer = 1, width = 1;
};

/// Puts dense tensors where everything is aligned to 16 bytes, as the heap is.
void align(Call& call) {
    constexpr std::size_t margin = 64;
    for (CallTensor& tensor : call.tensors) {
        ASSERT_EQ(tensor.lowest, 0);
        const auto size =
            static_cast<std::size_t>(tensor.highest + 1) * static_cast<std::size_t>(size_of(tensor.dtype));
        std::vector<std::byte> bytes(margin + size + margin);
        std::copy_n(tensor.data(), size, bytes.data() + margin);
        tensor.bytes = std::move(bytes);
        tensor.origin = margin;
    }
}

Call call_of(const Program& program, const Size& size, std::uint64_t seed, bool aligned) {
    CallOptions options;
    options.finite = true;
    options.most_steps = 100'000'000;
    options.dense = aligned || seed % 2 == 0;
    options.index_extents = {size.m, size.n, size.k, size.outer, size.width, 3, 3};
    Call call = random_call(program, seed, options);
    if (aligned) align(call);
    return call;
}

/// The same inputs with an f64 result.
Call widened(const Program& program, const Call& call) {
    Call wide = call;
    wide.program = &program;
    for (int t = 0; t < program.tensor_count; ++t) {
        if (program.tensors[t].role != Role::output) continue;
        CallTensor& tensor = wide.tensors[static_cast<std::size_t>(t)];
        tensor.dtype = DType::f64;
        const std::int64_t elements = std::max<std::int64_t>(tensor.highest - tensor.lowest + 1, 0);
        tensor.bytes.assign(static_cast<std::size_t>(elements) * sizeof(double), std::byte{});
        tensor.origin = static_cast<std::size_t>(-tensor.lowest) * sizeof(double);
    }
    return wide;
}

double element(const CallTensor& tensor, std::int64_t number) {
    const std::byte* const place = tensor.data() + number * size_of(tensor.dtype);
    const auto as = [&]<class T>(T value) {
        std::memcpy(static_cast<void*>(&value), place, sizeof value);
        return static_cast<double>(value);
    };
    switch (tensor.dtype) {
        case DType::f64:
            return as(double{});
        case DType::f32:
            return as(float{});
        case DType::f16:
            return as(half{});
        case DType::bf16:
            return as(bfloat16{});
        default:
            return as(std::int32_t{});
    }
}

/// Half a unit in the last place of a value's storage type, relative and absolute.
double storage_error(DType type, double value) {
    if (type == DType::f16) return std::ldexp(std::abs(value), -11) + std::ldexp(1.0, -25);
    if (type == DType::bf16) return std::ldexp(std::abs(value), -8);
    return 0;
}

/// Compares all elements, in row-major order of the target; the first that is too far off.
std::string too_far(const Kernel& kernel, const Call& actual, const Call& exact, const Call& magnitude,
                    std::size_t target, std::int64_t steps) {
    const CallTensor& result = actual.tensors[target];
    std::int64_t at[max_rank] = {};
    for (int d = 0; d < result.rank; ++d)
        if (result.extents[d] == 0) return {};
    for (;;) {
        std::int64_t number = 0;
        for (int d = 0; d < result.rank; ++d) number += at[d] * result.strides[d];
        const double is = element(result, number), should_be = element(exact.tensors[target], number);
        const double allowed = is_float(kernel.factor)
                                   ? static_cast<double>(steps + 4) * std::ldexp(1.0, -23) *
                                             element(magnitude.tensors[target], number) +
                                         storage_error(kernel.result, should_be)
                                   : 0;
        if (!(std::abs(is - should_be) <= allowed))
            return "element " + std::to_string(number) + " is " + std::to_string(is) + ", exactly " +
                   std::to_string(should_be) + ", with an allowance of " + std::to_string(allowed);
        int d = result.rank - 1;
        while (d >= 0 && ++at[d] == result.extents[d]) at[d--] = 0;
        if (d < 0) return {};
    }
}

/// Every schedule that takes the call, in both forms. How many did so.
int check(const Kernel& kernel, const Size& size, std::uint64_t seed, bool aligned = false) {
    const Program fast = kernel.make(Form::fast), exact = kernel.make(Form::exact),
                  magnitude = kernel.make(Form::magnitude);
    const Call before = call_of(fast, size, seed, aligned);
    Call expected = widened(exact, before), scale = widened(magnitude, before);
    reference(exact, expected.arguments());
    reference(magnitude, scale.arguments());
    const std::size_t target = static_cast<std::size_t>(fast.tensor_count - 1);
    const codegen::Machine machine = matrix_machine();
    int taken = 0;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(fast, machine)) {
        const codegen::Variant variant = codegen::lower(fast, schedule, machine);
        EXPECT_EQ(variant.numerics, Numerics::fast);
        for (const bool distributed : {false, true}) {
            Call actual = before;
            HostCall call(fast, variant, actual);
            if (!call.fits()) continue;
            ++taken;
            const std::string where = kernel.name + ", schedule " + schedule.name +
                                      (distributed ? ", in threads" : "") + ", seed " + std::to_string(seed);
            EXPECT_EQ(call.interpret(distributed), "") << where;
            EXPECT_EQ(
                too_far(kernel, actual, expected, scale, target, size.k * (kernel.is_convolution ? 9 : 1)),
                "")
                << where;
        }
    }
    return taken;
}

/// Three schedules take every call, those of whole blocks besides where extents are multiples; each in two
/// forms.
TEST(MatrixContraction, WholeBlocks) {
    for (const Kernel& kernel :
         {Kernel{"gemm"}, Kernel{"gemm_at", DType::f16, DType::f32, true},
          Kernel{"gemm_bt", DType::f16, DType::f16, false, true},
          Kernel{"dense", DType::f16, DType::f16, false, false, true},
          Kernel{"brain", DType::bf16, DType::bf16}, Kernel{"bytes", DType::i8, DType::i32},
          Kernel{"unsigned", DType::u8, DType::i32, true, true}})
        EXPECT_EQ(check(kernel, {64, 128, 128}, 1, true), 8) << kernel.name;
    EXPECT_EQ(check(Kernel{"gemm"}, {128, 256, 64}, 2, true), 12);
    const Kernel batched{"batched", DType::f16, DType::f32, false, false, false, true};
    EXPECT_EQ(check(batched, {64, 64, 64, 2}, 3, true), 8);
}

TEST(MatrixContraction, ExtentsThatFillNoBlock) {
    std::uint64_t seed = 10;
    for (const Kernel& kernel :
         {Kernel{"gemm"}, Kernel{"gemm_t", DType::f16, DType::f16, true, true},
          Kernel{"dense", DType::f16, DType::f32, false, true, true}, Kernel{"bytes", DType::i8, DType::i32}})
        for (const Size& size :
             {Size{0, 5, 3}, Size{1, 1, 1}, Size{7, 3, 0}, Size{17, 65, 31}, Size{67, 13, 97}})
            EXPECT_GT(check(kernel, size, seed++), 0) << kernel.name;
}

TEST(MatrixContraction, WindowsAndBatches) {
    EXPECT_GT(
        check(Kernel{"conv", DType::f16, DType::f16, false, false, false, false, true}, {5, 7, 3, 2, 6}, 30),
        0);
    EXPECT_GT(check(Kernel{"batched", DType::f16, DType::f32, false, true, false, true}, {5, 19, 33, 3}, 31),
              0);
}

TEST(MatrixContraction, OnlyWhereTheKernelAllowsIt) {
    const codegen::Machine machine = matrix_machine();
    Program program = Kernel{"strict"}.make(Form::fast);
    EXPECT_FALSE(codegen::enumerate_schedules(program, machine).empty());
    program.numerics = Numerics::reproducible;
    EXPECT_TRUE(codegen::enumerate_schedules(program, machine).empty());
    const Program wide = Kernel{"wide", DType::f32}.make(Form::fast);
    EXPECT_TRUE(codegen::enumerate_schedules(wide, machine).empty());
    // A machine that is more than its matrix unit keeps every other schedule behind those.
    codegen::Machine whole = machine;
    whole.matrix_only = false;
    program.numerics = Numerics::fast;
    const auto schedules = codegen::enumerate_schedules(program, whole);
    EXPECT_EQ(schedules.front().name.substr(0, 7), "matrix-");
    EXPECT_EQ(schedules.back().name, "strided");
}

}  // namespace
}  // namespace sporkle::testing
