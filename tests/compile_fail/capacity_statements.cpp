// A kernel has 16 statements at most.
// expect: sporkle: a kernel is too large
// expect: {"max_statements"}
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(numbered_tensor<t>(i) = u(i)...);
}
constexpr auto x = many(std::make_index_sequence<17>{});
