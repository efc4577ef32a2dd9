// Sporkle's functions on plain numbers.
#pragma once

#include <concepts>

#include <sporkle/math/exp.hpp>
#include <sporkle/math/log.hpp>
#include <sporkle/math/rsqrt.hpp>
#include <sporkle/math/sigmoid.hpp>
#include <sporkle/math/tanh.hpp>

namespace sporkle::math {

template <std::floating_point T>
T exp(T x) {
    return exp(Scalar<T>(x)).value;
}
template <std::floating_point T>
T log(T x) {
    return log(Scalar<T>(x)).value;
}
template <std::floating_point T>
T tanh(T x) {
    return tanh(Scalar<T>(x)).value;
}
template <std::floating_point T>
T sigmoid(T x) {
    return sigmoid(Scalar<T>(x)).value;
}
template <std::floating_point T>
T rsqrt(T x) {
    return rsqrt(Scalar<T>(x)).value;
}

}  // namespace sporkle::math
