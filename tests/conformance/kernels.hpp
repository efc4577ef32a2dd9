// Kernels of every class, in the notation, for any element type that makes sense. Each is a function, so that
// a test compiles only what it asks for.
#pragma once

#include <sporkle/dsl.hpp>

namespace sporkle::testing::kernels {

using namespace sporkle::dsl;

inline constexpr auto b = index<"b">;
inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;
inline constexpr auto l = index<"l">;
inline constexpr auto n = index<"n">;
inline constexpr auto co = index<"co">;
inline constexpr auto ci = index<"ci">;
inline constexpr auto y = index<"y">;
inline constexpr auto x = index<"x">;
inline constexpr auto z = index<"z">;
inline constexpr auto g = index<"g">;
inline constexpr auto r = index<"r", 3>;
inline constexpr auto s = index<"s", 3>;
inline constexpr auto q = index<"q", 2>;
inline constexpr auto t = index<"t", 2>;

/// The notation's constant for a boundary rule.
template <Boundary rule>
inline constexpr notation::BoundaryRule<rule> boundary_rule{};

// ---- elementwise
// ------------------------------------------------------------------------------------------------

template <DType T>
constexpr Program axpy() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    constexpr auto a = scalar<"a", T>;
    return kernel<"axpy">(Z(i) = a * X(i) + Y(i)).program();
}
template <DType T>
constexpr Program broadcast() {
    constexpr auto X = tensor<"X", T, 3>;
    constexpr auto row = tensor<"row", T, 1>;
    constexpr auto column = tensor<"column", T, 2>;
    constexpr auto Z = tensor<"Z", T, 3>;
    return kernel<"broadcast">(Z(i, j, k) = max(X(i, j, k) * row(k), column(i, j)) - X(i, j, k)).program();
}
template <DType T>
constexpr Program transpose() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 2>;
    return kernel<"transpose">(Z(j, i) = X(i, j)).program();
}
template <DType T>
constexpr Program diagonal() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"diagonal">(Z(i) = X(i, i)).program();
}
template <DType T>
constexpr Program divide() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"divide">(Z(i) = X(i) / Y(i)).program();
}
template <DType T>
constexpr Program compare_select() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    constexpr auto B = tensor<"B", boolean, 1>;
    return kernel<"compare_select">(B(i) = X(i) < Y(i) || X(i) == Y(i), Z(i) = select(B(i), X(i), Y(i)))
        .program();
}
template <DType From, DType To>
constexpr Program convert() {
    constexpr auto X = tensor<"X", From, 1>;
    constexpr auto Z = tensor<"Z", To, 1>;
    return kernel<"convert">(Z(i) = cast<To>(X(i))).program();
}
template <DType T>
constexpr Program integer_mix() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"integer_mix">(Z(i) =
                                     ((X(i) << Y(i)) ^ (X(i) >> Y(i))) + X(i) % Y(i) * ~Y(i) - (X(i) & Y(i)))
        .program();
}
template <DType T>
constexpr Program rounding() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"rounding">(Z(i) =
                                  floor(X(i)) + ceil(X(i)) * trunc(X(i)) - round_even(X(i)) + sqrt(abs(X(i))))
        .program();
}
template <DType T>
constexpr Program functions() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto E = tensor<"E", T, 1>;
    constexpr auto L = tensor<"L", T, 1>;
    constexpr auto H = tensor<"H", T, 1>;
    constexpr auto S = tensor<"S", T, 1>;
    constexpr auto R = tensor<"R", T, 1>;
    return kernel<"functions">(E(i) = exp(X(i)), L(i) = log(X(i)), H(i) = tanh(X(i)), S(i) = sigmoid(X(i)),
                               R(i) = rsqrt(X(i)))
        .program();
}
template <DType T>
constexpr Program positions() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 2>;
    return kernel<"positions">(Z(i, j) =
                                   select(value(j) <= value(i), X(i, j), cast<T>(value(i) * 3 - value(j))))
        .program();
}
/// Fused elementwise statements with a temporary of a storage type that rounds in between.
template <DType T>
constexpr Program chain_of_maps() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto Z = tensor<"Z", T, 2>;
    constexpr auto m = temporary<"m", T, 2>;
    constexpr auto u = temporary<"u", T, 2>;
    return kernel<"chain_of_maps">(m(i, j) = X(i, j) * Y(i, j), u(i, j) = m(i, j) + X(i, j),
                                   Z(i, j) = u(i, j) * m(i, j))
        .program();
}

