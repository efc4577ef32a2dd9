// A kernel has 24 indices at most.
// expect: sporkle: a kernel is too large
// expect: {"max_indices"}
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(tensor<"w", i64, 0>() = (value(numbered_index<t>) + ...));
}
constexpr auto x = many(std::make_index_sequence<25>{});
