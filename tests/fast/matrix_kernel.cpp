#include "tests/fast/matrix_kernel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include <sporkle/half.hpp>
#include <sporkle/reference.hpp>

#include "tests/support/program_builder.hpp"

namespace sporkle::testing {
namespace {

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

}  // namespace

int MatrixKernel::factor_of(ProgramBuilder& b, Form form, int value) const {
    if (form == Form::fast) return is_float(factor) ? value : b.cast(DType::i32, value);
    value = b.cast(DType::f64, value);
    return form == Form::magnitude ? b.unary(Op::abs, value) : value;
}

Program MatrixKernel::make(Form form) const {
    ProgramBuilder b(name);
    const int target = form == Form::fast ? static_cast<int>(result) : static_cast<int>(DType::f64);
    const int rank = is_convolution ? 4 : is_batched ? 3 : 2;
    const int i = b.index("i"), j = b.index("j"), k = b.index("k");
    const int n = is_batched || is_convolution ? b.index("n") : -1;
    const int x = is_convolution ? b.index("x") : -1;
    const int r = is_convolution ? b.index("r", 3) : -1, s = is_convolution ? b.index("s", 3) : -1;
    const int A = b.input("A", factor, rank, is_convolution ? boundary : Boundary::none);
    const int B = b.input("B", factor, is_convolution ? 4 : rank);
    const int bias = has_bias ? b.input("bias", DType::f32, 1) : -1;
    const int C = b.output("C", static_cast<DType>(target), rank);
    int left = 0, right = 0;
    std::vector<int> steps{k};
    std::vector<Affine> where{at(i), at(j)};
    if (is_channels_last) {
        left = b.read(A, {at(n), at({{i, 2}, {r, 1}}, -1), at({{x, 1}, {s, 1}}, -1), at(k)});
        right = b.read(B, b_by_columns ? std::vector<Affine>{at(j), at(r), at(s), at(k)}
                                       : std::vector<Affine>{at(r), at(s), at(k), at(j)});
        steps = {r, k, s};
        where = {at(n), at(i), at(x), at(j)};
    } else if (is_convolution) {
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

Call call_of(const Program& program, const MatrixSize& size, std::uint64_t seed, bool aligned) {
    CallOptions options;
    options.finite = true;
    options.most_steps = 100'000'000;
    options.dense = aligned || seed % 2 == 0;
    options.index_extents = {size.m, size.n, size.k, size.outer, size.width, 3, 3};
    options.index_extents.resize(program.index_count);
    Call call = random_call(program, seed, options);
    if (aligned) align(call);
    return call;
}

MatrixReference::MatrixReference(const MatrixKernel& kernel, const MatrixSize& size, const Call& before)
    : kernel_(kernel),
      steps_(size.k * (kernel.is_convolution ? 9 : 1)),
      exact_program_(kernel.make(Form::exact)),
      magnitude_program_(kernel.make(Form::magnitude)),
      exact_(widened(exact_program_, before)),
      magnitude_(widened(magnitude_program_, before)) {
    reference(exact_program_, exact_.arguments());
    reference(magnitude_program_, magnitude_.arguments());
}

double MatrixReference::allowance(double exact, double magnitude) const {
    if (!is_float(kernel_.factor)) return 0;
    const bool is_double = kernel_.factor == DType::f64;
    const auto steps = static_cast<double>(steps_);
    return (steps + 4) * std::ldexp(magnitude, is_double ? -52 : -23) +
           steps * std::ldexp(1.0, is_double ? -1022 : -126) + storage_error(kernel_.result, exact);
}

/// In row-major order of the target.
std::string MatrixReference::too_far(const Call& actual) const {
    const auto target = actual.tensors.size() - 1;
    const CallTensor& result = actual.tensors[target];
    std::int64_t at[max_rank] = {};
    for (int d = 0; d < result.rank; ++d)
        if (result.extents[d] == 0) return {};
    for (;;) {
        std::int64_t number = 0;
        for (int d = 0; d < result.rank; ++d) number += at[d] * result.strides[d];
        const double is = element(result, number), should_be = element(exact_.tensors[target], number);
        const double allowed = allowance(should_be, element(magnitude_.tensors[target], number));
        const bool is_near = std::isfinite(should_be)
                                 ? std::abs(is - should_be) <= allowed
                                 : is == should_be || (is != is && should_be != should_be);
        if (!is_near)
            return "element " + std::to_string(number) + " is " + std::to_string(is) + ", exactly " +
                   std::to_string(should_be) + ", with an allowance of " + std::to_string(allowed);
        int d = result.rank - 1;
        while (d >= 0 && ++at[d] == result.extents[d]) at[d--] = 0;
        if (d < 0) return {};
    }
}

}  // namespace sporkle::testing