// ---- reductions
// -------------------------------------------------------------------------------------------------

template <DType T>
constexpr Program row_sum() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"row_sum">(Z(i) = sum(j, X(i, j))).program();
}
template <DType T>
constexpr Program column_sum() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"column_sum">(Z(j) = sum(i, X(i, j))).program();
}
template <DType T>
constexpr Program column_sum_chain() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"column_sum_chain">(Z(j) = sum(i, X(i, j)).order(chain)).program();
}
template <DType T>
constexpr Program total_sum() {
    constexpr auto X = tensor<"X", T, 3>;
    constexpr auto Z = tensor<"Z", T, 0>;
    return kernel<"total_sum">(Z() = sum(i, j, k, X(i, j, k))).program();
}
template <DType T>
constexpr Program middle_product() {
    constexpr auto X = tensor<"X", T, 3>;
    constexpr auto Z = tensor<"Z", T, 2>;
    return kernel<"middle_product">(Z(i, k) = prod(j, X(i, j, k))).program();
}
template <DType T>
constexpr Program extremes() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"extremes">(Z(i) = max(j, X(i, j)) - min(j, X(i, j))).program();
}
template <DType T>
constexpr Program arg_extremes() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", i64, 1>;
    constexpr auto W = tensor<"W", i64, 1>;
    return kernel<"arg_extremes">(Z(i) = argmax(j, X(i, j)), W(j) = argmin(i, X(i, j))).program();
}
template <DType T>
constexpr Program arg_total() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", i64, 0>;
    return kernel<"arg_total">(Z() = argmin(i, j, X(i, j))).program();
}
template <DType T>
constexpr Program dot() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 0>;
    return kernel<"dot">(Z() = sum(i, X(i) * Y(i))).program();
}
template <DType T>
constexpr Program matrix_vector() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"matrix_vector">(Z(i) = sum(k, A(i, k) * X(k))).program();
}

// ---- contractions
// -----------------------------------------------------------------------------------------------

template <DType T>
constexpr Program gemm() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    return kernel<"gemm">(C(i, j) = sum(k, A(i, k) * B(k, j))).program();
}
template <DType T>
constexpr Program gemm_bias_relu() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    constexpr auto bias = tensor<"bias", T, 1>;
    constexpr auto alpha = scalar<"alpha", value_type(T)>;
    return kernel<"gemm_bias_relu">(C(i, j) = max(alpha * sum(k, A(i, k) * B(k, j)) + bias(j), 0)).program();
}
template <DType T>
constexpr Program gemm_transposed_a() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    return kernel<"gemm_transposed_a">(C(i, j) = sum(k, A(k, i) * B(k, j))).program();
}
template <DType T>
constexpr Program gemm_transposed_b() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    return kernel<"gemm_transposed_b">(C(i, j) = sum(k, A(i, k) * B(j, k))).program();
}
template <DType T>
constexpr Program gemm_transposed_c() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    return kernel<"gemm_transposed_c">(C(j, i) = sum(k, A(i, k) * B(k, j))).program();
}
template <DType T>
constexpr Program batched_gemm() {
    constexpr auto A = tensor<"A", T, 3>;
    constexpr auto B = tensor<"B", T, 3>;
    constexpr auto C = tensor<"C", T, 3>;
    return kernel<"batched_gemm">(C(b, i, j) = sum(k, A(b, i, k) * B(b, k, j))).program();
}
template <DType T>
constexpr Program einsum() {
    constexpr auto A = tensor<"A", T, 4>;
    constexpr auto B = tensor<"B", T, 4>;
    constexpr auto C = tensor<"C", T, 3>;
    return kernel<"einsum">(C(b, i, j) = sum(k, l, A(b, k, i, l) * B(l, j, b, k))).program();
}
/// The factors are expressions.
template <DType T>
constexpr Program gemm_of_expressions() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    constexpr auto scale = tensor<"scale", T, 1>;
    return kernel<"gemm_of_expressions">(C(i, j) = sum(k, max(A(i, k), 0) * (B(k, j) - scale(k)))).program();
}
template <DType T>
constexpr Program two_layers() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto V = tensor<"V", T, 2>;
    constexpr auto W = tensor<"W", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto h = temporary<"h", T, 2>;
    return kernel<"two_layers">(h(i, k) = max(sum(l, X(i, l) * V(l, k)), 0),
                                Y(i, j) = sum(k, h(i, k) * W(k, j)))
        .program();
}

