// Kernels of which each differs from all others, mostly by one thing: what a structural hash must tell apart.
// They are used from two translation units, and from programs that different compilers have made.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <sporkle/dsl.hpp>

namespace sporkle::testing {

using namespace sporkle::dsl;
using sporkle::dsl::index;

inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;
inline constexpr auto r = index<"r", 3>;
inline constexpr auto x = tensor<"x", f32, 1>;
inline constexpr auto y = tensor<"y", f32, 1>;
inline constexpr auto z = tensor<"z", f32, 1>;
inline constexpr auto s = tensor<"s", f32, 0>;
inline constexpr auto A = tensor<"A", f32, 2>;
inline constexpr auto B = tensor<"B", f32, 2>;
inline constexpr auto C = tensor<"C", f32, 2>;
inline constexpr auto alpha = scalar<"alpha", f32>;
inline constexpr auto beta = scalar<"beta", f32>;
inline constexpr auto t = temporary<"t", f32, 1>;

template <std::size_t count>
struct Hashes {
    Hash hash[count];
};
/// In a constant expression, so that no kernel needs to be there when the program runs.
template <class... K>
consteval Hashes<sizeof...(K)> hashes(const K&... kernels) {
    return {{kernels.hash()...}};
}

/// Collects hashes of kernels.
class Kernels {
  public:
    template <std::size_t count>
    void add(const Hashes<count>& more) {
        found.insert(found.end(), more.hash, more.hash + count);
    }
    std::vector<Hash> found;
};

/// The same formula on tensors of every dtype.
template <std::size_t... type>
void add_dtypes(Kernels& all, std::index_sequence<type...>) {
    all.add(hashes(kernel<"copy">(tensor<"y", static_cast<DType>(type), 1>(i) =
                                      tensor<"x", static_cast<DType>(type), 1>(i))...));
    all.add(hashes(kernel<"cast">(tensor<"y", static_cast<DType>(type), 1>(i) =
                                      cast<static_cast<DType>(type)>(alpha * 2))...));
    all.add(hashes(kernel<"scalar">(tensor<"y", static_cast<DType>(type), 1>(i) =
                                        scalar<"a", static_cast<DType>(type)>)...));
}
/// Coefficients, constants, literals, extents.
template <std::size_t... n>
void add_numbers(Kernels& all, std::index_sequence<n...>) {
    all.add(hashes(kernel<"scaled">(y(i) = x(i * (static_cast<int>(n) + 2)))...));
    all.add(hashes(kernel<"backwards">(y(i) = x(i * -(static_cast<int>(n) + 1)))...));
    all.add(hashes(kernel<"ahead">(y(i) = x(i + (static_cast<int>(n) + 1)))...));
    all.add(hashes(kernel<"behind">(y(i) = x(i - (static_cast<int>(n) + 1)))...));
    all.add(hashes(kernel<"literal">(y(i) = x(i) * (0.3f * static_cast<float>(n)))...));
    all.add(hashes(kernel<"window">(y(i) = sum(index<"q", n + 1>, x(i + index<"q", n + 1>)))...));
    all.add(hashes(kernel<"phase">(y(i * static_cast<int>(n + 2) + index<"q", n + 2>) = x(i))...));
}
template <std::size_t... rank>
void add_ranks(Kernels& all, std::index_sequence<rank...>) {
    const auto of_rank = []<std::size_t... d>(std::index_sequence<d...>) consteval {
        return kernel<"rank">(s() = sum(i, tensor<"T", f32, sizeof...(d)>((static_cast<void>(d), i)...)));
    };
    all.add(hashes(of_rank(std::make_index_sequence<rank + 1>{})...));
}

template <class Rule>
consteval auto bounded(Rule rule) {
    return kernel<"bounded">(y(i) = x.boundary(rule)(i - 1));
}
consteval auto ordered(Order order) { return kernel<"ordered">(s() = sum(k, x(k) * y(k) + 1).order(order)); }

inline void add_operations(Kernels& all) {
    all.add(hashes(
        kernel<"k">(z(i) = x(i) + y(i)), kernel<"k">(z(i) = x(i) - y(i)), kernel<"k">(z(i) = x(i) * y(i)),
        kernel<"k">(z(i) = x(i) / y(i)), kernel<"k">(z(i) = max(x(i), y(i))),
        kernel<"k">(z(i) = min(x(i), y(i))), kernel<"k">(z(i) = -x(i)), kernel<"k">(z(i) = abs(x(i))),
        kernel<"k">(z(i) = sqrt(x(i))), kernel<"k">(z(i) = rsqrt(x(i))), kernel<"k">(z(i) = floor(x(i))),
        kernel<"k">(z(i) = ceil(x(i))), kernel<"k">(z(i) = trunc(x(i))), kernel<"k">(z(i) = round_even(x(i))),
        kernel<"k">(z(i) = exp(x(i))), kernel<"k">(z(i) = log(x(i))), kernel<"k">(z(i) = tanh(x(i))),
        kernel<"k">(z(i) = sigmoid(x(i))), kernel<"k">(z(i) = fma(x(i), y(i), x(i))),
        kernel<"k">(z(i) = x(i) * y(i) + x(i)), kernel<"k">(z(i) = fma(x(i), x(i), y(i))),
        kernel<"k">(z(i) = fma(y(i), x(i), x(i))), kernel<"k">(z(i) = select(x(i) < y(i), x(i), y(i))),
        kernel<"k">(z(i) = select(x(i) <= y(i), x(i), y(i))),
        kernel<"k">(z(i) = select(x(i) > y(i), x(i), y(i))),
        kernel<"k">(z(i) = select(x(i) >= y(i), x(i), y(i))),
        kernel<"k">(z(i) = select(x(i) == y(i), x(i), y(i))),
        kernel<"k">(z(i) = select(x(i) != y(i), x(i), y(i))),
        kernel<"k">(z(i) = select(x(i) < y(i), y(i), x(i))), kernel<"k">(z(i) = (x(i) + y(i)) + x(i)),
        kernel<"k">(z(i) = x(i) + (y(i) + x(i))), kernel<"k">(z(i) = x(i) * 1), kernel<"k">(z(i) = 0.0f),
        kernel<"k">(z(i) = -0.0f), kernel<"k">(z(i) = alpha + x(i)), kernel<"k">(z(i) = alpha + alpha),
        kernel<"k">(z(i) = alpha + beta), kernel<"k">(z(i) = cast<f16>(x(i))),
        kernel<"k">(z(i) = cast<bf16>(x(i))), kernel<"k">(z(i) = cast<f32>(x(i))),
        kernel<"k">(z(i) = cast<f32>(value(i))), kernel<"k">(z(i) = x(i) + x(i))));
    constexpr auto n = tensor<"n", i32, 1>;
    constexpr auto out = tensor<"out", i32, 1>;
    all.add(hashes(
        kernel<"k">(out(i) = n(i) & 5), kernel<"k">(out(i) = n(i) | 5), kernel<"k">(out(i) = n(i) ^ 5),
        kernel<"k">(out(i) = n(i) << 5), kernel<"k">(out(i) = n(i) >> 5), kernel<"k">(out(i) = n(i) % 5),
        kernel<"k">(out(i) = n(i) / 5), kernel<"k">(out(i) = ~n(i)), kernel<"k">(out(i) = 5 % n(i)),
        kernel<"k">(out(i) = n(i) & -5), kernel<"k">(out(i) = cast<i32>(cast<i8>(n(i)))),
        kernel<"k">(out(i) = cast<i32>(cast<u8>(n(i))))));
}

inline void add_reductions(Kernels& all) {
    all.add(hashes(
        kernel<"k">(y(i) = sum(j, A(i, j))), kernel<"k">(y(i) = prod(j, A(i, j))),
        kernel<"k">(y(i) = max(j, A(i, j))), kernel<"k">(y(i) = min(j, A(i, j))),
        kernel<"k">(tensor<"at", i64, 1>(i) = argmax(j, A(i, j))),
        kernel<"k">(tensor<"at", i64, 1>(i) = argmin(j, A(i, j))),
        // The one that is reduced, the order in which two are, and which the free ones are.
        kernel<"k">(y(j) = sum(i, A(j, i) + A(j, i))), kernel<"k">(y(i) = sum(j, A(j, i))),
        kernel<"k">(s() = sum(i, j, A(i, j))), kernel<"k">(s() = sum(j, i, A(i, j))),
        kernel<"k">(s() = sum(i, sum(j, A(i, j)))), kernel<"k">(C(i, j) = sum(k, A(i, k) * B(k, j))),
        kernel<"k">(C(i, j) = sum(k, B(k, j) * A(i, k))), kernel<"k">(C(i, j) = sum(k, A(k, i) * B(k, j))),
        kernel<"k">(C(i, j) = sum(k, A(i, k) * B(j, k))), kernel<"k">(C(j, i) = sum(k, A(i, k) * B(k, j))),
        kernel<"k">(C(i, j) = sum(k, A(i, k) * A(k, j))), kernel<"k">(C(i, j) = sum(r, A(i, r) * B(r, j))),
        ordered(chain), ordered(lanes), ordered(any), bounded(zero), bounded(clamp), bounded(wrap),
        bounded(reflect), kernel<"k">(C(i, j) = sum(k, A(i, k) * B(k, j))).numerics(fast)));
}

inline void add_statements(Kernels& all) {
    constexpr auto e = tensor<"e", f32, 1>;
    all.add(hashes(
        kernel<"k">(t(i) = x(i) * 2, y(i) = t(i) + 1), kernel<"k">(e(i) = x(i) * 2, y(i) = e(i) + 1),
        kernel<"k">(y(i) = x(i) * 2, e(i) = x(i) + 1), kernel<"k">(y(i) = x(i) + 1, e(i) = x(i) * 2),
        kernel<"k">(t(i) = x(i) * 2, y(i) = t(i) + t(i)), kernel<"k">(t(i) = x(i) * 2, y(i) = t(i) + x(i)),
        kernel<"k">(temporary<"t", f16, 1>(i) = x(i) * 2, y(i) = temporary<"t", f16, 1>(i) + 1),
        kernel<"k">(C(i, j) = x(i)), kernel<"k">(C(j, i) = x(i)), kernel<"k">(C(i, j) = x(i) + y(j)),
        kernel<"k">(C(i, j) = x(j) + y(i)), kernel<"k">(C(i, j) = x(i) + x(j)), kernel<"k">(C(r, i) = x(r)),
        kernel<"k">(C(i, r) = x(r)), kernel<"k">(y(i) = x(0)), kernel<"k">(C(i, j) = x(i + j)),
        kernel<"k">(C(i, j) = x(i - j)), kernel<"k">(C(i, j) = x(i * 2 + j)),
        kernel<"k">(C(i, j) = x(i + j * 2))));
}

inline std::vector<Hash> hashes_of_many_kernels() {
    Kernels all;
    add_dtypes(all, std::make_index_sequence<dtype_count>{});
    add_numbers(all, std::make_index_sequence<16>{});
    add_ranks(all, std::make_index_sequence<6>{});
    add_operations(all);
    add_reductions(all);
    add_statements(all);
    return all.found;
}

}  // namespace sporkle::testing
