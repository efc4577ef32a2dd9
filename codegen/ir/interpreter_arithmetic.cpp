// Steps that compute: a loop over lanes around each operation of arithmetic.hpp.
#include <cmath>
#include <cstring>

#include "codegen/ir/arithmetic.hpp"
#include "codegen/ir/interpreter_machine.hpp"

namespace sporkle::tile::interpreter {
namespace {

// A value is defined once, so a result never overlaps an operand: hence __restrict.

template <Op op, DType T>
void run_unary(Machine& m, const Step& s) {
    auto* __restrict r = m.at<Native<T>>(s.result);
    const auto* __restrict a = m.at<Native<T>>(s.operand[0]);
    for (std::uint32_t l = 0; l < s.lanes; ++l) r[l] = compute<op, T>(a[l]);
}

template <Op op, DType T>
void run_binary(Machine& m, const Step& s) {
    auto* __restrict r = m.at<Native<T>>(s.result);
    const auto* a = m.at<Native<T>>(s.operand[0]);
    const auto* b = m.at<Native<T>>(s.operand[1]);
    for (std::uint32_t l = 0; l < s.lanes; ++l) r[l] = compute<op, T>(a[l], b[l]);
}

template <Op op, DType T>
void run_comparison(Machine& m, const Step& s) {
    auto* __restrict r = m.at<bool>(s.result);
    const auto* a = m.at<Native<T>>(s.operand[0]);
    const auto* b = m.at<Native<T>>(s.operand[1]);
    for (std::uint32_t l = 0; l < s.lanes; ++l) r[l] = compare<op, T>(a[l], b[l]);
}

template <DType T>
void run_fma(Machine& m, const Step& s) {
    auto* __restrict r = m.at<Native<T>>(s.result);
    const auto* a = m.at<Native<T>>(s.operand[0]);
    const auto* b = m.at<Native<T>>(s.operand[1]);
    const auto* c = m.at<Native<T>>(s.operand[2]);
    for (std::uint32_t l = 0; l < s.lanes; ++l) r[l] = fused_multiply_add<T>(a[l], b[l], c[l]);
}

float flushed(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x; }

void run_flushing_fma(Machine& m, const Step& s) {
    auto* __restrict r = m.at<float>(s.result);
    const auto* a = m.at<float>(s.operand[0]);
    const auto* b = m.at<float>(s.operand[1]);
    const auto* c = m.at<float>(s.operand[2]);
    for (std::uint32_t l = 0; l < s.lanes; ++l)
        r[l] = flushed(fused_multiply_add<DType::f32>(flushed(a[l]), flushed(b[l]), flushed(c[l])));
}

template <Op op>
void run_flushing_binary(Machine& m, const Step& s) {
    auto* __restrict r = m.at<float>(s.result);
    const auto* a = m.at<float>(s.operand[0]);
    const auto* b = m.at<float>(s.operand[1]);
    for (std::uint32_t l = 0; l < s.lanes; ++l)
        r[l] = flushed(compute<op, DType::f32>(flushed(a[l]), flushed(b[l])));
}

template <Op op>
void run_flushing_comparison(Machine& m, const Step& s) {
    auto* __restrict r = m.at<bool>(s.result);
    const auto* a = m.at<float>(s.operand[0]);
    const auto* b = m.at<float>(s.operand[1]);
    for (std::uint32_t l = 0; l < s.lanes; ++l) r[l] = compare<op, DType::f32>(flushed(a[l]), flushed(b[l]));
}

template <DType T>
void run_select(Machine& m, const Step& s) {
    auto* __restrict r = m.at<Native<T>>(s.result);
    const bool* condition = m.at<bool>(s.operand[0]);
    const auto* x = m.at<Native<T>>(s.operand[1]);
    const auto* y = m.at<Native<T>>(s.operand[2]);
    for (std::uint32_t l = 0; l < s.lanes; ++l) r[l] = condition[l] ? x[l] : y[l];
}

template <DType From, DType To>
void run_convert(Machine& m, const Step& s) {
    auto* __restrict r = m.at<Native<To>>(s.result);
    const auto* __restrict a = m.at<Native<From>>(s.operand[0]);
    for (std::uint32_t l = 0; l < s.lanes; ++l) r[l] = converted<From, To>(a[l]);
}

template <DType T>
void run_splat(Machine& m, const Step& s) {
    auto* __restrict r = m.at<Native<T>>(s.result);
    const auto a = *m.at<Native<T>>(s.operand[0]);
    for (std::uint32_t l = 0; l < s.lanes; ++l) r[l] = a;
}

/// extract, slice and bitcast: `bytes` bytes from byte `imm` of the operand on.
void run_move(Machine& m, const Step& s) {
    std::memcpy(m.frame + s.result, m.frame + s.operand[0] + s.imm, s.bytes);
}

void run_concat(Machine& m, const Step& s) {
    for (const Copy& copy : s.copies) std::memcpy(m.frame + copy.to, m.frame + copy.from, copy.bytes);
}

void run_grid_id(Machine& m, const Step& s) {
    *m.at<std::int64_t>(s.result) = m.task[static_cast<std::size_t>(s.imm)];
}

void run_member_id(Machine& m, const Step& s) { *m.at<std::int64_t>(s.result) = m.member; }

void run_nothing(Machine&, const Step&) {}

}  // namespace

Run flushing_step(Op op) {
    if (op == Op::min) return run_flushing_binary<Op::min>;
    if (op == Op::max) return run_flushing_binary<Op::max>;
    Run run = run_flushing_fma;
    if (is_comparison(op))
        with_op<Op::less, Op::not_equal>(op, [&]<Op o>() { run = run_flushing_comparison<o>; });
    return run;
}

Run arithmetic_step(Op op, DType operand, DType result) {
    switch (op) {
        case Op::extract:
        case Op::slice:
        case Op::bitcast:
        case Op::shuffle:
            return run_move;
        case Op::concat:
            return run_concat;
        case Op::grid_id:
            return run_grid_id;
        case Op::member_id:
            return run_member_id;
        case Op::prefetch:
        case Op::fence:
        case Op::barrier:
            return run_nothing;
        default:
            break;
    }
    return with_dtype(operand, [&]<DType T>() -> Run {
        Run run = nullptr;
        if (is_unary(op))
            with_op<Op::neg, Op::bit_not>(op, [&]<Op o>() {
                if constexpr (is_unary(o) && accepts(o, T)) run = run_unary<o, T>;
            });
        if (is_binary(op))
            with_op<Op::add, Op::shr_logical>(op, [&]<Op o>() {
                if constexpr (is_binary(o) && accepts(o, T)) run = run_binary<o, T>;
            });
        if (is_comparison(op))
            with_op<Op::less, Op::not_equal>(op, [&]<Op o>() {
                if constexpr (accepts(o, T)) run = run_comparison<o, T>;
            });
        if constexpr (accepts(Op::fma, T))
            if (op == Op::fma) run = run_fma<T>;
        if (op == Op::splat) run = run_splat<T>;
        if (op == Op::select)  // its first operand is the condition
            run = with_dtype(result, []<DType U>() -> Run { return run_select<U>; });
        if (op == Op::convert) run = with_dtype(result, []<DType U>() -> Run { return run_convert<T, U>; });
        return run;
    });
}

}  // namespace sporkle::tile::interpreter
