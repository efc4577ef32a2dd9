// A kernel has 256 nodes at most.
// expect: sporkle: a kernel is too large
// expect: {"max_nodes"}
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(v(i) = ((static_cast<void>(t), alpha) + ...));
}
constexpr auto x = many(std::make_index_sequence<129>{});
