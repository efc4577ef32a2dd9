// The network, its loss, their gradients and the optimiser, as kernels.
//
//   image 8×8 ─ conv 3×3 ─ relu ─ dense ─ relu ─ dense ─ softmax cross-entropy
//
// A name with a d in front is the gradient of the mean loss by that tensor.
#pragma once

#include <sporkle/dsl.hpp>

namespace digits::kernels {

using namespace sporkle::dsl;

inline constexpr auto n = index<"n">;  // digit of the batch
inline constexpr auto c = index<"c">;  // channel
inline constexpr auto y = index<"y">;  // pixel
inline constexpr auto x = index<"x">;
inline constexpr auto r = index<"r", 3>;  // place in the 3×3 window
inline constexpr auto s = index<"s", 3>;
inline constexpr auto k = index<"k">;  // inputs and outputs of a dense layer
inline constexpr auto o = index<"o">;
inline constexpr auto i = index<"i">;

// Convolution: reads outside the image are 0.
inline constexpr auto image = tensor<"image", f32, 3>.boundary(zero);
inline constexpr auto filter = tensor<"filter", f32, 3>;
inline constexpr auto dfilter = tensor<"dfilter", f32, 3>;
inline constexpr auto bias = tensor<"bias", f32, 1>;
inline constexpr auto dbias = tensor<"dbias", f32, 1>;
inline constexpr auto maps = tensor<"maps", f32, 4>;
inline constexpr auto dmaps = tensor<"dmaps", f32, 4>;

inline constexpr auto conv_relu = kernel<"conv_relu">(
    maps(n, c, y, x) = max(sum(r, s, image(n, y + r - 1, x + s - 1) * filter(c, r, s)) + bias(c), 0.0f));
inline constexpr auto conv_filter_gradient = kernel<"conv_filter_gradient">(
    dfilter(c, r, s) = sum(n, y, x, dmaps(n, c, y, x) * image(n, y + r - 1, x + s - 1)));
inline constexpr auto conv_bias_gradient =
    kernel<"conv_bias_gradient">(dbias(c) = sum(n, y, x, dmaps(n, c, y, x)));

// Dense layers.
inline constexpr auto in = tensor<"in", f32, 2>;
inline constexpr auto out = tensor<"out", f32, 2>;
inline constexpr auto weights = tensor<"weights", f32, 2>;
inline constexpr auto dweights = tensor<"dweights", f32, 2>;
inline constexpr auto din = tensor<"din", f32, 2>;
inline constexpr auto dout = tensor<"dout", f32, 2>;

inline constexpr auto dense_relu =
    kernel<"dense_relu">(out(n, o) = max(sum(k, in(n, k) * weights(k, o)) + bias(o), 0.0f));
inline constexpr auto dense = kernel<"dense">(out(n, o) = sum(k, in(n, k) * weights(k, o)) + bias(o));
inline constexpr auto dense_weight_gradient =
    kernel<"dense_weight_gradient">(dweights(k, o) = sum(n, in(n, k) * dout(n, o)));
inline constexpr auto dense_bias_gradient = kernel<"dense_bias_gradient">(dbias(o) = sum(n, dout(n, o)));
// The layer before ends in a relu, whose gradient is 0 where its output is.
inline constexpr auto dense_input_gradient = kernel<"dense_input_gradient">(
    din(n, k) = select(in(n, k) > 0.0f, sum(o, dout(n, o) * weights(k, o)), 0.0f));

// Softmax cross-entropy of the scores, and its gradient: softmax - 1 at the right class, over the batch's
// size.
inline constexpr auto scores = tensor<"scores", f32, 2>;
inline constexpr auto dscores = tensor<"dscores", f32, 2>;
inline constexpr auto label = tensor<"label", i32, 1>;
inline constexpr auto loss = tensor<"loss", f32, 1>;
inline constexpr auto share = scalar<"share", f32>;  // 1 / size of the batch
inline constexpr auto highest = temporary<"highest", f32, 1>;
inline constexpr auto total = temporary<"total", f32, 1>;
inline constexpr auto shifted = temporary<"shifted", f32, 2>;
inline constexpr auto power = temporary<"power", f32, 2>;
inline constexpr auto is_right = cast<f32>(value(o) == cast<i64>(label(n)));

inline constexpr auto cross_entropy =
    kernel<"cross_entropy">(highest(n) = max(o, scores(n, o)), shifted(n, o) = scores(n, o) - highest(n),
                            power(n, o) = exp(shifted(n, o)), total(n) = sum(o, power(n, o)),
                            loss(n) = log(total(n)) - sum(o, is_right* shifted(n, o)),
                            dscores(n, o) = (power(n, o) / total(n) - is_right) * share);

inline constexpr auto reading = tensor<"reading", i64, 1>;
inline constexpr auto read_digit = kernel<"read_digit">(reading(n) = argmax(o, scores(n, o)));

// Adam (Kingma, Ba 2015). The caller passes the same arrays as old and new.
inline constexpr auto parameter = tensor<"parameter", f32, 1>;
inline constexpr auto new_parameter = tensor<"new_parameter", f32, 1>;
inline constexpr auto gradient = tensor<"gradient", f32, 1>;
inline constexpr auto mean = tensor<"mean", f32, 1>;
inline constexpr auto new_mean = tensor<"new_mean", f32, 1>;
inline constexpr auto square = tensor<"square", f32, 1>;
inline constexpr auto new_square = tensor<"new_square", f32, 1>;
inline constexpr auto rate = scalar<"rate", f32>;    // learning rate, with both bias corrections in it
inline constexpr auto small = scalar<"small", f32>;  // keeps the denominator from 0

inline constexpr auto adam =
    kernel<"adam">(new_mean(i) = mean(i) + 0.1f * (gradient(i) - mean(i)),
                   new_square(i) = square(i) + 0.001f * (gradient(i) * gradient(i) - square(i)),
                   new_parameter(i) = parameter(i) - rate * new_mean(i) / (sqrt(new_square(i)) + small));

}  // namespace digits::kernels
