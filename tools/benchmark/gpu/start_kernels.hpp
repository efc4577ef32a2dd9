// Fifty different kernels, as an application of some size has: what a process has to make ready at its start.
#pragma once

#include "tools/benchmark/kernels.hpp"

namespace sporkle::bench::kernels {

inline constexpr int started_kernels = 50;

/// "start 00" … "start 49"
template <int number>
consteval notation::FixedString<9> start_name() {
    notation::FixedString<9> name("start 00");
    name.text[6] = static_cast<char>('0' + number / 10);
    name.text[7] = static_cast<char>('0' + number % 10);
    return name;
}

inline constexpr auto row_sum = temporary<"row_sum", f32, 1>;

/// Kernel `number`: of five kinds, each with constants of its own, so that no two have the same code.
template <int number>
consteval auto start_kernel() {
    constexpr auto make = kernel<start_name<number>()>;
    constexpr float constant = 0.5f + number;
    if constexpr (number % 5 == 0)
        return make(Z(i) = max(a * X(i) + b * Y(i) + constant, 0.0f));
    else if constexpr (number % 5 == 1)
        return make(Z(i) = constant * tanh(X(i)) + exp(Y(i)));
    else if constexpr (number % 5 == 2)
        return make(Y(i) = constant * sum(j, A(i, j)));
    else if constexpr (number % 5 == 3)
        return make(row_sum(i) = sum(j, A(i, j) * A(i, j)), C(i, j) = A(i, j) / (row_sum(i) + constant));
    else
        return make(C(i, j) = max(sum(k, A(i, k) * B(k, j)) + constant, 0.0f));
}

template <int number>
inline constexpr auto started = start_kernel<number>();

}  // namespace sporkle::bench::kernels