// ---- windows
// ----------------------------------------------------------------------------------------------------

template <DType T>
constexpr Program conv1d() {
    constexpr auto I = tensor<"I", T, 3>.boundary(clamp);
    constexpr auto W = tensor<"W", T, 3>;
    constexpr auto O = tensor<"O", T, 3>;
    return kernel<"conv1d">(O(n, co, x) = sum(ci, s, I(n, ci, x + s * 2 - 2) * W(co, ci, s))).program();
}
template <DType T, Boundary rule>
constexpr Program conv2d() {
    constexpr auto I = tensor<"I", T, 4>.boundary(boundary_rule<rule>);
    constexpr auto W = tensor<"W", T, 4>;
    constexpr auto O = tensor<"O", T, 4>;
    return kernel<"conv2d">(O(n, co, y, x) = sum(ci, r, s, I(n, ci, y + r - 1, x + s - 1) * W(co, ci, r, s)))
        .program();
}
template <DType T>
constexpr Program conv2d_zero() {
    return conv2d<T, Boundary::zero>();
}
template <DType T>
constexpr Program conv2d_strided() {
    constexpr auto I = tensor<"I", T, 4>.boundary(zero);
    constexpr auto W = tensor<"W", T, 4>;
    constexpr auto O = tensor<"O", T, 4>;
    constexpr auto bias = tensor<"bias", T, 1>;
    return kernel<"conv2d_strided">(
               O(n, co, y, x) = max(
                   sum(ci, r, s, I(n, ci, y * 2 + r - 1, x * 2 + s * 2 - 2) * W(co, ci, r, s)) + bias(co), 0))
        .program();
}
template <DType T>
constexpr Program conv2d_nhwc() {
    constexpr auto I = tensor<"I", T, 4>.boundary(zero);
    constexpr auto W = tensor<"W", T, 4>;
    constexpr auto O = tensor<"O", T, 4>;
    return kernel<"conv2d_nhwc">(O(n, y, x, co) =
                                     sum(r, s, ci, I(n, y + r - 1, x + s - 1, ci) * W(r, s, ci, co)))
        .program();
}
template <DType T>
constexpr Program conv3d() {
    constexpr auto I = tensor<"I", T, 4>.boundary(wrap);
    constexpr auto W = tensor<"W", T, 5>;
    constexpr auto O = tensor<"O", T, 4>;
    return kernel<"conv3d">(O(co, z, y, x) =
                                sum(ci, q, r, s, I(ci, z + q, y + r, x - s) * W(co, ci, q, r, s)))
        .program();
}
template <DType T>
constexpr Program grouped_conv() {
    constexpr auto I = tensor<"I", T, 4>.boundary(zero);
    constexpr auto W = tensor<"W", T, 5>;
    constexpr auto O = tensor<"O", T, 4>;
    return kernel<"grouped_conv">(O(g, co, y, x) =
                                      sum(ci, r, s, I(g, ci, y + r - 1, x + s - 1) * W(g, co, ci, r, s)))
        .program();
}
template <DType T>
constexpr Program depthwise_conv() {
    constexpr auto I = tensor<"I", T, 3>.boundary(reflect);
    constexpr auto W = tensor<"W", T, 3>;
    constexpr auto O = tensor<"O", T, 3>;
    return kernel<"depthwise_conv">(O(ci, y, x) = sum(r, s, I(ci, y + r - 1, x + s - 1) * W(ci, r, s)))
        .program();
}
template <DType T>
constexpr Program max_pool() {
    constexpr auto I = tensor<"I", T, 3>.boundary(clamp);
    constexpr auto O = tensor<"O", T, 3>;
    return kernel<"max_pool">(O(n, y, x) = max(r, s, I(n, y * 2 + r - 1, x * 2 + s - 1))).program();
}
template <DType T>
constexpr Program stencil() {
    constexpr auto I = tensor<"I", T, 2>.boundary(reflect);
    constexpr auto O = tensor<"O", T, 2>;
    return kernel<"stencil">(O(y, x) = I(y - 1, x) + I(y + 1, x) + I(y, x - 1) + I(y, x + 1) - I(y, x) * 4)
        .program();
}
template <DType T>
constexpr Program transposed_conv() {
    constexpr auto I = tensor<"I", T, 3>.boundary(zero);
    constexpr auto W = tensor<"W", T, 4>.boundary(zero);
    constexpr auto O = tensor<"O", T, 3>;
    constexpr auto u = index<"u", 2>;
    constexpr auto v = index<"v", 2>;
    return kernel<"transposed_conv">(O(co, y * 2 + q, x * 2 + t) =
                                         sum(ci, u, v, I(ci, y - u, x - v) * W(co, ci, u * 2 + q, v * 2 + t)))
        .program();
}
/// Gradient of a convolution by its weights: the sum runs over whole images.
template <DType T>
constexpr Program conv_weight_gradient() {
    constexpr auto I = tensor<"I", T, 4>.boundary(zero);
    constexpr auto D = tensor<"D", T, 4>;
    constexpr auto W = tensor<"W", T, 4>;
    return kernel<"conv_weight_gradient">(W(co, ci, r, s) =
                                              sum(n, y, x, D(n, co, y, x) * I(n, ci, y + r - 1, x + s - 1)))
        .program();
}

