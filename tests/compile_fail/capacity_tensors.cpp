// A kernel has 24 tensors at most.
// expect: sporkle: a kernel is too large
// expect: {"max_tensors"}
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(v(i) = (numbered_tensor<t>(i) + ...));
}
constexpr auto x = many(std::make_index_sequence<24>{});
