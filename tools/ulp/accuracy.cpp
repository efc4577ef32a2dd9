#include "tools/ulp/accuracy.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <exception>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>
#include <thread>

#include <sporkle/math/functions.hpp>

#include "tools/ulp/real.hpp"

namespace sporkle::ulp {
namespace {

/// One function in three ways.
struct Function {
    Op op;
    std::string name;
    float (*single)(float);
    double (*twofold)(double);  ///< Sporkle's, in double precision
    double (*library)(double);  ///< the C library's
    Real (*exact)(const Real&);
    double low, high;  ///< the range of interest in double precision
};

const std::vector<Function>& table() {
    static const std::vector<Function> list = {
        {Op::exp, "exp", [](float x) { return math::exp(x); }, [](double x) { return math::exp(x); },
         [](double x) { return std::exp(x); }, [](const Real& x) { return exp(x); }, -746, 710},
        {Op::log, "log", [](float x) { return math::log(x); }, [](double x) { return math::log(x); },
         [](double x) { return std::log(x); }, [](const Real& x) { return log(x); }, 0, 4},
        {Op::tanh, "tanh", [](float x) { return math::tanh(x); }, [](double x) { return math::tanh(x); },
         [](double x) { return std::tanh(x); }, [](const Real& x) { return tanh(x); }, -20, 20},
        {Op::sigmoid, "sigmoid", [](float x) { return math::sigmoid(x); },
         [](double x) { return math::sigmoid(x); }, [](double x) { return 1 / (1 + std::exp(-x)); },
         [](const Real& x) { return Real(1) / (Real(1) + exp(-x)); }, -746, 40},
        {Op::rsqrt, "rsqrt", [](float x) { return math::rsqrt(x); }, [](double x) { return math::rsqrt(x); },
         [](double x) { return 1 / std::sqrt(x); }, [](const Real& x) { return Real(1) / sqrt(x); }, 0, 8},
    };
    return list;
}

const Function& entry(Op op) {
    for (const Function& f : table())
        if (f.op == op) return f;
    throw std::invalid_argument("no function of sporkle/math");
}

/// 2^k = the unit in the last place of y: k. T has the format.
template <class T>
int last_place(const Real& y) {
    using L = std::numeric_limits<T>;
    const mpfr_exp_t exponent = mpfr_get_exp(y.get()) - 1;  // of the leading bit
    return static_cast<int>(std::max<mpfr_exp_t>(exponent, L::min_exponent - 1)) - (L::digits - 1);
}

/// |result - y| in units in the last place of y. Infinite results and values beyond the format count as the
/// first power of two that the format lacks.
template <class T>
double error_in_ulp(T result, const Real& exact) {
    if (mpfr_zero_p(exact.get())) return result == 0 ? 0 : std::numeric_limits<double>::infinity();
    Real beyond;
    mpfr_set_ui_2exp(beyond.get(), 1, std::numeric_limits<T>::max_exponent, MPFR_RNDN);
    const auto inside = [&](const Real& x) { return x < -beyond ? -beyond : beyond < x ? beyond : x; };
    const Real y = inside(exact);
    Real error = abs(inside(Real(static_cast<double>(result))) - y);
    const int place =
        std::min(last_place<T>(y), std::numeric_limits<T>::max_exponent - std::numeric_limits<T>::digits);
    mpfr_mul_2si(error.get(), error.get(), -place, MPFR_RNDN);
    return static_cast<double>(error);
}

/// Whether the error of a result can be told in ULP at all. `y` has the exact value's sign, NaN-ness and
/// infinity.
template <class T>
bool comparable(T result, bool y_is_nan, bool y_is_infinite, bool y_is_negative, bool y_rounds_to_zero) {
    if (y_is_nan || std::isnan(result)) return y_is_nan && std::isnan(result);
    if (y_is_infinite) return std::isinf(result) && std::signbit(result) == y_is_negative;
    if (result == 0 && y_rounds_to_zero) return std::signbit(result) == y_is_negative;
    return true;
}

void record(Accuracy& a, double error, double x) {
    if (error > a.largest_error) a.largest_error = error, a.worst_input = x;
}
void record_fault(Accuracy& a, double x) {
    if (a.faults++ == 0) a.first_fault = x;
}

/// The error of one single-precision result by MPFR. Zeros of y come from x = 0 or log 1 only.
void judge_exactly(const Function& f, float x, float result, Accuracy& a) {
    record(a, error_in_ulp(result, f.exact(Real(x))), x);
}

/// The same as error_in_ulp for a float result, from the exact value as a double.
double quick_error(float result, double y) {
    const auto inside = [](double x) { return std::min(std::max(x, -0x1p128), 0x1p128); };
    const int field = static_cast<int>(std::bit_cast<std::uint64_t>(y) >> 52 & 0x7ff);
    const int exponent = std::min(std::max(field - 1023, -126), 127);
    const auto per_place = std::bit_cast<double>(static_cast<std::uint64_t>(1023 + 23 - exponent) << 52);
    return std::fabs(inside(result) - inside(y)) * per_place;
}

Accuracy sweep(const Function& f, std::uint64_t first, std::uint64_t last, std::uint64_t stride) {
    constexpr double near = 1e-6, negligible = 0.01, high_error = 0.9;
    constexpr std::uint64_t check_every = 1 << 16;
    Accuracy a;
    for (std::uint64_t pattern = first; pattern < last; pattern += stride) {
        const float x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
        const float result = f.single(x);
        const double y = f.library(x);
        ++a.inputs;
        if (!comparable(result, std::isnan(y), std::isinf(y), std::signbit(y), std::fabs(y) < 0x1p-149)) {
            record_fault(a, x);
            continue;
        }
        if (std::isnan(y) || std::isinf(y) || y == 0 || (!std::isfinite(x))) continue;
        if (std::fabs(y) < 0x1p-160) {  // underflow of the double itself is not far: MPFR is safe
            if (result != 0) judge_exactly(f, x, result, a);
            continue;
        }
        const double error = quick_error(result, y);
        if (error > std::min(high_error, std::max(a.largest_error - near, negligible)))
            judge_exactly(f, x, result, a);
        if (a.inputs % check_every == 0) {
            const double exact = error_in_ulp(result, f.exact(Real(x)));
            if (std::fabs(exact - error) > near)
                throw std::runtime_error("the C library's " + f.name + " is too inaccurate to measure with");
        }
    }
    return a;
}

Accuracy sample(const Function& f, std::uint64_t samples, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Accuracy a;
    for (; a.inputs < samples; ++a.inputs) {
        const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
        const double x = random() % 2 ? std::bit_cast<double>(random()) : f.low + (f.high - f.low) * unit;
        const double result = f.twofold(x);
        const Real y = f.exact(Real(x));
        const bool tiny = mpfr_zero_p(y.get()) || mpfr_get_exp(y.get()) <= -1074;
        if (!comparable(result, mpfr_nan_p(y.get()), mpfr_inf_p(y.get()), mpfr_signbit(y.get()), tiny)) {
            record_fault(a, x);
            continue;
        }
        if (mpfr_number_p(y.get())) record(a, error_in_ulp(result, y), x);
    }
    return a;
}

/// Runs part(0 … threads-1) side by side and merges what they found.
Accuracy in_parallel(int threads, const std::function<Accuracy(int)>& part) {
    std::vector<Accuracy> results(static_cast<std::size_t>(threads));
    std::vector<std::exception_ptr> failures(results.size());
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t)
        workers.emplace_back([&, t] {
            const auto i = static_cast<std::size_t>(t);
            try {
                results[i] = part(t);
            } catch (...) {
                failures[i] = std::current_exception();
            }
            mpfr_free_cache();
        });
    for (std::thread& worker : workers) worker.join();
    for (const std::exception_ptr& failure : failures)
        if (failure) std::rethrow_exception(failure);
    Accuracy total;
    for (const Accuracy& a : results) {
        record(total, a.largest_error, a.worst_input);
        if (total.faults == 0) total.first_fault = a.first_fault;
        total.faults += a.faults;
        total.inputs += a.inputs;
    }
    return total;
}

}  // namespace

const std::vector<Op>& functions() {
    static const std::vector<Op> list = [] {
        std::vector<Op> ops;
        for (const Function& f : table()) ops.push_back(f.op);
        return ops;
    }();
    return list;
}

std::string name_of(Op function) { return entry(function).name; }

Accuracy measure_f32(Op function, std::uint64_t stride, int threads) {
    constexpr std::uint64_t patterns = std::uint64_t(1) << 32;
    return in_parallel(threads, [&](int t) {
        // Interleaved, so that all threads have alike inputs: thread t takes patterns t·stride, (t +
        // threads)·stride …
        const auto step = stride * static_cast<std::uint64_t>(threads);
        return sweep(entry(function), static_cast<std::uint64_t>(t) * stride, patterns, step);
    });
}

Accuracy measure_f64(Op function, std::uint64_t samples, std::uint64_t seed, int threads) {
    return in_parallel(threads, [&](int t) {
        const auto part = static_cast<std::uint64_t>(t), parts = static_cast<std::uint64_t>(threads);
        return sample(entry(function), samples * (part + 1) / parts - samples * part / parts, seed + part);
    });
}

}  // namespace sporkle::ulp