// ---- several statements
// -----------------------------------------------------------------------------------------

template <DType T>
constexpr Program softmax() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto m = temporary<"m", value_type(T), 1>;
    constexpr auto total = temporary<"total", value_type(T), 1>;
    constexpr auto e = temporary<"e", value_type(T), 2>;
    return kernel<"softmax">(m(i) = max(j, X(i, j)), e(i, j) = exp(X(i, j) - m(i)),
                             total(i) = sum(j, e(i, j)), Y(i, j) = e(i, j) / total(i))
        .program();
}
template <DType T>
constexpr Program layer_norm() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto gain = tensor<"gain", T, 1>;
    constexpr auto shift = tensor<"shift", T, 1>;
    constexpr auto mean = temporary<"mean", value_type(T), 1>;
    constexpr auto variance = temporary<"variance", value_type(T), 1>;
    constexpr auto inverse = scalar<"inverse", value_type(T)>;
    constexpr auto epsilon = scalar<"epsilon", value_type(T)>;
    return kernel<"layer_norm">(
               mean(i) = sum(j, X(i, j)) * inverse,
               variance(i) = sum(j, (X(i, j) - mean(i)) * (X(i, j) - mean(i))) * inverse,
               Y(i, j) = (X(i, j) - mean(i)) * rsqrt(variance(i) + epsilon) * gain(j) + shift(j))
        .program();
}
/// The softmax of columns: rows and columns change places, one reduction is nested in the expression.
template <DType T>
constexpr Program column_softmax() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto L = tensor<"L", T, 1>;
    return kernel<"column_softmax">(L(j) = max(i, X(i, j)) + log(sum(k, exp(X(k, j) - max(i, X(i, j))))),
                                    Y(i, j) = exp(X(i, j) - L(j)))
        .program();
}
/// Causal attention of one head: two contractions with a softmax between them.
template <DType T>
constexpr Program attention() {
    constexpr auto Q = tensor<"Q", T, 2>;
    constexpr auto K = tensor<"K", T, 2>;
    constexpr auto V = tensor<"V", T, 2>;
    constexpr auto O = tensor<"O", T, 2>;
    constexpr auto scale = scalar<"scale", value_type(T)>;
    constexpr auto score = temporary<"score", value_type(T), 2>;
    constexpr auto weight = temporary<"weight", value_type(T), 2>;
    return kernel<"attention">(
               score(i, j) = select(value(j) <= value(i), sum(k, Q(i, k) * K(j, k)) * scale, -1000),
               weight(i, j) = exp(score(i, j) - max(l, score(i, l))),
               O(i, k) = sum(j, weight(i, j) * V(j, k)) / sum(j, weight(i, j)))
        .program();
}
/// Convolution, bias, relu and pooling, with the feature maps kept as an output of their own.
template <DType T>
constexpr Program conv_relu_pool() {
    constexpr auto I = tensor<"I", T, 3>.boundary(zero);
    constexpr auto W = tensor<"W", T, 4>;
    constexpr auto bias = tensor<"bias", T, 1>;
    constexpr auto F = tensor<"F", T, 3>.boundary(clamp);
    constexpr auto P = tensor<"P", T, 3>;
    return kernel<"conv_relu_pool">(
               F(co, y, x) = max(sum(ci, r, s, I(ci, y + r - 1, x + s - 1) * W(co, ci, r, s)) + bias(co), 0),
               P(co, z, g) = max(q, t, F(co, z * 2 + q, g * 2 + t)))
        .program();
}
/// Mean and variance of columns, both kept, and the outer product of two of the rows' results.
template <DType T>
constexpr Program moments() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto M = tensor<"M", T, 1>;
    constexpr auto S = tensor<"S", T, 1>;
    constexpr auto R = tensor<"R", T, 2>;
    constexpr auto inverse = scalar<"inverse", value_type(T)>;
    return kernel<"moments">(M(j) = sum(i, X(i, j)) * inverse,
                             S(j) = sum(i, (X(i, j) - M(j)) * (X(i, j) - M(j))) * inverse,
                             R(j, k) = M(j) * S(k) - M(k) * S(j))
        .program();
}
template <DType T>
constexpr Program separable_blur() {
    constexpr auto I = tensor<"I", T, 2>.boundary(reflect);
    constexpr auto W = tensor<"W", T, 1>;
    constexpr auto O = tensor<"O", T, 2>;
    constexpr auto h = temporary<"h", T, 2>.boundary(clamp);
    return kernel<"separable_blur">(h(y, x) = sum(s, I(y, x + s - 1) * W(s)),
                                    O(y, x) = sum(r, h(y + r - 1, x) * W(r)))
        .program();
}

/// The blur of every plane of a picture: fused, a task keeps one plane of the temporary, which has a boundary
/// rule.
template <DType T>
constexpr Program blur_of_planes() {
    constexpr auto I = tensor<"I", T, 3>.boundary(reflect);
    constexpr auto W = tensor<"W", T, 1>;
    constexpr auto O = tensor<"O", T, 3>;
    constexpr auto h = temporary<"h", T, 3>.boundary(reflect);
    return kernel<"blur_of_planes">(h(n, y, x) = sum(s, I(n, y, x + s - 1) * W(s)),
                                    O(n, y, x) = sum(r, h(n, y + r - 1, x) * W(r)))
        .program();
}

}  // namespace sporkle::testing::kernels
